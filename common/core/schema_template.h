/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SCHEMA_TEMPLATE_H
#define CORE_SCHEMA_TEMPLATE_H

#include "common/core/schema.h"
#include "common/core/schema_when.h"

/*
 * schema_template -- what a kind of record begins with and is asked before it
 * is signed, as dated versions of data (schema/README.md).
 *
 * A record keeps the name and the version that it was begun with, and is asked
 * by that version for ever: a bundle keeps the old ones.  A template asks for
 * more than its type does, never for less.
 *
 * All is borrowed from the schema.
 */

/* One field, in the order of the template. */
struct template_field {
	const struct schema_field *field;
	const char *prompt;       /* what to ask; "" : the field's own label */
	bool is_asked;            /* before the record may be signed */
	const char *each;         /* rows: every row has this column; or NULL */
	struct schema_whens when; /* all of them hold, else it is not asked */
};

/* A row of each row of other records. */
struct template_copy {
	const char *of, *by; /* records of this type, which name with this
	                        ref ... */
	const char *ref;     /* ... what this ref field of the new one names */
	const char *rows;    /* their rows field */
	const char *from;    /* its column that is copied, */
	const char *unless;  /* of rows without this one; or NULL */
	const char *into, *column; /* rows field and column that it goes to */
};

struct template_version {
	int64_t version;
	const char *from;   /* first day on which a record may begin with it */
	const char *to;     /* last day, or NULL */
	const json_t *set;  /* {field: value}, or NULL */
	const json_t *rows; /* {rows field: [{column: value}]}, or NULL */
	const struct template_copy *copies;
	size_t copies_n;
	const struct template_field *fields;
	size_t fields_n;
};

struct schema_template {
	const char *name, *label, *help;
	const char *source; /* or NULL */
	const struct schema_type *type;
	const struct template_version *versions; /* the lowest first */
	size_t versions_n;
};

size_t schema_templates_n(const struct schema *s);
/* In the order of their names. */
const struct schema_template *schema_template_at(
    const struct schema *s, size_t i);
const struct schema_template *schema_template(
    const struct schema *s, const char *name);

/* The newest version that a record may begin with on this day; NULL: none. */
const struct template_version *schema_template_current(
    const struct schema_template *t, const char *day);
const struct template_version *schema_template_version(
    const struct schema_template *t, int64_t version);

/* The template that a record was begun with. */
enum template_of {
	TEMPLATE_NONE, /* with none */
	TEMPLATE_KNOWN,
	TEMPLATE_NEWER, /* with one that this schema does not have */
};
enum template_of schema_template_of(const struct schema *s,
    const struct schema_type *type, const json_t *doc,
    const struct template_version **out);

/* The next field, from position *i on in the template's order, that it asks
 * for and the record does not have; NULL when there is no more. */
const struct schema_field *schema_template_missing(
    const struct template_version *v, const json_t *doc, const char *day,
    size_t *i);

#endif
