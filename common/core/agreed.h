/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_AGREED_H
#define CORE_AGREED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/id.h"
#include "common/core/schema.h"

/*
 * agreed -- whether what a person had agreed to still stood when something was
 * done that rests on it, by what the type says (schema_agreed): something was
 * shared, and by that day they had taken their agreement to it back.
 *
 * It goes by the days that the records name, so it is the same whichever of
 * them was written or came first.  Of the answers up to that day the last one
 * counts, and on one day a no before a yes.  A no without a day counts always,
 * a yes without one never, and what was done on no day that is told of was done
 * last.  Who says that it was allowed by something else than agreement rests on
 * none.
 *
 * Pure.
 */
struct agreed_one {
	struct id id;
	const json_t *doc;
};

/* False: nothing speaks against it.  True: all[*against_out] does.  doc: a
 * record of the type, which has `agreed`; all: the agreements of its person. */
bool agreed_against(const struct schema_type *type, const json_t *doc,
    const struct agreed_one *all, size_t n, size_t *against_out);

#endif
