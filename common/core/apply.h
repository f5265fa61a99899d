/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_APPLY_H
#define CORE_APPLY_H

#include <stdbool.h>

#include "common/base/err.h"
#include "common/core/change.h"
#include "common/core/record.h"
#include "common/core/schema.h"

/*
 * apply -- a change meets a record: the one path for every change, whoever
 * makes it (device, console, import), and for a device's own view of its
 * unsent work.
 *
 * A change is applied whole or held whole.  For each op (architecture, "A
 * change"):
 *   1. It is concurrent unless every setter of its path, and of each path
 *      above or beneath it, is at or below base.seen, or is this device's own
 *      with a counter at or below base.own.  So base.seen is what
 *      record_related_version gave for the path in the confirmed record that
 *      the author was shown, and base.own the device's own last counter among
 *      those setters in the view; where a side is edited, the one that wrote
 *      it, or 0 if that was another's.
 *   2. Not concurrent, and the current value is was: now is set.
 *   3. Otherwise merge_value decides, with was as the ancestor.  A removal
 *      that meets an unseen edit beneath it, or an edit beneath an unseen
 *      removal, is a conflict at the removed row's (or record's) path, in
 *      which the edit stands and the removal is the side, whichever came
 *      first; once that is decided, what comes late is a side.
 *      Of a ranked path's values, those that lost are told beside it and set
 *      nothing; who had not seen one of them, and goes on to something less
 *      protective, finds it standing in its author's name.
 *      A value that gives way to another (latest, rank, a text put up for
 *      review) is one side, of the last setter that the op's author had not
 *      seen, however many had said the same without seeing each other: a
 *      record does not tell which of its setters said just that.  So when that
 *      one's author goes on from the side (latest, rank), and had not seen
 *      somebody who set the path before and has no side, what they say now is
 *      a side of its own, and the value that may be both's stays as it was.
 *      A change that was held and is let go after a later one of its device,
 *      which was saved on an older page and so did not wait for it: of policy
 *      latest the later one's value stands, if it still does, and this one's
 *      is beside it; of policy rank the more protective of the two.
 *   4. An op that leaves the value as it is still becomes a setter; one whose
 *      value did not become current does not.  A side that says what comes to
 *      stand is closed; if the op's author had not seen it, it is a setter too
 *      (not at a row's path), so that nobody goes on from there unseen.
 * A removal is an op with no `now` at a row's path or at ""; a removed row
 * comes back by an op at its path with the whole row.  A base.side names a
 * conflict side: the op replaces that side if its author wrote it (reopening
 * the conflict if it was closed), else adds one.
 *
 * A decision is a resolve with the names and versions of all that was seen,
 * and an op at the conflict's path with the value (base.side empty); without
 * an op it keeps the current value.  One that did not see the current value
 * becomes a side itself, and is written down as "late".  What one replaces is
 * kept as a closed side.  An undo
 * (resolve.undo) names a decision and opens every version again that differs
 * from what stands; the reasons of both are kept.  A removal carries a resolve
 * for each conflict that is open beneath it.
 *
 * A change signs when it moves the type's signing field out of its open
 * codes.  It carries an op, was = now, for each path that apply_locked_paths
 * names: those are the signed version, and ALL ELSE at locked paths leaves
 * them for the addenda, with the outcome "addendum".  After that an op on a
 * locked path becomes a row of addenda too; one that only says again what its
 * author had found there (was = now, as who signs apart does) makes no second
 * row of the same words.  In a type without addenda both become sides of a
 * conflict, which only a decision brings in.
 */

enum outcome_kind {
	OUTCOME_APPLIED,
	OUTCOME_MERGED,
	OUTCOME_CONFLICT,
	OUTCOME_ADDENDUM,
	OUTCOME_HELD,
	OUTCOME_CLOSED,
	OUTCOME_N
};
const char *outcome_word(enum outcome_kind kind);
/* false if the word is none. */
bool outcome_parse(const char *word, enum outcome_kind *out);

/* What the caller knows of another record: its type in type_out.
 * ERR_NOTFOUND: it is not here (it may be on its way); any other error ends
 * apply_change. */
typedef enum err_code (*apply_type_of)(
    void *arg, struct id record, char type_out[static 65], struct err *e);

struct apply_context {
	const struct schema *schema;
	struct version version; /* what the change's outcome is numbered;
	                         * above the record's.  A view numbers own
	                         * work upwards from confirmed. */
	uint64_t now_ms;        /* office's clock: conflict opened_at only */
	bool by_office; /* the engine's own change: policy office passes */
	/* A device's own work in its author's view: what the office will hold
	 * for being said in another's name, or of a record of the wrong type,
	 * is shown all the same; another value of what is set once is shown
	 * beside the one that stands. */
	bool is_view;
	apply_type_of type_of; /* NULL: nothing is known of other records */
	void *arg;             /* for type_of */
};

struct apply_result {
	enum outcome_kind kind;
	char reason[40]; /* with HELD: the word, else "" */
	char path[200];  /* with HELD: the path at fault, or "" */
};

/* Apply c (full form) to *r, which was empty (record_init) if the record did
 * not exist.  On HELD and on error *r is unchanged.  Held words: "fixed",
 * "office_only", "unknown_type", "bad_value", "removed" (an edit beneath a
 * removal that its author saw), "too_many_sides", "not_found" (edits a record
 * or decides a conflict that is not here), "wrong_type", "wrong_author" (it
 * says that somebody else than its author began or signed the record, or wrote
 * an addendum), "wrong_ref" (a reference to a record that is here and of
 * another type than the field's), "signed" (it would take a signed record's
 * state back), "two_people" (it marks one as entered in error, which two
 * people do at the office).  ERR_NOMEM; ERR_INVALID for a version that
 * does not rise; errors of type_of.
 *
 * It does not know of held changes: the caller lets a change wait whose base
 * holds the counter of a held one, or whose record's first change is held. */
enum err_code apply_change(struct record *r, const struct change *c,
    const struct apply_context *ctx, struct apply_result *out,
    struct err *e) ERR_CHECKED;

/* The same for who keeps both: what the record becomes is a new one in
 * *next_out, untouched on HELD, and *r stays. */
enum err_code apply_next(const struct record *r, const struct change *c,
    const struct apply_context *ctx, struct record *next_out,
    struct apply_result *out, struct err *e) ERR_CHECKED;

/* Whether c could be admitted to *r at all, before it is tried: *out is as
 * apply_change gives it when it holds for "not_found", "bad_value", "signed",
 * "two_people", "wrong_author", "wrong_ref", "wrong_type" or "unknown_type";
 * else
 * OUTCOME_APPLIED.  Nothing is changed.  Errors as apply_change. */
enum err_code apply_admits(const struct record *r, const struct change *c,
    const struct apply_context *ctx, struct apply_result *out,
    struct err *e) ERR_CHECKED;

/* Call back for each locked path that has a value in doc, sorted, sets by
 * member and rows by column: what a signing change names.  Stops at the first
 * error of each(), which is returned; else ERR_NOMEM. */
typedef enum err_code (*apply_path_each)(
    void *arg, const char *path, struct err *e);
enum err_code apply_locked_paths(const struct schema_type *type,
    const json_t *doc, apply_path_each each, void *arg,
    struct err *e) ERR_CHECKED;

/* The id that a conflict opened by this change at path has. */
struct id apply_conflict_id(
    struct id record, const char *path, struct id device, uint64_t counter);

#endif
