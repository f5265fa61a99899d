/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_TEMPLATE_H
#define SIM_TEMPLATE_H

#include "tests/sim/world.h"

/*
 * template -- the office and its devices as every schedule finds them, made
 * once in a process by the product itself: an office with users, two places,
 * three people with a case each and grants on them, and fifty devices that have
 * pulled all that they may see.
 *
 * Users: slot 0, 1, 2 ... of the devices belong to users 0, 1, 2, 0, 3, 4 ...:
 * a user may have several devices.  The last SIM_ADMINS users are who is
 * responsible and a manager.
 */
#define TEMPLATE_START_MS UINT64_C(1795219200000)

struct template_device {
	struct device_identity identity;
	struct buf cert, courier_cert; /* DER */
	struct hash32 cert_sha256, courier_sha256;
	struct disk_image *image;
};
struct template
{
	struct setup_keys keys;
	struct secret_key key; /* of stores; nothing is encrypted here */
	struct disk_image *office;
	struct template_device devices[SIM_DEVICES_MAX];
	struct id users[SIM_USERS];
	struct id sites[SIM_SITES], people[SIM_CASES], cases[SIM_CASES];
	bool grants[SIM_USERS][SIM_CASES];
	json_t *bundle;
};
extern struct template template;

unsigned template_user_of(unsigned slot);
/* False, with a line on standard error, when the product does not do it. */
bool template_make(unsigned n_devices);
void template_free(void);

#endif
