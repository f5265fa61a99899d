/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYNC_OUTCOME_H
#define SYNC_OUTCOME_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/status.h"
#include "common/core/protocol.h"
#include "common/core/schema.h"

/*
 * outcome -- what an attempt to reach the office came to, in one word for
 * programs and one sentence for people, and what it counted.
 */
enum sync_outcome {
	SYNC_DONE,        /* it was the office, and everything went through */
	SYNC_OFFLINE,     /* this machine has no network */
	SYNC_PORTAL,      /* something else answered in the office's place */
	SYNC_OFFICE_DOWN, /* there is a network; the office does not work */
	SYNC_CERTIFICATE, /* who answered could not prove to be the office */
	SYNC_REFUSED,     /* the office said no, and why */
	SYNC_TIMEOUT,     /* too slow, or cut off */
	SYNC_OUTCOME_N
};

/* How far an attempt came; what it did not touch is 0. */
struct sync_report {
	enum sync_outcome outcome;
	bool is_courier; /* handed over only; nothing was asked for */
	bool has_word;   /* the office gave this word as its reason */
	enum protocol_word word;
	uint32_t retry_after_s; /* the office's wish; 0: none */
	uint64_t round_trips;
	uint64_t sent; /* own changes in requests that were answered */
	uint64_t receipts;
	uint64_t held;
	uint64_t pulled;     /* records */
	uint64_t bytes_up;   /* of HTTP, headers included */
	uint64_t bytes_down; /* ... */
	uint64_t epoch;      /* the office's, as last answered; not printed */
	uint64_t command;    /* the last that waits for us; not printed */
};

/* Note what one more answer was; a round trip counts when it was the
 * office's. */
struct office_answer;
void sync_report_take(struct sync_report *r, const struct office_answer *a);
/* Add what the courier did after a refusal, or an exchange before a renewal. */
void sync_report_add(struct sync_report *r, const struct sync_report *other);
/* True if the office has ended this device's access, or does not know it, so
 * that the courier's way is the one that is left. */
bool sync_report_is_shut_out(const struct sync_report *r);
/* True if it took what was handed over, and gives no page before the device's
 * certificates are renewed. */
bool sync_report_is_expired(const struct sync_report *r);
/* The office said no, for this reason. */
void sync_report_refuse(struct sync_report *r, enum protocol_word word);

/* The stable word ("office_down"). */
const char *sync_outcome_word(enum sync_outcome outcome);

/* One plain sentence for people, borrowed from the schema's words. */
const char *sync_report_text(
    const struct sync_report *r, const struct schema *s);

/* The object of `visitbook sync --json`, with "text" and, where the office
 * gave one, "word".  ERR_NOMEM. */
enum err_code sync_report_to_json(const struct sync_report *r,
    const struct schema *s, json_t **out, struct err *e) ERR_CHECKED;

/* Exit status of a program that did nothing else than this (cli.md). */
enum status sync_report_exit(const struct sync_report *r);

#endif
