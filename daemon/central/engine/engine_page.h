/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ENGINE_PAGE_H
#define CENTRAL_ENGINE_PAGE_H

#include "daemon/central/engine/engine_int.h"

/*
 * engine_page -- a page while it is built; engine_page.c has the records,
 * engine_repair.c digests and lists.  Errors are the store's: the request
 * ends without an answer of its own, and the device asks again.
 */
struct page_build {
	struct engine *g;
	const struct job *job;
	struct sync_answer *a;
	struct version floor; /* what deltas are above */
	size_t bytes;         /* of the page so far, as JSON */
	size_t room;
};

/* Take out of an entry's delta the texts that its device can make: entry's
 * texts then say of what (engine_texts.c). */
enum err_code page_texts(const struct page_build *b, struct page_entry *p,
    struct err *e) ERR_CHECKED;

/* Tell what the device's user wrote on another one of theirs about a record
 * that the page is about, and a person closed (engine_closing.c). */
enum err_code closings_tell(
    struct page_build *b, struct id record, struct err *e) ERR_CHECKED;

/* Digests of what the user holds, hashed with the last page; named one by one
 * when the device asks, and when what it holds may have changed since its
 * floor. */
enum err_code page_scopes(
    struct page_build *b, uint64_t floor, struct err *e) ERR_CHECKED;
/* Ids and versions of the scopes that the device asks for and its user holds,
 * so many that the device can follow; where they end before a scope's end is
 * told, and a scope that has no room is left out: both are asked for again. */
enum err_code page_ids(struct page_build *b, struct err *e) ERR_CHECKED;

#endif
