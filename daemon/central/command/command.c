/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/command/command.h"

#include <string.h>

#include "common/sys/json.h"

static const struct {
	const char *words;
	command_run *run;
} commands[] = {
	{ "user add", command_user_add },
	{ "user list", command_user_list },
	{ "user end", command_user_end },
	{ "user passphrase", command_user_passphrase },
	{ "grant add", command_grant_add },
	{ "grant end", command_grant_end },
	{ "device code", command_device_code },
	{ "device list", command_device_list },
	{ "device approve", command_device_approve },
	{ "device revoke", command_device_revoke },
	{ "device lock", command_device_lock },
	{ "device wipe", command_device_wipe },
	{ "record new", command_record_new },
	{ "record edit", command_record_edit },
	{ "record show", command_record_show },
	{ "record list", command_record_list },
	{ "record fields", command_record_fields },
	{ "record remove", command_record_remove },
	{ "record check", command_record_check },
	{ "record save", command_record_save },
	{ "record acknowledge", command_record_acknowledge },
	{ "record decline", command_record_decline },
	{ "record accept", command_record_accept },
	{ "record allocate", command_record_allocate },
	{ "waiting", command_waiting_list },
	{ "retention", command_retention },
	{ "conflict list", command_conflict_list },
	{ "conflict show", command_conflict_show },
	{ "conflict decide", command_conflict_decide },
	{ "conflict propose", command_conflict_propose },
	{ "conflict confirm", command_conflict_confirm },
	{ "conflict limits", command_conflict_limits },
	{ "review list", command_review_list },
	{ "review seen", command_review_seen },
	{ "held list", command_held_list },
	{ "held show", command_held_show },
	{ "held retry", command_held_retry },
	{ "held close", command_held_close },
	{ "error propose", command_error_propose },
	{ "error confirm", command_error_confirm },
	{ "duplicates list", command_duplicates_list },
	{ "duplicates show", command_duplicates_show },
	{ "duplicates merge", command_duplicates_merge },
	{ "duplicates confirm", command_duplicates_confirm },
	{ "duplicates undo", command_duplicates_undo },
	{ "erase propose", command_erase_propose },
	{ "erase confirm", command_erase_confirm },
	{ "dual list", command_dual_list },
	{ "dual withdraw", command_dual_withdraw },
	{ "access confirm", command_access_confirm },
	{ "access list", command_access_list },
	{ "access show", command_access_show },
	{ "import", command_import },
	{ "import list", command_import_list },
	{ "import show", command_import_show },
	{ "import undo", command_import_undo },
	{ "import everything", command_import_everything },
	{ "export", command_export },
	{ "verify", command_verify },
	{ "backup", command_backup },
	{ "receipt", command_receipt },
	{ "keys show", command_keys_show },
	{ "certificate renew", command_certificate_renew },
};

/* What an operator can usually do about a kind of failure. */
static const char *
next_usual(enum err_code code)
{
	switch (code) {
	case ERR_INVALID:
	case ERR_MALFORMED:
		return "Correct the command and run it again; nothing was "
		       "changed.";
	case ERR_NOTFOUND:
		return "List what there is, and use an id from the list.";
	case ERR_BUSY:
		return "Try again in a moment.";
	case ERR_IO:
		return "See whether the disk is full or failing; what was "
		       "saved before is safe.";
	case ERR_CORRUPT:
		return "Run visitbook-central verify, and restore the latest "
		       "backup if it finds damage.";
	case ERR_CONFLICT:
		return "Nothing was changed; show or list tells how it "
		       "stands.";
	case ERR_OK:
	case ERR_NOMEM:
	case ERR_AUTH:
	case ERR_LOCKED:
	case ERR_NEWER:
	case ERR_CODE_N:
		break;
	}
	return "Nothing was changed; the log of the office may say more.";
}

static enum err_code
error_answer(
    const struct err *why, const char *next, json_t **out, struct err *e)
{
	json_t *error = json_object(), *answer = json_object();
	enum err_code code;

	if ((code = json_put_str(error, "word", err_word(why->code), e)) !=
	        ERR_OK ||
	    (code = json_put_str(error, "text", why->msg, e)) != ERR_OK ||
	    (code = json_put_str(error, "next",
	         next == NULL ? next_usual(why->code) : next, e)) != ERR_OK) {
		json_decref(error);
		json_decref(answer);
		return code;
	}
	code = json_put_take(answer, "error", error, e);
	if (code == ERR_OK)
		*out = answer;
	else
		json_decref(answer);
	return code;
}

/* Who acts, when the request says so: somebody who works here. */
static enum err_code
acting_find(struct command *c, struct err *e)
{
	const char *as = command_text_or(c, "as", NULL);
	struct office_user user;
	enum err_code code;

	if (as == NULL)
		return ERR_OK;
	code = store_begin_read(c->store, e);
	if (code == ERR_OK)
		code = command_user(c, as, &user, e);
	store_rollback(c->store);
	if (code != ERR_OK)
		return code;
	if (!user.is_active)
		return err_set(
		    e, ERR_INVALID, 0, "%.80s does not work here now", as);
	c->acting = user.id;
	return ERR_OK;
}

static enum err_code
command_do(struct command *c, struct err *e)
{
	const char *words;
	enum err_code code = command_text(c, "do", &words, e);

	if (code != ERR_OK || (code = acting_find(c, e)) != ERR_OK)
		return code;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].words, words) == 0) {
			code = commands[i].run(c, e);
			store_rollback(c->store);
			/* For people, what has been done is told by name. */
			if (code == ERR_OK &&
			    json_is_true(json_object_get(c->in, "names")))
				code = command_names(c, e);
			return code;
		}
	return err_set(
	    e, ERR_INVALID, 0, "there is no command \"%.60s\"", words);
}

enum err_code
engine_command(
    struct engine *g, const json_t *request, json_t **answer_out, struct err *e)
{
	struct command c = { .g = g,
		.store = engine_store(g),
		.in = request,
		.out = json_object() };
	struct err why;
	enum err_code code;

	if (c.out == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = command_do(&c, &why);
	if (code == ERR_OK) {
		*answer_out = c.out;
		return ERR_OK;
	}
	json_decref(c.out);
	return error_answer(&why, c.next, answer_out, e);
}
