/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key and the notes: who opens them, for how long.  A command holds the
 * key only while it runs, under a lease that the holder can call back.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/client.h"
#include "common/store/keyslot.h"
#include "common/store/wipe.h"

enum err_code
client_find_home(struct client *c, struct err *e)
{
	const char *home = args_get(c->args, "home");
	const char *base;
	int n;

	if (home == NULL)
		home = getenv("VISITBOOK_HOME");
	if (home != NULL && *home != '\0')
		n = snprintf(c->home, sizeof(c->home), "%s", home);
	else if ((base = getenv("XDG_DATA_HOME")) != NULL && *base == '/')
		n = snprintf(c->home, sizeof(c->home), "%s/visitbook", base);
	else if ((base = getenv("HOME")) != NULL && *base == '/')
		n = snprintf(c->home, sizeof(c->home),
		    "%s/.local/share/visitbook", base);
	else
		return client_fail(c, ERR_INVALID, STATUS_USAGE, "usage", e,
		    "the folder of your notes is not known; name it with "
		    "--home DIR");
	if (n < 0 || (size_t)n >= sizeof(c->home) - 64)
		return err_set(
		    e, ERR_INVALID, 0, "the name of the folder is too long");
	return ERR_OK;
}

enum err_code
client_check_enrolled(struct client *c, struct err *e)
{
	char path[FILE_PATH_MAX];

	errno = 0;
	if (file_join(path, c->home, "outside/office.json") &&
	    file_exists(path))
		return ERR_OK;
	if (errno == EACCES) {
		client_next(c, "Make the folder yours again, then try again.");
		return err_set(e, ERR_IO, EACCES,
		    "the folder %.180s is closed to you", c->home);
	}
	client_next(c,
	    "Ask the office for a code, then: visitbook enrol --office "
	    "ADDRESS:PORT --code CODE. If your notes are in another folder, "
	    "name it with --home DIR.");
	return err_set(e, ERR_NOTFOUND, 0,
	    "there are no notes in %.180s: this device is not enrolled",
	    c->home);
}

enum err_code
client_check_notes(struct client *c, struct err *e)
{
	enum err_code code = client_check_enrolled(c, e);

	if (code != ERR_OK || !device_is_wiped(c->home))
		return code;
	client_next(c,
	    "Ask the office why. To go on here, ask it for a code and enrol a "
	    "new folder, named with --home DIR.");
	return err_set(e, ERR_NOTFOUND, 0,
	    "the office has erased the notes in %.180s; what was saved had "
	    "been handed over",
	    c->home);
}

enum err_code
client_passphrase_key(struct client *c, struct buf *pass,
    struct secret_key *dbkey_out, struct err *e)
{
	char path[FILE_PATH_MAX];
	struct buf own;
	enum err_code code;

	if (!file_join(path, c->home, "slots"))
		return err_set(
		    e, ERR_INVALID, 0, "the name of the folder is too long");
	buf_init(&own, KDF_PASS_MAX);
	if (pass == NULL)
		pass = &own;
	code = client_passphrase(c, "Passphrase: ", pass, e);
	if (code == ERR_OK)
		code = keyslot_open(path, crypto_part(pass->ptr, pass->len),
		    dbkey_out, NULL, e);
	buf_wipe(&own);
	if (code == ERR_AUTH)
		client_next(c,
		    "Try again. If it is forgotten, the office can help you to "
		    "a new one; nothing is lost.");
	return code;
}

enum err_code
client_key(struct client *c, struct secret_key *dbkey_out, struct err *e)
{
	struct err why = { .code = ERR_LOCKED };
	enum err_code code = client_check_notes(c, e);

	if (code != ERR_OK)
		return code;
	if (c->lease == NULL &&
	    holder_lease_open(c->home, dbkey_out, &c->lease, &why) == ERR_OK)
		return ERR_OK;
	/* Not locked, only not to be had; a passphrase needs no holder. */
	if (why.code == ERR_BUSY &&
	    args_get(c->args, "passphrase-fd") == NULL) {
		client_next(c, "Try again when other commands have ended.");
		*e = why;
		return why.code;
	}
	code = client_passphrase_key(c, NULL, dbkey_out, e);
	/* Nobody could be asked for it; that they are locked is not known. */
	if (code == ERR_LOCKED && why.code != ERR_LOCKED) {
		client_next(c,
		    "Try again. If it stays so, give the passphrase with "
		    "--passphrase-fd N.");
		*e = why;
		code = why.code;
	}
	return code;
}

/* What stopped the notes from opening may be that they cannot be written:
 * SQLite needs that for reading, too. */
static void
tell_unwritable(struct client *c, struct err *e)
{
	char path[FILE_PATH_MAX];

	if (!file_join(path, c->home, "notes.db") ||
	    (access(c->home, W_OK) == 0 && access(path, W_OK) == 0) ||
	    (errno != EACCES && errno != EROFS))
		return;
	client_next(c,
	    "Make the folder yours to write again, or copy all of it to a "
	    "place that is, and name that with --home.");
	(void)err_set(e, ERR_IO, errno,
	    "the notes in %.180s cannot be opened, because you may not write "
	    "there",
	    c->home);
}

enum err_code
client_open(struct client *c, struct err *e)
{
	struct secret_key dbkey, page_key;
	enum err_code code;

	if (c->store != NULL)
		return ERR_OK;
	code = client_key(c, &dbkey, e);
	if (code != ERR_OK)
		return code;
	keyslot_page_key(&dbkey, &page_key);
	code = device_store_open(c->home, &page_key, &c->store, e);
	/* On a full disk what is there can still be read. */
	if (code == ERR_IO &&
	    device_store_open_alone(c->home, &page_key, &c->store, NULL) ==
	        ERR_OK)
		code = ERR_OK;
	secret_wipe(&page_key, sizeof(page_key));
	secret_wipe(&dbkey, sizeof(dbkey));
	if (code == ERR_IO)
		tell_unwritable(c, e);
	if (code != ERR_OK)
		return code;
	c->schema = device_store_schema(c->store);
	/* A type that the kept bundle does not have yet stays the program's. */
	if (c->type != NULL && schema_type(c->schema, c->type->name) != NULL)
		c->type = schema_type(c->schema, c->type->name);
	return ERR_OK;
}

void
client_close(struct client *c)
{
	if (c->type != NULL && c->store != NULL)
		c->type = schema_type(c->built_in, c->type->name);
	c->schema = c->built_in;
	device_store_close(c->store);
	c->store = NULL;
	holder_lease_close(c->lease);
	c->lease = NULL;
}

void
client_saved(struct client *c)
{
	char *answer = NULL;

	/* Nobody listening is as good: the next sync finds what was saved. */
	if (holder_ask(c->home, "{\"do\":\"changed\"}", 1000, &answer, NULL) ==
	    ERR_OK)
		free(answer);
}
