/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device files under somebody whose words were all erased: a person
 * decides what becomes of it.  Nobody could tell from the record any more whom
 * it is about, and that they asked to be forgotten may concern it too.
 *
 * It is about them when a reference that says who sees it names a record by
 * which the erased one is seen in turn: a note's case, whose person they are.
 */
#include <string.h>

#include "common/core/erasure.h"
#include "common/core/path.h"
#include "common/core/schema_dual.h"
#include "daemon/central/engine/engine_erase.h"
#include "daemon/central/engine/engine_int.h"

/* ---- is a record erased ---- */

struct uncovered {
	json_t *paths; /* those that no erasure has covered so far */
	bool is_full;  /* out of memory */
};

static bool
take_covered(void *arg, const struct erasure *z)
{
	struct uncovered *u = arg;
	json_t *left = json_array(), *path;
	size_t i;

	json_array_foreach(u->paths, i, path)
	{
		if (erasure_covers(z->paths, json_string_value(path)))
			continue;
		if (json_array_append(left, path) != 0)
			u->is_full = true;
	}
	json_decref(u->paths);
	u->paths = left;
	return left != NULL && !u->is_full;
}

/* All of its words were erased, and nobody has written any since. */
static enum err_code
is_erased(struct engine *g, const struct record *r, bool *out, struct err *e)
{
	struct uncovered u = { NULL, false };
	json_t *path;
	size_t i;
	enum err_code code;

	*out = false;
	if (schema_type(g->schema, r->type) == NULL)
		return ERR_OK;
	if ((code = erasure_all_paths(g->schema, r, &u.paths, e)) != ERR_OK)
		return code;
	json_array_foreach(u.paths, i, path)
	{
		if (path_get(r->doc, json_string_value(path)) != NULL)
			goto out;
	}
	code = store_erasures_of(g->store, r->id, take_covered, &u, e);
	if (code == ERR_OK && (u.is_full || u.paths == NULL))
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	*out = code == ERR_OK && json_array_size(u.paths) == 0;
out:
	json_decref(u.paths);
	return code;
}

/* ---- what a change is about ---- */

/* The record that the op newly names, by a rule that says who sees it. */
static bool
names(
    const struct schema_type *type, const struct change_op *op, struct id *out)
{
	for (size_t i = 0; i < type->rules_n; i++) {
		const struct schema_scope_rule *rule = &type->rules[i];
		const size_t len =
		    rule->field == NULL ? 0 : strlen(rule->field);

		if (rule->rule != SCHEMA_BY_REF || len == 0 ||
		    strncmp(op->path, rule->field, len) != 0 ||
		    op->now == NULL || json_equal(op->was, op->now))
			continue;
		if (op->path[len] == '/' && id_parse(op->path + len + 1, out))
			return true;
		if (op->path[len] == '\0' && json_is_string(op->now) &&
		    id_parse(json_string_value(op->now), out))
			return true;
	}
	return false;
}

/* Does the record name, for a rule by which the named one is seen, one that
 * was erased? */
static enum err_code
leads_to_erased(
    struct engine *g, const struct record *r, bool *out, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < schema_types_n(g->schema); i++) {
		const struct schema_type *type = schema_type_at(g->schema, i);

		for (size_t j = 0; j < type->rules_n && !*out; j++) {
			const struct schema_scope_rule *rule = &type->rules[j];
			struct record named;
			const char *text;
			struct id id;

			if (rule->rule != SCHEMA_BACK ||
			    strcmp(rule->type, r->type) != 0)
				continue;
			text = json_string_value(path_get(r->doc, rule->field));
			if (text == NULL || !id_parse(text, &id))
				continue;
			code = store_record_get(g->store, id, &named, e);
			if (code == ERR_NOTFOUND)
				continue;
			if (code != ERR_OK)
				return code;
			code = is_erased(g, &named, out, e);
			record_fini(&named);
			if (code != ERR_OK)
				return code;
		}
	}
	return ERR_OK;
}

enum err_code
hold_is_erased(const struct applying *a, bool *out, struct err *e)
{
	struct engine *g = a->round->g;
	const struct change *c = a->change;
	const struct schema_type *type = schema_type(g->schema, c->type);
	enum err_code code = ERR_OK;

	*out = false;
	for (size_t i = 0; type != NULL && i < c->n_ops && !*out; i++) {
		struct record named;
		struct id id;

		if (!names(type, &c->ops[i], &id))
			continue;
		code = store_record_get(g->store, id, &named, e);
		if (code == ERR_NOTFOUND)
			continue;
		if (code != ERR_OK)
			return code;
		code = leads_to_erased(g, &named, out, e);
		record_fini(&named);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

/* ---- who decides what becomes of it ---- */

enum err_code
hold_erased_check(struct engine *g, struct id actor, struct err *e)
{
	const struct schema_dual *act = schema_dual(g->schema, ERASE_ACT);
	struct office_user u;
	enum err_code code;

	if (act == NULL)
		return ERR_OK; /* nobody erases anything here any more */
	if (id_is_zero(actor))
		return err_set(e, ERR_AUTH, 0,
		    "it is about somebody whose words were erased, so "
		    "somebody has to say who they are: use --as");
	code = store_user_get(g->store, actor, &u, e);
	if (code != ERR_OK)
		return code;
	if (!u.is_active || !schema_dual_may_confirm(act, u.role))
		return err_set(e, ERR_CONFLICT, 0,
		    "%.80s does not decide this one: it is about somebody "
		    "whose words were erased, and whoever may confirm that "
		    "decides",
		    u.name);
	return ERR_OK;
}
