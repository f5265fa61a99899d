/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_OFFICE_ADDS_UP_H
#define PROVE_OFFICE_ADDS_UP_H

struct engine;

/* NULL if the office's verify finds nothing, else what it found first, until
 * the next call. */
const char *office_adds_up(struct engine *g);

#endif
