/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_PERSON_INT_H
#define CORESIM_PERSON_INT_H

#include "tests/coresim/person.h"

/* An open conflict of the record, any; NULL: none is. */
const struct conflict *decision_pick(const struct record *r, struct rng *dice);
/* The value that is chosen: a side's, or what stands. */
const json_t *decision_value(
    const struct record *r, const struct conflict *c, struct rng *dice);
/* Into the change: a decision that names all that is open, or (ask) passes it
 * on. */
void decision_add(struct change *c, const struct record *r,
    const struct conflict *k, bool ask);

#endif
