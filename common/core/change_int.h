/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_CHANGE_INT_H
#define CORE_CHANGE_INT_H

#include "common/core/change.h"

/*
 * change_int -- what the change files share among themselves.  ERR_NOMEM is
 * the one error.
 */

#define CHANGE_FORM 1 /* member "v" */

/* The members that the full and the signed form have alike (all but ops), as
 * a new object in *out. */
enum err_code change_head_to_json(
    const struct change *c, json_t **out, struct err *e) ERR_CHECKED;

/* {"seen", "own", "side"} as a new object in *out; what is unset is left
 * out. */
enum err_code change_base_to_json(
    const struct change_base *base, json_t **out, struct err *e) ERR_CHECKED;

#endif
