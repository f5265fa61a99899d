/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may see what, after a restore.
 */
#include "common/sys/json.h"
#include "daemon/central/command/command.h"
#include "daemon/central/setup/passphrase.h"

/* An administrator who works here and has given the right passphrase. */
static enum err_code
admin_check(
    struct command *c, const char *key, size_t i, struct id *out, struct err *e)
{
	const char *passphrase = json_string_value(
	    json_array_get(json_object_get(c->in, "passphrases"), i));
	struct office_user u;
	const char *who;
	enum err_code code;

	if ((code = command_text(c, key, &who, e)) != ERR_OK ||
	    (code = command_user(c, who, &u, e)) != ERR_OK)
		return code;
	if (passphrase == NULL)
		return err_set(e, ERR_INVALID, 0, "two passphrases are needed");
	if (!u.is_active ||
	    decide_rung(engine_schema(c->g), u.role) != OWNER_ADMINISTRATOR)
		return err_set(
		    e, ERR_AUTH, 0, "%.80s is no administrator here", u.name);
	code = passphrase_check(c->store, u.id, crypto_part_str(passphrase), e);
	if (code == ERR_NOTFOUND || code == ERR_AUTH)
		code = err_set(e, ERR_AUTH, 0,
		    "that is not the passphrase of %.80s", u.name);
	if (code == ERR_OK)
		*out = u.id;
	return code;
}

enum err_code
command_access_confirm(struct command *c, struct err *e)
{
	struct id admins[2];
	enum err_code code = store_begin_read(c->store, e);

	if (code == ERR_OK &&
	    (code = admin_check(c, "first", 0, &admins[0], e)) == ERR_OK)
		code = admin_check(c, "second", 1, &admins[1], e);
	store_rollback(c->store);
	if (code == ERR_OK && id_equal(admins[0], admins[1]))
		code =
		    err_set(e, ERR_INVALID, 0, "two administrators are needed");
	if (code == ERR_AUTH)
		c->next = "Ask both administrators to try again; nothing was "
		          "changed.";
	if (code == ERR_OK)
		code = engine_access_confirm(c->g, admins, e);
	return code != ERR_OK ? code : json_put_bool(c->out, "open", true, e);
}

enum err_code
command_access_list(struct command *c, struct err *e)
{
	return engine_access_list(c->g, c->out, e);
}

enum err_code
command_access_show(struct command *c, struct err *e)
{
	return json_put_bool(c->out, "open", engine_access_is_open(c->g), e);
}
