/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_COMMAND_H
#define CENTRAL_COMMAND_H

#include <jansson.h>
#include <stdbool.h>

#include "daemon/central/engine/engine.h"

/*
 * command -- what visitbook-central can be told to do, beside a running office
 * or alone: one JSON object in, one out.
 *
 *   {"do": "user add", "as"?: user, ...}  ->  {...} as schema/cli.md says, or
 *   {"error": {"word", "text", "next"}}
 *
 * Each file has the commands of one subject; command.c has the table.  A user
 * is named by id or, where that is unambiguous, by name.
 */
struct command {
	struct engine *g;
	struct office_store *store; /* engine_store(g) */
	const json_t *in;           /* the request */
	json_t *out;                /* answer; an object to fill */
	struct id acting;           /* "as", or zero: the host's operator */
	const char *next; /* with an error: what to do, or NULL for the usual */
};
typedef enum err_code command_run(struct command *c, struct err *e);

command_run command_user_add, command_user_list, command_user_end,
    command_user_passphrase;
command_run command_grant_add, command_grant_end;
command_run command_device_code, command_device_list, command_device_approve,
    command_device_revoke, command_device_lock, command_device_wipe;
command_run command_record_new, command_record_edit, command_record_fields,
    command_record_remove, command_record_show, command_record_list,
    command_record_check, command_record_save;
command_run command_record_acknowledge, command_record_decline,
    command_record_accept, command_record_allocate, command_waiting_list;
command_run command_conflict_list, command_conflict_show,
    command_conflict_decide, command_conflict_limits, command_conflict_propose,
    command_conflict_confirm;
command_run command_review_list, command_review_seen;
command_run command_held_list, command_held_show, command_held_retry,
    command_held_close;
command_run command_access_confirm, command_access_list, command_access_show;
command_run command_erase_propose, command_erase_confirm;
command_run command_dual_list, command_dual_withdraw, command_error_propose,
    command_error_confirm;
command_run command_duplicates_list, command_duplicates_show,
    command_duplicates_merge, command_duplicates_confirm,
    command_duplicates_undo;
command_run command_import, command_import_list, command_import_show,
    command_import_undo;
command_run command_export, command_import_everything;
command_run command_retention;
command_run command_verify, command_backup, command_keys_show, command_receipt,
    command_certificate_renew;

/* Split a command that reads everything and takes long.  The parts are owned;
 * any other command has none.  ERR_NOMEM. */
struct command_parts {
	json_t *first;  /* what the engine itself does, or NULL: nothing */
	json_t *beside; /* then a process that only looks; its answer is the
	                 * command's */
	json_t *last;   /* then the engine, unless that was an error; or NULL */
};
#define COMMAND_PART_ENTRY "entry"
#define COMMAND_PART_COPY "copy"
/* Whether the request is for this part of a command that was split, or for
 * all of it. */
bool command_has_part(const struct command *c, const char *part);
enum err_code command_split(const json_t *request, struct command_parts *out,
    struct err *e) ERR_CHECKED;
void command_parts_fini(struct command_parts *p);

/* ---- acts that need two people (command_dual.c) ---- */

/* Who acts has said so and given their passphrase; in no transaction.
 * ERR_INVALID, ERR_AUTH. */
enum err_code command_person(struct command *c, struct err *e) ERR_CHECKED;
/* Who confirms or withdraws the proposal that the request names, and why, into
 * how, but for its act; they are asked for their passphrase, and the
 * transaction in which it is done begins.  ERR_INVALID, ERR_AUTH. */
struct dual_decision;
enum err_code command_dual_begin(
    struct command *c, struct dual_decision *how, struct err *e) ERR_CHECKED;
/* A proposal as "dual list" shows it, into out; in the open transaction. */
enum err_code command_dual_put(struct command *c, const struct office_dual *d,
    json_t *out, struct err *e) ERR_CHECKED;

/* ---- giving work (command_allocate.c) ---- */

/* May this colleague be given this record?  In the open transaction.
 * ERR_INVALID: they have declared a conflict of interest that nobody manages.
 * What should be looked at goes into "warnings" of the answer: {"word":
 * "undeclared" (they have declared nothing yet) or "competence", "what", and
 * "who", their name}. */
enum err_code command_allocate(struct command *c,
    const struct schema_type *type, const json_t *doc,
    const struct office_user *u, struct err *e) ERR_CHECKED;

/* The same for each colleague to whom these edits of one save of a record
 * (before NULL: a new one) give its work, as the record is with all of them:
 * what is declared in the same save counts.  ERR_INVALID too for one who does
 * not work here now. */
enum err_code command_allocate_saved(struct command *c,
    const struct schema_type *type, const json_t *before,
    const struct office_edit *edits, size_t n, struct err *e) ERR_CHECKED;

/* ---- what a save is told of (command_remark.c) ---- */

/* Add to "warnings" of the answer. */
enum err_code command_warn(struct command *c, const char *word,
    const char *what, const char *who, struct err *e) ERR_CHECKED;
/* command_allocate_saved, and a warning for each of the edits that is allowed
 * and looks odd: "check_digit" (an NHS number that does not add up) with the
 * label of its field as "what" and nobody as "who". */
enum err_code command_look_saved(struct command *c,
    const struct schema_type *type, const json_t *before,
    const struct office_edit *edits, size_t n, struct err *e) ERR_CHECKED;

/* ---- two records of the same person (command_same.c) ---- */

#define DUAL_SAME "same"

/* The edits that bring what `other` has and `keep` lacks, or has otherwise, to
 * keep: values are borrowed from other. */
struct same_edits {
	struct office_edit *edits;
	bool *unseen; /* keep has something else there */
	char **paths; /* owned */
	size_t n, room;
};
enum err_code same_edits_make(const struct schema_type *type,
    const struct record *keep, const struct record *other,
    struct same_edits *out, struct err *e) ERR_CHECKED;
void same_edits_fini(struct same_edits *s);
/* The two records of that pair ("<keep> <other>"), of one type that has
 * `same`; in the open transaction.  ERR_INVALID, ERR_NOTFOUND. */
struct same_pair {
	const struct schema_type *type;
	struct record keep, other;
};
enum err_code same_pair_get(struct command *c, const char *keep,
    const char *other, struct same_pair *out, struct err *e) ERR_CHECKED;
void same_pair_fini(struct same_pair *p);
/* Pairs that are one and of which somebody has written to the other since,
 * added to list, at most so many in it (command_later.c); in the open
 * transaction. */
enum err_code command_same_later(struct command *c,
    const struct schema_type *type, json_t *list, size_t limit,
    struct err *e) ERR_CHECKED;

/* ---- waiting (command_waiting.c) ---- */

/* Put "waited" of a record of a type that becomes cases into out: as in
 * "waiting"; nothing for other types and for what was removed.  In the open
 * transaction. */
enum err_code command_waited_put(struct command *c,
    const struct schema_type *type, const struct record *r, json_t *out,
    struct err *e) ERR_CHECKED;

/* ---- helpers (command_find.c) ---- */

/* Text member of the request; ERR_INVALID with a sentence when it is missing.
 * command_text_or gives the default instead. */
enum err_code command_text(const struct command *c, const char *key,
    const char **out, struct err *e) ERR_CHECKED;
const char *command_text_or(
    const struct command *c, const char *key, const char *otherwise);

/* The user with this id or name, in the open transaction.  ERR_NOTFOUND; or
 * ERR_INVALID when several active ones have the name. */
enum err_code command_user(const struct command *c, const char *who,
    struct office_user *out, struct err *e) ERR_CHECKED;

/* A device by its id or by the beginning of it that no other has. */
enum err_code command_device(const struct command *c, const char *which,
    struct office_device *out, struct err *e) ERR_CHECKED;

/* Read DEVICE/COUNTER.  ERR_INVALID. */
enum err_code command_change_key(const char *text, struct id *device_out,
    uint64_t *counter_out, struct err *e) ERR_CHECKED;

/* The request's type of record.  ERR_INVALID. */
enum err_code command_type(const struct command *c,
    const struct schema_type **out, struct err *e) ERR_CHECKED;

/* The record that the request names, of that type; read in a snapshot that
 * the caller ends with the transaction.  ERR_NOTFOUND, ERR_INVALID. */
enum err_code command_record(const struct command *c,
    const struct schema_type *type, struct record *out,
    struct err *e) ERR_CHECKED;

/* Text as the value of a path: "yes", "12", "a,b", JSON for a row or group;
 * users by name too.  *out is new, or NULL for an empty text (absent).
 * ERR_INVALID with a sentence. */
enum err_code command_value(const struct command *c,
    const struct schema_type *type, const char *path, const char *text,
    json_t **out, struct err *e) ERR_CHECKED;

/* The same for one field, a group's member say, whose place path names in
 * messages; what it may hold is not checked. */
enum err_code command_field_value(const struct command *c,
    const struct schema_field *field, const char *path, const char *text,
    json_t **out, struct err *e) ERR_CHECKED;

/* The conflict that the request names, open or decided, and its record, read
 * in a snapshot that the caller ends with the transaction.  ERR_NOTFOUND,
 * ERR_INVALID. */
enum err_code command_conflict_find(struct command *c, struct record *r,
    struct id *id_out, struct err *e) ERR_CHECKED;

/* The open ones that want to be read and nothing more, as "conflict list" has
 * them, added to list; in the open transaction. */
enum err_code command_conflict_reviews(
    struct command *c, json_t *list, struct err *e) ERR_CHECKED;

/* ---- for who reads it (command_names.c); in the open transaction ---- */

/* Put the record's title in words, "" where it has none. */
enum err_code command_title_put(struct command *c, json_t *out, const char *key,
    struct id id, struct err *e) ERR_CHECKED;
/* Put "names", {id: title}, of every id in the answer; in no transaction. */
enum err_code command_names(struct command *c, struct err *e) ERR_CHECKED;

/* ---- files beside records (command_content.c) ---- */

/* Put "file", {"size", "here"}, of a record that names one; null for any other
 * of a type that has files.  In the open transaction. */
enum err_code command_file_put(struct command *c,
    const struct schema_type *type, const struct record *r, json_t *out,
    struct err *e) ERR_CHECKED;

/* ---- clocks (command_clock.c) ---- */

/* Raise uncertainty_s of an object with device and counter to what the
 * journal, what its author had seen, and the receipt show for certain. */
enum err_code command_clock_put(
    struct command *c, json_t *timed, struct err *e) ERR_CHECKED;

/* Put a value of a document; NULL is null. */
enum err_code command_value_put(json_t *out, const char *key,
    const json_t *value, struct err *e) ERR_CHECKED;

#endif
