/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/engine.h"

#include <assert.h>
#include <stddef.h>

#define ON(state) (1U << (state))

/* States and where they may lead: what `steps` says is held against this. */
static const struct {
	const char *word;
	enum engine_work work;
	unsigned allowed;
} states[ENGINE_STATE_N] = {
	[ENGINE_STOPPED] = { "stopped", ENGINE_WORK_NONE,
	    ON(ENGINE_LOCKED_SENDING) | ON(ENGINE_OPEN_SYNCING) },
	[ENGINE_LOCKED_IDLE] = { "idle", ENGINE_WORK_POLL,
	    ON(ENGINE_LOCKED_SENDING) | ON(ENGINE_OPEN_SYNCING) |
	        ON(ENGINE_STOPPED) },
	[ENGINE_LOCKED_SENDING] = { "syncing", ENGINE_WORK_COURIER,
	    ON(ENGINE_LOCKED_IDLE) | ON(ENGINE_LOCKED_AGAIN) |
	        ON(ENGINE_LOCKED_BACKOFF) | ON(ENGINE_OPEN_SYNCING) |
	        ON(ENGINE_STOPPED) },
	[ENGINE_LOCKED_AGAIN] = { "syncing", ENGINE_WORK_GOES_ON,
	    ON(ENGINE_LOCKED_SENDING) | ON(ENGINE_LOCKED_BACKOFF) |
	        ON(ENGINE_OPEN_SYNCING) | ON(ENGINE_STOPPED) },
	[ENGINE_LOCKED_BACKOFF] = { "backing_off", ENGINE_WORK_BACKOFF,
	    ON(ENGINE_LOCKED_SENDING) | ON(ENGINE_OPEN_SYNCING) |
	        ON(ENGINE_STOPPED) },
	[ENGINE_OPEN_SYNCING] = { "syncing", ENGINE_WORK_EXCHANGE,
	    ON(ENGINE_OPEN_WAITING) | ON(ENGINE_OPEN_AGAIN) |
	        ON(ENGINE_OPEN_BACKOFF) | ON(ENGINE_LOCKED_SENDING) |
	        ON(ENGINE_STOPPED) },
	[ENGINE_OPEN_AGAIN] = { "syncing", ENGINE_WORK_GOES_ON,
	    ON(ENGINE_OPEN_SYNCING) | ON(ENGINE_OPEN_BACKOFF) |
	        ON(ENGINE_LOCKED_SENDING) | ON(ENGINE_STOPPED) },
	[ENGINE_OPEN_WAITING] = { "waiting", ENGINE_WORK_WAIT,
	    ON(ENGINE_OPEN_SYNCING) | ON(ENGINE_OPEN_WAITING) |
	        ON(ENGINE_OPEN_BACKOFF) | ON(ENGINE_LOCKED_SENDING) |
	        ON(ENGINE_STOPPED) },
	[ENGINE_OPEN_BACKOFF] = { "backing_off", ENGINE_WORK_BACKOFF,
	    ON(ENGINE_OPEN_SYNCING) | ON(ENGINE_LOCKED_SENDING) |
	        ON(ENGINE_STOPPED) },
};

#define ANY_LOCKED                                                             \
	(ON(ENGINE_LOCKED_IDLE) | ON(ENGINE_LOCKED_SENDING) |                  \
	    ON(ENGINE_LOCKED_AGAIN) | ON(ENGINE_LOCKED_BACKOFF))
#define ANY_OPEN                                                               \
	(ON(ENGINE_OPEN_SYNCING) | ON(ENGINE_OPEN_AGAIN) |                     \
	    ON(ENGINE_OPEN_WAITING) | ON(ENGINE_OPEN_BACKOFF))
/* Something came up that only a sync can settle. */
#define ANY_REASON (ON(ENGINE_SAVED) | ON(ENGINE_ASKED) | ON(ENGINE_NETWORK))

/* From any of these states, on any of these events, to that state. */
static const struct {
	unsigned from;
	unsigned events;
	enum engine_state to;
} steps[] = {
	{ ANY_LOCKED | ANY_OPEN, ON(ENGINE_STOP), ENGINE_STOPPED },
	{ ON(ENGINE_STOPPED) | ANY_LOCKED, ON(ENGINE_UNLOCKED),
	    ENGINE_OPEN_SYNCING },
	{ ON(ENGINE_STOPPED) | ANY_OPEN, ON(ENGINE_LOCKED),
	    ENGINE_LOCKED_SENDING },

	{ ON(ENGINE_LOCKED_IDLE) | ON(ENGINE_LOCKED_BACKOFF),
	    ANY_REASON | ON(ENGINE_TIMER), ENGINE_LOCKED_SENDING },
	{ ON(ENGINE_LOCKED_SENDING), ON(ENGINE_DONE), ENGINE_LOCKED_IDLE },
	{ ON(ENGINE_LOCKED_SENDING), ANY_REASON, ENGINE_LOCKED_AGAIN },
	{ ON(ENGINE_LOCKED_AGAIN), ON(ENGINE_DONE), ENGINE_LOCKED_SENDING },
	{ ON(ENGINE_LOCKED_SENDING) | ON(ENGINE_LOCKED_AGAIN),
	    ON(ENGINE_FAILED), ENGINE_LOCKED_BACKOFF },

	{ ON(ENGINE_OPEN_WAITING), ANY_REASON | ON(ENGINE_NEWS),
	    ENGINE_OPEN_SYNCING },
	{ ON(ENGINE_OPEN_BACKOFF), ANY_REASON | ON(ENGINE_TIMER),
	    ENGINE_OPEN_SYNCING },
	{ ON(ENGINE_OPEN_SYNCING), ON(ENGINE_DONE), ENGINE_OPEN_WAITING },
	{ ON(ENGINE_OPEN_SYNCING), ANY_REASON, ENGINE_OPEN_AGAIN },
	{ ON(ENGINE_OPEN_AGAIN), ON(ENGINE_DONE), ENGINE_OPEN_SYNCING },
	{ ON(ENGINE_OPEN_WAITING), ON(ENGINE_QUIET), ENGINE_OPEN_WAITING },
	{ ON(ENGINE_OPEN_SYNCING) | ON(ENGINE_OPEN_AGAIN) |
	        ON(ENGINE_OPEN_WAITING),
	    ON(ENGINE_FAILED), ENGINE_OPEN_BACKOFF },
};

enum engine_state
engine_step(enum engine_state from, enum engine_event event, bool *enters_out)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if ((steps[i].from & ON(from)) != 0 &&
		    (steps[i].events & ON(event)) != 0) {
			assert((states[from].allowed & ON(steps[i].to)) != 0);
			*enters_out = true;
			return steps[i].to;
		}
	*enters_out = false;
	return from;
}

const char *
engine_state_word(enum engine_state state)
{
	return states[state].word;
}

enum engine_work
engine_state_work(enum engine_state state)
{
	return states[state].work;
}
