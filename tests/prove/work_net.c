/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes over the network: every exchange of a device with its office, with
 * the device's calls failing.
 */
#include "tests/prove/stage_net.h"

#define PREPARE(name, word)                                                    \
	static void prepare_##name(void)                                       \
	{                                                                      \
		net_prepare(word);                                             \
	}
PREPARE(first, "first sync")
PREPARE(push, "push")
PREPARE(delta, "delta")
PREPARE(pages, "pages")
PREPARE(drop, "drop")
PREPARE(courier, "courier")
PREPARE(lock, "lock")
PREPARE(wipe, "wipe")
PREPARE(renew, "renew")
PREPARE(history, "history")

/* Whoever is told of an error asks again; half of it may be done. */
#define EXCHANGE(name, stage, prepare)                                         \
	{                                                                      \
		TORTURE(name, stage, prepare, net_work),                       \
		    .may_be_done = true, .has_steps = true, .is_spread = true  \
	}

const struct torture_case torture_net[] = {
	EXCHANGE("a device syncs first", &net_device, prepare_first),
	EXCHANGE("a device pushes", &net_device, prepare_push),
	EXCHANGE("a device pulls", &net_device, prepare_delta),
	EXCHANGE("a device pulls pages", &net_device, prepare_pages),
	EXCHANGE("a device drops records", &net_device, prepare_drop),
	EXCHANGE("a courier hands over", &net_device, prepare_courier),
	EXCHANGE("a device is locked", &net_device, prepare_lock),
	EXCHANGE("a device is wiped", &net_device, prepare_wipe),
	EXCHANGE("a device renews", &net_device, prepare_renew),
	EXCHANGE("a device asks for history", &net_device, prepare_history),
	{ .name = NULL },
};
