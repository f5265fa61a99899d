/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_APPLY_INT_H
#define CORE_APPLY_INT_H

#include <stdbool.h>

#include "common/base/buf.h"
#include "common/core/apply.h"
#include "common/core/path.h"
#include "common/core/record_int.h"

/*
 * apply_int -- the parts of apply_change:
 *
 *   apply.c           order of the steps, whole or not at all
 *   apply_admit.c     what no step may see
 *   apply_name.c      in whose name, and of which record
 *   apply_op.c        one op: what kind of place it is at, and its policy
 *   apply_seen.c      what the author had seen
 *   apply_row.c       rows and records that are removed
 *   apply_conflict.c  conflicts and their sides
 *   apply_resolve.c   decisions
 *   apply_sign.c      sign-off, and what comes after it
 *   apply_locked.c    which paths lock
 *   apply_addendum.c  words that have no place in the signed version
 *   apply_words.c     a difference in words, for an addendum
 *
 * Each works on a copy of the record that is thrown away when the change is
 * held, so a function that held the change simply returns; its callers look
 * at apply_is_held before the next step.
 */
struct applying {
	struct record *r;            /* admission only reads it */
	const struct record *before; /* as it was before the change */
	const struct change *c;
	const struct apply_context *ctx;
	const struct schema_type *type;
	struct setter mine; /* this change as a setter */
	bool was_signed;    /* the record was signed before this change */
	bool signs;         /* this change says "signed" */
	struct apply_result result;
};

/* The place that an op is at. */
struct spot {
	const char *path;
	struct schema_spot schema;
	bool is_row;    /* a row or the record: has places beneath it */
	bool is_member; /* of a set */
};

/* Hold the change; always ERR_OK. */
enum err_code apply_hold(
    struct applying *a, const char *reason, const char *path);
bool apply_is_held(const struct applying *a);
/* Raise the outcome to at least this kind. */
void apply_note(struct applying *a, enum outcome_kind kind);

/* ---- apply_admit.c ---- */

/* Hold what cannot be judged or stored. */
enum err_code apply_admit(struct applying *a, struct err *e) ERR_CHECKED;

/* ---- apply_name.c ---- */

/* True if the op says that somebody else than the change's author began or
 * signed the record, or wrote an addendum, and that does not stand already. */
bool apply_is_in_anothers_name(
    const struct applying *a, const struct change_op *op);
/* Hold the change if the op brings in a reference to a record that is here and
 * of another type than the field names.  The context has type_of. */
enum err_code apply_check_refs(
    struct applying *a, const struct change_op *op, struct err *e) ERR_CHECKED;

/* ---- apply_op.c ---- */

struct spot apply_spot(const struct applying *a, const char *path,
    const json_t *was, const json_t *now);
enum err_code apply_op(
    struct applying *a, const struct change_op *op, struct err *e) ERR_CHECKED;
/* Set the value; holds the change where its shape does not fit. */
enum err_code apply_set(struct applying *a, const struct spot *spot,
    const json_t *value, struct err *e) ERR_CHECKED;
/* Become a setter of a value that stays as it is. */
enum err_code apply_touch(
    struct applying *a, const struct spot *spot, struct err *e) ERR_CHECKED;

/* ---- apply_seen.c ---- */

/* True if who was shown the version `seen` of a place of this record was shown
 * what came of the version v there.  An epoch of which the record has nothing
 * began from an older copy than this office goes on from: which of the versions
 * before it were in that copy nobody here knows, so it showed none of them. */
bool apply_is_shown(
    const struct applying *a, struct version v, struct version seen);
/* True if the op's author had the side of a conflict at the path before them,
 * as a side or while it stood. */
bool apply_side_is_seen(const struct applying *a, const char *path,
    const struct change_base *base, const struct conflict_side *s);
/* True if the op is concurrent: someone set its path, or one above or beneath
 * it, and its author had not seen that. */
bool apply_is_unseen(
    const struct applying *a, const char *path, const struct change_base *base);
/* The last setter of what now stands at the path; NULL if nobody set it. */
const struct setter *apply_last_setter(
    const struct applying *a, const char *path);

/* The last setter that the op's author had not seen; NULL if there is none.
 * What now stands is that setter's word even where the author has said the
 * same since: all that came after it is the author's own. */
const struct setter *apply_last_unseen(
    const struct applying *a, const char *path, const struct change_base *base);

/* True if an open side stood before it gave way (policies latest, rank), and
 * may be the word of others too, whom the op's author had not seen: they set
 * the path before, and nothing else that they said is told.  A record does not
 * tell that they said the same; where they did not, somebody who had seen them
 * did, and has said something else since. */
bool apply_is_anothers_too(const struct applying *a, const char *path,
    const struct change_base *base, const struct conflict_side *side);

/* ---- apply_row.c ---- */

/* The uppermost removed path above this one, or NULL. */
const struct path_state *apply_removed_above(
    const struct applying *a, const char *path);
/* Before the op: the record (is_record), or the row above the op, is there
 * again if the op's author had not seen it removed and nobody has decided about
 * it. */
enum err_code apply_come_back(struct applying *a, const struct change_op *op,
    bool is_record, struct err *e) ERR_CHECKED;
/* A removal of what is there. */
enum err_code apply_removal(struct applying *a, const struct change_op *op,
    const struct spot *spot, struct err *e) ERR_CHECKED;
/* An op beneath what stays removed. */
enum err_code apply_beneath_removed(struct applying *a,
    const struct change_op *op, const struct spot *spot,
    const struct path_state *gone, struct err *e) ERR_CHECKED;

/* ---- apply_conflict.c ---- */

struct clash {
	const char *path;
	const struct change_base *base;
	enum conflict_kind kind;
	const json_t *ancestor; /* for a conflict that is opened */
	const json_t *value;    /* the side's */
	/* Who wrote the side: NULL is this change. */
	const struct setter *by;
	/* Key of the side that it takes the place of, or NULL. */
	const char *replaces;
};
/* Put a side into the path's conflict, opening one if need be.  A side of
 * this change takes the place of the author's own earlier one, if that is
 * contained in what the author saw. */
enum err_code apply_clash(
    struct applying *a, const struct clash *clash, struct err *e) ERR_CHECKED;
/* The conflicts that were closed before the change and are open now begin
 * anew: whose turn it is counts from here. */
void apply_reopened(struct applying *a);
/* True if this setter's change is a side of a conflict at the path, open or
 * closed; not if it is closed and says what stands. */
bool apply_has_side(
    const struct applying *a, const char *path, const struct setter *s);
/* True if the conflict has a side of this key. */
bool apply_has_side_in(const struct conflict *c, const char *key);
/* The conflict that a clash at the path belongs to, or NULL: the open one,
 * or a closed one whose end the author had not seen. */
struct conflict *apply_find_conflict(
    const struct applying *a, const char *path, const struct change_base *base);
/* True if the op edits a side of a conflict, and not a value that was a side
 * in its author's view alone. */
bool apply_edits_side(const struct applying *a, const struct change_op *op);
/* Such an op. */
enum err_code apply_side_edit(struct applying *a, const struct change_op *op,
    const struct spot *spot, struct err *e) ERR_CHECKED;
/* Close what stands beside the path's value, if the author saw it. */
void apply_close_beside(
    struct applying *a, const char *path, const struct change_base *base);
/* Close every side that equals its path's value.  Of one that lost to the value
 * that stood (policy rank) that is its author's word too from then on, if who
 * set it had not seen the side. */
enum err_code apply_close_equal(struct applying *a, struct err *e) ERR_CHECKED;
/* True if an open side stands beneath (not at) the path. */
bool apply_has_open_beneath(const struct applying *a, const char *path);

/* ---- apply_resolve.c ---- */

/* Before an op that decides its path's conflict sets the value: keep what
 * stands as a closed side, unless it is one. */
enum err_code apply_keep_replaced(
    struct applying *a, const struct change_op *op, struct err *e) ERR_CHECKED;
/* True if the change decides the path's conflict. */
bool apply_decides(const struct applying *a, const char *path);
/* Before the ops: close the sides that were named.  After: write down the
 * decisions that took effect. */
enum err_code apply_resolves_begin(struct applying *a) ERR_CHECKED;
enum err_code apply_resolves_end(struct applying *a, struct err *e) ERR_CHECKED;

/* ---- apply_locked.c ---- */

/* True if the path is locked at sign-off. */
bool apply_is_locked(const struct applying *a, const struct spot *spot);

/* ---- apply_sign.c ---- */

/* An op on a locked path of a signed record, or a second signature. */
enum err_code apply_late_op(struct applying *a, const struct change_op *op,
    const struct spot *spot, struct err *e) ERR_CHECKED;
/* An op on a locked path of the change that signs. */
enum err_code apply_signed_op(struct applying *a, const struct change_op *op,
    const struct spot *spot, struct err *e) ERR_CHECKED;
/* The word to hold an op with that would take a record's state back, or mark
 * it as entered in error without a second person; or NULL.  Where the two had
 * not seen each other, the state that is further on stands. */
const char *apply_refuse_state(
    const struct applying *a, const struct change_op *op);
/* After the ops of the change that signs: move out what it did not name. */
enum err_code apply_move_unsigned(
    struct applying *a, struct err *e) ERR_CHECKED;

/* ---- apply_addendum.c ---- */

/* Words that have no place in the signed version. */
struct remainder {
	const struct spot *spot;
	const json_t *old, *now;        /* the signed value and theirs */
	const struct setter *by;        /* whose words they are */
	const struct change_base *base; /* theirs; NULL: they saw nothing */
	const char *kind;               /* code of the addendum's kind */
	const char *tag;                /* tells apart what else is alike */
	bool is_restated; /* they only say again what they found there */
};
/* Make a row of addenda of them, unless they are restated and there is one of
 * theirs that says the same; in a type that has none, a side of a conflict at
 * the path. */
enum err_code apply_add_addendum(
    struct applying *a, const struct remainder *rem, struct err *e) ERR_CHECKED;

/* ---- apply_words.c ---- */

/* Append "Label: old → new" in words for people. */
void apply_words(const struct applying *a, const struct spot *spot,
    const json_t *old, const json_t *now, struct buf *out);

#endif
