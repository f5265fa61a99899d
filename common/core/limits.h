/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_LIMITS_H
#define CORE_LIMITS_H

/*
 * limits -- every bound that both ends of the wire share, each with its
 * reason.  A message past one of them is refused whole with a clear word;
 * what a person writes is checked against them before it is saved, so that a
 * device never holds a change that the office could not take.
 */

/* A free text: some 15,000 words, forty times a long visit note. */
#define LIMIT_TEXT_BYTES ((size_t)100 * 1024)
/* A one-line value. */
#define LIMIT_LINE_BYTES ((size_t)1024)
/* A path: three names of at most 64 bytes and two slashes. */
#define LIMIT_NAME_BYTES ((size_t)64)
#define LIMIT_PATH_BYTES ((size_t)3 * 64 + 2)
/* Ops in one change: a whole visit note with 100 statements has about 600. */
#define LIMIT_OPS ((size_t)1000)
/* One change in canonical form: two full texts and room. */
#define LIMIT_CHANGE_BYTES ((size_t)512 * 1024)
/* A record in canonical form, conflict sides included. */
#define LIMIT_RECORD_BYTES ((size_t)4 * 1024 * 1024)
/* Changes in one batch, and batches in one request. */
#define LIMIT_BATCH_CHANGES ((size_t)500)
#define LIMIT_BATCHES ((size_t)8)
/* A request or answer body, packed and unpacked.  A device fills a request
 * up to LIMIT_PUSH_TARGET, one change more at most. */
#define LIMIT_BODY_PACKED ((size_t)1024 * 1024)
#define LIMIT_BODY_BYTES ((size_t)4 * 1024 * 1024)
#define LIMIT_PUSH_TARGET ((size_t)512 * 1024)
/* The office fills a page up to this and one record more at most. */
#define LIMIT_PAGE_TARGET ((size_t)512 * 1024)
/* An answer unpacked: a page and one record more, and with it what lists and
 * schema bundles take. */
#define LIMIT_ANSWER_BYTES (LIMIT_BODY_BYTES + LIMIT_RECORD_BYTES)
/* Names that one request may ask for, of scopes and of records each: the rest
 * is asked for when these have come. */
#define LIMIT_WANTED ((size_t)1000)
/* Epochs that are over, and erasures told of in them, that one request shows;
 * and the bytes of those that a device goes on to fill it to. */
#define LIMIT_PAST ((size_t)16)
#define LIMIT_SHOWN ((size_t)64)
#define LIMIT_SHOWN_TARGET ((size_t)64 * 1024)
/* JSON nesting: the deepest message (page > record > conflict > side > value
 * > row > group) has 12 levels. */
#define LIMIT_JSON_DEPTH 24
/* JSON tokens: bounds what jansson allocates (about 80 bytes a token). */
#define LIMIT_JSON_TOKENS ((size_t)200 * 1000)
/* ... and of an answer, which comes from one that is trusted further. */
#define LIMIT_ANSWER_TOKENS ((size_t)400 * 1000)
/* Sides of one conflict; a further one is held. */
#define LIMIT_SIDES ((size_t)64)
/* Envelopes in one courier request. */
#define LIMIT_ENVELOPES ((size_t)100)
/* A file beside a record, whatever the schema allows; and as much of it as goes
 * in one request: a slow phone network takes seconds for it, and what was cut
 * is sent again. */
#define LIMIT_BLOB_BYTES ((size_t)32 * 1024 * 1024)
#define LIMIT_BLOB_PIECE ((size_t)128 * 1024)

#endif
