/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SCHEMA_GUIDE_H
#define CORE_SCHEMA_GUIDE_H

#include "common/core/schema.h"
#include "common/core/schema_when.h"

/*
 * schema_guide -- how a record of a type is begun in a hurry, and whom to phone
 * then, as the bundle defines it (schema/README.md, "Guides").  All of it is
 * borrowed from the schema.
 */

/* A field that is filled from records already named, where it is empty: the
 * value at to, of what the ref at field names; or, with back, the one record of
 * a type whose field back names what the ref at field names. */
struct schema_fill {
	const struct schema_field *fill;
	const struct schema_field *ref;
	const struct schema_field *to;  /* NULL with back */
	const struct schema_type *type; /* of back */
	const struct schema_field *back;
};

/* One line of whom to phone: a number of its own, or those of the rows of each
 * record of a type whose code at `by` is one of `in`. */
struct schema_call {
	const char *label;
	const char *number;
	const struct schema_type *type;
	const struct schema_field *rows, *by, *call;
	const json_t *in;
	const char *missing; /* sentence where no row has a number, or NULL */
	/* Where each of `when` holds for the new record, and none of `unless`.
	 */
	struct schema_whens when, unless;
};

struct schema_guide {
	const char *name, *label, *help, *command;
	const struct schema_type *type;
	const json_t *set; /* {field: "now", "me" or a code} */
	const struct schema_field **ask;
	size_t ask_n;
	const struct schema_fill *fills;
	size_t fills_n;
	const struct schema_call *calls; /* in the order of phoning */
	size_t calls_n;
	const struct schema_field *shown; /* time: when they were shown */
};

/* By position (i < count), sorted by name; and by name, NULL if unknown. */
size_t schema_guides_n(const struct schema *s);
const struct schema_guide *schema_guide_at(const struct schema *s, size_t i);
const struct schema_guide *schema_guide(
    const struct schema *s, const char *name);

#endif
