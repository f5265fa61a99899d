/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_SCHEMA_PAGE_WHEN_H
#define TOOLS_SCHEMA_PAGE_WHEN_H

#include "common/core/schema_when.h"
#include "tools/schema_page.h"

/*
 * schema_page_when -- conditions on a record, in words: an item of a list for
 * each of them.
 */
void page_whens(const struct page *p, const struct schema_type *type,
    const struct schema_when *list, size_t n);

/* "Group: member" or the label of a field. */
#define PAGE_PLACE_MAX 256
void page_place(const struct schema_type *type, const char *path,
    char out[static PAGE_PLACE_MAX]);

#endif
