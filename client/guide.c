/* SPDX-License-Identifier: Apache-2.0 */
#include "client/guide.h"

#include <string.h>

#include "client/output.h"
#include "common/base/clock.h"
#include "common/core/path.h"
#include "common/core/value.h"
#include "common/sys/json.h"

/* What was given for a field of the type, or NULL. */
static const json_t *
given_value(const struct edits *edits, const char *name)
{
	for (size_t i = 0; i < edits->n; i++)
		if (strcmp(edits->items[i].path, name) == 0)
			return edits->items[i].now;
	return NULL;
}

/* What was given, as a document: what a new record would hold. */
static enum err_code
make_doc(const struct edits *edits, json_t **out, struct err *e)
{
	json_t *doc = json_object();
	enum err_code code =
	    doc != NULL ? ERR_OK : err_set(e, ERR_NOMEM, 0, "out of memory");

	for (size_t i = 0; i < edits->n && code == ERR_OK; i++) {
		const struct edit_item *item = &edits->items[i];
		const bool is_member =
		    schema_find(edits->type, item->path).part ==
		    SCHEMA_PART_MEMBER;

		code = path_set(doc, item->path, item->now, is_member, e);
	}
	if (code == ERR_OK)
		*out = doc;
	else
		json_decref(doc);
	return code;
}

/* Is the call one to make for a record that holds this? */
static bool
is_due(const struct schema_call *call, const json_t *doc, const char *day)
{
	return schema_whens_hold(&call->when, doc, day) &&
	    !schema_whens_any(&call->unless, doc, day);
}

/* Does the call look at the field? */
static bool
is_by(const struct schema_call *call, const char *name)
{
	const size_t len = strlen(name);

	for (size_t i = 0; i < call->when.n; i++) {
		const char *path = call->when.list[i].path;

		if (strcspn(path, "/") == len && memcmp(path, name, len) == 0)
			return true;
	}
	return false;
}

void
guide_urgent(struct client *c, const struct schema_guide *guide,
    const struct schema_field *f, const struct edits *edits)
{
	char today[CLOCK_DAY_MAX];
	json_t *doc = NULL;
	struct err e;

	clock_day(clock_unix_ms(), today);
	/* What cannot be told now is among the numbers at the end. */
	if (make_doc(edits, &doc, &e) != ERR_OK)
		return;
	for (size_t i = 0; i < guide->calls_n; i++) {
		const struct schema_call *call = &guide->calls[i];

		if (call->number != NULL && is_by(call, f->name) &&
		    is_due(call, doc, today))
			output_words(c, "guide.urgent", "number", call->number,
			    "label", call->label, NULL);
	}
	json_decref(doc);
}

/* ---- filling in ---- */

struct only {
	struct id id;
	size_t n;
};

static bool
take_only(void *arg, struct id id)
{
	struct only *o = arg;

	o->id = id;
	return ++o->n < 2;
}

/* The one record that a fill leads to; n is not 1 where there is none, or where
 * a person has to choose. */
static enum err_code
find_fill(struct client *c, const struct schema_fill *fill, struct id from,
    struct only *out, struct err *e)
{
	struct record r;
	const json_t *value;
	const char *text;
	enum err_code code;

	if (fill->back != NULL) {
		const struct naming_query q = { .target = from,
			.type = fill->type->name,
			.field = fill->back->name };

		return device_store_naming(c->store, &q, take_only, out, e);
	}
	code = device_store_record(c->store, from, &r, e);
	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	value = path_get(r.doc, fill->to->name);
	text = json_array_size(value) == 1
	    ? json_string_value(json_array_get(value, 0))
	    : json_string_value(value);
	out->n = text != NULL && id_parse(text, &out->id) ? 1 : 0;
	record_fini(&r);
	return ERR_OK;
}

static enum err_code
set_fields(struct client *c, const struct schema_guide *guide,
    struct edits *edits, struct err *e)
{
	const struct id_text me =
	    id_print(device_store_identity(c->store)->user);
	const char *name;
	json_t *value;
	enum err_code code = ERR_OK;

	json_object_foreach(value_plain(guide->set), name, value)
	{
		const char *text = json_string_value(value);

		if (edits_touch(edits, name))
			continue;
		if (schema_find_field(guide->type, name)->kind == SCHEMA_REF)
			text = me.s;
		code = edits_set(
		    edits, name, text, strlen(text), EDIT_ARGUMENT, e);
		if (code != ERR_OK)
			break;
	}
	return code;
}

enum err_code
guide_fill(struct client *c, const struct schema_guide *guide,
    struct edits *edits, struct err *e)
{
	enum err_code code = set_fields(c, guide, edits, e);

	for (size_t i = 0; i < guide->fills_n && code == ERR_OK; i++) {
		const struct schema_fill *fill = &guide->fills[i];
		const char *text =
		    json_string_value(given_value(edits, fill->ref->name));
		struct only found = { .n = 0 };
		struct id from;

		if (text == NULL || !id_parse(text, &from) ||
		    edits_touch(edits, fill->fill->name))
			continue;
		code = find_fill(c, fill, from, &found, e);
		if (code == ERR_OK && found.n == 1)
			code = edits_set(edits, fill->fill->name,
			    id_print(found.id).s, ID_TEXT_LEN, EDIT_ARGUMENT,
			    e);
	}
	return code;
}

/* ---- whom to phone ---- */

struct calling {
	struct client *c;
	const struct schema_call *call;
	json_t *numbers;
	struct err e;
};

/* One row of numbers: the number, and every other line of it. */
static enum err_code
put_row(struct calling *k, const json_t *row, struct err *e)
{
	const struct schema_field *rows = k->call->rows, *f;
	const json_t *number = json_object_get(row, k->call->call->name);
	json_t *one, *lines;
	enum err_code code;

	if (!json_is_string(number))
		return ERR_OK;
	one = json_object();
	lines = json_array();
	code = json_put_take(one, "lines", lines, e);
	if (code == ERR_OK)
		code = json_put_take(one, "number", value_share(number), e);
	for (size_t i = 0; i < rows->children_n && code == ERR_OK; i++) {
		f = schema_shown(rows->children, rows->children_n, i);
		if (f == k->call->call || f->kind != SCHEMA_LINE ||
		    json_object_get(row, f->name) == NULL)
			continue;
		code = json_add_take(
		    lines, value_share(json_object_get(row, f->name)), e);
	}
	if (code == ERR_OK)
		code = json_add_take(k->numbers, json_incref(one), e);
	json_decref(one);
	return code;
}

/* The rows of one record whose code is one of the call's. */
static bool
take_rows(void *arg, const struct record_summary *summary)
{
	struct calling *k = arg;
	const json_t *rows, *in = k->call->in;
	const char *key;
	json_t *row;
	struct record r;

	if (summary->is_removed ||
	    device_store_record(k->c->store, summary->id, &r, &k->e) != ERR_OK)
		return k->e.code == ERR_OK || k->e.code == ERR_NOTFOUND;
	rows = path_get(r.doc, k->call->rows->name);
	json_object_foreach(value_plain(rows), key, row)
	{
		const json_t *by = json_object_get(row, k->call->by->name);
		bool is = false;

		for (size_t i = 0; by != NULL && i < json_array_size(in); i++)
			is = is || json_equal(json_array_get(in, i), by);
		if (is && put_row(k, row, &k->e) != ERR_OK)
			break;
	}
	record_fini(&r);
	return k->e.code == ERR_OK;
}

static enum err_code
put_numbers(struct calling *k, struct err *e)
{
	json_t *row;
	enum err_code code;

	if (k->call->number != NULL) {
		row = json_object();
		if ((code = json_put_str(row, "number", k->call->number, e)) ==
		        ERR_OK &&
		    (code = json_put_take(row, "lines", json_array(), e)) ==
		        ERR_OK)
			code = json_add_take(k->numbers, json_incref(row), e);
		json_decref(row);
		return code;
	}
	code = device_store_list(
	    k->c->store, k->call->type->name, NULL, 1000, take_rows, k, e);
	if (code == ERR_OK && k->e.code != ERR_OK &&
	    k->e.code != ERR_NOTFOUND) {
		*e = k->e;
		code = e->code;
	}
	return code;
}

static enum err_code
put_call(struct client *c, const struct schema_call *call, json_t *calls,
    struct err *e)
{
	struct calling k = { .c = c, .call = call, .numbers = json_array() };
	json_t *one = json_object();
	bool none;
	enum err_code code = json_put_take(one, "numbers", k.numbers, e);

	if (code == ERR_OK)
		code = put_numbers(&k, e);
	none = json_array_size(k.numbers) == 0;
	if (code == ERR_OK && (!none || call->missing != NULL) &&
	    (code = json_put_str(one, "label", call->label, e)) == ERR_OK &&
	    (code = json_put_take(one, "missing",
	         none ? json_string(call->missing) : json_null(), e)) == ERR_OK)
		code = json_add_take(calls, json_incref(one), e);
	json_decref(one);
	return code;
}

enum err_code
guide_calls(struct client *c, const struct schema_guide *guide,
    const struct edits *edits, json_t *result, struct err *e)
{
	json_t *calls = json_array(), *doc = NULL;
	char today[CLOCK_DAY_MAX];
	enum err_code code = json_put_take(result, "calls", calls, e);

	clock_day(clock_unix_ms(), today);
	if (code == ERR_OK)
		code = make_doc(edits, &doc, e);
	for (size_t i = 0; i < guide->calls_n && code == ERR_OK; i++)
		if (is_due(&guide->calls[i], doc, today) &&
		    (c->store != NULL || guide->calls[i].number != NULL))
			code = put_call(c, &guide->calls[i], calls, e);
	json_decref(doc);
	return code;
}
