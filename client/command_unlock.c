/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unlocking and locking: the key goes to the process that holds it, and comes
 * back to nobody but commands.
 */
#include <errno.h>
#include <stdlib.h>

#include "client/agent.h"
#include "client/commands.h"
#include "client/output.h"
#include "common/base/clock.h"
#include "common/store/keyslot.h"
#include "common/sys/json.h"

#define FOR_DEFAULT_MS ((uint64_t)8 * 3600 * 1000)
#define FOR_MAX_MS ((uint64_t)24 * 3600 * 1000)
/* Commands that run finish their transaction first. */
#define LOCK_TIMEOUT_MS 30000
#define STATUS_TIMEOUT_MS 5000

/* "8h", "30m", "90s". */
static enum err_code
parse_duration(const char *text, uint64_t *ms_out, struct err *e)
{
	uint64_t unit = 0;
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (strcmp(end, "h") == 0)
		unit = (uint64_t)3600 * 1000;
	else if (strcmp(end, "m") == 0)
		unit = (uint64_t)60 * 1000;
	else if (strcmp(end, "s") == 0)
		unit = 1000;
	if (errno != 0 || end == text || unit == 0 || n <= 0 ||
	    (uint64_t)n > FOR_MAX_MS / unit)
		return err_set(e, ERR_INVALID, 0,
		    "--for needs a time up to 24h, as 30m or 8h");
	*ms_out = (uint64_t)n * unit;
	return ERR_OK;
}

/* The key of the slot file, by the passphrase; never the holder's, since the
 * passphrase is what is asked here. */
static enum err_code
key_by_passphrase(struct client *c, struct secret_key *out, struct err *e)
{
	enum err_code code = client_passphrase_key(c, NULL, out, e);

	if (code == ERR_LOCKED) {
		client_next(
		    c, "Run this on a terminal, or give --passphrase-fd N.");
		return err_set(e, ERR_LOCKED, 0,
		    "the passphrase is needed to unlock the notes");
	}
	return code;
}

/* Hand the key over, to an agent of our own if nobody holds it yet. */
static enum err_code
hand_over(struct client *c, const struct secret_key *key, uint64_t until_ms,
    struct err *e)
{
	enum err_code code = holder_unlock(c->home, key, until_ms, e);

	if (code != ERR_NOTFOUND)
		return code;
	code = agent_start(c->home, e);
	if (code != ERR_OK)
		return code;
	code = holder_unlock(c->home, key, until_ms, e);
	return code != ERR_NOTFOUND ? code
	                            : err_set(e, ERR_IO, e->sys,
	                                  "the process that keeps the notes "
	                                  "unlocked ended at once");
}

enum err_code
unlock_run(struct client *c, json_t *result, struct err *e)
{
	const char *for_text = args_get(c->args, "for");
	uint64_t for_ms = FOR_DEFAULT_MS, until_ms;
	struct secret_key key;
	enum err_code code;

	if (for_text != NULL &&
	    (code = parse_duration(for_text, &for_ms, e)) != ERR_OK)
		return code;
	if ((code = client_check_notes(c, e)) != ERR_OK ||
	    (code = key_by_passphrase(c, &key, e)) != ERR_OK)
		return code;
	until_ms = clock_unix_ms() + for_ms;
	code = hand_over(c, &key, until_ms, e);
	secret_wipe(&key, sizeof(key));
	if (code == ERR_OK)
		code = json_put_bool(result, "locked", false, e);
	if (code == ERR_OK)
		code = json_put_int(result, "until", (int64_t)until_ms, e);
	return code;
}

void
unlock_human(struct client *c, const json_t *result)
{
	char time[HUMAN_TIME_MAX];

	(void)c;
	human_clock(human_num(result, "until"), time);
	output("Unlocked until %s.\n", time);
}

/* True if visitbookd runs here: an agent sends nothing. */
static bool
has_daemon(struct client *c)
{
	char *answer = NULL;
	bool is_daemon = holder_ask(c->home, "{\"do\":\"status\"}",
	                     STATUS_TIMEOUT_MS, &answer, NULL) == ERR_OK &&
	    strstr(answer, "\"daemon\":true") != NULL;

	free(answer);
	return is_daemon;
}

enum err_code
lock_run(struct client *c, json_t *result, struct err *e)
{
	char *answer = NULL;
	enum err_code code = client_check_enrolled(c, e);

	if (code != ERR_OK)
		return code;
	code = holder_ask(
	    c->home, "{\"do\":\"lock\"}", LOCK_TIMEOUT_MS, &answer, e);
	if (code == ERR_NOTFOUND) /* nobody holds the key */
		code = ERR_OK;
	else if (code == ERR_BUSY && e->sys != HOLDER_FULL)
		client_next(c,
		    "Another command still works with the notes. End it and "
		    "lock again.");
	else if (code == ERR_IO)
		client_next(c,
		    "The notes may still be unlocked: lock again. A holder "
		    "that cannot be reached locks by itself within seconds.");
	else if (code == ERR_OK && strstr(answer, "\"ok\":true") == NULL)
		code = err_set(e, ERR_IO, 0,
		    "the process that holds the key did not lock");
	free(answer);
	if (code == ERR_OK)
		code = json_put_bool(result, "daemon", has_daemon(c), e);
	return code != ERR_OK ? code : json_put_bool(result, "locked", true, e);
}

void
lock_human(struct client *c, const json_t *result)
{
	output_words(c,
	    json_is_true(json_object_get(result, "daemon")) ? "lock.done"
	                                                    : "lock.done.alone",
	    NULL);
}

enum err_code
passphrase_run(struct client *c, json_t *result, struct err *e)
{
	char path[FILE_PATH_MAX];
	struct buf old, new;
	enum err_code code = client_check_enrolled(c, e);

	if (code != ERR_OK)
		return code;
	if (!file_join(path, c->home, "slots"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	buf_init(&old, KDF_PASS_MAX);
	buf_init(&new, KDF_PASS_MAX);
	code = client_passphrase(c, "Passphrase now: ", &old, e);
	if (code == ERR_LOCKED)
		client_next(c,
		    "Run this on a terminal, or give --passphrase-fd twice: "
		    "the old one, then the new one.");
	if (code == ERR_OK)
		code = client_new_passphrase(c, &new, e);
	if (code == ERR_OK)
		code = keyslot_change_passphrase(path,
		    crypto_part(old.ptr, old.len),
		    &(struct keyslot_pass){
		        .text = crypto_part(new.ptr, new.len),
		        .params = KDF_PARAMS_DEFAULT,
		        .created_ms = clock_unix_ms() },
		    e);
	if (code == ERR_AUTH)
		client_next(c,
		    "The passphrase of now comes first, then the new one. "
		    "Nothing was changed: try again.");
	buf_wipe(&old);
	buf_wipe(&new);
	return code != ERR_OK ? code
	                      : json_put_bool(result, "changed", true, e);
}

void
passphrase_human(struct client *c, const json_t *result)
{
	(void)c;
	(void)result;
	output("The passphrase is changed. The old one opens nothing now.\n");
}
