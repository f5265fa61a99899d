/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "common/sys/crypto.h"

struct world;

/*
 * trace -- what happened, three ways: a hash that two runs of a seed must
 * share, sentences for a person when a seed failed, and a history in JSON
 * Lines for tools/lib/check-history.mjs, which knows nothing of this program.
 */
struct trace {
	struct crypto_hasher *hasher;
	FILE *story;   /* or NULL */
	FILE *history; /* or NULL */
};

void trace_init(struct trace *t, FILE *story, FILE *history);
void trace_fini(struct trace *t, struct hash32 *out);
/* One thing that happened, at the world's time. */
void trace_say(struct world *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A fact for the history: takes the object, which gets the seed. */
void trace_fact(struct world *w, json_t *fact);
/* Whether facts are worth making. */
bool trace_wants_facts(const struct world *w);

#endif
