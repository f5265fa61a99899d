/* SPDX-License-Identifier: Apache-2.0 */
#include "client/given.h"

#include "client/draft.h"
#include "client/editor.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"

/* One file or standard input: many texts' worth, for JSON documents. */
#define INPUT_MAX ((size_t)3 * LIMIT_TEXT_BYTES)

static const struct json_limits doc_limits = {
	.bytes_max = INPUT_MAX,
	.tokens_max = LIMIT_JSON_TOKENS,
	.depth_max = LIMIT_JSON_DEPTH,
};

static void
refuse(struct given *g, const char *path, const struct buf *text,
    const struct err *why)
{
	if (g->why.code == ERR_OK)
		g->why = *why;
	/* Out of memory here, the text is still where it came from. */
	if (text != NULL && text->len > 0)
		(void)!json_put_base64(
		    g->refused, path, text->ptr, text->len, NULL);
}

void
given_take_text(
    struct client *c, struct given *g, const char *path, const char *from)
{
	struct buf text;
	struct err why;

	buf_init(&text, INPUT_MAX);
	if (client_read_text(c, from, &text, &why) != ERR_OK)
		refuse(g, path, NULL, &why);
	else if (edits_set(&g->edits, path, text.ptr, text.len, EDIT_TEXT,
	             &why) != ERR_OK)
		refuse(g, path, &text, &why);
	buf_wipe(&text);
}

/* --set PATH=VALUE, PATH=@FILE, PATH=- */
static void
take_set(struct client *c, struct given *g, const char *spec)
{
	const char *equals = strchr(spec, '=');
	char path[4 * LIMIT_NAME_BYTES + 4];
	struct err why;

	if (equals == NULL || equals == spec ||
	    (size_t)(equals - spec) >= sizeof(path)) {
		(void)client_fail(c, ERR_INVALID, STATUS_USAGE, "usage", &why,
		    "--set needs PATH=VALUE, PATH=@FILE or PATH=-, not "
		    "\"%.80s\"",
		    spec);
		refuse(g, "", NULL, &why);
		return;
	}
	(void)snprintf(path, sizeof(path), "%.*s", (int)(equals - spec), spec);
	equals++;
	if (*equals == '@')
		given_take_text(c, g, path, equals + 1);
	else if (strcmp(equals, "-") == 0)
		given_take_text(c, g, path, equals);
	else if (edits_set(&g->edits, path, equals, strlen(equals),
	             EDIT_ARGUMENT, &why) != ERR_OK)
		refuse(g, path, NULL, &why);
}

static void
take_doc(struct client *c, struct given *g, const char *from)
{
	struct buf text;
	struct err why, more;
	json_t *doc = NULL;
	enum err_code code;

	buf_init(&text, INPUT_MAX);
	code = client_read_text(c, from, &text, &why);
	if (code == ERR_OK &&
	    json_parse(text.ptr, text.len, &doc_limits, &doc, &more) != ERR_OK)
		code = err_set(&why, ERR_INVALID, 0,
		    "the JSON document cannot be read: %.150s", more.msg);
	if (code == ERR_OK)
		code = edits_doc(&g->edits, doc, &why);
	if (code != ERR_OK)
		refuse(g, "json-doc", &text, &why);
	buf_wipe(&text);
	json_decref(doc);
}

/* The main text, written in an editor. */
static void
take_written(struct client *c, struct given *g)
{
	const struct schema_field *field = edits_main_field(g->edits.type);
	const json_t *old =
	    g->edits.doc == NULL ? NULL : path_get(g->edits.doc, field->name);
	struct buf text;
	struct err why;

	buf_init(&text, INPUT_MAX);
	if (editor_write(c, field, json_string_value(old), &text, &why) !=
	    ERR_OK) {
		refuse(g, "", NULL, &why);
	} else {
		/* The notes were closed meanwhile, and their schema with
		 * them. */
		g->edits.type = c->type;
		field = edits_main_field(c->type);
		if (edits_set(&g->edits, field->name, text.ptr, text.len,
		        EDIT_TEXT, &why) != ERR_OK)
			refuse(g, field->name, &text, &why);
	}
	buf_wipe(&text);
}

bool
given_reads_input(const struct client *c)
{
	static const char *const files[] = { "file", "json-doc" };
	size_t at = 0;
	const char *spec, *file;

	for (size_t i = 0; i < 2; i++)
		if ((file = args_get(c->args, files[i])) != NULL &&
		    strcmp(file, "-") == 0)
			return true;
	while ((spec = args_next(c->args, &at, "set")) != NULL) {
		size_t len = strlen(spec);

		if (len > 1 && strcmp(spec + len - 2, "=-") == 0)
			return true;
	}
	return false;
}

/* Whether text is to be taken although no option names it: a note begun
 * without words would else be empty. */
static bool
wants_main(const struct client *c, const struct given *g, bool is_new)
{
	const struct schema_field *field = edits_main_field(g->edits.type);
	size_t at = 0;
	const char *spec;

	if (field == NULL || edits_touch(&g->edits, field->name) ||
	    args_has(c->args, "json-doc"))
		return false;
	while ((spec = args_next(c->args, &at, "set")) != NULL) {
		size_t len = strlen(spec);

		if (!is_new || (len > 1 && strcmp(spec + len - 2, "=-") == 0))
			return false;
	}
	return true;
}

void
given_take(struct client *c, struct given *g, bool is_new)
{
	const char *file = args_get(c->args, "file");
	const char *doc = args_get(c->args, "json-doc");
	const char *draft = args_get(c->args, "draft");
	const struct schema_field *field;
	const char *spec;
	struct err why;
	size_t at = 0;

	if (draft != NULL &&
	    draft_take(c, draft, &g->edits, &g->kept, &why) != ERR_OK)
		refuse(g, "", NULL, &why);
	if (doc != NULL)
		take_doc(c, g, doc);
	while ((spec = args_next(c->args, &at, "set")) != NULL)
		take_set(c, g, spec);
	field = edits_main_field(g->edits.type);
	if (file == NULL && wants_main(c, g, is_new)) {
		if (client_has_terminal(c)) {
			if (g->why.code == ERR_OK)
				take_written(c, g);
			return;
		}
		file = "-";
	}
	if (file == NULL)
		return;
	if (field != NULL) {
		given_take_text(c, g, field->name, file);
		return;
	}
	(void)err_set(&why, ERR_INVALID, 0,
	    "a %s has no main text; name the field: --set PATH=@FILE",
	    g->edits.type->name);
	refuse(g, "", NULL, &why);
}
