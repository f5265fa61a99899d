/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes between a command and the process that holds the key, with the
 * calls of either failing.
 */
#include "tests/prove/stage_holder.h"

/* Whoever is told of an error asks again; a holder that has ended is locked,
 * and input that cannot be read is told as the command's. */
#define HELD(name, stage, try)                                                 \
	{                                                                      \
		TORTURE(name, stage, NULL, try),                               \
		    .errors =                                                  \
		        TORTURE_ERR(ERR_LOCKED) | TORTURE_ERR(ERR_INVALID),    \
		    .may_be_done = true, .has_steps = true, .is_spread = true  \
	}

const struct torture_case torture_holder[] = {
	HELD("a command unlocks", &holder_command, holder_try_unlock),
	HELD("a command saves", &holder_command_open, holder_try_save),
	HELD("a command locks", &holder_command_open, holder_try_lock),
	HELD("an agent is unlocked", &holder_agent, holder_try_unlock),
	HELD("an agent lends the key", &holder_agent_open, holder_try_save),
	HELD("an agent locks", &holder_agent_open, holder_try_lock),
	{ .name = NULL },
};
