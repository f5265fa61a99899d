/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/prove.h"

const struct prove_kind prove_kinds[] = {
	{ "crash-device", crash_device_seed,
	    { "saves", "receipts", "pulls", "starts cut" } },
	{ "crash-central", crash_central_seed,
	    { "receipts", "outcomes", "starts cut" } },
	{ "memory", memory_seed, { "refused", "rode over" } },
	{ "syscall", syscall_seed, { "refused", "rode over" } },
	{ "cut", cut_seed,
	    { "enrol", "first sync", "push", "delta", "pages", "quiet sync",
	        "drop", "repair", "restored office", "courier", "lock", "wipe",
	        "renew", "wait", "history" } },
	{ "kill", kill_seed,
	    { "visitbook", "visitbookd", "visitbook-central: engine",
	        "visitbook-central: front", "visitbook-central: parent" } },
	{ NULL, NULL, { NULL } },
};
