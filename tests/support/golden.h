/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_GOLDEN_H
#define SUPPORT_GOLDEN_H

#include "tests/support/journal.h"

/*
 * golden -- the messages of schema/messages, made anew out of fixed keys and
 * ids: one small office, one device, a note that is written, edited, pulled,
 * clashes and is repaired.  make_messages writes them; a test compares.
 */
struct golden_message {
	const char *file; /* in schema/messages */
	const char *kind; /* which decoder reads it */
	const char *what; /* one line for the manifest */
	/* What is to be said of a bad one; ERR_OK for a good one. */
	enum err_code error;
	const char *answer; /* the word that the office answers, or NULL */
	char *text;         /* owned */
	size_t len;
};

#define GOLDEN_MAX 128

struct golden {
	struct journal device;       /* signs changes and requests */
	struct sign_key receipt_key; /* the office's */
	struct sign_key command_key; /* ... */
	struct seal_key sealing_key;
	struct enrol_code code;
	struct secret_key code_key;
	struct hash32 root_sha256; /* of keys/root.pem */
	struct batch full;         /* the device's journal, in full form */
	struct golden_message messages[GOLDEN_MAX];
	size_t n;
	struct buf vectors; /* signatures.json */
};

/* Everything, or the test fails.  End with golden_free. */
struct golden *golden_make(void);
void golden_free(struct golden *g);
/* Borrowed; fails the test when there is none. */
const struct golden_message *golden_find(
    const struct golden *g, const char *file);
/* manifest.json. */
void golden_manifest(const struct golden *g, struct buf *out);

/* For the files that make them: take a JSON value as a good message. */
void golden_add(struct golden *g, const char *file, const char *kind,
    const char *what, json_t *json);
/* The office's word that its log has entry 41. */
struct log_head golden_head(const struct golden *g);
/* The office's word that a summary was erased at entry 40: a list of one, of
 * which a message takes possession. */
struct erasure *golden_erasure(const struct golden *g);
void golden_sync(struct golden *g);
void golden_answers(struct golden *g);
void golden_others(struct golden *g);
void golden_asked(struct golden *g);
void golden_bad(struct golden *g);
void golden_vectors(struct golden *g);
/* The device's receipt up to a counter. */
void golden_receipt(
    const struct golden *g, uint64_t counter, struct receipt *out);
/* A file of keys/, whole. */
void golden_read(const char *name, struct buf *out);

#endif
