/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/id.h"
#include "common/core/version.h"
#include "common/sys/crypto.h"

/*
 * record -- a record's whole state: document, who set which path when, what
 * was removed, and the conflicts that belong to it.
 *
 * The same state is kept at the office and, as "confirmed", on each device
 * that may see it; its canonical JSON is what the digest hashes (promise
 * P10).  JSON form (keys of protocol.md):
 *
 *   {"id", "type", "version": [e,s], "author": user id of the creator,
 *    "doc": {...},
 *    "setters": [[e, s, device, counter, author, made_at, clock_offset], ...],
 *               sorted by (e, s, device, counter), each once,
 *    "paths": {path: [index into setters, ...]},        ascending
 *    "removed": {path: {"by": [index, ...], "was": value}},
 *    "conflicts": [{"id", "path", "kind", "owner", "ancestor", "version",
 *      "opened_at", "decisions", "sides": [{"key", "value", "author",
 *      "device", "counter", "made_at", "clock_offset", "version", "open"},
 *      ...]}, ...]}                                     sorted by id
 *
 * Empty "removed", "conflicts" and "decisions", absent values and a version
 * that is "never" are left out.  Keys not known here are kept in `extra`
 * (forward compatibility) and take part in the digest.
 *
 * JSON values are shared by reference count between records, copies and what
 * record_to_json gives, and are never changed in place: change a document
 * with path_set alone.
 *
 * Invariants, checked by record_from_json:
 *  1. every setter is named by a path, and no version is above the record's;
 *  2. for one path, one setter per device: that device's last;
 *  3. a removed path (a row's or the record's) has no value in doc, and
 *     nothing beneath it has;
 *  4. at most one conflict per path is open.
 */

/* One change that was the last of its device to set some path.  Where a held
 * change came to apply after a later one of its device, and the value is of
 * both, counter is the higher of the two: whoever has seen that one has seen
 * both.  Where the value is one of the two (policies latest, rank), it is of
 * the one that gave it. */
struct setter {
	struct version version;
	struct id device;
	uint64_t counter;
	struct id author;
	uint64_t made_at;     /* device's clock, Unix ms */
	int64_t clock_offset; /* office minus device, ms */
};

struct path_state {
	char *path;
	struct setter *setters; /* one for each device, ascending by version */
	size_t n_setters;       /* >= 1 */
	bool is_removed;
	json_t *was; /* a removed path's last value; owned, else NULL */
};

enum conflict_kind {
	CONFLICT_ASK,    /* a person decides */
	CONFLICT_BESIDE, /* policy latest: the other value, shown beside */
	CONFLICT_NOTICE, /* policy rank: the less protective value, told */
	CONFLICT_REVIEW  /* merged text put up for review */
};
enum conflict_owner { OWNER_AUTHOR, OWNER_SENIOR, OWNER_ADMINISTRATOR };

/* One value that did not become the current one. */
struct conflict_side {
	char key[60];  /* "<device id>/<counter>": which change wrote it */
	json_t *value; /* NULL is absent (a removal); owned */
	struct id author;
	struct id device;
	uint64_t counter;
	uint64_t made_at;
	int64_t clock_offset;
	struct version version; /* of the outcome that made or replaced it */
	bool is_open;
};

struct conflict {
	struct id id;
	char *path;
	enum conflict_kind kind;
	enum conflict_owner owner;
	json_t
	    *ancestor; /* what the first side's author had seen; NULL absent */
	struct version version; /* last outcome that concerned it */
	uint64_t opened_at;     /* since when it is open, or was the last time:
	                         * one that is opened again begins anew;
	                         * office's clock, Unix ms */
	struct conflict_side *sides;
	size_t n_sides;
	/* Decisions in order, each {"value", "by", "reason", "at", "device",
	 * "counter", "version"}; the last one stands.  One with "ask": true
	 * passed the conflict on to the next who may decide, and decided
	 * nothing; nor did one with "late": true, whose author had not seen
	 * what stood by then ("value" is what they wanted); one with "undo":
	 * "<device id>/<counter>" took that decision back.  Array, owned; or
	 * NULL. */
	json_t *decisions;
};

struct record {
	struct id id;
	char type[65];
	struct version version;
	struct id author;
	json_t *doc;              /* object, never NULL after record_init */
	struct path_state *paths; /* sorted by path */
	size_t n_paths;
	struct conflict *conflicts; /* sorted by id */
	size_t n_conflicts;
	json_t *extra; /* unknown keys, or NULL */
};

/* An empty record that nothing has set.  ERR_NOMEM.  End with record_fini. */
enum err_code record_init(struct record *r, struct id id, const char *type,
    struct id author, struct err *e) ERR_CHECKED;
void record_fini(struct record *r);
/* A deep copy into *out. */
enum err_code record_copy(
    const struct record *r, struct record *out, struct err *e) ERR_CHECKED;

/* The whole state as a new JSON object / read back and checked. */
enum err_code record_to_json(
    const struct record *r, json_t **out, struct err *e) ERR_CHECKED;
enum err_code record_from_json(
    const json_t *json, struct record *out, struct err *e) ERR_CHECKED;

/* Append the canonical bytes of that object, which the digest hashes. */
enum err_code record_print(
    const struct record *r, struct buf *out, struct err *e) ERR_CHECKED;

/* State of a path, or NULL.  Borrowed until the record changes. */
const struct path_state *record_path(const struct record *r, const char *path);
/* Was the record as a whole removed? */
bool record_is_removed(const struct record *r);
/* Version of the path: its last setter's, or never. */
struct version record_path_version(const struct record *r, const char *path);
/* The highest version of the path and of all above and beneath it, and of what
 * is beside its value and open: all of this is before the eyes of who is shown
 * the path. */
struct version record_related_version(const struct record *r, const char *path);
/* Conflict by id, or the open (any kind) one at a path; NULL if none. */
const struct conflict *record_conflict(const struct record *r, struct id id);
const struct conflict *record_open_conflict(
    const struct record *r, const char *path);
bool conflict_is_open(const struct conflict *c);
/* "ask" "beside" "notice" "review"; "author" "senior" "administrator". */
const char *conflict_kind_word(enum conflict_kind kind);
const char *conflict_owner_word(enum conflict_owner owner);

/* What of a record is above a floor, as a new JSON object: {"id", "type",
 * "version", "author", and of setters, paths (each with its value in "doc",
 * or without when absent), removed and conflicts those with a version above
 * floor}.  record_merge_delta puts it on top of the state that the receiver
 * holds at that floor; ERR_MALFORMED or ERR_CONFLICT (it does not fit: ask
 * for the whole record). */
enum err_code record_delta(const struct record *r, struct version floor,
    json_t **out, struct err *e) ERR_CHECKED;
enum err_code record_merge_delta(
    struct record *r, const json_t *delta, struct err *e) ERR_CHECKED;
/* The same without JSON: what is above the floor, as a record that has only
 * that (in *out; end it with record_fini); and putting it on top. */
enum err_code record_news(const struct record *r, struct version floor,
    struct record *out, struct err *e) ERR_CHECKED;
enum err_code record_merge_news(
    struct record *r, const struct record *news, struct err *e) ERR_CHECKED;

/* SHA-256(id || version || SHA-256(canonical record)): the record's share of
 * a scope's digest.  id is 16 bytes, version two 8-byte big-endian numbers. */
enum err_code record_digest(
    const struct record *r, struct hash32 *out, struct err *e) ERR_CHECKED;
/* The same for who has printed the record already. */
struct hash32 record_digest_of(
    const struct record *r, const void *canonical, size_t len);

#endif
