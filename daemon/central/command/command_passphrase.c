/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The passphrase by which a colleague acts at the office.
 */
#include "common/sys/json.h"
#include "daemon/central/command/command.h"
#include "daemon/central/setup/passphrase.h"

/* Nobody's is replaced by who does not know it: it stands for them where two
 * people are needed. */
static enum err_code
old_check(struct command *c, const struct office_user *u, struct err *e)
{
	const char *old = command_text_or(c, "old", NULL);
	bool is_set = false;
	enum err_code code = passphrase_is_set(c->store, u->id, &is_set, e);

	if (code != ERR_OK || (!is_set && old == NULL))
		return code;
	if (!is_set) {
		c->next = "Leave out --change; nothing was changed.";
		return err_set(
		    e, ERR_CONFLICT, 0, "%.80s has no passphrase yet", u->name);
	}
	if (old == NULL) {
		c->next = "With --change, and the one that they have, they get "
		          "another; nothing was changed.";
		return err_set(e, ERR_CONFLICT, 0,
		    "%.80s has a passphrase already", u->name);
	}
	code = passphrase_check(c->store, u->id, crypto_part_str(old), e);
	if (code != ERR_AUTH)
		return code;
	c->next = "Try again; nothing was changed.";
	return err_set(
	    e, code, 0, "that is not the passphrase of %.80s", u->name);
}

enum err_code
command_user_passphrase(struct command *c, struct err *e)
{
	struct audit_entry entry = { .actor = c->acting,
		.action = "user.passphrase" };
	struct log_entry logged;
	struct office_user u;
	struct id_text object;
	const char *who, *passphrase;
	enum err_code code;

	if ((code = command_text(c, "user", &who, e)) != ERR_OK ||
	    (code = command_text(c, "passphrase", &passphrase, e)) != ERR_OK ||
	    (code = passphrase_sound(crypto_part_str(passphrase), e)) !=
	        ERR_OK ||
	    (code = store_begin(c->store, e)) != ERR_OK ||
	    (code = command_user(c, who, &u, e)) != ERR_OK)
		return code;
	if (!u.is_active)
		return err_set(
		    e, ERR_INVALID, 0, "%.80s does not work here now", u.name);
	object = id_print(u.id);
	entry.object = object.s;
	if ((code = old_check(c, &u, e)) != ERR_OK ||
	    (code = passphrase_put(
	         c->store, u.id, crypto_part_str(passphrase), e)) != ERR_OK ||
	    (code = engine_audit(c->g, &entry, &logged, e)) != ERR_OK ||
	    (code = store_commit(c->store, e)) != ERR_OK)
		return code;
	return json_put_id(c->out, "user", u.id, e);
}
