/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading records: one whole, or a list of them.
 */
#include "client/attached.h"
#include "client/commands.h"
#include "client/core/view_json.h"
#include "client/output.h"
#include "client/save.h"
#include "client/stands.h"
#include "client/waiting.h"
#include "common/core/content.h"
#include "common/sys/json.h"

#define LIST_DEFAULT 1000
#define LIST_MAX 100000

/* Of what becomes a case: how long it took. */
static enum err_code
show_waited(
    struct client *c, const struct record *r, json_t *result, struct err *e)
{
	json_t *waited;
	enum err_code code;

	if (c->type->intake.of_case == NULL || record_is_removed(r))
		return ERR_OK;
	waited = json_object();
	code = waited_put(c, c->type, r, waited, e);
	if (code == ERR_OK)
		return json_put_take(result, "waited", waited, e);
	json_decref(waited);
	return code;
}

enum err_code
show_run(struct client *c, json_t *result, struct err *e)
{
	struct record_view view;
	uint64_t now_ms;
	enum err_code code = record_open(c, c->args->operands[0], &view, e);

	if (code != ERR_OK)
		return code;
	code = device_store_office_ms(c->store, &now_ms, e);
	if (code == ERR_OK)
		code = view_to_json(c->type, &view, now_ms, result, e);
	if (code == ERR_OK)
		code = show_waited(c, &view.record, result, e);
	if (code == ERR_OK)
		code = attached_to_json(c, &view.record, result, e);
	record_view_fini(&view);
	return code;
}

void
show_human(struct client *c, const json_t *result)
{
	const struct human h = output_human(c);

	human_record(&h, result);
	attached_human(c, result);
}

struct listing {
	struct client *c;
	json_t *list;
	struct id last, walked; /* the last that was listed, and looked at */
	size_t n, limit, walked_n;
	bool with_errors; /* what was entered in error is listed, too */
	size_t errors;    /* how many of those were left out */
	bool with_same;   /* and those for which another stands */
	size_t same;
	struct err e;
};

/* One line, with what stands for the record if another does. */
static bool
list_add(struct listing *l, const struct schema_type *type,
    const struct record_summary *r, struct id stands)
{
	json_t *line = NULL;

	if (summary_to_json(type, r, &line, &l->e) != ERR_OK)
		return false;
	if (!id_equal(stands, r->id) &&
	    json_put_id(line, "stands", stands, &l->e) != ERR_OK) {
		json_decref(line);
		return false;
	}
	return json_add_take(l->list, line, &l->e) == ERR_OK;
}

static bool
list_each(void *arg, const struct record_summary *r)
{
	struct listing *l = arg;
	const struct schema_type *type = schema_type(l->c->schema, r->type);
	struct id stands;

	l->walked = r->id;
	l->walked_n++;
	if (!l->with_errors && content_is_error(type, r->content)) {
		l->errors++;
		return true;
	}
	if (stands_for(l->c, type, r->id, &stands, &l->e) != ERR_OK)
		return false;
	if (!l->with_same && !id_equal(stands, r->id)) {
		l->same++;
		return true;
	}
	/* One more than asked for only says that there is more. */
	if (l->n++ == l->limit)
		return false;
	l->last = r->id;
	return list_add(l, type, r, stands);
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
		.with_errors = args_has(c->args, "errors"),
		.with_same = args_has(c->args, "same") };
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
	        ERR_OK ||
	    (code = json_put_int(result, "same", (int64_t)l.same, e)) != ERR_OK)
		return code;
	return json_put_take(result, "next",
	    l.n > l.limit ? json_string(id_print(l.last).s) : json_null(), e);
}

void
list_human(struct client *c, const json_t *result)
{
	const struct human h = output_human(c);
	const json_t *list;
	size_t shown = 0;
	char key[72];

	(void)snprintf(key, sizeof(key), "%ss", c->type->name);
	list = json_object_get(result, key);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *line = json_array_get(list, i);
		const char *title = human_str(line, "title");

		if (json_is_true(json_object_get(line, "removed")))
			continue;
		shown++;
		output("%s  %s\n    ", human_str(line, "id"),
		    *title != '\0' ? title : c->type->label);
		human_transport(&h, c->type, line);
	}
	if (shown == 0)
		output("There is no %s on this device yet.\n", c->type->name);
	tell_left_out(c, result);
	if (json_is_string(json_object_get(result, "next")))
		output(
		    "There are more: --after %s\n", human_str(result, "next"));
}
