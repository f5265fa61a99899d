/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "daemon/central/serve/beside.h"
#include "daemon/central/serve/process.h"
#include "tests/prove/play.h"
#include "tests/prove/prove.h"

/* A command starts its agent, and the office a process beside the engine. */
bool
prove_plays(int argc, char *argv[], int *status_out)
{
	if (argc > 1 && strcmp(argv[1], "agent") == 0) {
		*status_out = play_main(argc, argv);
		return true;
	}
	if (argc > 3 && strcmp(argv[1], PROCESS_WORD) == 0) {
		*status_out = beside_process(argv[3]);
		return true;
	}
	return false;
}

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
	        "lock", "wipe", "renew", "wait", "history", "file" } },
	{ .word = "kill",
	    .seed = kill_seed,
	    .events = { "visitbook", "visitbookd", "visitbook-central: engine",
	        "visitbook-central: front", "visitbook-central: parent" } },
	{ .word = "programs",
	    .seed = programs_seed,
	    .events = { "refused", "rode over", "unlock", "issue", "sync",
	        "verify", "lock" } },
	{ .word = NULL },
};
