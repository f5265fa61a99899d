/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts that need two people: who they are, and what waits for a second one.
 */
#include "common/base/clock.h"
#include "common/core/schema_dual.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"
#include "daemon/central/engine/engine_dual.h"
#include "daemon/central/setup/passphrase.h"

enum err_code
command_person(struct command *c, struct err *e)
{
	const char *passphrase = command_text_or(c, "passphrase", NULL);
	enum err_code code;

	if (id_is_zero(c->acting)) {
		c->next = "Say who you are with --as USER.";
		return err_set(e, ERR_INVALID, 0,
		    "this needs two people, and each says who they are");
	}
	if (passphrase == NULL)
		return err_set(
		    e, ERR_INVALID, 0, "the passphrase of who acts is needed");
	code = store_begin_read(c->store, e);
	if (code == ERR_OK)
		code = passphrase_check(
		    c->store, c->acting, crypto_part_str(passphrase), e);
	store_rollback(c->store);
	if (code != ERR_NOTFOUND && code != ERR_AUTH)
		return code;
	c->next = "Try again; nothing was changed. A colleague without a "
	          "passphrase gets one with user passphrase.";
	return err_set(e, ERR_AUTH, 0, "that is not their passphrase");
}

/* What the act is called, and the title of the record that its object begins
 * with. */
static enum err_code
words_put(
    struct command *c, const struct office_dual *d, json_t *out, struct err *e)
{
	const struct schema_dual *act =
	    schema_dual(engine_schema(c->g), d->act);
	char text[ID_TEXT_LEN + 1];
	struct id id;
	enum err_code code =
	    json_put_str(out, "label", act == NULL ? d->act : act->label, e);

	(void)snprintf(text, sizeof(text), "%.*s", ID_TEXT_LEN, d->object);
	if (code != ERR_OK || !id_parse(text, &id))
		return code;
	return command_title_put(c, out, "title", id, e);
}

enum err_code
command_dual_put(
    struct command *c, const struct office_dual *d, json_t *out, struct err *e)
{
	static const char *const states[] = { "", "waits", "confirmed",
		"withdrawn" };
	const char *state = states[d->state];
	struct office_user u;
	enum err_code code = store_user_get(c->store, d->proposer, &u, e);

	if (code != ERR_OK)
		return code;
	if (d->state == DUAL_WAITS && d->expires <= clock_unix_ms())
		state = "expired";
	if ((code = json_put_id(out, "proposal", d->id, e)) != ERR_OK ||
	    (code = json_put_str(out, "act", d->act, e)) != ERR_OK ||
	    (code = json_put_str(out, "about", d->object, e)) != ERR_OK ||
	    (code = json_put_str(out, "state", state, e)) != ERR_OK ||
	    (code = json_put_id(out, "by", d->proposer, e)) != ERR_OK ||
	    (code = json_put_str(out, "by_name", u.name, e)) != ERR_OK ||
	    (code = json_put_str(out, "reason", d->reason, e)) != ERR_OK ||
	    (code = json_put_int(out, "at", (int64_t)d->proposed, e)) !=
	        ERR_OK ||
	    (code = json_put_int(out, "until", (int64_t)d->expires, e)) !=
	        ERR_OK ||
	    (code = words_put(c, d, out, e)) != ERR_OK)
		return code;
	if (id_is_zero(d->decider))
		return json_put_take(out, "second", json_null(), e);
	return json_put_id(out, "second", d->decider, e);
}

struct listing {
	struct command *c;
	json_t *list;
	enum err_code code;
	struct err *e;
};

static bool
list_one(void *arg, const struct office_dual *d)
{
	struct listing *l = arg;
	json_t *one = json_object();

	l->code = command_dual_put(l->c, d, one, l->e);
	if (l->code == ERR_OK)
		l->code = json_add_take(l->list, one, l->e);
	else
		json_decref(one);
	return l->code == ERR_OK;
}

enum err_code
command_dual_list(struct command *c, struct err *e)
{
	struct listing l = {
		.c = c, .list = json_array(), .code = ERR_OK, .e = e
	};
	bool all = json_is_true(json_object_get(c->in, "all"));
	enum err_code code = store_begin_read(c->store, e);

	if (code == ERR_OK)
		code = store_duals(c->store, !all, list_one, &l, e);
	if (code == ERR_OK)
		code = l.code;
	if (code == ERR_OK)
		return json_put_take(c->out, "proposals", l.list, e);
	json_decref(l.list);
	return code;
}

enum err_code
command_dual_begin(struct command *c, struct dual_decision *how, struct err *e)
{
	const char *text;
	enum err_code code = command_text(c, "proposal", &text, e);

	if (code == ERR_OK && !id_parse(text, &how->proposal))
		code = err_set(e, ERR_INVALID, 0, "%.60s is no id", text);
	if (code == ERR_OK)
		code = command_person(c, e);
	how->actor = c->acting;
	how->reason = command_text_or(c, "reason", NULL);
	if (code != ERR_OK)
		return code;
	c->next = "Nothing was changed; visitbook-central dual list --all "
	          "tells what became of each.";
	return store_begin(c->store, e);
}

enum err_code
command_dual_withdraw(struct command *c, struct err *e)
{
	struct dual_decision how = { .act = NULL };
	struct office_dual d;
	enum err_code code = command_dual_begin(c, &how, e);

	if (code != ERR_OK ||
	    (code = engine_dual_withdraw(c->g, &how, &d, e)) != ERR_OK ||
	    (code = error_withdrawn(c->g, &d, e)) != ERR_OK ||
	    (code = command_dual_put(c, &d, c->out, e)) != ERR_OK)
		return code;
	return store_commit(c->store, e);
}
