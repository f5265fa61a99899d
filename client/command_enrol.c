/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enrolling: the code's pin says which office, its secret proves each side to
 * the other; what comes back becomes a new data folder.
 */
#include <stdlib.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/core/enrolment.h"
#include "client/enrol_call.h"
#include "client/enrol_kept.h"
#include "client/output.h"
#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/core/fingerprint.h"
#include "common/store/keyslot.h"
#include "common/sys/json.h"

/* A folder that holds keys but never became enrolled is what an interrupted
 * enrolment left: nothing was ever written there, but nothing is deleted. */
static enum err_code
set_aside(struct client *c, struct err *e)
{
	static const char *const names[] = { "slots", "notes.db",
		"notes.db-wal", "notes.db-shm" };
	char from[FILE_PATH_MAX], to[FILE_PATH_MAX], name[80];
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(name, sizeof(name), "%s.unused-%llu", names[i],
		    (unsigned long long)clock_unix_ms());
		if (!file_join(from, c->home, names[i]) ||
		    !file_join(to, c->home, name))
			return err_set(
			    e, ERR_INVALID, 0, "the path is too long");
		if (file_exists(from) &&
		    (code = file_rename(from, to, e)) != ERR_OK)
			return code;
	}
	return code;
}

static enum err_code
check_folder(struct client *c, struct err *e)
{
	char path[FILE_PATH_MAX];

	if (!file_join(path, c->home, "outside/office.json"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	if (file_exists(path)) {
		enrol_kept_drop(c);
		client_next(c,
		    "To enrol a second user, name another folder with --home "
		    "DIR. If the office says that this folder is a copy, "
		    "enrol it with --again.");
		return client_fail(c, ERR_CONFLICT, STATUS_REFUSED, "enrolled",
		    e, "this folder is enrolled already");
	}
	return set_aside(c, e);
}

/* A folder that cannot be written is found before the code is used up. */
static enum err_code
try_folder(struct client *c, struct err *e)
{
	char path[FILE_PATH_MAX];
	enum err_code code = file_make_folder(c->home, e);

	if (code == ERR_OK && !file_join(path, c->home, "writable"))
		code = err_set(e, ERR_INVALID, 0, "the path is too long");
	if (code == ERR_OK && (code = file_save(path, "", 0, e)) == ERR_OK)
		code = file_remove(path, e);
	if (code != ERR_OK)
		client_next(c,
		    "See that the disk has room and the folder is yours, or "
		    "name another with --home DIR. The code was not used.");
	return code;
}

/* The new folder: keys first, the notes, and last what makes it count as
 * enrolled. */
static enum err_code
make_folder(struct client *c, const struct device_identity *id,
    const json_t *schema, const struct buf *pass, struct err *e)
{
	struct keyslot_new make = { .device = id->device,
		.user = id->user,
		.pass = { .text = crypto_part(pass->ptr, pass->len),
		    .params = KDF_PARAMS_DEFAULT,
		    .created_ms = clock_unix_ms() },
		.recovery = &id->recovery_pub };
	struct secret_key dbkey, page_key;
	char path[FILE_PATH_MAX];
	enum err_code code;

	if (!file_join(path, c->home, "slots"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	if ((code = file_make_folder(c->home, e)) != ERR_OK ||
	    (code = keyslot_create(path, &make, &dbkey, e)) != ERR_OK)
		return code;
	keyslot_page_key(&dbkey, &page_key);
	code = device_store_create(c->home, &page_key, id, schema, e);
	secret_wipe(&dbkey, sizeof(dbkey));
	secret_wipe(&page_key, sizeof(page_key));
	return code;
}

static enum err_code
fill_result(const struct device_identity *id, json_t *result, struct err *e)
{
	char words[FINGERPRINT_MAX];
	enum err_code code;

	fingerprint_print(&id->root_sha256, words);
	if ((code = json_put_str(result, "fingerprint", words, e)) != ERR_OK ||
	    (code = json_put_id(result, "device", id->device, e)) != ERR_OK ||
	    (code = json_put_id(result, "user", id->user, e)) != ERR_OK ||
	    (code = json_put_hex(result, "root_sha256", id->root_sha256.b,
	         HASH32_LEN, e)) != ERR_OK ||
	    (code = json_put_str(result, "name", id->user_name, e)) != ERR_OK ||
	    (code = json_put_str(result, "office_name", id->office_name, e)) !=
	        ERR_OK)
		return code;
	return json_put_bool(result, "pending", id->is_pending, e);
}

/* The keys and the request: new ones, or, where this code's answer was lost,
 * the ones that the office has seen. */
static enum err_code
begin(struct client *c, struct enrolment *en, struct buf *pass, struct err *e)
{
	const char *label = args_get(c->args, "label");
	bool is_kept = false;
	enum err_code code = enrol_kept_is(c, &en->code, &is_kept, e);

	if (code != ERR_OK)
		return code;
	if (is_kept) {
		code = client_passphrase(
		    c, "The passphrase that you chose: ", pass, e);
		if (code == ERR_LOCKED)
			client_next(c,
			    "Run this on a terminal, or give --passphrase-fd "
			    "N.");
		return code != ERR_OK ? code : enrol_kept_take(c, pass, en, e);
	}
	if ((code = client_new_passphrase(c, pass, e)) != ERR_OK ||
	    (code = enrolment_keys(
	         en, label != NULL ? label : ENROL_LABEL, e)) != ERR_OK)
		return code;
	return enrol_kept_put(c, pass, en, e);
}

/* No device was made: the request never left, because the office was not met,
 * or the office refused it for its code. */
static bool
is_without_effect(
    const struct client *c, const struct enrolment *en, bool is_again)
{
	const struct hash32 none = { { 0 } };

	return (!is_again && hash32_equal(en->root, none)) ||
	    (c->word != NULL &&
	        strcmp(c->word, protocol_word(WORD_BAD_CODE)) == 0);
}

/* The folder's first enrolment. */
static enum err_code
enrol_new(struct client *c, struct enrolment *en, struct err *e)
{
	bool is_again = false, is_kept = false;
	struct buf pass;
	enum err_code code = enrol_kept_is(c, &en->code, &is_again, e);

	if (code != ERR_OK)
		return code;
	buf_init(&pass, KDF_PASS_MAX);
	if ((code = check_folder(c, e)) == ERR_OK &&
	    (code = try_folder(c, e)) == ERR_OK &&
	    (code = begin(c, en, &pass, e)) == ERR_OK &&
	    (code = enrol_call(c, en, args_get(c->args, "office"), e)) ==
	        ERR_OK)
		code =
		    make_folder(c, &en->identity, en->answer.schema, &pass, e);
	if ((code == ERR_OK || is_without_effect(c, en, is_again)) &&
	    enrol_kept_is(c, &en->code, &is_kept, NULL) == ERR_OK && is_kept)
		enrol_kept_drop(c);
	buf_wipe(&pass);
	return code;
}

/* A name or an address, a colon and a number. */
static bool
is_address(const char *text)
{
	const char *colon = strrchr(text, ':');

	return colon != NULL && colon > text && colon[1] != '\0' &&
	    strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

enum err_code
enrol_run(struct client *c, json_t *result, struct err *e)
{
	struct enrolment en;
	enum err_code code;

	enrolment_init(&en);
	if (!enrol_code_parse(args_get(c->args, "code"), &en.code)) {
		client_next(c,
		    "Check it against what the office gave you: nine groups "
		    "of four letters and digits.");
		code =
		    err_set(e, ERR_INVALID, 0, "this is not an enrolment code");
		goto out;
	}
	if (!is_address(args_get(c->args, "office"))) {
		code = client_fail(c, ERR_INVALID, STATUS_USAGE, "usage", e,
		    "--office needs ADDRESS:PORT, as office.example:8443");
		goto out;
	}
	code = args_has(c->args, "again") ? enrol_again(c, &en, result, e)
	                                  : enrol_new(c, &en, e);
	if (code == ERR_OK)
		code = fill_result(&en.identity, result, e);
out:
	enrolment_fini(&en);
	return code;
}

void
enrol_human(struct client *c, const json_t *result)
{
	const char *root = human_str(result, "root_sha256");

	output("This device belongs to %s now, for %s.\n",
	    human_str(result, "office_name"), human_str(result, "name"));
	output("The office's fingerprint:\n    %s\n   ",
	    human_str(result, "fingerprint"));
	for (size_t i = 0; i + 4 <= strlen(root) && i < 32; i += 4)
		output(" %.4s", root + i);
	output("\nRing the office and read the words to each other: "
	       "visitbook-central keys show has the same.\n");
	if (json_has(result, "recut"))
		output("Your notes are as they were; %llu of your changes go "
		       "to the office anew.\n",
		    (unsigned long long)human_num(result, "recut"));
	if (json_is_true(json_object_get(result, "pending")))
		output_words(c, "problem.pending", NULL);
	output("Next: visitbook unlock, then visitbook sync.\n");
}
