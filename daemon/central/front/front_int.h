/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_FRONT_INT_H
#define CENTRAL_FRONT_INT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/core/protocol.h"
#include "common/sys/http_server.h"
#include "daemon/central/wire.h"

/*
 * front_int -- what the front's files share.
 */

/* Where a request goes. */
struct route {
	enum wire_listener listener;
	enum http_method method;
	const char *path; /* "*" stands for one id, "#" for one hash */
	uint16_t kind;
	bool needs_cert;
	size_t body_max;
};

/* The route of a request.  NULL, and *word_out says why: WORD_NOT_FOUND, or
 * WORD_NOT_ALLOWED when the path has another method, which *allow_out is. */
const struct route *route_find(enum wire_listener listener,
    const struct http_request *r, enum protocol_word *word_out,
    const char **allow_out);

/* Answer with a problem of our own.  allow: the method for a 405, or NULL. */
void problem_reply(struct http_request *r, enum protocol_word word,
    const char *detail, const char *allow);

/* ---- rates (front_rate.c) ---- */

/* Token buckets for callers, by a hash of who they are.  A table of fixed
 * size: a caller that takes another's place starts with a full bucket. */
#define RATE_SLOTS 4096
struct rate_limit {
	double burst, per_second;
};
struct rates {
	struct {
		uint64_t who;
		uint64_t last_ms;
		double tokens;
	} slots[RATE_SLOTS];
};
/* Take one; false when there is none left. */
bool rate_take(
    struct rates *r, struct rate_limit limit, uint64_t who, uint64_t now_ms);

#endif
