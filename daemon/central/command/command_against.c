/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/command/command_against.h"

#include <stdlib.h>
#include <string.h>

#include "common/core/agreed.h"
#include "common/sys/crypto.h"
#include "common/sys/json.h"
#include "daemon/central/command/command_ids.h"

static struct id
against_id(struct id record, struct id agreement)
{
	static const char context[] = "vb/agreed/v1";
	const struct hash32 hash = crypto_sha256_parts(
	    (const struct crypto_part[]){ crypto_part(context, sizeof(context)),
	        crypto_part(record.b, ID_LEN),
	        crypto_part(agreement.b, ID_LEN) },
	    3);

	return id_from_hash(hash.b);
}

/* ---- the agreements of a person ---- */

/* All agreements that a type's records rest on, those of one person together.
 */
struct agreements {
	const struct schema_type *type; /* whose records rest on them */
	struct agreed_one *all;         /* their docs are owned */
	struct id *whose; /* all[i]'s person, or what stands for them */
	size_t n;
};

static void
agreements_fini(struct agreements *l)
{
	for (size_t i = 0; i < l->n; i++)
		json_decref((json_t *)(uintptr_t)l->all[i].doc);
	free(l->all);
	free(l->whose);
}

/* Of whom a record of this type is; false: of nobody. */
static enum err_code
whose(struct command *c, const struct schema_agreed *a, const json_t *doc,
    struct id *out, bool *found_out, struct err *e)
{
	const struct schema *s = engine_schema(c->g);
	const char *text = json_string_value(json_object_get(doc, a->who));
	const struct schema_field *who =
	    schema_find_field(schema_type(s, a->of), a->who);
	struct id id;

	*found_out = text != NULL && id_parse(text, &id);
	return *found_out
	    ? command_standing(c, schema_type(s, who->ref), id, out, e)
	    : ERR_OK;
}

static enum err_code
agreement_take(struct command *c, const struct schema_agreed *a, struct id id,
    struct agreements *l, struct err *e)
{
	struct record r;
	bool found = false;
	enum err_code code = store_record_get(c->store, id, &r, e);

	if (code != ERR_OK)
		return code;
	if (!record_is_removed(&r))
		code = whose(c, a, r.doc, &l->whose[l->n], &found, e);
	if (code == ERR_OK && found)
		l->all[l->n++] = (struct agreed_one){ id, json_incref(r.doc) };
	record_fini(&r);
	return code;
}

struct whose_one {
	struct id whose;
	struct agreed_one one;
};

static int
by_whose(const void *a, const void *b)
{
	const struct whose_one *x = a, *y = b;

	return memcmp(x->whose.b, y->whose.b, ID_LEN);
}

/* Of each person those that are about them, one after another. */
static enum err_code
agreements_sort(struct agreements *l, struct err *e)
{
	struct whose_one *pairs = calloc(l->n + 1, sizeof(*pairs));

	if (pairs == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < l->n; i++)
		pairs[i] = (struct whose_one){ l->whose[i], l->all[i] };
	qsort(pairs, l->n, sizeof(*pairs), by_whose);
	for (size_t i = 0; i < l->n; i++) {
		l->whose[i] = pairs[i].whose;
		l->all[i] = pairs[i].one;
	}
	free(pairs);
	return ERR_OK;
}

static enum err_code
agreements_find(struct command *c, const struct schema_agreed *a,
    struct agreements *out, struct err *e)
{
	struct command_ids ids = { 0 };
	enum err_code code = command_ids_of_type(
	    c, schema_type(engine_schema(c->g), a->of), &ids, e);

	out->all = calloc(ids.n + 1, sizeof(*out->all));
	out->whose = calloc(ids.n + 1, sizeof(*out->whose));
	if (code == ERR_OK && (out->all == NULL || out->whose == NULL))
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < ids.n && code == ERR_OK; i++)
		code = agreement_take(c, a, ids.list[i], out, e);
	free(ids.list);
	return code != ERR_OK ? code : agreements_sort(out, e);
}

/* The first that is this person's, or behind where it would be. */
static size_t
first_of(const struct agreements *l, struct id who)
{
	size_t from = 0, to = l->n;

	while (from < to) {
		const size_t middle = from + (to - from) / 2;

		if (memcmp(l->whose[middle].b, who.b, ID_LEN) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* *found_out: something speaks against it. */
static enum err_code
against_find(struct command *c, const struct agreements *l, struct id id,
    struct against *out, bool *found_out, struct err *e)
{
	struct record r;
	struct id who = { 0 };
	size_t from, to, i = 0;
	bool found = false;
	enum err_code code = store_record_get(c->store, id, &r, e);

	*found_out = false;
	if (code != ERR_OK)
		return code;
	if (!record_is_removed(&r))
		code = whose(c, &l->type->agreed, r.doc, &who, &found, e);
	from = found ? first_of(l, who) : 0;
	for (to = from; found && to < l->n && id_equal(l->whose[to], who);)
		to++;
	if (code == ERR_OK &&
	    agreed_against(l->type, r.doc, l->all + from, to - from, &i)) {
		const struct id against = l->all[from + i].id;

		*found_out = true;
		*out = (struct against){ l->type, id, against,
			against_id(id, against) };
	}
	record_fini(&r);
	return code;
}

static enum err_code
type_each(struct command *c, const struct schema_type *type, against_each each,
    void *arg, struct err *e)
{
	struct command_ids ids = { 0 };
	struct agreements l = { .type = type };
	enum err_code code = command_ids_of_type(c, type, &ids, e);

	if (code == ERR_OK && ids.n > 0)
		code = agreements_find(c, &type->agreed, &l, e);
	for (size_t i = 0; i < ids.n && code == ERR_OK; i++) {
		struct against a;
		bool found;

		code = against_find(c, &l, ids.list[i], &a, &found, e);
		if (code == ERR_OK && found)
			code = each(arg, &a, e);
	}
	agreements_fini(&l);
	free(ids.list);
	return code;
}

enum err_code
against_all(struct command *c, against_each each, void *arg, struct err *e)
{
	const struct schema *s = engine_schema(c->g);
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < schema_types_n(s) && code == ERR_OK; i++)
		if (schema_type_at(s, i)->agreed.of != NULL)
			code = type_each(c, schema_type_at(s, i), each, arg, e);
	return code;
}
