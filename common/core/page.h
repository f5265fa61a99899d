/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_PAGE_H
#define CORE_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"
#include "common/base/id.h"
#include "common/core/record.h"
#include "common/core/schema_page.h"

/*
 * page -- which records a section of a page shows, in which order, and what is
 * told of each.  Pure: whoever has the records finds them.
 */

/* Does the section show a record with this document?  Not one that its
 * `unless` leaves out, was removed, or was entered in error.  day: today,
 * "2026-11-21". */
bool page_shows(const struct schema_section *section, const struct record *r,
    const char *day);

/* Put the n records into the order of the section, and of those that one stands
 * for the others leave only that one in front: how many are left.
 * One without a value to be put in order by stands by itself. */
size_t page_order(
    const struct schema_section *section, const struct record **list, size_t n);

/* Since when changes of others are marked. */
struct page_since {
	struct id me;
	bool is_known; /* false: nothing is marked */
	struct version heard;
};

/* One record of a section as a new object: {"id", "type", "content" (null
 * unless its type is signed), "doc" (the shown fields alone), "changed":
 * [{"field","by","at","clock_offset"}], "open": [{"id","path","kind"}]};
 * NULL in *out where no shown field holds anything.  ERR_NOMEM. */
enum err_code page_entry(const struct schema_section *section,
    const struct record *r, const struct page_since *since, json_t **out,
    struct err *e) ERR_CHECKED;

#endif
