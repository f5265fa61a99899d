/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of every type: new, edit, remove.  What is refused is not lost: the
 * values of a refused save are kept as a draft.
 */
#include <stdlib.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/core/edits.h"
#include "client/core/view_json.h"
#include "client/draft.h"
#include "client/editor.h"
#include "client/output.h"
#include "client/save.h"
#include "common/base/clock.h"
#include "common/base/rng.h"
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
random_bytes(uint8_t out[static 10])
{
	rng_fill(out, 10);
}

/* What the command line gives: values that can be read, and texts that could
 * not (too long, not UTF-8, for no such field).  Reading goes on after the
 * first mistake, so that no text is lost for another's. */
struct given {
	struct edits edits;
	json_t *refused; /* {path: base64} */
	struct err why;  /* the first mistake */
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

/* A text for a path, from a file or standard input. */
static void
take_text(struct client *c, struct given *g, const char *path, const char *from)
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
		take_text(c, g, path, equals + 1);
	else if (strcmp(equals, "-") == 0)
		take_text(c, g, path, equals);
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

static void
take_all(struct client *c, struct given *g, bool is_new)
{
	const char *file = args_get(c->args, "file");
	const char *doc = args_get(c->args, "json-doc");
	const char *draft = args_get(c->args, "draft");
	const struct schema_field *field;
	const char *spec;
	struct err why;
	size_t at = 0;

	if (draft != NULL && draft_take(c, draft, &g->edits, &why) != ERR_OK)
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
		take_text(c, g, field->name, file);
		return;
	}
	(void)err_set(&why, ERR_INVALID, 0,
	    "a %s has no main text; name the field: --set PATH=@FILE",
	    g->edits.type->name);
	refuse(g, "", NULL, &why);
}

enum err_code
save_edits(struct client *c, const struct save_edits *what, json_t *result,
    struct err *e)
{
	struct save_result saved;
	struct edit *edits = calloc(what->n + 1, sizeof(*edits));
	enum err_code code;

	if (edits == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < what->n; i++)
		edits[i] = (struct edit){ .path = what->items[i].path,
			.now = what->items[i].now,
			.restate = what->restate };
	code = device_store_save(c->store, what->record, c->type->name, edits,
	    what->n, what->resolve, &saved, e);
	free(edits);
	if (code != ERR_OK)
		return code;
	if ((code = json_put_id(result, "id", saved.id, e)) == ERR_OK &&
	    (code = json_put_int(
	         result, "counter", (int64_t)saved.counter, e)) == ERR_OK)
		code = json_put_take(
		    result, "changed", json_incref(saved.changed), e);
	if (saved.counter != 0)
		client_saved(c);
	if (!saved.is_sealed && !c->quiet)
		(void)fputs("visitbook: The change is saved, but the disk is "
		            "full: make room, or it cannot be sent while the "
		            "notes are locked.\n",
		    stderr);
	save_result_fini(&saved);
	return code;
}

/* What only the office may set goes there all the same, and is held; the
 * person should know. */
static void
warn_office(const struct client *c, const struct edits *edits)
{
	for (size_t i = 0; i < edits->n && !c->quiet; i++) {
		const struct schema_field *f =
		    schema_find_field(c->type, edits->items[i].path);

		if (f != NULL && f->policy == SCHEMA_OFFICE)
			(void)fprintf(stderr,
			    "visitbook: Only the office may set \"%s\": it "
			    "will keep this change aside for someone to look "
			    "at.\n",
			    f->label);
	}
}

/* A new record names its author, where the schema has a place for that. */
static enum err_code
add_author(struct client *c, struct edits *edits, struct err *e)
{
	const char *author = c->type->signing.author;
	struct id_text me;

	if (author == NULL || edits_touch(edits, author))
		return ERR_OK;
	me = id_print(device_store_identity(c->store)->user);
	return edits_set(edits, author, me.s, ID_TEXT_LEN, EDIT_ARGUMENT, e);
}

/* Signing has a command of its own: it says which words are signed, and that
 * nothing is missing.  The state alone would sign a record without its words.
 */
static enum err_code
check_unsigned(struct client *c, const struct edits *edits, const json_t *doc,
    struct err *e)
{
	const struct schema_signing *s = &c->type->signing;
	const char *const whole[] = { s->by, s->at };
	bool signs = false;

	for (size_t i = 0; i < 2; i++)
		signs =
		    signs || (whole[i] != NULL && edits_touch(edits, whole[i]));
	for (size_t i = 0; i < edits->n && s->field != NULL; i++) {
		const struct edit_item *item = &edits->items[i];
		bool is_open = item->now == NULL;

		for (size_t k = 0; k < json_array_size(s->open); k++)
			is_open = is_open ||
			    json_equal(json_array_get(s->open, k), item->now);
		if (strcmp(item->path, s->field) == 0 && !is_open &&
		    (doc == NULL || !schema_is_signed(c->type, doc)))
			signs = true;
	}
	if (!signs)
		return ERR_OK;
	client_next(c,
	    "Save the words first, then sign them: visitbook %s sign ID",
	    c->type->name);
	return err_set(e, ERR_INVALID, 0,
	    "a %s is not signed by setting its fields", c->type->name);
}

/* A text that did not arrive (an empty file, a broken pipe) must not look as
 * if it had been saved. */
static enum err_code
check_not_empty(struct client *c, const struct edits *edits, struct err *e)
{
	for (size_t i = 0; i < edits->n; i++)
		if (edits->items[i].now != NULL)
			return ERR_OK;
	client_next(c, "Give the text or a field: visitbook %s new --help",
	    c->type->name);
	return err_set(e, ERR_INVALID, 0,
	    "there is nothing in this %s, so nothing was saved", c->type->name);
}

/* Read what is to be saved, and save it; what is refused is kept. */
static enum err_code
save_given(struct client *c, const struct id *record, const json_t *doc,
    json_t *result, struct err *e)
{
	const char *draft = args_get(c->args, "draft");
	struct given g = { .refused = json_object() };
	struct save_edits what = { .record = record };
	enum err_code code;

	edits_init(&g.edits, c->type, doc);
	g.edits.now_ms = clock_unix_ms();
	g.edits.random = random_bytes;
	take_all(c, &g, record == NULL);
	code = g.why.code;
	if (code != ERR_OK)
		*e = g.why;
	if (code == ERR_OK)
		code = check_unsigned(c, &g.edits, doc, e);
	if (code == ERR_OK && record == NULL)
		code = check_not_empty(c, &g.edits, e);
	if (code == ERR_OK && record == NULL)
		code = add_author(c, &g.edits, e);
	if (code == ERR_OK) {
		warn_office(c, &g.edits);
		what.items = g.edits.items;
		what.n = g.edits.n;
		code = save_edits(c, &what, result, e);
	}
	if (code == ERR_OK && draft != NULL)
		code = draft_saved(c, draft, e);
	if (code != ERR_OK && draft == NULL)
		draft_keep(c,
		    &(struct draft_what){ .record = record,
		        .edits = &g.edits,
		        .refused = g.refused });
	edits_fini(&g.edits);
	json_decref(g.refused);
	return code;
}

enum err_code
new_run(struct client *c, json_t *result, struct err *e)
{
	enum err_code code = client_open(c, e);

	return code != ERR_OK ? code : save_given(c, NULL, NULL, result, e);
}

enum err_code
record_open(
    struct client *c, const char *text, struct record_view *out, struct err *e)
{
	struct id id;
	enum err_code code;

	if ((code = client_id(c, text, &id, e)) != ERR_OK ||
	    (code = client_open(c, e)) != ERR_OK)
		return code;
	code = device_store_get(c->store, id, out, e);
	if (code == ERR_OK && strcmp(out->record.type, c->type->name) != 0) {
		client_next(c, "It is a %s: visitbook %s show %s",
		    out->record.type, out->record.type, text);
		record_view_fini(out);
		code = ERR_NOTFOUND;
	}
	if (code == ERR_NOTFOUND) {
		if (c->next[0] == '\0')
			client_next(c,
			    "visitbook %s list shows those that you have here.",
			    c->type->name);
		return err_set(e, ERR_NOTFOUND, 0,
		    "there is no %.64s with the id %.40s on this device",
		    c->type->name, text);
	}
	return code;
}

enum err_code
record_open_standing(
    struct client *c, const char *text, struct record_view *out, struct err *e)
{
	const struct path_state *whole;
	enum err_code code = record_open(c, text, out, e);

	if (code != ERR_OK)
		return code;
	whole = record_path(&out->record, "");
	if (whole == NULL || !whole->is_removed)
		return ERR_OK;
	record_view_fini(out);
	client_next(
	    c, "Write a new one, or ask the office to bring this one back.");
	return client_fail(c, ERR_INVALID, STATUS_REFUSED, "closed", e,
	    "this %.64s was removed, so nothing can be added to it",
	    c->type->name);
}

enum err_code
edit_run(struct client *c, json_t *result, struct err *e)
{
	struct record_view view;
	enum err_code code =
	    record_open_standing(c, c->args->operands[0], &view, e);

	if (code != ERR_OK)
		return code;
	code = save_given(c, &view.record.id, view.record.doc, result, e);
	record_view_fini(&view);
	return code;
}

enum err_code
remove_run(struct client *c, json_t *result, struct err *e)
{
	static char whole[] = "";
	struct edit_item item = { .path = whole, .now = NULL };
	struct record_view view;
	struct save_edits what = { .items = &item, .n = 1 };
	enum err_code code = record_open(c, c->args->operands[0], &view, e);

	if (code != ERR_OK)
		return code;
	what.record = &view.record.id;
	code = save_edits(c, &what, result, e);
	record_view_fini(&view);
	return code;
}

void
saved_human(struct client *c, const json_t *result)
{
	char time[OUTPUT_TIME_MAX];

	if (output_num(result, "counter") == 0) {
		output("Nothing was different, so nothing was saved.\n");
		return;
	}
	output_clock(clock_unix_ms(), time);
	output_words(c->schema, "sync.saved", "time", time, NULL);
	output("%s %s\n", c->type != NULL ? c->type->label : "",
	    output_str(result, "id"));
}
