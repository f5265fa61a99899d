/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_CONFLICT_H
#define CLIENT_CONFLICT_H

#include "client/client.h"
#include "common/core/conflict_json.h"

/*
 * conflict -- one conflict of a record, found by its id, and what a person
 * decides about it.
 */
struct conflict_found {
	struct id id;
	/* The record as it is before the reader's eyes: whoever decides goes
	 * by it, whatever comes in meanwhile.  Ended with record_shown_fini. */
	struct record_shown shown;
};

/* What is known here of who decides: the limits and the reader's role, as the
 * office last told them, and the office's clock.  The notes are open. */
enum err_code conflict_teller_make(
    struct client *c, struct conflict_teller *out, struct err *e) ERR_CHECKED;

/* Open the notes and put those that fit (NULL: all) into result[key], newest
 * first; closed ones too with --all. */
enum err_code conflict_list(struct client *c,
    bool (*fits)(const struct conflict *), const char *key, json_t *result,
    struct err *e) ERR_CHECKED;
/* Say how many things wait to be read. */
void conflict_tell_reviews(const struct client *c, uint64_t n);

/* Find the conflict that the first operand names; c->type becomes its
 * record's.  ERR_NOTFOUND, ERR_NEWER; nothing is to be ended then. */
enum err_code conflict_find(
    struct client *c, struct conflict_found *f, struct err *e) ERR_CHECKED;

struct conflict_decision {
	bool has_value;      /* false: what stands is left as it is */
	const json_t *value; /* what is to stand; NULL removes */
	bool ask;            /* decide nothing, leave it to the next */
	bool undo;           /* take the decision that stands back */
	const char *reason;  /* or NULL */
};

/* Save the decision as one change that names every side that was open when
 * it was found; put id, record, state, value, counter and changed into
 * result.  Errors of device_store_save. */
enum err_code conflict_save(struct client *c, const struct conflict_found *f,
    const struct conflict_decision *d, json_t *result,
    struct err *e) ERR_CHECKED;

#endif
