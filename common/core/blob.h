/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_BLOB_H
#define CORE_BLOB_H

#include "common/core/protocol.h"

/*
 * blob -- a file beside a record, as it travels: in pieces, each a message of
 * its own, so that every one is signed and what was cut goes on where the other
 * side stands (schema/protocol.md, section 9).
 */
#define BLOB_HASH_TEXT_LEN 64 /* SHA-256 as lower-case hex */
#define BLOB_TARGET_MAX 256

/* The body of PUT /v1/blobs/<sha256>, and the answer of GET: bytes from `at`
 * on.  A PUT without any asks where the office stands. */
struct blob_piece {
	uint8_t nonce[PROTOCOL_NONCE_LEN];
	struct id record; /* that names the file */
	uint64_t at;
	struct buf bytes; /* at most LIMIT_BLOB_PIECE; owned */
};
void blob_piece_init(struct blob_piece *p);
void blob_piece_fini(struct blob_piece *p); /* wipes the bytes */

/* The answer of PUT: what the office has of it. */
struct blob_stand {
	uint8_t nonce[PROTOCOL_NONCE_LEN]; /* the request's */
	uint64_t have;                     /* bytes from 0 on */
	bool is_whole; /* all of it, and its hash is right */
};

enum err_code blob_piece_to_json(
    const struct blob_piece *p, json_t **out, struct err *e) ERR_CHECKED;
/* Ended by blob_piece_fini.  ERR_MALFORMED, ERR_NEWER, ERR_NOMEM. */
enum err_code blob_piece_from_json(
    const json_t *json, struct blob_piece *out, struct err *e) ERR_CHECKED;
enum err_code blob_stand_to_json(
    const struct blob_stand *s, json_t **out, struct err *e) ERR_CHECKED;
enum err_code blob_stand_from_json(
    const json_t *json, struct blob_stand *out, struct err *e) ERR_CHECKED;

/* "/v1/blobs/<sha256>", without a query. */
void blob_target(const char *sha256, char out[static BLOB_TARGET_MAX]);
/* The same with what a GET asks: bytes of the record's file from there on. */
void blob_target_get(const char *sha256, const struct blob_piece *what,
    char out[static BLOB_TARGET_MAX]);
/* The hash in a target, whatever its query; false: there is none. */
bool blob_target_hash(
    const char *target, char out[static BLOB_HASH_TEXT_LEN + 1]);
bool blob_hash_is_ok(const char *text);

/* What a record, also one that was removed, says of its file.  False: it names
 * none. */
struct schema;
struct record;
bool blob_of_record(const struct schema *s, const struct record *r,
    char sha256_out[static BLOB_HASH_TEXT_LEN + 1], uint64_t *size_out);

#endif
