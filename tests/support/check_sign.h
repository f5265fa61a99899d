/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_CHECK_SIGN_H
#define SUPPORT_CHECK_SIGN_H

#include "tests/support/check_apply.h"

/*
 * check_sign -- a note at a check_apply's office that is drafted and signed,
 * and what is added to it then.
 */

/* A draft of Ann's: version 1. */
void check_desk_draft(struct check_desk *d);
/* That draft signed by someone who saw just version 1. */
struct change check_signature(struct check_desk *d, unsigned n);
enum outcome_kind check_sign(struct check_desk *d, unsigned n);

/* How many addenda there are. */
size_t check_addenda(const struct check_desk *d);
/* A column of the addendum that refers to the path; there is one. */
const char *check_addendum(
    const struct check_desk *d, const char *path, const char *column);
/* The words of the one addendum, which is about the record as a whole. */
const char *check_addendum_of_all(const struct check_desk *d);
/* Does one of the addenda say just this? */
bool check_is_told(const struct check_desk *d, const char *words);

#endif
