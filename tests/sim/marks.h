/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_MARKS_H
#define SIM_MARKS_H

#include "tests/sim/world.h"

/*
 * marks -- whose words have got where (I10): every word that people write is
 * written to one record, so it tells of that record wherever it turns up, in
 * an answer as it leaves the office or in what a device keeps, whatever the
 * rest of it says that it is about.
 */

/* The words given since the last call are in what is saved to this record; zero
 * if that is not known. */
void marks_saved(struct world *w, struct id record);

/* No word of a record leaves that the device's user may not see now. */
void marks_check_answer(struct sim_device *d, struct sim_node *n,
    const struct wire_answer *answer, const json_t *body);

/* The device keeps no word of a record that the office has and its user may not
 * see, unless a change of its own there is held; the office's store is being
 * read. */
void marks_check_device(struct sim_device *d, struct sim_node *n);

#endif
