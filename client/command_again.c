/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enrolling a folder again that the office found to be a copy: the notes stay,
 * and the device gets a new id, keys and journal.
 */
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/enrol_call.h"
#include "client/enrol_kept.h"
#include "client/output.h"
#include "common/store/keyslot.h"
#include "common/sys/json.h"

/* A command that still works with the notes ends its transaction first. */
#define LOCK_TIMEOUT_MS 30000

/* Nobody holds the key while the folder becomes another device. */
static enum err_code
lock_first(struct client *c, struct err *e)
{
	char *answer = NULL;
	enum err_code code = holder_ask(
	    c->home, "{\"do\":\"lock\"}", LOCK_TIMEOUT_MS, &answer, e);

	free(answer);
	if (code == ERR_BUSY)
		client_next(c,
		    "Another command still works with the notes. End it and "
		    "try again; the code was not used.");
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

/* What the notes say of themselves, before a code is used up for them. */
static enum err_code
look_at(struct client *c, const struct secret_key *page_key,
    const struct enrol_code *code_given, struct device_identity *who,
    struct err *e)
{
	struct device_store *s;
	struct store_status st;
	enum err_code code = device_store_open(c->home, page_key, &s, e);

	if (code != ERR_OK)
		return code;
	code = device_store_status(s, &st, e);
	if (code == ERR_OK) {
		const struct device_identity *i = device_store_identity(s);

		who->user = i->user;
		who->office = i->office;
		who->root_sha256 = i->root_sha256;
		memcpy(who->user_name, i->user_name, sizeof(who->user_name));
	}
	device_store_close(s);
	if (code != ERR_OK)
		return code;
	if (!st.is_forked) {
		client_next(c,
		    "Sync: visitbook sync. Only when that says that this "
		    "folder is an old copy does it need another enrolment.");
		return client_fail(c, ERR_CONFLICT, STATUS_REFUSED, "enrolled",
		    e, "this folder is enrolled already");
	}
	if (memcmp(code_given->pin, who->root_sha256.b, ENROL_PIN_LEN) != 0) {
		client_next(c, "Ask your own office for a code.");
		return client_fail(c, ERR_AUTH, STATUS_REFUSED, "bad_code", e,
		    "this code is of another office than these notes");
	}
	return ERR_OK;
}

/* The office made a device, but not for these notes. */
static enum err_code
check_user(struct client *c, const struct device_identity *who,
    const struct device_identity *fresh, struct err *e)
{
	if (id_equal(who->user, fresh->user) &&
	    id_equal(who->office, fresh->office))
		return ERR_OK;
	client_next(c,
	    "Tell the office to revoke device %s, and ask for a code for %s. "
	    "Your notes are as they were.",
	    id_print(fresh->device).s, who->user_name);
	return client_fail(c, ERR_AUTH, STATUS_REFUSED, "bad_code", e,
	    "the code was made for another user than these notes'");
}

/* The keys and the request: new ones, or, where this code's answer was lost,
 * the ones that the office has seen. */
static enum err_code
begin(struct client *c, const struct buf *pass, struct enrolment *en,
    struct err *e)
{
	const char *label = args_get(c->args, "label");
	bool is_kept = false;
	enum err_code code = enrol_kept_is(c, &en->code, &is_kept, e);

	if (code != ERR_OK)
		return code;
	if (is_kept)
		return enrol_kept_take(c, pass, en, e);
	code = enrolment_keys(en, label != NULL ? label : ENROL_LABEL, e);
	return code != ERR_OK ? code : enrol_kept_put(c, pass, en, e);
}

static enum err_code
become(struct client *c, const struct secret_key *page_key,
    const struct buf *pass, struct enrolment *en, json_t *result, struct err *e)
{
	struct device_identity who;
	uint64_t recut = 0;
	enum err_code code;

	device_identity_init(&who);
	if ((code = look_at(c, page_key, &en->code, &who, e)) == ERR_OK &&
	    (code = begin(c, pass, en, e)) == ERR_OK &&
	    (code = enrol_call(c, en, args_get(c->args, "office"), e)) ==
	        ERR_OK &&
	    (code = check_user(c, &who, &en->identity, e)) == ERR_OK &&
	    (code = device_store_again(
	         c->home, page_key, &en->identity, &recut, e)) == ERR_OK)
		code = json_put_int(result, "recut", (int64_t)recut, e);
	/* One that was refused is of no further use either. */
	if (code == ERR_OK || (c->word != NULL && code == ERR_AUTH))
		enrol_kept_drop(c);
	device_identity_fini(&who);
	return code;
}

enum err_code
enrol_again(
    struct client *c, struct enrolment *en, json_t *result, struct err *e)
{
	struct secret_key dbkey, page_key;
	struct buf pass;
	enum err_code code;

	buf_init(&pass, KDF_PASS_MAX);
	if ((code = client_check_enrolled(c, e)) == ERR_OK &&
	    (code = lock_first(c, e)) == ERR_OK &&
	    (code = client_passphrase_key(c, &pass, &dbkey, e)) == ERR_OK) {
		keyslot_page_key(&dbkey, &page_key);
		secret_wipe(&dbkey, sizeof(dbkey));
		code = become(c, &page_key, &pass, en, result, e);
		secret_wipe(&page_key, sizeof(page_key));
	}
	buf_wipe(&pass);
	return code;
}
