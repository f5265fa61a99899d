/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields, columns and members of a bundle.
 */
#include "common/core/schema_int.h"

#include "common/core/limits.h"

#define FIELDS_MAX 200

struct named {
	const char *name;
	json_t *def;
	size_t place;
};

static const char *const kind_words[] = { [SCHEMA_LINE] = "line",
	[SCHEMA_TEXT] = "text",
	[SCHEMA_DATE] = "date",
	[SCHEMA_TIME] = "time",
	[SCHEMA_NUMBER] = "number",
	[SCHEMA_YES_NO] = "yes_no",
	[SCHEMA_CODE] = "code",
	[SCHEMA_CODES] = "codes",
	[SCHEMA_REF] = "ref",
	[SCHEMA_REFS] = "refs",
	[SCHEMA_ROWS] = "rows",
	[SCHEMA_GROUP] = "group" };

static const char *const policy_words[] = { [SCHEMA_FIXED] = "fixed",
	[SCHEMA_LATEST] = "latest",
	[SCHEMA_SET] = "set",
	[SCHEMA_MERGED_TEXT] = "text",
	[SCHEMA_RANK] = "rank",
	[SCHEMA_ASK] = "ask",
	[SCHEMA_OFFICE] = "office" };

const char *
schema_kind_word(enum schema_kind kind)
{
	return kind_words[kind];
}

const char *
schema_policy_word(enum schema_policy policy)
{
	return policy_words[policy];
}

/* Position of a word in such a table, 0 if it is none of them. */
static unsigned
word_find(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 1; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return (unsigned)i;
	return 0;
}

#define BIT(policy) (1U << (policy))

/* Which policies a kind can have. */
static bool
policy_fits(enum schema_kind kind, enum schema_policy policy)
{
	unsigned one = BIT(SCHEMA_FIXED) | BIT(SCHEMA_LATEST) |
	    BIT(SCHEMA_ASK) | BIT(SCHEMA_OFFICE);
	unsigned allowed = one;

	switch (kind) {
	case SCHEMA_CODES:
	case SCHEMA_REFS:
	case SCHEMA_ROWS:
		allowed =
		    BIT(SCHEMA_SET) | BIT(SCHEMA_FIXED) | BIT(SCHEMA_OFFICE);
		break;
	case SCHEMA_LINE:
	case SCHEMA_TEXT:
		allowed = one | BIT(SCHEMA_MERGED_TEXT);
		break;
	case SCHEMA_CODE:
	case SCHEMA_YES_NO:
		allowed = one | BIT(SCHEMA_RANK);
		break;
	case SCHEMA_DATE:
	case SCHEMA_TIME:
	case SCHEMA_NUMBER:
	case SCHEMA_REF:
	case SCHEMA_GROUP:
		break;
	}
	return (allowed & BIT(policy)) != 0;
}

/* Which kinds may be a column (parent is rows) or a member (a group). */
static bool
kind_fits(enum schema_kind kind, const struct schema_field *parent)
{
	bool is_set = kind == SCHEMA_CODES || kind == SCHEMA_REFS;

	if (parent == NULL)
		return true;
	return kind != SCHEMA_ROWS && !is_set &&
	    !(kind == SCHEMA_GROUP && parent->kind == SCHEMA_GROUP);
}

static enum err_code
load_kind(const struct schema_where *w, json_t *def, struct schema_field *f,
    struct err *e)
{
	const char *kind = NULL, *policy = NULL;
	bool is_member = f->parent != NULL && f->parent->kind == SCHEMA_GROUP;
	enum err_code rc;

	if ((rc = schema_read_line(w, def, "kind", true, &kind, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "policy", !is_member, &policy, e)) !=
	        ERR_OK)
		return rc;
	f->kind = word_find(
	    kind_words, sizeof(kind_words) / sizeof(kind_words[0]), kind);
	if (f->kind == 0)
		return schema_bad(
		    w, e, "\"%.40s\" is not a kind of field", kind);
	if (!kind_fits(f->kind, f->parent))
		return schema_bad(w, e, "kind %s cannot be inside %s", kind,
		    kind_words[f->parent->kind]);
	if (is_member && policy != NULL)
		return schema_bad(
		    w, e, "a member has its group's policy, not its own");
	if (is_member) {
		f->policy = f->parent->policy;
		return ERR_OK;
	}
	f->policy = word_find(policy_words,
	    sizeof(policy_words) / sizeof(policy_words[0]), policy);
	if (f->policy == 0)
		return schema_bad(w, e, "\"%.40s\" is not a policy", policy);
	if (!policy_fits(f->kind, f->policy))
		return schema_bad(
		    w, e, "policy %s does not go with kind %s", policy, kind);
	return ERR_OK;
}

/* A key that only some kinds have: there exactly if `wants`. */
static enum err_code
check_key(const struct schema_where *w, json_t *def, const char *key,
    bool wants, struct err *e)
{
	bool has = json_object_get(def, key) != NULL;

	if (has == wants)
		return ERR_OK;
	return schema_bad(w, e,
	    wants ? "%s is missing" : "%s does not go with its kind or policy",
	    key);
}

static enum err_code
load_targets(const struct schema_where *w, json_t *def, struct schema_field *f,
    struct err *e)
{
	bool is_code = f->kind == SCHEMA_CODE || f->kind == SCHEMA_CODES;
	bool is_ref = f->kind == SCHEMA_REF || f->kind == SCHEMA_REFS;
	const char *list = NULL;
	enum err_code rc;

	if ((rc = check_key(w, def, "codes", is_code, e)) != ERR_OK ||
	    (rc = check_key(w, def, "ref", is_ref, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "codes", false, &list, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "ref", false, &f->ref, e)) != ERR_OK)
		return rc;
	if (is_code && (f->codes = schema_list(w->s, list)) == NULL)
		return schema_bad(
		    w, e, "there is no code list \"%.60s\"", list);
	if (is_ref &&
	    json_object_get(json_object_get(w->s->bundle, "records"), f->ref) ==
	        NULL)
		return schema_bad(
		    w, e, "there is no record type \"%.60s\"", f->ref);
	return ERR_OK;
}

/* A rank's order must place every value that the field can have, once. */
static enum err_code
load_order(const struct schema_where *w, json_t *def, struct schema_field *f,
    struct err *e)
{
	json_t *order = json_object_get(def, "order"), *value;
	size_t i, n = f->kind == SCHEMA_CODE ? f->codes->items_n : 2;
	enum err_code rc =
	    check_key(w, def, "order", f->policy == SCHEMA_RANK, e);

	if (rc != ERR_OK || order == NULL)
		return rc;
	f->order = order;
	if (json_array_size(order) != n)
		return schema_bad(w, e, "order must have all %zu values", n);
	json_array_foreach(order, i, value)
	{
		const char *code = json_string_value(value);
		bool is_known = f->kind == SCHEMA_CODE
		    ? code != NULL && schema_code(f->codes, code) != NULL
		    : json_is_boolean(value);

		if (!is_known || schema_rank_of(f, value) != (int)i)
			return schema_bad(w, e,
			    "order must have each value of the field once");
	}
	return ERR_OK;
}

static enum err_code
load_bounds(const struct schema_where *w, json_t *def, struct schema_field *f,
    struct err *e)
{
	bool is_text = f->kind == SCHEMA_LINE || f->kind == SCHEMA_TEXT;
	bool is_number = f->kind == SCHEMA_NUMBER;
	int64_t longest = f->kind == SCHEMA_TEXT ? (int64_t)LIMIT_TEXT_BYTES
	                                         : (int64_t)LIMIT_LINE_BYTES;
	const char *check = NULL;
	enum err_code rc;

	if ((rc = schema_read_int(w, def, "min", INT64_MIN, &f->min, e)) !=
	        ERR_OK ||
	    (rc = schema_read_int(w, def, "max",
	         is_number ? INT64_MAX : longest, &f->max, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "check", false, &check, e)) !=
	        ERR_OK ||
	    (rc = schema_read_bool(
	         w, def, "free_text", false, &f->free_text, e)) != ERR_OK)
		return rc;
	if ((json_object_get(def, "min") != NULL && !is_number) ||
	    (json_object_get(def, "max") != NULL && !is_number && !is_text))
		return schema_bad(w, e, "min or max do not go with its kind");
	if (f->min > f->max || (!is_number && (f->max < 1 || f->max > longest)))
		return schema_bad(w, e, "min and max leave nothing allowed");
	if (f->free_text && !is_text)
		return schema_bad(w, e, "only line and text can be free_text");
	f->max_len = (size_t)(is_number ? 0 : f->max);
	if (check != NULL &&
	    (f->kind != SCHEMA_LINE || strcmp(check, "nhs_number") != 0))
		return schema_bad(
		    w, e, "check can only be \"nhs_number\", on a line");
	f->has_nhs_check = check != NULL;
	return ERR_OK;
}

/* What sign-off does with the field.  A column or member takes its parent's
 * lock unless it has one of its own. */
static enum err_code
load_signing(const struct schema_where *w, json_t *def,
    const struct schema_type *type, struct schema_field *f, struct err *e)
{
	const char *lock = NULL;
	bool is_column = f->parent != NULL && f->parent->kind == SCHEMA_ROWS;
	enum err_code rc;

	if ((rc = schema_read_line(w, def, "lock", false, &lock, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "instead", false, &f->instead, e)) !=
	        ERR_OK ||
	    (rc = schema_read_bool(w, def, "required_to_sign", false,
	         &f->required_to_sign, e)) != ERR_OK)
		return rc;
	if (lock != NULL && strcmp(lock, "signed") != 0 &&
	    strcmp(lock, "never") != 0)
		return schema_bad(w, e, "lock must be \"signed\" or \"never\"");
	if (lock != NULL && f->parent != NULL && !is_column)
		return schema_bad(
		    w, e, "a member has its group's lock, not its own");
	f->locks_at_sign_off = lock != NULL
	    ? strcmp(lock, "signed") == 0
	    : f->parent != NULL && f->parent->locks_at_sign_off;
	if ((f->locks_at_sign_off || f->required_to_sign) &&
	    type->signing.field == NULL)
		return schema_bad(
		    w, e, "locks or is required, but its type is not signed");
	if (f->required_to_sign && f->parent != NULL &&
	    (is_column || f->parent->parent != NULL))
		return schema_bad(w, e, "nothing in a row can be required");
	if (f->instead != NULL && (!f->required_to_sign || f->parent != NULL))
		return schema_bad(
		    w, e, "instead goes with a required field only");
	return ERR_OK;
}

static enum err_code
load_field(struct schema_where *w, json_t *def, struct schema_type *type,
    struct schema_field *f, struct err *e)
{
	static const char *const keys[] = { "kind", "policy", "label", "help",
		"lock", "free_text", "retention", "source", "codes", "ref",
		"required_to_sign", "instead", "order", "check", "min", "max",
		"columns", "members", "place" };
	bool is_rows, is_group;
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "is not an object");
	f->help = "";
	f->retention =
	    f->parent != NULL ? f->parent->retention : type->retention;
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = load_kind(w, def, f, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "label", true, &f->label, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "help", false, &f->help, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(
	         w, def, "retention", false, &f->retention, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "source", false, &f->source, e)) !=
	        ERR_OK ||
	    (rc = load_targets(w, def, f, e)) != ERR_OK ||
	    (rc = load_order(w, def, f, e)) != ERR_OK ||
	    (rc = load_bounds(w, def, f, e)) != ERR_OK ||
	    (rc = load_signing(w, def, type, f, e)) != ERR_OK)
		return rc;
	if (f->kind == SCHEMA_LINE || f->kind == SCHEMA_TEXT)
		f->guard = w->s->guard;
	is_rows = f->kind == SCHEMA_ROWS;
	is_group = f->kind == SCHEMA_GROUP;
	if ((rc = check_key(w, def, "columns", is_rows, e)) != ERR_OK ||
	    (rc = check_key(w, def, "members", is_group, e)) != ERR_OK)
		return rc;
	if (!is_rows && !is_group)
		return ERR_OK;
	return schema_load_fields(w,
	    json_object_get(def, is_rows ? "columns" : "members"), type, f, e);
}

static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The definitions sorted by name, each with its place: its "place" (a bundle
 * in canonical form has lost the order) or else its position. */
static enum err_code
sort_defs(const struct schema_where *w, json_t *defs, struct named *sorted,
    struct err *e)
{
	const char *key;
	json_t *def;
	size_t n = 0;

	json_object_foreach(defs, key, def)
	{
		int64_t place = 0;
		enum err_code rc =
		    schema_read_int(w, def, "place", (int64_t)n, &place, e);

		if (rc != ERR_OK)
			return rc;
		if (!schema_name_is_ok(key) || place < 0 ||
		    (size_t)place >= json_object_size(defs))
			return schema_bad(w, e,
			    "\"%.60s\": a bad name (a-z 0-9 _) or place", key);
		sorted[n++] = (struct named){ key, def, (size_t)place };
	}
	qsort(sorted, n, sizeof(*sorted), by_name);
	return ERR_OK;
}

enum err_code
schema_load_fields(struct schema_where *w, json_t *defs,
    struct schema_type *type, struct schema_field *parent, struct err *e)
{
	size_t n = json_object_size(defs);
	struct schema_field *fields = schema_alloc(w->s, n, sizeof(*fields));
	struct named *sorted = schema_alloc(w->s, n, sizeof(*sorted));
	struct schema_where outer = *w;
	enum err_code rc;

	if (fields == NULL || sorted == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	if (!json_is_object(defs) || n == 0 || n > FIELDS_MAX)
		return schema_bad(w, e, "must have 1 to %d %s", FIELDS_MAX,
		    parent == NULL                    ? "fields"
		        : parent->kind == SCHEMA_ROWS ? "columns"
		                                      : "members");
	if ((rc = sort_defs(w, defs, sorted, e)) != ERR_OK)
		return rc;
	if (parent != NULL) {
		parent->children = fields;
		parent->children_n = n;
	} else {
		type->fields = fields;
		type->fields_n = n;
	}
	for (size_t i = 0; i < n; i++) {
		if (parent == NULL)
			w->field = sorted[i].name;
		else
			w->child = sorted[i].name;
		fields[i].name = sorted[i].name;
		fields[i].place = sorted[i].place;
		fields[i].parent = parent;
		rc = load_field(w, sorted[i].def, type, &fields[i], e);
		if (rc != ERR_OK)
			return rc;
	}
	*w = outer;
	return ERR_OK;
}
