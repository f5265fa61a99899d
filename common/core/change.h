/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_CHANGE_H
#define CORE_CHANGE_H

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
 * change -- one save by one person on one device.
 *
 * A change is made once, numbered, linked and signed, and from then on only
 * read.  Its forms:
 *
 *   full    canonical JSON with every was, now and salt: what the journal on
 *           the device and the office's intake keep.
 *   wire    as full, but was may be left out ("omit": true) when the receiver
 *           holds it, and a text's now may be a splice of was
 *           ("splice": [at, removed, "inserted"], in bytes).  The receiver
 *           rebuilds the full form and proves it by the link.
 *   signed  canonical JSON in which each op is {path, base, was, now} with
 *           was and now replaced by hex SHA-256(salt || canonical value), an
 *           absent value being no bytes.  It is what the link hashes, so
 *           words and salt can be erased and the chain still verifies.
 *
 * An op whose words were erased has, in all three forms, its two hashes
 * instead ("erased": [was, now], hex), and does nothing when it is applied.  So
 * has a decision's reason ("why": hex), and what a change brings sealed
 * ("sealed_words": hex), whose signed form is that hash too.
 *
 * Keys of the full form, in protocol.md letter for letter: v, device,
 * counter, author, made_at, clock_offset, clock_within, record, type, ops
 * [{path, base {seen, own, side}, salt, was, now, erased}], resolve [{conflict,
 * current, sides, why [salt, reason], ask, undo}], recut {device, counter,
 * link}.  Keys of the change itself that this version does not know are kept in
 * `extra` and are part of all three forms; unknown keys further in are refused,
 * since no form would keep them.  What is absent, 0, "" or false is left out,
 * and refused otherwise.
 */

#define CHANGE_SALT_LEN 16

/* In `extra` of one without ops: what it repeats, as an envelope, since its
 * author's device may not read that any more.  The office holds it. */
#define CHANGE_SEALED "sealed_words"
/* The same in one that was cut before its words could be erased. */
#define CHANGE_SEALED_OLD "sealed"

/* What the author had seen of the path; see architecture, "A change". */
struct change_base {
	struct version seen; /* version of the path that was shown, or never */
	uint64_t own;        /* last own counter contained in was, or 0 */
	char side[60];       /* key of the conflict side edited, or "" */
};

struct change_op {
	char *path;
	struct change_base base;
	uint8_t salt[CHANGE_SALT_LEN];
	json_t *was;        /* NULL is absent; owned */
	json_t *now;        /* NULL is absent; owned */
	bool was_omitted;   /* wire form only: was is still to be found */
	bool now_is_splice; /* wire form only: now holds the splice array */
	bool is_erased;     /* was, now and salt are gone (erasure.h): */
	struct hash32 was_hash, now_hash; /* what the signed form has of them */
};

/* A decision on a conflict, or (ask) passing it to the next who may decide, or
 * (undo) taking a decision back.  It names everything that its author saw. */
struct change_resolve {
	struct id conflict;
	struct version current; /* version of the path's current value */
	json_t *sides;          /* array of [side key, [epoch, seq]]; owned */
	char *reason;           /* free text or NULL; owned */
	/* With a salt the signed form has only the reason's hash; one that was
	 * cut before there was one has the reason, for good ("reason"). */
	bool has_salt;
	uint8_t salt[CHANGE_SALT_LEN];
	bool is_erased; /* reason and salt are gone */
	struct hash32 reason_hash;
	bool ask;
	/* "<device id>/<counter>" of the decision that is undone, or "". */
	char undo[60];
};

struct change {
	struct id device;
	uint64_t counter; /* 1, 2, 3 ... per device */
	struct id author;
	uint64_t made_at; /* device's clock, Unix ms; shown, never decides */
	int64_t clock_offset;  /* office minus device, ms, as last learned */
	uint64_t clock_within; /* how far that may be off either way, ms; 0: it
	                        * was never learned */
	struct id record;
	char type[65];
	struct change_op *ops;
	size_t n_ops;
	struct change_resolve *resolves;
	size_t n_resolves;
	/* Set when a forked device cuts a change again: where it came from. */
	struct id recut_device;
	uint64_t recut_counter;
	struct hash32 recut_link;
	json_t *extra; /* object of keys not known here, or NULL; owned */
};

/* An empty change; end it with change_fini. */
void change_init(struct change *c);
void change_fini(struct change *c);

/* Append an op; was and now are borrowed and copied deeply (NULL: absent).
 * salt is 16 random bytes from the caller.  ERR_MALFORMED for a bad path,
 * ERR_INVALID past LIMIT_OPS, ERR_NOMEM. */
enum err_code change_add_op(struct change *c, const char *path,
    const struct change_base *base, const json_t *was, const json_t *now,
    const uint8_t salt[static CHANGE_SALT_LEN], struct err *e) ERR_CHECKED;

/* Take an op's words and salt away, for good.  ERR_NOMEM. */
enum err_code change_op_erase(struct change_op *op, struct err *e) ERR_CHECKED;

/* The same of a decision's reason, and of what is sealed; *changed_out says
 * whether there was something that can go. */
enum err_code change_reason_erase(
    struct change_resolve *r, bool *changed_out, struct err *e) ERR_CHECKED;
enum err_code change_sealed_erase(
    struct change *c, bool *changed_out, struct err *e) ERR_CHECKED;

/* base.own counts in the journal that its author wrote in.  In a change that
 * was cut again that is the old device's: with the fork at recut.counter minus
 * counter, a number up to the fork names the old device's change, one above it
 * the change of this journal that repeats it.
 *
 * Which change base.own names; counter 0: none. */
struct change_name {
	struct id device;
	uint64_t counter;
};
struct change_name change_own_name(
    const struct change *c, const struct change_base *base);
/* "<device id>/<counter>", as conflict sides and decisions are named; false if
 * it is no such name. */
bool change_name_parse(const char *text, struct change_name *out);
/* Up to which counter of this device's journal an op with the base contains
 * what its author wrote; 0 for a device that is not their own. */
uint64_t change_own_upto(
    const struct change *c, const struct change_base *base, struct id device);
/* True if that change is of the journal of c's author: of this device, or of
 * the one that it came from, before they parted. */
bool change_is_own(const struct change *c, struct id device, uint64_t counter);

/* Append a copy of a decision; its salt is the caller's.  ERR_INVALID: the
 * reason is no text, or longer than LIMIT_TEXT_BYTES; ERR_NOMEM. */
enum err_code change_add_resolve(struct change *c,
    const struct change_resolve *r, struct err *e) ERR_CHECKED;

/* The full or wire form as a new JSON object in *out. */
enum err_code change_to_json(
    const struct change *c, json_t **out, struct err *e) ERR_CHECKED;
/* Read the full or wire form.  ERR_MALFORMED with the key at fault; *out is
 * untouched on failure. */
enum err_code change_from_json(
    const json_t *json, struct change *out, struct err *e) ERR_CHECKED;

/* Turn the full form into a wire form in place: splice texts where that is
 * shorter, and mark was as omitted for those ops whose flag is set in
 * may_omit (n_ops booleans; NULL omits none). */
enum err_code change_shrink(
    struct change *c, const bool *may_omit, struct err *e) ERR_CHECKED;

/* Finds a value that a wire form left out: the value of path in record that
 * the base names.  *out is a borrowed value or NULL (absent).  false: not
 * held here, so the sender is asked for the full form. */
typedef bool (*change_lookup)(void *arg, const struct change *c,
    const struct change_op *op, const json_t **out);

/* Turn a wire form into the full form in place.  ERR_NOTFOUND when lookup
 * does not hold a value (answer "resend_full"); ERR_MALFORMED when a splice
 * does not fit its text, or when the texts are more than LIMIT_CHANGE_BYTES
 * together (a few bytes of the wire form can name a long text).  lookup may be
 * NULL if nothing was omitted. */
enum err_code change_rebuild(struct change *c, change_lookup lookup, void *arg,
    struct err *e) ERR_CHECKED;

/* Append the signed form (of a full form) to *out. */
enum err_code change_signed_form(
    const struct change *c, struct buf *out, struct err *e) ERR_CHECKED;

/* link(0) of a device's journal: SHA-256("vb/journal/v1" 00 office device). */
struct hash32 change_link_start(struct id office, struct id device);
/* link(n) = SHA-256(link(n-1) || signed form of n). */
enum err_code change_link_next(struct hash32 before, const struct change *c,
    struct hash32 *out, struct err *e) ERR_CHECKED;

/* Sign, or check the signature of, the journal up to counter: Ed25519 over
 * "vb/change/v1" 00 office device counter(8, big-endian) link. */
struct sign_sig change_sign(const struct sign_key *key, struct id office,
    struct id device, uint64_t counter, struct hash32 link);
/* The same for who signs often. */
struct sign_sig change_sign_with(const struct signer *signer, struct id office,
    struct id device, uint64_t counter, struct hash32 link);
bool change_sig_ok(const struct sign_pub *pub, struct id office,
    struct id device, uint64_t counter, struct hash32 link,
    const struct sign_sig *sig);

#endif
