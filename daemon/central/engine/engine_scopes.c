/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sees a record: its scopes by the schema's rules, and which other records'
 * scopes follow from it.
 */
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_int.h"

#define NAME_CAP sizeof(((struct derived *)0)->names[0])

static const json_t *
live_doc(const struct record *r)
{
	const struct path_state *all = record_path(r, "");

	return all != NULL && all->is_removed ? all->was : r->doc;
}

/* Ids in a ref or refs value, called back one by one. */
typedef enum err_code (*ref_each)(void *arg, struct id id, struct err *e);
static enum err_code
each_ref(const json_t *value, ref_each each, void *arg, struct err *e)
{
	struct id id;
	enum err_code code = ERR_OK;

	if (json_is_string(value) && id_parse(json_string_value(value), &id))
		return each(arg, id, e);
	for (size_t i = 0; json_is_array(value) && i < json_array_size(value) &&
	     code == ERR_OK;
	     i++) {
		const char *text = json_string_value(json_array_get(value, i));

		if (text != NULL && id_parse(text, &id))
			code = each(arg, id, e);
	}
	return code;
}

/* ---- a record's own scopes ---- */

struct deriving {
	struct engine *g;
	const struct record *r;
	const json_t *doc;
	struct derived *out;
	size_t room_names, room_refs;
	/* The rule at work. */
	const char *type, *field;
	enum err_code failed; /* of a callback that can only stop */
};

static enum err_code
add_name(struct deriving *d, const char *type, struct id id, struct err *e)
{
	struct record_derived *out = &d->out->d;

	if (out->n_scopes == d->room_names) {
		size_t room = d->room_names == 0 ? 8 : d->room_names * 2;
		char(*names)[NAME_CAP] =
		    realloc(d->out->names, room * sizeof(*names));

		if (names == NULL)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
		d->out->names = names;
		d->room_names = room;
	}
	(void)snprintf(d->out->names[out->n_scopes++], NAME_CAP, "%s:%s", type,
	    id_print(id).s);
	return ERR_OK;
}

static enum err_code
add_ref(struct deriving *d, struct id target, struct err *e)
{
	struct record_derived *out = &d->out->d;

	if (out->n_refs == d->room_refs) {
		size_t room = d->room_refs == 0 ? 8 : d->room_refs * 2;
		struct record_ref *refs =
		    realloc(d->out->refs, room * sizeof(*refs));

		if (refs == NULL)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
		d->out->refs = refs;
		d->room_refs = room;
	}
	d->out->refs[out->n_refs++] =
	    (struct record_ref){ .field = d->field, .target = target };
	return ERR_OK;
}

static enum err_code
ref_only(void *arg, struct id id, struct err *e)
{
	return add_ref(arg, id, e);
}

/* A reference that the rules follow: a scope if what it names is here. */
static enum err_code
ref_scope(void *arg, struct id id, struct err *e)
{
	struct deriving *d = arg;
	char type[65];
	enum err_code code = add_ref(d, id, e);

	if (code != ERR_OK)
		return code;
	code = store_record_type(d->g->store, id, type, e);
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code == ERR_OK && strcmp(type, d->type) == 0)
		code = add_name(d, d->type, id, e);
	return code;
}

static bool
back_scope(void *arg, struct id id)
{
	struct deriving *d = arg;

	d->failed = add_name(d, d->type, id, NULL);
	return d->failed == ERR_OK;
}

static bool
code_is_in(const json_t *list, const json_t *value)
{
	if (value == NULL)
		return true;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), value))
			return true;
	return false;
}

/* ---- scopes of what is the same (rule "same") ---- */

struct id_list {
	struct id *ids;
	size_t n, room;
	bool failed;
};

static bool
id_list_add(void *arg, struct id id)
{
	struct id_list *f = arg;

	for (size_t i = 0; i < f->n; i++)
		if (id_equal(f->ids[i], id))
			return true;
	if (f->n == f->room) {
		size_t room = f->room == 0 ? 8 : f->room * 2;
		struct id *ids = realloc(f->ids, room * sizeof(*ids));

		f->failed = ids == NULL;
		if (f->failed)
			return false;
		f->ids = ids;
		f->room = room;
	}
	f->ids[f->n++] = id;
	return true;
}

/* What "back" rules give to a record of this one's type. */
static enum err_code
back_scopes_of(struct deriving *d, struct id id, struct err *e)
{
	const struct schema_type *type = schema_type(d->g->schema, d->r->type);
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < type->rules_n && code == ERR_OK; i++) {
		const struct schema_scope_rule *rule = &type->rules[i];

		if (rule->rule != SCHEMA_BACK)
			continue;
		d->type = rule->type;
		code = store_referring(
		    d->g->store, rule->type, rule->field, id, back_scope, d, e);
		if (code == ERR_OK && d->failed != ERR_OK)
			code = err_set(e, d->failed, 0, "out of memory");
	}
	return code;
}

/* Who sees a record that this one stands for sees this one too. */
static enum err_code
same_scopes(
    struct deriving *d, const struct schema_scope_rule *rule, struct err *e)
{
	struct id_list others = { 0 };
	enum err_code code =
	    each_ref(json_object_get(d->doc, rule->field), ref_only, d, e);

	if (code == ERR_OK)
		code = store_referring(d->g->store, rule->type, rule->field,
		    d->r->id, id_list_add, &others, e);
	if (code == ERR_OK && others.failed)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < others.n && code == ERR_OK; i++)
		code = back_scopes_of(d, others.ids[i], e);
	free(others.ids);
	return code;
}

static enum err_code
apply_rule(
    struct deriving *d, const struct schema_scope_rule *rule, struct err *e)
{
	enum err_code code = ERR_OK;

	d->type = rule->type;
	d->field = rule->field;
	switch (rule->rule) {
	case SCHEMA_SELF:
		return add_name(d, d->r->type, d->r->id, e);
	case SCHEMA_BY_REF:
		return each_ref(
		    json_object_get(d->doc, rule->field), ref_scope, d, e);
	case SCHEMA_BACK:
		code = store_referring(d->g->store, rule->type, rule->field,
		    d->r->id, back_scope, d, e);
		if (code == ERR_OK && d->failed != ERR_OK)
			code = err_set(e, d->failed, 0, "out of memory");
		return code;
	case SCHEMA_SAME:
		return same_scopes(d, rule, e);
	case SCHEMA_EVERYONE:
	case SCHEMA_AUTHOR_WHILE:
		break;
	}
	return ERR_OK;
}

/* References that other types' "back" rules look for in this record. */
static enum err_code
back_refs(struct deriving *d, struct err *e)
{
	const struct schema *s = d->g->schema;
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < schema_types_n(s) && code == ERR_OK; i++) {
		const struct schema_type *t = schema_type_at(s, i);

		for (size_t k = 0; k < t->rules_n && code == ERR_OK; k++) {
			const struct schema_scope_rule *rule = &t->rules[k];

			if (rule->rule != SCHEMA_BACK ||
			    strcmp(rule->type, d->r->type) != 0)
				continue;
			d->field = rule->field;
			code = each_ref(json_object_get(d->doc, rule->field),
			    ref_only, d, e);
		}
	}
	return code;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Sort, drop repeats, and point at the names. */
static enum err_code
finish_names(struct deriving *d, struct err *e)
{
	struct derived *out = d->out;
	size_t n = 0;

	qsort(out->names, out->d.n_scopes, NAME_CAP, by_name);
	out->scopes = calloc(out->d.n_scopes, sizeof(*out->scopes));
	if (out->scopes == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < out->d.n_scopes; i++)
		if (n == 0 || strcmp(out->scopes[n - 1], out->names[i]) != 0)
			out->scopes[n++] = out->names[i];
	out->d.n_scopes = n;
	out->d.scopes = out->scopes;
	out->d.refs = out->refs;
	return ERR_OK;
}

static enum err_code
apply_rules(struct deriving *d, const struct schema_type *type, struct err *e)
{
	bool everyone = false, author_only = false;
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < type->rules_n && code == ERR_OK; i++) {
		const struct schema_scope_rule *rule = &type->rules[i];

		if (rule->rule == SCHEMA_EVERYONE)
			everyone = true;
		else if (rule->rule == SCHEMA_AUTHOR_WHILE)
			author_only |= code_is_in(
			    rule->in, json_object_get(d->doc, rule->field));
		else
			code = apply_rule(d, rule, e);
	}
	/* References are kept all the same: they are looked for when what they
	 * name appears. */
	if (author_only)
		d->out->d.n_scopes = 0;
	else if (code == ERR_OK && everyone) {
		code = add_name(d, "all", d->r->id, e);
		if (code == ERR_OK)
			(void)snprintf(d->out->names[d->out->d.n_scopes - 1],
			    NAME_CAP, "all");
	}
	return code;
}

enum err_code
scopes_derive(struct engine *g, const struct record *r, struct derived *out,
    struct err *e)
{
	const struct schema_type *type = schema_type(g->schema, r->type);
	struct deriving d = { .g = g, .r = r, .out = out, .doc = live_doc(r) };
	enum err_code code = ERR_OK;

	*out = (struct derived){ 0 };
	if (type != NULL)
		code = apply_rules(&d, type, e);
	if (code == ERR_OK)
		code = back_refs(&d, e);
	if (code == ERR_OK && out->d.n_scopes == 0)
		code = add_name(&d, "user", r->author, e);
	if (code == ERR_OK)
		code = finish_names(&d, e);
	return code;
}

void
derived_fini(struct derived *d)
{
	free(d->names);
	free(d->scopes);
	free(d->refs);
	*d = (struct derived){ 0 };
}

/* ---- other records that follow ---- */

struct following {
	struct engine *g;
	struct id_list list;
};

static bool
follow_id(void *arg, struct id id)
{
	struct following *f = arg;

	return id_list_add(&f->list, id);
}

static enum err_code
follow_ref(void *arg, struct id id, struct err *e)
{
	return follow_id(arg, id) ? ERR_OK
	                          : err_set(e, ERR_NOMEM, 0, "out of memory");
}

static enum err_code
rederive(struct engine *g, struct id id, uint64_t seq, struct err *e)
{
	struct record r;
	struct derived derived = { 0 };
	enum err_code code = store_record_get(g->store, id, &r, e);

	if (code == ERR_NOTFOUND) /* it is derived when it comes */
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	if ((code = scopes_derive(g, &r, &derived, e)) == ERR_OK)
		code =
		    store_record_scopes_put(g->store, id, &derived.d, seq, e);
	derived_fini(&derived);
	record_fini(&r);
	return code;
}

/* Records that a rule makes follow r: those that named it before it was here
 * (it is new), and those that it names or named in a field that a "back" rule
 * looks at. */
static enum err_code
collect_rule(struct following *f, const struct schema_type *type,
    const struct schema_scope_rule *rule, const struct scope_step *step,
    struct err *e)
{
	const json_t *now, *before;
	enum err_code code = ERR_OK;

	if (rule->type == NULL || strcmp(rule->type, step->record->type) != 0)
		return ERR_OK;
	if (rule->rule == SCHEMA_BY_REF && step->facts == NULL)
		return store_referring(f->g->store, type->name, rule->field,
		    step->record->id, follow_id, f, e);
	if (rule->rule != SCHEMA_BACK && rule->rule != SCHEMA_SAME)
		return ERR_OK;
	now = json_object_get(live_doc(step->record), rule->field);
	before = json_object_get(step->facts, rule->field);
	if (path_equal(now, before))
		return ERR_OK;
	code = each_ref(before, follow_ref, f, e);
	return code != ERR_OK ? code : each_ref(now, follow_ref, f, e);
}

/* A "back" rule gives its scopes to what stands for a record as well. */
static enum err_code
follow_same(struct following *f, struct id id, struct err *e)
{
	const struct schema_type *type;
	struct record r;
	enum err_code code = store_record_get(f->g->store, id, &r, e);

	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	type = schema_type(f->g->schema, r.type);
	for (size_t i = 0; type != NULL && i < type->rules_n && code == ERR_OK;
	     i++)
		if (type->rules[i].rule == SCHEMA_SAME)
			code = each_ref(
			    json_object_get(live_doc(&r), type->rules[i].field),
			    follow_ref, f, e);
	record_fini(&r);
	return code;
}

enum err_code
scopes_follow(struct engine *g, const struct scope_step *step, struct err *e)
{
	struct following f = { .g = g };
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < schema_types_n(g->schema); i++) {
		const struct schema_type *type = schema_type_at(g->schema, i);

		for (size_t k = 0; k < type->rules_n && code == ERR_OK; k++)
			code = collect_rule(&f, type, &type->rules[k], step, e);
	}
	/* What stands for one of them follows too; the list grows meanwhile. */
	for (size_t i = 0; i < f.list.n && code == ERR_OK; i++)
		code = follow_same(&f, f.list.ids[i], e);
	if (code == ERR_OK && f.list.failed)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < f.list.n && code == ERR_OK; i++)
		code = rederive(g, f.list.ids[i], step->seq, e);
	free(f.list.ids);
	return code;
}

/* Copy one field. */
static bool
copy_fact(json_t *facts, const json_t *doc, const char *field)
{
	const json_t *value = json_object_get(doc, field);

	return value == NULL ||
	    json_object_set_new(facts, field, json_deep_copy_all(value)) == 0;
}

json_t *
scopes_facts(struct engine *g, const struct record *r)
{
	const struct schema_type *own = schema_type(g->schema, r->type);
	const json_t *doc = live_doc(r);
	json_t *facts = json_object();
	bool ok = facts != NULL;

	if (own != NULL && own->grants.rows != NULL)
		ok = ok && copy_fact(facts, doc, own->grants.rows);
	for (size_t i = 0; i < schema_types_n(g->schema); i++) {
		const struct schema_type *t = schema_type_at(g->schema, i);

		for (size_t k = 0; k < t->rules_n; k++)
			if ((t->rules[k].rule == SCHEMA_BACK ||
			        t->rules[k].rule == SCHEMA_SAME) &&
			    strcmp(t->rules[k].type, r->type) == 0)
				ok = ok &&
				    copy_fact(facts, doc, t->rules[k].field);
	}
	if (!ok) {
		json_decref(facts);
		return NULL;
	}
	return facts;
}
