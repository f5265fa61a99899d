/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands: `visitbook enrol`, and those of the office's console, which reach
 * its engine through a socket; the calls of the command fail, or those of the
 * office.
 */
#include <string.h>

#include "common/store/keyslot.h"
#include "common/sys/json.h"
#include "daemon/central/serve/admin.h"
#include "tests/prove/play.h"
#include "tests/prove/stage_net.h"

#define PASSPHRASE "four words nobody guesses"
/* An office in whose calls something fails may not answer, and the command
 * waits for longer than a person does. */
#define PATIENCE_MS 4000

/* ---- visitbook enrol ---- */

static bool
has_folder(const struct net_stage *s)
{
	char path[FILE_PATH_MAX];

	assert_true(file_join(path, s->fresh, "outside/office.json"));
	return file_exists(path);
}

/* It counts as enrolled: then its keys open, and the office knows it. */
static void
tell_enrolled(struct net_stage *s, struct buf *out)
{
	struct secret_key dbkey, page_key;
	struct device_store *store = NULL;
	char path[FILE_PATH_MAX];
	struct err e = { 0 };

	(void)buf_printf(out, "enrolled %d\n", has_folder(s));
	if (s->has_enrolled && !has_folder(s))
		(void)buf_printf(out, "BAD it was told to be enrolled\n");
	if (!has_folder(s))
		return;
	assert_true(file_join(path, s->fresh, "slots"));
	if (keyslot_open(path, crypto_part_str(PASSPHRASE), &dbkey, NULL, &e) !=
	    ERR_OK) {
		(void)buf_printf(out, "BAD its keys do not open: %s\n", e.msg);
		return;
	}
	keyslot_page_key(&dbkey, &page_key);
	if (device_store_open(s->fresh, &page_key, &store, &e) != ERR_OK) {
		(void)buf_printf(out, "BAD it does not open: %s\n", e.msg);
		return;
	}
	if (cut_office_device(&s->w, device_store_identity(store)->device)
	        .enrolled_at == 0)
		(void)buf_printf(out, "BAD the office does not know it\n");
	device_store_close(store);
}

static void
prepare_enrol(void)
{
	struct net_stage *s = &stage_net;
	json_t *answer;

	net_prepare("quiet sync");
	answer = cut_office_ask(&s->w,
	    json_pack("{s:s, s:s}", "do", "device code", "user",
	        id_print(s->w.office.user).s));
	(void)snprintf(s->code, sizeof(s->code), "%s",
	    json_string_value(json_object_get(answer, "code")));
	json_decref(answer);
	s->is_command = true;
	s->tells = tell_enrolled;
}

/* A person who is told that it went well does not enrol again. */
static enum err_code
work_enrol(struct err *e)
{
	struct net_stage *s = &stage_net;
	char words[512];
	const struct play p = { .words = words,
		.home = s->fresh,
		.runtime = s->w.folder.path,
		.passphrase = PASSPHRASE,
		.fails = s->is_office ? PLAY_NOBODY : PLAY_COMMAND,
		.patience_ms =
		    s->is_office && torture_is_on() ? PATIENCE_MS : 0 };
	enum err_code code;

	if (s->office == 0)
		net_office_start(s);
	if (has_folder(s))
		return ERR_OK;
	(void)snprintf(words, sizeof(words),
	    "enrol|--office|%.100s|--code|%.100s", s->w.address.s, s->code);
	code = play_run(&p, NULL, e);
	s->has_enrolled = code == ERR_OK;
	return code;
}

/* ---- the console ---- */

/* What was told to be made is there. */
static void
tell_made(struct net_stage *s, struct buf *out)
{
	json_t *all =
	    cut_office_ask(&s->w, json_pack("{s:s}", "do", "user list"));
	char *text = json_dumps(all, 0);

	assert_non_null(text);
	if (s->made[0] != '\0' && strstr(text, s->made) == NULL)
		(void)buf_printf(
		    out, "BAD who was told to be added is not there\n");
	(void)buf_printf(
	    out, "added %d\n", strstr(text, "Somebody New") != NULL);
	free(text);
	json_decref(all);
}

static void
prepare_console(void)
{
	net_prepare("quiet sync");
	stage_net.tells = tell_made;
}

/* Codes of the words that the engine answers with, or of the command's own
 * error. */
static enum err_code
answered(json_t *answer, enum err_code code, json_t **out, struct err *e)
{
	const json_t *error = json_object_get(answer, "error");
	const char *text = json_string_value(json_object_get(error, "text"));

	if (code == ERR_OK && error != NULL)
		code = text == NULL || text[0] == '\0'
		    ? err_set(e, ERR_CONFLICT, 0, "an error without a sentence")
		    : err_set(e, ERR_IO, 0, "%.200s", text);
	else if (code == ERR_OK)
		*out = json_incref(answer);
	else if (e->msg[0] == '\0')
		code = err_set(e, ERR_CONFLICT, 0, "it says nothing");
	json_decref(answer);
	return code;
}

static enum err_code
ask(json_t *request, json_t **out, struct err *e)
{
	struct net_stage *s = &stage_net;
	json_t *answer = NULL;
	enum err_code code;

	if (s->office == 0) {
		const bool was_on = torture_pause();

		net_office_start(s);
		if (was_on)
			torture_resume();
	}
	code = admin_ask(s->w.office.data, request, &answer, e);
	json_decref(request);
	return answered(answer, code, out, e);
}

static enum err_code
work_add(struct err *e)
{
	struct net_stage *s = &stage_net;
	json_t *said = NULL;
	enum err_code code = ask(json_pack("{s:s, s:s, s:s}", "do", "user add",
	                             "name", "Somebody New", "role", "ADV"),
	    &said, e);

	if (code == ERR_OK)
		(void)snprintf(s->made, sizeof(s->made), "%s",
		    json_string_value(json_object_get(said, "user")));
	json_decref(said);
	return code;
}

static enum err_code
work_list(struct err *e)
{
	json_t *said = NULL;
	enum err_code code =
	    ask(json_pack("{s:s}", "do", "user list"), &said, e);

	json_decref(said);
	return code;
}

/* In a process beside the engine. */
static enum err_code
work_verify(struct err *e)
{
	json_t *said = NULL;
	enum err_code code = ask(json_pack("{s:s}", "do", "verify"), &said, e);

	if (code == ERR_OK && !json_is_true(json_object_get(said, "ok")))
		code = err_set(e, ERR_CONFLICT, 0, "it does not add up");
	json_decref(said);
	return code;
}

#define COMMAND(name, stage, prepare, work)                                    \
	{                                                                      \
		TORTURE(name, stage, prepare, work),                           \
		    .errors = TORTURE_ERR(ERR_INVALID) |                       \
		    TORTURE_ERR(ERR_AUTH) | TORTURE_ERR(ERR_LOCKED),           \
		    .may_be_done = true, .has_steps = true, .is_spread = true  \
	}

const struct torture_case torture_command[] = {
	COMMAND("the command enrol", &net_device, prepare_enrol, work_enrol),
	COMMAND(
	    "an office hears enrol", &net_office, prepare_enrol, work_enrol),
	COMMAND("a console adds", &net_device, prepare_console, work_add),
	COMMAND("a console lists", &net_device, prepare_console, work_list),
	COMMAND(
	    "a console verifies", &net_device, prepare_console, work_verify),
	COMMAND("an engine adds", &net_office, prepare_console, work_add),
	COMMAND("an engine lists", &net_office, prepare_console, work_list),
	COMMAND(
	    "an engine verifies", &net_office, prepare_console, work_verify),
	{ .name = NULL },
};
