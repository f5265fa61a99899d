/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_FACTS_H
#define CORESIM_FACTS_H

#include "tests/coresim/device.h"

/*
 * facts -- the history for tools/lib/check-history.mjs, in the words of
 * tests/sim/facts.h.  Nothing is made where no history is written.
 */
void fact_start(struct world *w);
void fact_grants(struct world *w);
void fact_restored(struct world *w);
void fact_revoked(struct device *d);
void fact_copied(struct device *d);
void fact_saved(struct device *d, const struct said *s);
/* As the office gives it, whatever becomes of it on its way. */
void fact_answer(
    struct world *w, const struct request *r, const struct answer *a);
void facts_end(struct world *w);

#endif
