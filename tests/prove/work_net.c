/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes over the network: every exchange of a device with its office, with
 * the device's calls failing and with the office's.
 */
#include "tests/prove/stage_net.h"

#define PREPARE(name, word)                                                    \
	static void prepare_##name(void)                                       \
	{                                                                      \
		net_prepare(word);                                             \
	}
PREPARE(enrol, "enrol")
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
	EXCHANGE("a device enrols", &net_device, prepare_enrol),
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
	EXCHANGE("an office enrols", &net_office, prepare_enrol),
	EXCHANGE("an office serves a first sync", &net_office, prepare_first),
	EXCHANGE("an office is pushed to", &net_office, prepare_push),
	EXCHANGE("an office is pulled from", &net_office, prepare_delta),
	EXCHANGE("an office gives pages", &net_office, prepare_pages),
	EXCHANGE("an office drops records", &net_office, prepare_drop),
	EXCHANGE("an office takes a courier's", &net_office, prepare_courier),
	EXCHANGE("an office locks", &net_office, prepare_lock),
	EXCHANGE("an office wipes", &net_office, prepare_wipe),
	EXCHANGE("an office renews", &net_office, prepare_renew),
	EXCHANGE("an office tells history", &net_office, prepare_history),
	{ .name = NULL },
};
