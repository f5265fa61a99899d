/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORESIM_DEVICE_PAGE_H
#define CORESIM_DEVICE_PAGE_H

#include "tests/coresim/device.h"

/* Stage the answer's page, or show it with all that is staged when it is the
 * pull's last. */
void device_takes_page(struct device *d, const struct answer *a);

/* Make anew what is shown of a record: what the office told, and own work that
 * is not in it on top. */
void device_shows(struct device *d, unsigned record);

#endif
