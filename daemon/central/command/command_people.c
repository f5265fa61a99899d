/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users and what they may see.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/utf8.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"
#include "daemon/central/setup/passphrase.h"

/* The role's code; its label in any case is understood too. */
static enum err_code
role_find(
    const struct command *c, const char *said, const char **out, struct err *e)
{
	const struct schema_type *type =
	    schema_account_type(engine_schema(c->g));
	const struct schema_list *roles =
	    schema_find_field(type, type->account.role)->codes;
	struct buf known;
	enum err_code code;

	buf_init(&known, 4096);
	for (size_t i = 0; i < roles->items_n; i++)
		if (strcasecmp(roles->items[i].code, said) == 0 ||
		    strcasecmp(roles->items[i].label, said) == 0) {
			*out = roles->items[i].code;
			buf_fini(&known);
			return ERR_OK;
		}
	for (size_t i = 0; i < roles->items_n; i++)
		(void)buf_printf(
		    &known, "%s%s", i > 0 ? ", " : "", roles->items[i].code);
	code = err_set(e, ERR_INVALID, 0,
	    "there is no role %.40s; there are %.160s", said, known.ptr);
	buf_fini(&known);
	return code;
}

static enum err_code
audit(struct command *c, const char *action, const char *object,
    const char *reason, struct err *e)
{
	const struct audit_entry entry = { .actor = c->acting,
		.action = action,
		.object = object,
		.reason = reason };
	struct log_entry logged;

	return engine_audit(c->g, &entry, &logged, e);
}

/* The record that devices know the user by; its id is the user's.  In the
 * transaction that writes the user's row, so that one never is without the
 * other. */
static enum err_code
user_record_new(struct command *c, const struct office_user *u,
    struct office_saved *saved, struct err *e)
{
	const struct schema_type *type =
	    schema_account_type(engine_schema(c->g));
	json_t *name = json_string(u->name), *role = json_string(u->role);
	const struct office_edit edits[] = { { type->account.name, name },
		{ type->account.role, role },
		{ type->account.active, json_true() } };
	struct office_save save = { .author = c->acting,
		.type = type->name,
		.edits = edits,
		.n_edits = sizeof(edits) / sizeof(edits[0]) };
	char here[65];
	enum err_code code = name == NULL || role == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : ERR_OK;

	if (code == ERR_OK && !id_is_zero(u->id)) {
		code = store_record_type(c->store, u->id, here, e);
		if (code == ERR_OK)
			save.record = &u->id;
		else
			save.fresh = &u->id;
		if (code == ERR_NOTFOUND)
			code = ERR_OK;
	}
	if (code == ERR_OK)
		code = engine_save_step(c->g, &save, saved, e);

	json_decref(name);
	json_decref(role);
	return code;
}

/* The id of a colleague whom a restored office has forgotten; zero: none was
 * given. */
static enum err_code
forgotten_id(struct command *c, struct id *out, struct err *e)
{
	const char *text = command_text_or(c, "id", NULL);
	struct office_user known;
	enum err_code code;

	if (text == NULL)
		return ERR_OK;
	if (!id_parse(text, out) || id_is_zero(*out))
		return err_set(e, ERR_INVALID, 0, "%.60s is no id", text);
	code = store_user_get(c->store, *out, &known, e);
	if (code == ERR_OK)
		return err_set(
		    e, ERR_INVALID, 0, "%.80s has this id", known.name);
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

/* What a new colleague is of whom nobody said. */
static const char *
usual_role(const struct command *c)
{
	const char *role =
	    schema_account_type(engine_schema(c->g))->account.usual;

	return role == NULL ? "" : role;
}

enum err_code
command_user_add(struct command *c, struct err *e)
{
	const char *passphrase = command_text_or(c, "passphrase", NULL);
	const char *name, *role = NULL;
	struct office_user u = { .is_active = true };
	struct office_saved saved;
	enum err_code code;

	if ((code = command_text(c, "name", &name, e)) != ERR_OK ||
	    (code = role_find(c, command_text_or(c, "role", usual_role(c)),
	         &role, e)) != ERR_OK)
		return code;
	if (strlen(name) >= sizeof(u.name) ||
	    !utf8_is_printable(name, strlen(name), false))
		return err_set(e, ERR_INVALID, 0, "a name is one line of text");
	if (passphrase != NULL &&
	    (code = passphrase_sound(crypto_part_str(passphrase), e)) != ERR_OK)
		return code;
	(void)snprintf(u.name, sizeof(u.name), "%s", name);
	(void)snprintf(u.role, sizeof(u.role), "%s", role);
	if ((code = store_begin(c->store, e)) != ERR_OK ||
	    (code = forgotten_id(c, &u.id, e)) != ERR_OK ||
	    (code = user_record_new(c, &u, &saved, e)) != ERR_OK)
		return code;
	u.id = saved.id;
	if ((code = store_user_put(c->store, &u, e)) != ERR_OK ||
	    (passphrase != NULL &&
	        (code = passphrase_put(c->store, u.id,
	             crypto_part_str(passphrase), e)) != ERR_OK) ||
	    (code = audit(c, "user.add", id_print(u.id).s, NULL, e)) !=
	        ERR_OK ||
	    (code = store_commit(c->store, e)) != ERR_OK)
		return code;
	return json_put_id(c->out, "user", u.id, e);
}

struct user_list {
	json_t *list;
	enum err_code code;
	struct err *e;
};

static bool
user_append(void *arg, const struct office_user *u)
{
	struct user_list *l = arg;
	json_t *one = json_object();

	if ((l->code = json_put_id(one, "user", u->id, l->e)) != ERR_OK ||
	    (l->code = json_put_str(one, "name", u->name, l->e)) != ERR_OK ||
	    (l->code = json_put_str(one, "role", u->role, l->e)) != ERR_OK ||
	    (l->code = json_put_bool(one, "active", u->is_active, l->e)) !=
	        ERR_OK) {
		json_decref(one);
		return false;
	}
	l->code = json_add_take(l->list, one, l->e);
	return l->code == ERR_OK;
}

enum err_code
command_user_list(struct command *c, struct err *e)
{
	struct user_list l = { .list = json_array(), .e = e };
	enum err_code code = store_begin_read(c->store, e);

	if (code == ERR_OK)
		code = store_users(c->store, user_append, &l, e);
	if (code == ERR_OK)
		code = l.code;
	if (code == ERR_OK)
		return json_put_take(c->out, "users", l.list, e);
	json_decref(l.list);
	return code;
}

#define NAMES_MAX 512

/* What a user holds, collected before it is ended. */
struct holdings {
	struct id user;
	char scopes[NAMES_MAX][128];
	size_t n_scopes;
	struct id devices[NAMES_MAX];
	size_t n_devices;
};

static bool
scope_collect(void *arg, const char *scope, uint64_t since)
{
	struct holdings *h = arg;

	(void)since;
	(void)snprintf(
	    h->scopes[h->n_scopes], sizeof(h->scopes[0]), "%s", scope);
	return ++h->n_scopes < NAMES_MAX;
}

static bool
device_collect(void *arg, const struct office_device *d)
{
	struct holdings *h = arg;

	if (id_equal(d->user, h->user) &&
	    (d->state == DEVICE_ACTIVE || d->state == DEVICE_PENDING))
		h->devices[h->n_devices++] = d->id;
	return h->n_devices < NAMES_MAX;
}

/* End every grant and revoke every device, in the open transaction. */
static enum err_code
holdings_end(
    struct command *c, struct holdings *h, const char *reason, struct err *e)
{
	enum err_code code;

	if ((code = store_scopes_of_user(
	         c->store, h->user, scope_collect, h, e)) != ERR_OK ||
	    (code = store_devices(c->store, device_collect, h, e)) != ERR_OK)
		return code;
	for (size_t i = 0; i < h->n_scopes && code == ERR_OK; i++) {
		const struct grant_step step = { .actor = c->acting,
			.user = h->user,
			.scope = h->scopes[i],
			.reason = reason,
			.end = true };

		code = engine_grant(c->g, &step, e);
	}
	for (size_t i = 0; i < h->n_devices && code == ERR_OK; i++) {
		const struct device_step step = { .actor = c->acting,
			.device = h->devices[i],
			.state = DEVICE_REVOKED,
			.reason = reason };

		code = engine_device_state(c->g, &step, e);
	}
	return code;
}

enum err_code
command_user_end(struct command *c, struct err *e)
{
	const char *reason = command_text_or(c, "reason", "left");
	const struct schema_type *type =
	    schema_account_type(engine_schema(c->g));
	const struct office_edit edit = { type->account.active, json_false() };
	struct office_save save = { .author = c->acting,
		.type = type->name,
		.edits = &edit,
		.n_edits = 1 };
	struct office_saved saved;
	struct office_user u;
	struct holdings *h;
	const char *who;
	enum err_code code;

	if ((code = command_text(c, "user", &who, e)) != ERR_OK ||
	    (code = store_begin(c->store, e)) != ERR_OK ||
	    (code = command_user(c, who, &u, e)) != ERR_OK)
		return code;
	save.record = &u.id;
	code = engine_save_step(c->g, &save, &saved, e);
	if (code != ERR_OK)
		return code;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	h->user = u.id;
	u.is_active = false;
	if ((code = store_user_put(c->store, &u, e)) == ERR_OK &&
	    (code = holdings_end(c, h, reason, e)) == ERR_OK &&
	    (code = audit(c, "user.end", id_print(u.id).s, reason, e)) ==
	        ERR_OK &&
	    (code = store_commit(c->store, e)) == ERR_OK)
		code = json_put_id(c->out, "user", u.id, e);
	free(h);
	return code;
}

/* Whether records of the type are a scope of their own that people are given.
 */
static bool
is_scope(const struct command *c, const char *name)
{
	const struct schema_type *type = schema_type(engine_schema(c->g), name);

	return type != NULL && schema_is_own_scope(type) &&
	    !schema_stays_at_office(type);
}

/* "case:<id>" out of that or of the id alone; the record must be there. */
static enum err_code
scope_find(struct command *c, const char *said, char out[static 128],
    struct id *record_out, struct err *e)
{
	const char *colon = strchr(said, ':');
	struct record r;
	struct id id;
	enum err_code code;

	if (!id_parse(colon == NULL ? said : colon + 1, &id))
		return err_set(e, ERR_INVALID, 0,
		    "a scope is a case's id, not %.60s", said);
	code = store_record_get(c->store, id, &r, e);
	if (code == ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND, 0, "there is no case %.60s",
		    colon == NULL ? said : colon + 1);
	if (code != ERR_OK)
		return code;
	(void)snprintf(out, 128, "%s:%s", r.type, id_print(id).s);
	if (!is_scope(c, r.type))
		code = err_set(e, ERR_INVALID, 0,
		    "people are given cases, and %.60s is a %.40s", said,
		    r.type);
	record_fini(&r);
	if (code != ERR_OK)
		return code;
	if (colon != NULL && strcmp(out, said) != 0)
		return err_set(
		    e, ERR_INVALID, 0, "%.60s is not of that type", said);
	*record_out = id;
	return ERR_OK;
}

static enum err_code
allocate(struct command *c, struct id record, const struct office_user *u,
    struct err *e)
{
	struct record r;
	enum err_code code = store_record_get(c->store, record, &r, e);

	if (code != ERR_OK)
		return code;
	code = command_allocate(
	    c, schema_type(engine_schema(c->g), r.type), r.doc, u, e);
	record_fini(&r);
	return code;
}

static enum err_code
grant_change(struct command *c, bool end, struct err *e)
{
	struct grant_step step = { .actor = c->acting,
		.reason = command_text_or(c, "reason", NULL),
		.end = end };
	const char *who, *said;
	struct office_user u;
	char scope[128];
	struct id record;
	enum err_code code;

	if ((code = command_text(c, "user", &who, e)) != ERR_OK ||
	    (code = command_text(c, "scope", &said, e)) != ERR_OK ||
	    (code = store_begin(c->store, e)) != ERR_OK ||
	    (code = command_user(c, who, &u, e)) != ERR_OK ||
	    (code = scope_find(c, said, scope, &record, e)) != ERR_OK)
		return code;
	if (!end && !u.is_active)
		return err_set(
		    e, ERR_INVALID, 0, "%.80s does not work here now", who);
	if (!end && (code = allocate(c, record, &u, e)) != ERR_OK)
		return code;
	step.user = u.id;
	step.scope = scope;
	if ((code = engine_grant(c->g, &step, e)) != ERR_OK ||
	    (code = store_commit(c->store, e)) != ERR_OK ||
	    (code = json_put_id(c->out, "id", record, e)) != ERR_OK ||
	    (code = json_put_id(c->out, "user", u.id, e)) != ERR_OK)
		return code;
	return json_put_str(c->out, "scope", scope, e);
}

enum err_code
command_grant_add(struct command *c, struct err *e)
{
	return grant_change(c, false, e);
}

enum err_code
command_grant_end(struct command *c, struct err *e)
{
	return grant_change(c, true, e);
}
