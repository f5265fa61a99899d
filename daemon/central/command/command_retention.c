/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Until when each case is kept, and why (common/core/retention.h).  It tells,
 * and takes nothing away.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/core/path.h"
#include "common/core/retention.h"
#include "common/core/value.h"
#include "common/core/workdays.h"
#include "common/sys/json.h"
#include "daemon/central/command/command_ids.h"

/* What the list is made of, while it is made. */
struct keeping {
	struct command *c;
	const char *until; /* or NULL: all */
	int64_t today;
	json_t *list, *by_class;
	int64_t due, open;
};

/* The work of one case; documents are owned. */
struct found {
	struct retention_work *work;
	size_t n, room;
};

static void
found_fini(struct found *f)
{
	for (size_t i = 0; i < f->n; i++)
		json_decref((json_t *)(uintptr_t)f->work[i].doc);
	free(f->work);
}

static enum err_code
work_add(struct command *c, const struct schema_work *as, struct id id,
    struct found *f, struct err *e)
{
	struct record r;
	enum err_code code;

	if (f->n == f->room) {
		const size_t room = f->room == 0 ? 16 : 2 * f->room;
		struct retention_work *work =
		    reallocarray(f->work, room, sizeof(*work));

		if (work == NULL)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
		f->work = work;
		f->room = room;
	}
	code = store_record_get(c->store, id, &r, e);
	if (code != ERR_OK)
		return code;
	if (!record_is_removed(&r))
		f->work[f->n++] =
		    (struct retention_work){ id, as, value_share(r.doc) };
	record_fini(&r);
	return ERR_OK;
}

static enum err_code
work_find(struct command *c, const struct schema_type *type, struct id of_case,
    struct found *f, struct err *e)
{
	const struct schema_kept *k = type->kept;
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < k->work_n && code == ERR_OK; i++) {
		const struct schema_work *as = &k->work[i];
		struct command_ids ids = { 0 };

		code = store_referring(c->store, as->type->name, as->of_case,
		    of_case, command_ids_add, &ids, e);
		if (code == ERR_OK && ids.is_full)
			code = err_set(e, ERR_NOMEM, 0, "out of memory");
		for (size_t j = 0; j < ids.n && code == ERR_OK; j++)
			code = work_add(c, as, ids.list[j], f, e);
		free(ids.list);
	}
	return code;
}

/* The document of whose case it is, or of who stands for them; NULL: nobody's.
 */
static enum err_code
person_find(struct command *c, const struct schema_kept *k, const json_t *doc,
    json_t **out, struct err *e)
{
	const char *text = json_string_value(path_get(doc, k->person));
	struct record r;
	struct id id;
	enum err_code code;

	*out = NULL;
	if (text == NULL || !id_parse(text, &id))
		return ERR_OK;
	code = command_standing(c, k->of_person, id, &id, e);
	if (code == ERR_OK)
		code = store_record_get(c->store, id, &r, e);
	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	if (!record_is_removed(&r))
		*out = value_share(r.doc);
	record_fini(&r);
	return ERR_OK;
}

/* Count it, and put it on the list if it is asked for. */
static enum err_code
keep(struct keeping *k, json_t *one, struct err *e)
{
	const char *due = json_string_value(json_object_get(one, "due"));
	const char *class = json_string_value(json_object_get(one, "class"));
	const char *by = k->until;
	char today[WORKDAY_TEXT_LEN + 1];
	json_int_t n;
	enum err_code code = ERR_OK;

	workday_print(k->today, today);
	if (by == NULL)
		by = today;
	if (json_is_null(json_object_get(one, "started")))
		k->open++;
	if (due != NULL && strcmp(due, by) <= 0) {
		k->due++;
		n = json_integer_value(json_object_get(k->by_class, class));
		code = json_put_int(k->by_class, class, n + 1, e);
	} else if (k->until != NULL) {
		return ERR_OK;
	}
	return code == ERR_OK ? json_add_take(k->list, json_incref(one), e)
	                      : code;
}

static enum err_code
case_put(struct keeping *k, const struct schema_type *type, struct id id,
    struct err *e)
{
	struct found f = { 0 };
	struct record r;
	json_t *person = NULL, *one;
	enum err_code code = store_record_get(k->c->store, id, &r, e);

	if (code != ERR_OK)
		return code;
	one = json_object();
	if (record_is_removed(&r))
		goto out;
	if ((code = work_find(k->c, type, id, &f, e)) == ERR_OK &&
	    (code = person_find(k->c, type->kept, r.doc, &person, e)) ==
	        ERR_OK &&
	    (code = json_put_id(one, "id", id, e)) == ERR_OK &&
	    (code = json_put_str(one, "type", type->name, e)) == ERR_OK &&
	    (code = command_title_put(k->c, one, "title", id, e)) == ERR_OK)
		code = retention_to_json(
		    &(struct retention_case){ .schema = engine_schema(k->c->g),
		        .type = type,
		        .record = &r,
		        .person = person,
		        .work = f.work,
		        .work_n = f.n,
		        .today = k->today },
		    one, e);
	if (code == ERR_OK)
		code = keep(k, one, e);
out:
	json_decref(person);
	json_decref(one);
	found_fini(&f);
	record_fini(&r);
	return code;
}

static enum err_code
type_put(struct keeping *k, const struct schema_type *type, struct err *e)
{
	struct command_ids ids = { 0 };
	enum err_code code = command_ids_of_type(k->c, type, &ids, e);

	for (size_t i = 0; i < ids.n && code == ERR_OK; i++)
		code = case_put(k, type, ids.list[i], e);
	free(ids.list);
	return code;
}

static const char *
text_of(const json_t *one, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(one, key));

	return text == NULL ? otherwise : text;
}

/* What is due first comes first, what has no day last; of one day the oldest
 * record. */
static int
by_due(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;
	const int sign =
	    strcmp(text_of(*x, "due", "~"), text_of(*y, "due", "~"));

	return sign != 0 ? sign
	                 : strcmp(text_of(*x, "id", ""), text_of(*y, "id", ""));
}

enum err_code
command_retention(struct command *c, struct err *e)
{
	const struct schema *s = engine_schema(c->g);
	struct keeping k = { .c = c,
		.until = json_string_value(json_object_get(c->in, "until")),
		.today = workday_in_uk(clock_unix_ms()),
		.list = json_array(),
		.by_class = json_object() };
	json_t *list = NULL;
	int64_t day;
	enum err_code code = k.until == NULL || workday_parse(k.until, &day)
	    ? store_begin_read(c->store, e)
	    : err_set(
	          e, ERR_INVALID, 0, "--until takes a date such as 2026-12-31");

	for (size_t i = 0; i < schema_types_n(s) && code == ERR_OK; i++)
		if (schema_type_at(s, i)->kept != NULL)
			code = type_put(&k, schema_type_at(s, i), e);
	if (code == ERR_OK)
		code = json_sorted(k.list, by_due, &list, e);
	if (code == ERR_OK &&
	    (code = json_put_take(c->out, "retention", list, e)) == ERR_OK &&
	    (code = json_put_int(c->out, "due", k.due, e)) == ERR_OK &&
	    (code = json_put_int(c->out, "open", k.open, e)) == ERR_OK)
		code = json_put_take(
		    c->out, "by_class", json_incref(k.by_class), e);
	json_decref(k.by_class);
	json_decref(k.list);
	return code;
}
