/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_HISTORY_H
#define CORE_HISTORY_H

#include "common/core/protocol.h"

/*
 * history -- the answer of GET /v1/records/<id>/history: who changed which
 * paths of a record when, the newest first.
 */

/* Entries in one answer. */
#define HISTORY_MAX ((size_t)200)

struct history_entry {
	struct version version;
	uint64_t time;         /* applied, by the office's clock; Unix ms */
	uint64_t made_at;      /* by the device's clock */
	int64_t clock_offset;  /* as in struct change */
	uint64_t clock_within; /* ... */
	struct id author, device;
	uint64_t counter;
	json_t *paths; /* array of texts, or NULL: none; owned */
};
struct history {
	uint8_t nonce[PROTOCOL_NONCE_LEN]; /* the request's */
	struct id record;
	struct history_entry *entries; /* owned */
	size_t n_entries;
};
void history_init(struct history *h);
void history_fini(struct history *h);

enum err_code history_to_json(
    const struct history *h, json_t **out, struct err *e) ERR_CHECKED;
/* Makes what it fills in.  ERR_MALFORMED, also when the newest is not first;
 * ERR_NEWER, ERR_NOMEM. */
enum err_code history_from_json(
    const json_t *json, struct history *out, struct err *e) ERR_CHECKED;

#endif
