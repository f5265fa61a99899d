/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_TAMPER_H
#define SIM_TAMPER_H

#include "tests/sim/world.h"

/*
 * tamper -- somebody changes one thing in a device's tables, and verify has to
 * find it (I15).  Which thing is chosen by seed and device.  The tables are put
 * back as they were.
 */
void tamper_check(struct sim_device *d);

#endif
