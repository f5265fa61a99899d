/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done at the office: its commands.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "common/sys/json.h"
#include "tests/prove/stage_office.h"

/* The command of this piece of work. */
static json_t *request;

static void
command_is(json_t *command)
{
	assert_non_null(command);
	json_decref(request);
	request = command;
}

/* An error that an answer tells is one: its word says which. */
static enum err_code
told(const json_t *answer, struct err *e)
{
	const json_t *error = json_object_get(answer, "error");
	const char *word = json_string_value(json_object_get(error, "word"));

	if (error == NULL)
		return ERR_OK;
	for (int code = ERR_OK + 1; code < ERR_CODE_N; code++)
		if (word != NULL &&
		    strcmp(word, err_word((enum err_code)code)) == 0)
			return err_set(e, (enum err_code)code, 0, "%s",
			    json_string_value(json_object_get(error, "text")));
	return err_set(e, ERR_INVALID, 0, "an error without a word");
}

static enum err_code
do_command(struct err *e)
{
	json_t *answer = NULL;
	enum err_code code = engine_command(stage_off.w.g, request, &answer, e);

	if (code == ERR_OK)
		code = told(answer, e);
	json_decref(answer);
	return code;
}

/* ---- people ---- */

static void
user_add(void)
{
	command_is(json_pack("{s:s, s:s, s:s}", "do", "user add", "name",
	    "Ceri", "role", "ADV"));
}

static void
user_list(void)
{
	command_is(json_pack("{s:s}", "do", "user list"));
}

static void
user_end(void)
{
	command_is(json_pack("{s:s, s:s, s:s}", "do", "user end", "user",
	    "Amina", "reason", "left"));
}

static json_t *
grant(const char *what)
{
	char scope[80];

	(void)snprintf(
	    scope, sizeof(scope), "case:%s", id_print(stage_off.of_case).s);
	return json_pack("{s:s, s:s, s:s, s:s}", "do", what, "user", "Bryn",
	    "scope", scope, "reason", "cover");
}

static void
grant_add(void)
{
	command_is(grant("grant add"));
}

static void
grant_end(void)
{
	json_decref(stage_command(grant("grant add")));
	command_is(grant("grant end"));
}

/* ---- devices ---- */

static void
device_is(const char *what)
{
	command_is(json_pack("{s:s, s:s, s:s}", "do", what, "device",
	    id_print(stage_off.bryn.id).s, "reason", "a test"));
}

static void
device_code(void)
{
	command_is(
	    json_pack("{s:s, s:s}", "do", "device code", "user", "Bryn"));
}

static void
device_list(void)
{
	command_is(json_pack("{s:s}", "do", "device list"));
}

static void
device_approve(void)
{
	device_is("device approve");
}

static void
device_revoke(void)
{
	device_is("device revoke");
}

static void
device_lock(void)
{
	device_is("device lock");
}

/* ---- records ---- */

static void
record_new(void)
{
	command_is(json_pack("{s:s, s:s, s:[{s:s, s:s, s:b}]}", "do",
	    "record new", "type", "person", "set", "path", "full_name", "value",
	    "Gwen", "inline", 1));
}

static json_t *
rename_to(const char *name)
{
	return json_pack("{s:s, s:s, s:s, s:[{s:s, s:s, s:b}]}", "do",
	    "record edit", "type", "person", "id", id_print(stage_off.person).s,
	    "set", "path", "full_name", "value", name, "inline", 1);
}

static void
record_edit(void)
{
	command_is(rename_to("Elizabeth"));
}

static void
record_show(void)
{
	command_is(json_pack("{s:s, s:s, s:s}", "do", "record show", "type",
	    "person", "id", id_print(stage_off.person).s));
}

static void
record_list(void)
{
	command_is(
	    json_pack("{s:s, s:s}", "do", "record list", "type", "person"));
}

/* ---- what waits for a person ---- */

static char conflict[ID_TEXT_LEN + 1];

static void
prepare_conflict(void)
{
	struct dev *d = &stage_off.amina;
	struct change_base base = { 0 };
	json_t *list;

	base.seen = record_related_version(
	    dev_record(d, stage_off.person), "full_name");
	json_decref(stage_command(rename_to("Elizabeth")));
	dev_begin(d, stage_off.person, "person");
	dev_set_seen(d, "full_name", "'Betty'", "'Bets'", base);
	(void)dev_cut(d);
	dev_push(d);
	list = stage_command(json_pack("{s:s}", "do", "conflict list"));
	(void)snprintf(conflict, sizeof(conflict), "%s",
	    json_string_value(json_object_get(
	        json_array_get(json_object_get(list, "conflicts"), 0), "id")));
	json_decref(list);
}

static void
conflict_list(void)
{
	prepare_conflict();
	command_is(json_pack("{s:s}", "do", "conflict list"));
}

static void
conflict_show(void)
{
	prepare_conflict();
	command_is(json_pack(
	    "{s:s, s:s}", "do", "conflict show", "conflict", conflict));
}

static void
conflict_decide(void)
{
	prepare_conflict();
	command_is(json_pack("{s:s, s:s, s:s, s:s}", "do", "conflict decide",
	    "conflict", conflict, "as", "Amina", "text", "Lizzie"));
}

static void
conflict_limits(void)
{
	command_is(json_pack("{s:s, s:i, s:i}", "do", "conflict limits",
	    "author_hours", 48, "senior_hours", 24));
}

static char held[96];

static void
prepare_held(void)
{
	(void)dev_person(&stage_off.bryn, "Dilys");
	dev_push(&stage_off.bryn);
	(void)snprintf(
	    held, sizeof(held), "%s/1", id_print(stage_off.bryn.id).s);
}

static void
held_list(void)
{
	prepare_held();
	command_is(json_pack("{s:s}", "do", "held list"));
}

static void
held_show(void)
{
	prepare_held();
	command_is(json_pack("{s:s, s:s}", "do", "held show", "change", held));
}

static void
held_retry(void)
{
	prepare_held();
	command_is(json_pack("{s:s, s:s}", "do", "held retry", "change", held));
}

static void
held_close(void)
{
	prepare_held();
	command_is(json_pack("{s:s, s:s, s:s}", "do", "held close", "change",
	    held, "reason", "a test device"));
}

/* What was held for the device alone is tried. */
static void
approve_with_work(void)
{
	prepare_held();
	device_approve();
}

/* ---- the office ---- */

static void
verify(void)
{
	command_is(json_pack("{s:s}", "do", "verify"));
}

static void
keys_show(void)
{
	command_is(json_pack("{s:s}", "do", "keys show"));
}

static void
receipt(void)
{
	char change[96];

	(void)snprintf(
	    change, sizeof(change), "%s/1", id_print(stage_off.amina.id).s);
	command_is(json_pack("{s:s, s:s}", "do", "receipt", "change", change));
}

/* What was committed stays done when there is no memory left to say so. */
#define COMMAND(name, prepare)                                                 \
	{                                                                      \
		TORTURE(name, &engine_is_open, prepare, do_command),           \
		    .may_be_done = true                                        \
	}

const struct torture_case torture_console[] = {
	COMMAND("command user add", user_add),
	COMMAND("command user list", user_list),
	{ TORTURE("command user end", &engine_is_open, user_end, do_command),
	    .has_steps = true },
	COMMAND("command grant add", grant_add),
	COMMAND("command grant end", grant_end),
	COMMAND("command device code", device_code),
	COMMAND("command device list", device_list),
	COMMAND("command device approve", device_approve),
	COMMAND("command device approve, with work held", approve_with_work),
	COMMAND("command device revoke", device_revoke),
	COMMAND("command device lock", device_lock),
	COMMAND("command record new", record_new),
	COMMAND("command record edit", record_edit),
	COMMAND("command record show", record_show),
	COMMAND("command record list", record_list),
	COMMAND("command conflict list", conflict_list),
	COMMAND("command conflict show", conflict_show),
	COMMAND("command conflict decide", conflict_decide),
	COMMAND("command conflict limits", conflict_limits),
	COMMAND("command held list", held_list),
	COMMAND("command held show", held_show),
	COMMAND("command held retry", held_retry),
	COMMAND("command held close", held_close),
	COMMAND("command verify", verify),
	COMMAND("command keys show", keys_show),
	COMMAND("command receipt", receipt),
	{ .name = NULL },
};
