/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading records: one whole, or a list of them.
 */
#include "client/commands.h"
#include "client/core/view_json.h"
#include "client/output.h"
#include "client/save.h"
#include "client/show.h"
#include "common/base/clock.h"
#include "common/core/content.h"
#include "common/core/path.h"
#include "common/sys/json.h"

#define LIST_DEFAULT 1000
#define LIST_MAX 100000

enum err_code
show_run(struct client *c, json_t *result, struct err *e)
{
	struct record_view view;
	enum err_code code = record_open(c, c->args->operands[0], &view, e);

	if (code != ERR_OK)
		return code;
	code = view_to_json(c->type, &view, result, e);
	record_view_fini(&view);
	return code;
}

/* "Signed 14:32, 21 November 2026", "Draft", "Signed, 2 addenda". */
static void
show_content(struct client *c, const json_t *result)
{
	const char *content = output_str(result, "content");
	const json_t *doc = json_object_get(result, "doc");
	const struct schema_signing *s = &c->type->signing;
	const size_t addenda = content_addenda(c->type, doc, false);
	const size_t proposed = content_addenda(c->type, doc, true);
	const char *at = s->at == NULL ? "" : output_str(doc, s->at);
	char key[80], n[24], time[OUTPUT_TIME_MAX] = "",
	                     day[OUTPUT_TIME_MAX] = "";
	uint64_t ms;

	if (*content == '\0')
		return;
	if (clock_parse(at, &ms)) {
		output_clock(ms, time);
		output_day(ms, day);
	}
	(void)snprintf(n, sizeof(n), "%zu", addenda);
	(void)snprintf(key, sizeof(key), "content.%.60s", content);
	if (s->addended != NULL && strcmp(content, s->addended) == 0)
		(void)snprintf(key, sizeof(key), "content.addended.%s",
		    addenda == 1 ? "one" : "many");
	if (strcmp(output_word(c, key), key) != 0 &&
	    (time[0] != '\0' || strcmp(content, "signed") != 0))
		output_words(c, key, "time", time, "day", day, "n", n, NULL);
	else
		output("%s\n", content);
	if (content_is_error(c->type, content))
		output_words(c, "content.error.help", NULL);
	if (proposed == 0)
		return;
	(void)snprintf(n, sizeof(n), "%zu", proposed);
	output_words(c,
	    proposed == 1 ? "content.proposed.one" : "content.proposed.many",
	    "n", n, NULL);
}

/* The words for where the last own change is. */
static const char *
transport_key(const char *word)
{
	static const char *const keys[][2] = {
		{ "device", "transport.local" },
		{ "waiting", "transport.queued" },
		{ "sending", "transport.sending" },
		{ "sealed", "transport.queued" },
		{ "office", "transport.received.told" },
		{ "answer", "transport.needs_you" },
		{ "held", "transport.refused" },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i][0], word) == 0)
			return keys[i][1];
	return word;
}

static void
show_transport(struct client *c, const json_t *result)
{
	const json_t *receipt = json_object_get(result, "receipt");
	const char *reason = output_str(result, "reason");
	const char *path = output_str(result, "reason_path");
	const struct schema_field *f = schema_find_field(c->type, path);
	const char *word = output_str(result, "transport");
	uint64_t at = receipt != NULL ? output_num(receipt, "time")
	                              : output_num(result, "received_at");
	char time[OUTPUT_TIME_MAX], key[80];

	if (strcmp(word, "office") == 0 && at != 0) {
		output_when(at, time);
		output_words(c, "transport.received", "time", time, NULL);
	} else {
		output_words(c, transport_key(word), "i", "1", "n", "1", NULL);
	}
	if (*reason != '\0') {
		(void)snprintf(key, sizeof(key), "held.%.40s", reason);
		output_words(
		    c, key, "field", f != NULL ? f->label : path, NULL);
	}
}

/* "Removed by Mair at 18:05 on 22 November 2026." */
static void
show_removed(struct client *c, const json_t *removed)
{
	char who[TITLE_MAX], when[OUTPUT_TIME_MAX];

	record_title(c, output_str(removed, "by"), who);
	output_when(output_num(removed, "at"), when);
	output_words(c, "content.removed", "who", who, "time", when, NULL);
}

void
show_human(struct client *c, const json_t *result)
{
	const json_t *removed = json_object_get(result, "removed");
	const json_t *conflicts = json_object_get(result, "conflicts");
	const json_t *reviews = json_object_get(result, "reviews");
	const json_t *doc = json_object_get(result, "doc");
	char title[TITLE_MAX];

	record_title(c, output_str(result, "id"), title);
	output("%s: %s\n", c->type->label, title);
	if (json_is_object(removed))
		show_removed(c, removed);
	else
		show_content(c, result);
	if (json_is_object(json_object_get(result, "signed")))
		output_words(c, "content.hash", "hash",
		    output_str(json_object_get(result, "signed"), "sha256"),
		    NULL);
	show_transport(c, result);
	for (size_t i = 0; i < json_array_size(conflicts); i++)
		output("Two versions: visitbook conflict show %s\n",
		    json_string_value(json_array_get(conflicts, i)));
	for (size_t i = 0; i < json_array_size(reviews); i++)
		output("Please read it: visitbook conflict show %s\n",
		    json_string_value(json_array_get(reviews, i)));
	output("\n");
	show_doc(c, doc);
}

struct listing {
	struct client *c;
	json_t *list;
	struct id last, walked; /* the last that was listed, and looked at */
	size_t n, limit, walked_n;
	bool with_errors; /* what was entered in error is listed, too */
	size_t errors;    /* how many of those were left out */
	struct err e;
};

static bool
list_each(void *arg, const struct record_summary *r)
{
	struct listing *l = arg;
	const struct schema_type *type = schema_type(l->c->schema, r->type);
	json_t *line = NULL;

	l->walked = r->id;
	l->walked_n++;
	if (!l->with_errors && content_is_error(type, r->content)) {
		l->errors++;
		return true;
	}
	/* One more than asked for only says that there is more. */
	if (l->n++ == l->limit)
		return false;
	l->last = r->id;
	return summary_to_json(type, r, &line, &l->e) == ERR_OK &&
	    json_add_take(l->list, line, &l->e) == ERR_OK;
}

/* A page may have to look at more than it lists. */
static enum err_code
list_page(
    struct client *c, const struct id *after, struct listing *l, struct err *e)
{
	const size_t step = l->limit + 1;
	struct id from;
	enum err_code code;

	do {
		l->walked_n = 0;
		code = device_store_list(
		    c->store, c->type->name, after, step, list_each, l, e);
		from = l->walked;
		after = &from;
	} while (code == ERR_OK && l->e.code == ERR_OK && l->walked_n == step &&
	    l->n <= l->limit);
	return code;
}

enum err_code
list_run(struct client *c, json_t *result, struct err *e)
{
	const char *after = args_get(c->args, "after");
	struct listing l = { .c = c,
		.with_errors = args_has(c->args, "errors") };
	int64_t limit = LIST_DEFAULT;
	char key[72];
	struct id from;
	enum err_code code;

	if ((code = args_get_int(c->args, "limit", 1, LIST_MAX, &limit, e)) !=
	        ERR_OK ||
	    (after != NULL &&
	        (code = client_id(c, after, &from, e)) != ERR_OK) ||
	    (code = client_open(c, e)) != ERR_OK)
		return code;
	l.limit = (size_t)limit;
	l.list = json_array();
	(void)snprintf(key, sizeof(key), "%ss", c->type->name);
	if ((code = json_put_take(result, key, l.list, e)) != ERR_OK ||
	    (code = list_page(c, after != NULL ? &from : NULL, &l, e)) !=
	        ERR_OK)
		return code;
	if (l.e.code != ERR_OK) {
		*e = l.e;
		return e->code;
	}
	if ((code = json_put_int(result, "errors", (int64_t)l.errors, e)) !=
	    ERR_OK)
		return code;
	return json_put_take(result, "next",
	    l.n > l.limit ? json_string(id_print(l.last).s) : json_null(), e);
}

void
list_human(struct client *c, const json_t *result)
{
	const json_t *list;
	size_t shown = 0;
	char key[72];

	(void)snprintf(key, sizeof(key), "%ss", c->type->name);
	list = json_object_get(result, key);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *line = json_array_get(list, i);
		const char *title = output_str(line, "title");

		if (json_is_true(json_object_get(line, "removed")))
			continue;
		shown++;
		output("%s  %s\n    ", output_str(line, "id"),
		    *title != '\0' ? title : c->type->label);
		show_transport(c, line);
	}
	if (shown == 0)
		output("There is no %s on this device yet.\n", c->type->name);
	tell_errors(c, output_num(result, "errors"));
	if (json_is_string(json_object_get(result, "next")))
		output(
		    "There are more: --after %s\n", output_str(result, "next"));
}
