/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a type's records end in sign-off, and what an addendum is made of.
 */
#include "common/core/schema_int.h"

static enum err_code
check_kind(const struct schema_where *w, const char *key, const char *code,
    const struct schema_field *kind, struct err *e)
{
	if (schema_code(kind->codes, code) != NULL)
		return ERR_OK;
	return schema_bad(w, e, "addendum: %s is not in the list \"%s\"", key,
	    kind->codes->name);
}

/* The codes of what is proposed, and of what became of it. */
static enum err_code
load_proposing(const struct schema_where *w, json_t *addendum,
    const struct schema_field *state, struct schema_addendum *out,
    struct err *e)
{
	const struct {
		const char *key;
		const char **code;
	} codes[] = { { "proposed", &out->proposed },
		{ "accepted", &out->accepted },
		{ "declined", &out->declined } };
	enum err_code rc = ERR_OK;

	for (size_t i = 0; i < 3 && rc == ERR_OK; i++) {
		rc = schema_read_line(
		    w, addendum, codes[i].key, true, codes[i].code, e);
		if (rc == ERR_OK)
			rc = check_kind(
			    w, codes[i].key, *codes[i].code, state, e);
	}
	return rc;
}

/* What the office and the merge write into a row of addenda. */
static enum err_code
load_addendum(const struct schema_where *w, json_t *signing,
    const struct schema_type *type, struct schema_signing *of, struct err *e)
{
	static const char *const keys[] = { "author", "at", "kind", "text",
		"path", "later", "left_over", "state", "proposed", "accepted",
		"declined" };
	json_t *addendum = json_object_get(signing, "addendum");
	struct schema_addendum *out = &of->addendum;
	const struct schema_field *rows, *kind;
	const struct schema_named names[] = {
		{ "author", &out->author, SCHEMA_REF, true },
		{ "at", &out->at, SCHEMA_TIME, true },
		{ "kind", &out->kind, SCHEMA_CODE, true },
		{ "text", &out->text, SCHEMA_TEXT, true },
		{ "path", &out->path, SCHEMA_LINE, true },
		{ "state", &out->state, SCHEMA_CODE, false },
	};
	enum err_code rc;

	if (of->addenda == NULL && addendum == NULL)
		return ERR_OK;
	if (of->addenda == NULL || !json_is_object(addendum))
		return schema_bad(
		    w, e, "signing: addenda and addendum go together");
	rows = schema_find_field(type, of->addenda);
	if (rows->locks_at_sign_off)
		return schema_bad(w, e, "signing: addenda must not lock");
	if ((rc = schema_read_keys(w, addendum, keys,
	         sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_names(w, addendum, type, rows, names,
	         sizeof(names) / sizeof(names[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(
	         w, addendum, "later", true, &out->later, e)) != ERR_OK ||
	    (rc = schema_read_line(
	         w, addendum, "left_over", true, &out->left_over, e)) != ERR_OK)
		return rc;
	kind = schema_child(rows, out->kind);
	if ((rc = check_kind(w, "later", out->later, kind, e)) != ERR_OK ||
	    (rc = check_kind(w, "left_over", out->left_over, kind, e)) !=
	        ERR_OK ||
	    out->state == NULL)
		return rc;
	return load_proposing(
	    w, addendum, schema_child(rows, out->state), out, e);
}

/* The names of other fields in `signing`, each of its one kind. */
static enum err_code
load_signing_names(const struct schema_where *w, json_t *signing,
    const struct schema_type *type, struct schema_signing *out, struct err *e)
{
	const struct schema_named names[] = {
		{ "addenda", &out->addenda, SCHEMA_ROWS, false },
		{ "author", &out->author, SCHEMA_REF, false },
		{ "by", &out->by, SCHEMA_REF, false },
		{ "at", &out->at, SCHEMA_TIME, false },
		{ "with", &out->with, SCHEMA_REF, false },
		{ "copied_from", &out->copied_from, SCHEMA_REF, false },
		{ "copied_because", &out->copied_because, SCHEMA_LINE, false },
		{ "error_because", &out->error_because, SCHEMA_LINE, false },
	};
	enum err_code rc = schema_read_names(
	    w, signing, type, NULL, names, sizeof(names) / sizeof(names[0]), e);

	return rc != ERR_OK ? rc : load_addendum(w, signing, type, out, e);
}

static bool
is_code_or_none(const struct schema_field *field, const char *code)
{
	return code == NULL || schema_code(field->codes, code) != NULL;
}

enum err_code
schema_load_signing(const struct schema_where *w, json_t *def,
    struct schema_type *type, struct err *e)
{
	static const char *const keys[] = { "field", "open", "addenda",
		"addendum", "closes", "addended", "error", "author", "by", "at",
		"with", "copied_from", "copied_because", "error_because" };
	json_t *signing = json_object_get(def, "signing");
	struct schema_signing *out = &type->signing;
	const struct schema_field *field;
	enum err_code rc;

	if (signing == NULL)
		return ERR_OK;
	if (!json_is_object(signing))
		return schema_bad(w, e, "signing is not an object");
	if ((rc = schema_read_keys(w, signing, keys,
	         sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(
	         w, signing, "field", true, &out->field, e)) != ERR_OK ||
	    (rc = schema_read_line(
	         w, signing, "closes", false, &out->closes, e)) != ERR_OK ||
	    (rc = schema_read_line(
	         w, signing, "addended", false, &out->addended, e)) != ERR_OK ||
	    (rc = schema_read_line(
	         w, signing, "error", false, &out->error, e)) != ERR_OK)
		return rc;
	field = schema_find_field(type, out->field);
	out->open = json_object_get(signing, "open");
	if ((rc = schema_check_field(w, "signing", field,
	         SCHEMA_KIND_BIT(SCHEMA_CODE), e)) != ERR_OK ||
	    (rc = schema_check_codes(
	         w, "signing: open", out->open, field, e)) != ERR_OK)
		return rc;
	if (field->locks_at_sign_off)
		return schema_bad(
		    w, e, "signing: %s cannot lock itself", field->name);
	if (!is_code_or_none(field, out->closes) ||
	    !is_code_or_none(field, out->addended) ||
	    !is_code_or_none(field, out->error))
		return schema_bad(w, e,
		    "signing: closes, addended, error: a code is not in the "
		    "list \"%s\"",
		    field->codes->name);
	return load_signing_names(w, signing, type, out, e);
}
