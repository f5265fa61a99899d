/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_PROTOCOL_H
#define CORE_PROTOCOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/id.h"
#include "common/base/secret.h"
#include "common/core/apply.h"
#include "common/core/change.h"
#include "common/core/digest.h"
#include "common/core/erasure.h"
#include "common/core/log_head.h"
#include "common/core/receipt.h"
#include "common/core/version.h"
#include "common/sys/crypto.h"

/*
 * protocol -- the messages of schema/protocol.md as values, without I/O.
 *
 *   device                                          office
 *   POST /v1/sync     sync_request  ------------->
 *                     <-------------  sync_answer (receipts, outcomes, page)
 *   GET  /v1/wait?epoch=E&floor=F&outcomes=N&nonce=X -->  204: sync now; 304:
 *                     time is up, and nothing changed above floor F or outcome
 * N POST /v1/enrol    enrol_request ------------->  enrol_answer POST
 * /v1/courier/envelopes  courier_request -->  courier_answer GET
 * /v1/courier/commands?nonce=X ------------>  commands_answer
 *                                                    (core/device_command.h)
 *   POST /v1/renew    renew_request --------------->  renew_answer
 * (core/renew.h) GET  /v1/records/<id>/history?nonce=X --------->  history
 * (core/history.h) any error: application/problem+json with one protocol word
 *
 * A body is canonical JSON, packed with zstd; header "visitbook-dict" names
 * the dictionary ("none" without); a problem's body is not packed.  Header
 * "visitbook-sig" carries the signature, base64: of a request over the bytes of
 * protocol_request_signed, by the device's signing key; of an answer over those
 * of protocol_answer_signed, by the office's receipt key.  Courier requests
 * have none: the signing key is locked away, and what they carry is signed
 * inside.  An answer without a valid one is not ours and earns nothing.
 * Decoders are total: for all bytes an error or a value that encodes to the
 * same bytes; unknown keys are passed over (batches' changes keep theirs).
 */

#define PROTOCOL_VERSION 1
#define PROTOCOL_NONCE_LEN 16

/* One word says what the caller can do; the same on the wire (problem member
 * "word"), in logs and in --json errors. */
enum protocol_word {
	WORD_MALFORMED,      /* outside the protocol: a bug on one side; stop */
	WORD_TOO_LARGE,      /* send less */
	WORD_UNKNOWN_DEVICE, /* validly certified but not known (restored
	                        office) */
	WORD_REVOKED,        /* may hand over envelopes only */
	WORD_EXPIRED,        /* renew; pushing goes on */
	WORD_PENDING,        /* waits for approval: pushes flow, no pull */
	WORD_FORKED, /* journal differs at a counter: a copy of the device */
	WORD_GAP,    /* batch does not follow: send from `expect` */
	WORD_RESEND_FULL, /* a left-out value is not held: send it in full */
	WORD_BAD_SIGNATURE,
	WORD_BAD_CODE,   /* enrolment code wrong, used or out of date */
	WORD_EPOCH,      /* the office was restored: offer again */
	WORD_NEWER,      /* protocol version not spoken here */
	WORD_DICTIONARY, /* packed with one that is not known: send it plain */
	WORD_BUSY,       /* retry later (Retry-After) */
	WORD_NOT_FOUND,
	WORD_NOT_ALLOWED,
	WORD_INTERNAL,
	WORD_N
};
const char *protocol_word(enum protocol_word word);
bool protocol_word_parse(const char *text, enum protocol_word *out);
/* HTTP status that goes with a word. */
int protocol_word_status(enum protocol_word word);

/* Where a device's pull stands; opaque to the device but for epoch.  JSON
 * [epoch, floor, link hex, position seq, position id or ""]. */
struct cursor {
	uint64_t epoch;
	uint64_t floor;     /* everything at or below is with the device */
	struct hash32 link; /* the log's link at floor */
	uint64_t position;  /* last touched seq sent; == floor between pulls */
	struct id position_id; /* last record id sent, or zero */
};
json_t *cursor_to_json(const struct cursor *c);
enum err_code cursor_from_json(
    const json_t *json, struct cursor *out, struct err *e) ERR_CHECKED;

/* Consecutive changes of one device's journal with the signature of the
 * last, which by the links covers all before it. */
struct batch {
	struct id device;
	uint64_t from, to;      /* counters; to - from + 1 == n_changes */
	struct hash32 before;   /* link(from - 1) */
	struct hash32 link;     /* link(to) */
	struct sign_sig sig;    /* change_sign at counter `to` */
	struct change *changes; /* wire form; owned */
	size_t n_changes;
};
void batch_init(struct batch *b);
void batch_fini(struct batch *b);
enum err_code batch_to_json(
    const struct batch *b, json_t **out, struct err *e) ERR_CHECKED;
enum err_code batch_from_json(
    const json_t *json, struct batch *out, struct err *e) ERR_CHECKED;
/* Rebuild every change (change_rebuild) and prove the batch: links from
 * `before` to `link`, and the signature.  ERR_NOTFOUND: resend full;
 * ERR_AUTH: signature; ERR_MALFORMED: links do not add up. */
enum err_code batch_check(struct batch *b, struct id office,
    const struct sign_pub *pub, change_lookup lookup, void *arg,
    struct err *e) ERR_CHECKED;

struct sync_request {
	uint8_t nonce[PROTOCOL_NONCE_LEN];
	bool has_cursor; /* false: from the beginning */
	struct cursor cursor;
	uint64_t outcome_no; /* last outcome number stored */
	uint64_t written;    /* the journal's last counter */
	uint64_t head_seq;   /* last audit head seen, echoed; 0: none */
	struct hash32 head_link;
	/* Where has_proof, what the office signed of that head: it has shown
	 * that its log lacks it, and does not say that it was restored. */
	struct log_head proof;
	/* Where has_receipt, the last receipt, unasked, until a head is seen
	 * that came after it: one that came while the notes were locked brought
	 * none, and what was brought twice makes nothing new in the log. */
	struct receipt receipt;
	struct batch *batches; /* owned */
	size_t n_batches;
	/* In the place of batches: changes that only the office can read any
	 * more; ascending by counter, owned. */
	struct envelope *envelopes;
	size_t n_envelopes;
	bool has_proof;
	bool has_receipt;
	bool pull;            /* false: push only */
	bool texts;           /* a delta may leave out what can be made here */
	bool want_scopes;     /* digests differ: list scopes and sums */
	json_t *want_ids;     /* array of scope names whose ids are wanted, or
	                       * NULL; owned */
	json_t *ids_after;    /* {scope: record id}: of these, from behind this
	                       * one on; or NULL; owned */
	json_t *want_records; /* array of record ids wanted whole, or NULL */
	char schema[65];      /* hash of the schema bundle held, hex, or "" */
	struct version erased_upto; /* of the last erasure known, or never */
	/* Once in each epoch after a restore, what the office may have lost:
	 * how the epochs before ended for this device, and what it was told in
	 * them was erased, LIMIT_SHOWN at a time; owned. */
	struct past_head *past;
	size_t n_past;
	struct erasure *erasures;
	size_t n_erasures;
};
void sync_request_init(struct sync_request *r);
void sync_request_fini(struct sync_request *r);

#define OUTCOME_WORDS_MAX 500
/* What became of a change.  Numbered per device, so that a device can say
 * which it has stored; held is not final and is followed by another. */
struct outcome {
	uint64_t no;
	uint64_t counter;
	struct version version; /* never while held; of the log's entry that
	                         * says so, where a person closed it */
	enum outcome_kind kind;
	char reason[40];               /* with held or closed */
	char path[200];                /* with held */
	char words[OUTCOME_WORDS_MAX]; /* with closed: why, as a person put
	                                * it; cut where it is longer */
};

/* One record of a page. */
struct page_entry {
	struct id record;
	bool is_drop;     /* no longer this user's: remove it and all of it */
	json_t *whole;    /* record JSON, or NULL; owned */
	json_t *delta;    /* record_delta JSON, or NULL; owned */
	json_t *scopes;   /* array of this user's scope names it is in; owned */
	uint64_t own;     /* last own counter contained in it */
	json_t *own_held; /* array of own counters below it held, or NULL */
	json_t *texts; /* with delta: what its doc leaves out, page_text; array
	                * or NULL; owned */
};
/* A text that a delta leaves out, since the device can make it: of what it
 * holds at the path, or of its own words.
 *   [path, of, [at, removed, "inserted"]]   of: page_text_of what it holds
 *   [path, counter]                         what its own change left there */
#define PAGE_TEXT_OF_LEN 9
void page_text_of(const json_t *text, char out[static PAGE_TEXT_OF_LEN]);

void page_entry_fini(struct page_entry *p);
/* As it stands in an answer, for a device that stages pages. */
enum err_code page_entry_to_json(
    const struct page_entry *p, json_t **out, struct err *e) ERR_CHECKED;
enum err_code page_entry_from_json(
    const json_t *json, struct page_entry *out, struct err *e) ERR_CHECKED;

struct sync_answer {
	uint8_t nonce[PROTOCOL_NONCE_LEN]; /* the request's */
	uint64_t epoch;
	uint64_t
	    time; /* office's clock, Unix ms: the device learns its offset */
	uint64_t head_seq; /* office's log head, and its link */
	struct hash32 head_link;
	bool has_head_sig; /* where the head is another than was echoed */
	struct sign_sig head_sig; /* common/core/log_head.h */
	bool has_echo; /* link here at the head_seq that the device echoed */
	struct hash32 echo_link;
	struct receipt *receipts; /* owned */
	size_t n_receipts;
	struct outcome *outcomes; /* owned; ascending by no */
	size_t n_outcomes;
	/* Per batch that was not received: word and the counter expected. */
	bool has_refusal;
	enum protocol_word refusal;
	uint64_t expect;   /* with WORD_GAP: next counter wanted */
	bool pull_refused; /* pushes flowed, no page (pending, expired lease) */
	enum protocol_word pull_word;
	uint64_t command; /* number of the last one that waits; 0: none */
	/* The journal is in a backup of the office's up to here: what is at or
	 * below need not be kept for an office that was restored. */
	uint64_t backed_up;
	struct page_entry *page; /* owned */
	size_t n_page;
	struct cursor cursor; /* store it together with the page */
	bool has_cursor;
	bool is_last; /* the pull is complete: show staged pages, floor moves */
	struct hash32 scopes_hash; /* with is_last: digest_of_scopes */
	json_t *scopes;   /* {scope: sum hex} when wanted or not equal; owned */
	json_t *ids;      /* {scope: [[id, version], ...]} when wanted; owned */
	json_t *ids_upto; /* {scope: record id}: of these there are more behind
	                   * this one; or NULL; owned */
	json_t *schema;   /* a newer schema bundle, or NULL; owned */
	/* What was erased above the request's erased_upto of records that this
	 * device may hold words of, and what to say as erased_upto then. */
	struct erasure *erasures; /* owned */
	size_t n_erasures;
	struct version erased_upto; /* never: as before */
	json_t *closings; /* what its user wrote on other devices and a person
	                   * closed, of records that the page is about: array
	                   * (closing.h), or NULL; owned */
};
void sync_answer_init(struct sync_answer *a);
void sync_answer_fini(struct sync_answer *a);

enum err_code sync_request_to_json(
    const struct sync_request *r, json_t **out, struct err *e) ERR_CHECKED;
enum err_code sync_request_from_json(
    const json_t *json, struct sync_request *out, struct err *e) ERR_CHECKED;
enum err_code sync_answer_to_json(
    const struct sync_answer *a, json_t **out, struct err *e) ERR_CHECKED;
enum err_code sync_answer_from_json(
    const json_t *json, struct sync_answer *out, struct err *e) ERR_CHECKED;

/* What a request's signature covers: "vb/request/v1" 00 office(16)
 * method 00 path-with-query 00 SHA-256(packed body). */
void protocol_request_signed(struct id office, const char *method,
    const char *target, const void *body, size_t body_len, struct buf *out);
/* What an answer's signature covers: "vb/answer/v1" 00 SHA-256(the bytes of
 * protocol_request_signed) status(2, big-endian) SHA-256(packed body). */
void protocol_answer_signed(const struct buf *request_signed, int status,
    const void *body, size_t body_len, struct buf *out);

/* One-time enrolment code: 4 + 16 + 16 Crockford characters in groups of
 * four.  id names the code at the office; secret (80 bits) proves it; pin is
 * the first 80 bits of SHA-256 of the office's root certificate (DER), so a
 * device talks to no other office. */
#define ENROL_SECRET_LEN 10
#define ENROL_PIN_LEN 10
#define ENROL_CODE_TEXT_MAX 48
struct enrol_code {
	char id[5];
	uint8_t secret[ENROL_SECRET_LEN];
	uint8_t pin[ENROL_PIN_LEN];
};
void enrol_code_print(
    const struct enrol_code *c, char out[static ENROL_CODE_TEXT_MAX]);
/* Spaces, hyphens, lower case and O I L are read as people write them. */
bool enrol_code_parse(const char *text, struct enrol_code *out);
/* What the office stores instead of the secret: HKDF-SHA256(secret,
 * "vb/enrol/v1"); both ends use it as the key of the two MACs.  The caller
 * wipes it. */
void enrol_code_key(
    const uint8_t secret[static ENROL_SECRET_LEN], struct secret_key *out);

struct enrol_request {
	char code_id[5];
	char label[65];         /* what the user calls this machine */
	struct buf tls_csr;     /* PEM; full-rights key */
	struct buf courier_csr; /* PEM; courier key */
	struct sign_pub sign_pub;
	struct hash32 mac; /* HMAC-SHA256(code key, "vb/enrol/request/v1" 00
	                    * root_sha256 and the canonical JSON without mac) */
};
struct enrol_answer {
	struct id device;
	struct id user;
	struct id office;
	json_t *names; /* {"user", "office", "role"}; owned */
	struct buf root_pem, issuing_pem, tls_cert_pem, courier_cert_pem;
	/* Signed by the root at init: canonical JSON {"command", "issuing",
	 * "office", "receipt", "recovery", "root", "sealing"} (hex keys and
	 * hashes), and the root's signature over "vb/statement/v1\n" + it. */
	struct buf statement;
	struct buf statement_sig;
	bool is_pending;   /* waits for approval before anything is pulled */
	json_t *schema;    /* schema bundle; owned */
	struct hash32 mac; /* as in the request, "vb/enrol/answer/v1" */
};
void enrol_request_init(struct enrol_request *r);
void enrol_request_fini(struct enrol_request *r);
void enrol_answer_init(struct enrol_answer *a);
void enrol_answer_fini(struct enrol_answer *a);
/* to_json computes and sets mac with the code key; from_json checks it (the
 * office looks the key up by code_id between enrol_request_code and the
 * decode).  A wrong MAC is ERR_AUTH. */
enum err_code enrol_request_code(
    const json_t *json, char code_id[static 5], struct err *e) ERR_CHECKED;
enum err_code enrol_request_to_json(const struct enrol_request *r,
    const struct secret_key *key, const struct hash32 *root, json_t **out,
    struct err *e) ERR_CHECKED;
enum err_code enrol_request_from_json(const json_t *json,
    const struct secret_key *key, const struct hash32 *root,
    struct enrol_request *out, struct err *e) ERR_CHECKED;
enum err_code enrol_answer_to_json(const struct enrol_answer *a,
    const struct secret_key *key, const struct hash32 *root, json_t **out,
    struct err *e) ERR_CHECKED;
enum err_code enrol_answer_from_json(const json_t *json,
    const struct secret_key *key, const struct hash32 *root,
    struct enrol_answer *out, struct err *e) ERR_CHECKED;

/* A finished change sealed to the office (HPKE, info "vb/outbox/v1" 00 key
 * id(8), AAD device(16) counter(8)): plaintext is the canonical JSON of a
 * batch of one full change, padded with spaces to 256 B, 1 KiB or a multiple
 * of 4 KiB. */
struct envelope {
	uint64_t counter;
	uint8_t key_id[8];     /* first 8 bytes of SHA-256 of the sealing key */
	struct seal_kept kept; /* the device's own way to it; never sent */
	struct buf sealed;     /* owned */
};
/* `under` opens it on the device (envelope_open_kept). */
enum err_code envelope_seal(const struct batch *one, const struct seal_pub *pub,
    const struct secret_key *under, struct envelope *out,
    struct err *e) ERR_CHECKED;
/* ERR_MALFORMED when it does not open or holds something else. */
enum err_code envelope_open_kept(const struct envelope *env, struct id device,
    const struct secret_key *under, struct batch *out,
    struct err *e) ERR_CHECKED;
enum err_code envelope_open(const struct envelope *env, struct id device,
    const struct seal_key *key, struct batch *out, struct err *e) ERR_CHECKED;

/* Courier messages: {"v", "device", "nonce", "envelopes": [[counter, key id
 * hex, base64], ...]} and {"v", "nonce", "time", "receipts", "refusal"?}.
 * The answer is a sync_answer without page. */
struct courier_request {
	struct id device;
	uint8_t nonce[PROTOCOL_NONCE_LEN];
	struct envelope *envelopes; /* owned; ascending by counter */
	size_t n_envelopes;
};
/* One as an object {counter, key, sealed}, new. */
enum err_code envelope_member(
    const struct envelope *env, json_t **out, struct err *e) ERR_CHECKED;
/* The list under "envelopes" and back, for both messages that have one.
 * Reading gives an owned array (envelopes_free), also of a list of none. */
enum err_code envelopes_to_json(const struct envelope *list, size_t n,
    json_t *json, struct err *e) ERR_CHECKED;
enum err_code envelopes_from_json(const json_t *json, struct envelope **out,
    size_t *n_out, struct err *e) ERR_CHECKED;
void envelopes_free(struct envelope *list, size_t n);
void courier_request_init(struct courier_request *r);
void courier_request_fini(struct courier_request *r);
enum err_code courier_request_to_json(
    const struct courier_request *r, json_t **out, struct err *e) ERR_CHECKED;
enum err_code courier_request_from_json(
    const json_t *json, struct courier_request *out, struct err *e) ERR_CHECKED;

/* problem+json (RFC 9457) body for a word: {"type","title","status","detail",
 * "word"}; detail is one plain sentence. */
enum err_code problem_to_json(enum protocol_word word, const char *detail,
    json_t **out, struct err *e) ERR_CHECKED;
enum err_code problem_from_json(const json_t *json, enum protocol_word *word,
    char detail[static 256], struct err *e) ERR_CHECKED;

#endif
