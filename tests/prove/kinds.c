/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/prove.h"

const struct prove_kind prove_kinds[] = {
	{ .word = "crash-device",
	    .seed = crash_device_seed,
	    .events = { "saves", "receipts", "pulls", "starts cut" } },
	{ .word = "crash-central",
	    .seed = crash_central_seed,
	    .events = { "receipts", "outcomes", "starts cut" } },
	{ .word = "memory",
	    .seed = memory_seed,
	    .all = memory_all,
	    .events = { "refused", "rode over" } },
	{ .word = "syscall",
	    .seed = syscall_seed,
	    .events = { "refused", "rode over" } },
	{ .word = "cut",
	    .seed = cut_seed,
	    .all = cut_all,
	    .events = { "enrol", "first sync", "push", "delta", "pages",
	        "quiet sync", "drop", "repair", "restored office", "courier",
	        "lock", "wipe", "renew", "wait", "history" } },
	{ .word = "kill",
	    .seed = kill_seed,
	    .events = { "visitbook", "visitbookd", "visitbook-central: engine",
	        "visitbook-central: front", "visitbook-central: parent" } },
	{ .word = NULL },
};
