/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_ENGINE_H
#define SYNC_ENGINE_H

#include <stdbool.h>

/*
 * engine -- what the daemon is doing, as one state and what may follow it.
 * Pure: events in, the next state out; daemon.c does what a state means when
 * it enters one (the table in engine.c says what).
 *
 *               unlocked                              unlocked
 *   LOCKED_* ------------> OPEN_SYNCING    STOPPED ------------> OPEN_SYNCING
 *            <------------ OPEN_*                  ------------> LOCKED_SENDING
 *                locked                               locked
 *
 *   LOCKED_IDLE --saved, asked, network, timer--> LOCKED_SENDING
 *   LOCKED_SENDING --done--> LOCKED_IDLE    --failed--> LOCKED_BACKOFF
 *   LOCKED_SENDING --saved, asked, network--> LOCKED_AGAIN
 *   LOCKED_AGAIN --done--> LOCKED_SENDING   --failed--> LOCKED_BACKOFF
 *   LOCKED_BACKOFF --saved, asked, network, timer--> LOCKED_SENDING
 *
 *   OPEN_SYNCING --done--> OPEN_WAITING     --failed--> OPEN_BACKOFF
 *   OPEN_SYNCING --saved, asked, network--> OPEN_AGAIN
 *   OPEN_AGAIN --done--> OPEN_SYNCING       --failed--> OPEN_BACKOFF
 *   OPEN_WAITING --news, saved, asked, network--> OPEN_SYNCING
 *   OPEN_WAITING --quiet--> OPEN_WAITING    --failed--> OPEN_BACKOFF
 *   OPEN_BACKOFF --saved, asked, network, timer--> OPEN_SYNCING
 *
 *   any --stop--> STOPPED
 *
 * Every other pair of state and event changes nothing.  There is no probe of
 * its own: a sync shows who it talks to before its first byte leaves, and the
 * quiet one is a single small request.
 */
enum engine_state {
	ENGINE_STOPPED,        /* before the start and after the end */
	ENGINE_LOCKED_IDLE,    /* nothing to hand over is known of */
	ENGINE_LOCKED_SENDING, /* the courier is under way */
	ENGINE_LOCKED_AGAIN,   /* ... and something came up since */
	ENGINE_LOCKED_BACKOFF, /* it failed; the timer runs */
	ENGINE_OPEN_SYNCING,   /* an exchange is under way */
	ENGINE_OPEN_AGAIN,     /* ... and something came up since */
	ENGINE_OPEN_WAITING,   /* in touch: the office holds our request */
	ENGINE_OPEN_BACKOFF,   /* it failed; the timer runs */
	ENGINE_STATE_N
};

enum engine_event {
	ENGINE_UNLOCKED, /* the store is open */
	ENGINE_LOCKED,   /* the store is closed */
	ENGINE_SAVED,    /* there is a change that the office has not */
	ENGINE_ASKED,    /* a person wants a sync now */
	ENGINE_NETWORK,  /* this machine's network changed */
	ENGINE_TIMER,    /* the state's timer has run out */
	ENGINE_DONE,     /* what was under way went through */
	ENGINE_FAILED,   /* what was under way did not */
	ENGINE_NEWS,     /* the office has something for us */
	ENGINE_QUIET,    /* the office answered: nothing new */
	ENGINE_STOP,
	ENGINE_EVENT_N
};

/* What entering a state starts. */
enum engine_work {
	ENGINE_WORK_NONE,
	ENGINE_WORK_COURIER,  /* hand over envelopes */
	ENGINE_WORK_EXCHANGE, /* sync */
	ENGINE_WORK_WAIT,     /* ask the office to hold a request */
	ENGINE_WORK_POLL,     /* start the slow timer */
	ENGINE_WORK_BACKOFF,  /* start the back-off timer */
	ENGINE_WORK_GOES_ON   /* what was under way stays under way */
};

/* The state after this event; the same one when the event changes nothing.
 * *enters_out: the state is entered (anew, perhaps), so that its work has to
 * begin and what was under way, but for ENGINE_WORK_GOES_ON, to end. */
enum engine_state engine_step(
    enum engine_state from, enum engine_event event, bool *enters_out);

/* "waiting", for logs and status; the same word locked or not. */
const char *engine_state_word(enum engine_state state);
enum engine_work engine_state_work(enum engine_state state);

#endif
