/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_COMMANDS_H
#define CLIENT_COMMANDS_H

#include "client/client.h"

/*
 * commands -- every command, and the table that the command line is read by.
 *
 * Commands about records (person, visit, note, ...) are made from the schema:
 * each type has the same ones, and a new type gets them by being there; each
 * page and each guide of the schema is a command, too.
 */
struct commands {
	struct args_program program; /* for args_parse */
	struct args_command *table;  /* owned */
	struct command_entry {
		struct command command;
		const char *type;  /* of the schema, or NULL */
		const char *page;  /* of the schema, or NULL */
		const char *guide; /* of the schema, or NULL */
		char words[80];
		char help[120];
	} * entries;        /* owned; beside table, whose id is the index */
	const char **kinds; /* owned; for the program */
};

/* Make the table; the schema must outlive it.  ERR_NOMEM.  End it with
 * commands_fini. */
enum err_code commands_make(
    const struct schema *s, struct commands *out, struct err *e) ERR_CHECKED;
void commands_fini(struct commands *c);

/* Enrolling and keys. */
command_run enrol_run, unlock_run, lock_run, agent_run, passphrase_run;
command_human enrol_human, unlock_human, lock_human, passphrase_human;
/* enrol --again (command_again.c): en has the code, and gets the identity.
 * The result says how many changes were cut again. */
struct enrolment;
enum err_code enrol_again(struct client *c, struct enrolment *en,
    json_t *result, struct err *e) ERR_CHECKED;
/* Records. */
command_run new_run, edit_run, show_run, list_run, remove_run, sign_run,
    addendum_run, accept_run, copy_run, decline_run, error_run, fields_run;
command_human edited_human, removed_human, saved_human, show_human, list_human,
    sign_human, error_human, fields_human;
/* Files beside records. */
command_run attach_run, attachment_save_run;
command_human attach_human, attachment_save_human;
/* Pages and guides of the schema. */
command_run page_run, guide_run;
command_human page_human, guide_human;
/* What was kept of a save that was refused. */
command_run draft_list_run, draft_show_run, draft_drop_run;
command_human draft_list_human, draft_show_human;
/* What a kind of record begins with, and what it is asked. */
command_run template_list_run, template_show_run, check_run;
command_human template_list_human, template_show_human, check_human;
/* Two versions. */
command_run conflict_list_run, conflict_show_run, conflict_decide_run;
command_human conflict_list_human, conflict_show_human, conflict_decide_human;
/* What was put together and should be read. */
command_run review_list_run, review_seen_run;
command_human review_list_human, review_seen_human;
/* Who waits for a first contact. */
command_run waiting_run;
command_human waiting_human;
/* Everything else. */
command_run search_run, status_run, sync_run, verify_run, export_run;
command_human search_human, status_human, sync_human, verify_human,
    export_human;
/* How many questions wait ("asked", "reviews"), where the notes are unlocked;
 * nobody is asked to open them for that. */
enum err_code status_put_asked(
    struct client *c, json_t *result, struct err *e) ERR_CHECKED;
void status_tell_asked(struct client *c, const json_t *result);

#endif
