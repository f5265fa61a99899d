/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Search over everything that is here.
 */
#include "client/commands.h"
#include "client/output.h"
#include "client/save.h"
#include "client/stands.h"
#include "common/core/content.h"
#include "common/sys/json.h"

#define SEARCH_DEFAULT 50
#define SEARCH_MAX 1000
#define QUERY_MAX ((size_t)4096)

struct searching {
	struct client *c;
	json_t *hits;
	size_t n, limit;
	bool with_errors; /* what was entered in error is found, too */
	size_t errors;    /* how many of those were left out */
	bool with_same;   /* what another stands for is found as itself */
	struct err e;
};

/* The store marks hits with \x02 and \x03, which no reader of JSON wants. */
static json_t *
plain_snippet(const char *marked)
{
	struct buf text;
	json_t *out;

	buf_init(&text, 65536);
	for (; *marked != '\0'; marked++)
		if (*marked != '\x02' && *marked != '\x03')
			(void)buf_add_char(&text, *marked);
	out = json_stringn(text.ptr, text.len);
	buf_wipe(&text);
	return out;
}

/* True if the record was entered in error; ERR_NOTFOUND is no. */
static bool
is_error(struct searching *s, const struct search_hit *hit)
{
	const struct schema_type *type = schema_type(s->c->schema, hit->type);
	struct record_view view;
	struct err e;
	enum err_code code;
	bool is;

	if (type == NULL || type->signing.error == NULL || s->with_errors)
		return false;
	code = device_store_get(s->c->store, hit->id, &view, &e);
	if (code != ERR_OK && code != ERR_NOTFOUND)
		s->e = e;
	if (code != ERR_OK)
		return false;
	is = content_is_error(type, content_word(type, view.record.doc));
	record_view_fini(&view);
	return is;
}

/* Whether the record is among the hits. */
static bool
is_hit(const struct searching *s, struct id id)
{
	const struct id_text text = id_print(id);

	for (size_t i = 0; i < json_array_size(s->hits); i++)
		if (strcmp(json_string_value(json_object_get(
		               json_array_get(s->hits, i), "id")),
		        text.s) == 0)
			return true;
	return false;
}

/* What the other record says leads to the one that stands for it, once. */
static bool
hit_add(struct searching *s, const struct search_hit *hit)
{
	struct id id = hit->id;
	json_t *line;

	if (!s->with_same &&
	    stands_for(s->c, schema_type(s->c->schema, hit->type), hit->id, &id,
	        &s->e) != ERR_OK)
		return false;
	if (is_hit(s, id))
		return true;
	line = json_object();
	if (json_put_id(line, "id", id, &s->e) != ERR_OK ||
	    json_put_str(line, "type", hit->type, &s->e) != ERR_OK ||
	    json_put_take(line, "snippet", plain_snippet(hit->snippet),
	        &s->e) != ERR_OK ||
	    (!id_equal(id, hit->id) &&
	        json_put_id(line, "found", hit->id, &s->e) != ERR_OK)) {
		json_decref(line);
		return false;
	}
	return json_add_take(s->hits, line, &s->e) == ERR_OK;
}

static bool
take_hit(void *arg, const struct search_hit *hit)
{
	struct searching *s = arg;

	if (s->n++ == s->limit)
		return false;
	if (is_error(s, hit)) {
		s->errors++;
		return true;
	}
	return s->e.code == ERR_OK && hit_add(s, hit);
}

/* The words, as arguments or, where they should not be seen, read. */
static enum err_code
read_query(struct client *c, struct buf *out, struct err *e)
{
	const struct args *a = c->args;

	if (a->operand_n == 1 && strcmp(a->operands[0], "-") == 0)
		return client_read_text(c, "-", out, e);
	for (size_t i = 0; i < a->operand_n; i++) {
		(void)buf_add_str(out, i > 0 ? " " : "");
		(void)buf_add_str(out, a->operands[i]);
	}
	return buf_check(out, e);
}

enum err_code
search_run(struct client *c, json_t *result, struct err *e)
{
	struct searching s = { .c = c,
		.limit = SEARCH_DEFAULT,
		.with_errors = args_has(c->args, "errors"),
		.with_same = args_has(c->args, "same") };
	int64_t limit = SEARCH_DEFAULT, offset = 0;
	struct buf query;
	char next[24];
	enum err_code code;

	buf_init(&query, QUERY_MAX);
	if ((code = args_get_int(c->args, "limit", 1, SEARCH_MAX, &limit, e)) !=
	        ERR_OK ||
	    (code = args_get_int(c->args, "after", 0, INT32_MAX, &offset, e)) !=
	        ERR_OK ||
	    (code = client_open(c, e)) != ERR_OK ||
	    (code = read_query(c, &query, e)) != ERR_OK)
		goto out;
	s.limit = (size_t)limit;
	s.hits = json_array();
	if ((code = json_put_take(result, "hits", s.hits, e)) != ERR_OK ||
	    (code = device_store_search(c->store, query.ptr, (size_t)offset,
	         s.limit + 1, take_hit, &s, e)) != ERR_OK) {
		if (code == ERR_IO)
			client_next(c,
			    "What is new cannot be made findable: make room on "
			    "the disk, then search again. Lists and show work "
			    "meanwhile.");
		goto out;
	}
	if (s.e.code != ERR_OK) {
		*e = s.e;
		code = e->code;
		goto out;
	}
	if ((code = json_put_int(result, "errors", (int64_t)s.errors, e)) !=
	    ERR_OK)
		goto out;
	offset += limit;
	(void)snprintf(next, sizeof(next), "%lld", (long long)offset);
	code = json_put_take(
	    result, "next", s.n > s.limit ? json_string(next) : json_null(), e);
out:
	buf_wipe(&query);
	return code;
}

/* The lines of a snippet that say something: what a record refers to is kept
 * as an id, which does not. */
static void
show_snippet(const char *text)
{
	struct id id;
	char line[ID_TEXT_LEN + 1];

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		(void)snprintf(line, sizeof(line), "%.*s", (int)len, text);
		if (len != ID_TEXT_LEN || !id_parse(line, &id))
			output("    %.*s\n", (int)len, text);
		text += len;
		if (*text == '\n')
			text++;
	}
}

void
search_human(struct client *c, const json_t *result)
{
	const json_t *hits = json_object_get(result, "hits");
	char title[TITLE_MAX];

	for (size_t i = 0; i < json_array_size(hits); i++) {
		const json_t *hit = json_array_get(hits, i);

		record_title(c, human_str(hit, "id"), title);
		output("%s %s  %s\n", human_str(hit, "type"),
		    human_str(hit, "id"), title);
		show_snippet(human_str(hit, "snippet"));
	}
	tell_left_out(c, result);
	if (json_array_size(hits) == 0)
		output("Nothing on this device has these words.\n");
	if (json_is_string(json_object_get(result, "next")))
		output(
		    "There is more: --after %s\n", human_str(result, "next"));
}
