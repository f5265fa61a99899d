/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SCHEMA_PAGE_H
#define CORE_SCHEMA_PAGE_H

#include "common/core/schema.h"
#include "common/core/schema_when.h"

/*
 * schema_page -- pages that put together what is to be read about one record,
 * as the bundle defines them (schema/README.md, "Pages").  All of it is
 * borrowed from the schema.
 */

/*
 * One section.  Its records are
 * 1. the page's own, where from is NULL and link_n is 0;
 * 2. the one that the page's record names at from ("location/site");
 * 3. those of `type` from which the links lead to the page's record: link[0]
 *    is a ref or refs field of `type`, each next one of what that names, and
 *    the last one names the page's record.
 */
struct schema_section {
	const char *name, *label;
	const char *empty; /* sentence where nothing is there, or NULL: then the
	                      section is left out */
	const struct schema_type *type;
	const char *from;
	const struct schema_field **link;
	size_t link_n;
	const struct schema_field **fields; /* shown, in this order; >= 1 */
	size_t fields_n;
	struct schema_whens unless;       /* left out where any holds */
	const struct schema_field *order; /* NULL: by when they were begun, the
	                                     newest first */
	bool newest;                      /* the latest value first */
	/* Of those that are equal in these only the first is shown. */
	const struct schema_field **each;
	size_t each_n;
	/* Of those that come at the same place the one whose code stands
	 * earlier in prefer_codes comes first, then those with any other. */
	const struct schema_field *prefer; /* or NULL */
	const json_t *prefer_codes;
	size_t limit; /* 0: all */
};

struct schema_page {
	const char *name, *label, *help;
	const char *command; /* as people type it */
	const struct schema_type *type;
	const struct schema_section *sections; /* in the order of showing */
	size_t sections_n;
};

/* By position (i < count), sorted by name; and by name, NULL if unknown. */
size_t schema_pages_n(const struct schema *s);
const struct schema_page *schema_page_at(const struct schema *s, size_t i);
const struct schema_page *schema_page(const struct schema *s, const char *name);

#endif
