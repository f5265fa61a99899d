/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_SCHEMA_PAGE_FIELD_H
#define TOOLS_SCHEMA_PAGE_FIELD_H

#include "tools/schema_page.h"

/*
 * schema_page_field -- the fields of a type as a table: a row each, in the
 * order of showing, columns and members under the field that they are of.  A
 * row's id is TYPE.PATH, with the paths that "TYPE fields" tells.
 */
void page_fields(const struct page *p, const struct schema_type *type);

/* A class of retention as a link; and how long that is, if is_whole. */
void page_retention(const struct page *p, const char *code, bool is_whole);

/* Each field that takes its codes from the list, as a link in an item of its
 * own. */
void page_used_by(const struct page *p, const struct schema_list *list);

#endif
