/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may see what, after a restore: the backup knows nothing of devices that
 * were revoked and grants that ended since.  Until a list that was kept
 * elsewhere says so, or two administrators do, nothing is pulled; what devices
 * hand over is received all the while.
 */
#include "common/base/clock.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/engine/device_entry.h"
#include "daemon/central/engine/engine_int.h"
#include "daemon/central/engine/meta_names.h"

#define CONTEXT "vb/access/v1\n"
#define OPEN "open"

static const struct json_limits list_limits = {
	.bytes_max = ACCESS_LIST_MAX, .tokens_max = 4000000, .depth_max = 4
};

static const struct id nobody; /* the host's operator */

enum err_code
access_load(struct engine *g, struct err *e)
{
	struct buf said;
	enum err_code code;

	buf_init(&said, 16);
	code = store_meta_get(g->store, META_ACCESS, &said, e);
	/* An office that was never restored has no such name. */
	g->is_access_open = code == ERR_NOTFOUND ||
	    (code == ERR_OK && strcmp(said.ptr, OPEN) == 0);
	buf_fini(&said);
	if (code == ERR_NOTFOUND)
		code = ERR_OK;
	return code == ERR_OK
	    ? store_erasures_wait(g->store, &g->has_kept_erasures, e)
	    : code;
}

bool
engine_access_is_open(const struct engine *g)
{
	return g->is_access_open;
}

static enum err_code
audit(struct engine *g, struct id actor, const char *action, const char *object,
    struct err *e)
{
	const struct audit_entry a = { .actor = actor,
		.action = action,
		.object = object,
		.reason = "after a restore" };
	struct log_entry entry;

	return engine_audit(g, &a, &entry, e);
}

static enum err_code
open_and_commit(struct engine *g, struct err *e)
{
	enum err_code code =
	    store_meta_put(g->store, META_ACCESS, OPEN, sizeof(OPEN) - 1, e);

	if (code == ERR_OK)
		code = store_commit(g->store, e);
	if (code == ERR_OK) {
		g->is_access_open = true;
		g->wakes_all = true;
	}
	return code;
}

enum err_code
engine_access_confirm(
    struct engine *g, const struct id admins[static 2], struct err *e)
{
	enum err_code code = store_begin(g->store, e);

	for (size_t i = 0; i < 2 && code == ERR_OK; i++)
		code = audit(g, admins[i], "access.confirm", "office", e);
	if (code == ERR_OK)
		code = open_and_commit(g, e);
	store_rollback(g->store);
	return code;
}

/* ---- the list ---- */

struct listing {
	struct engine *g;
	json_t *list;
	struct id user; /* whose grants are listed */
	enum err_code code;
	struct err *e;
};

static bool
list_user(void *arg, const struct office_user *u)
{
	struct listing *l = arg;
	json_t *one = json_object();

	if (u->is_active) { /* who is not listed does not work here */
		json_decref(one);
		return true;
	}
	l->code = json_put_id(one, "user", u->id, l->e);
	if (l->code == ERR_OK)
		l->code = json_add_take(l->list, one, l->e);
	else
		json_decref(one);
	return l->code == ERR_OK;
}

static bool
list_device(void *arg, const struct office_device *d)
{
	struct listing *l = arg;
	json_t *one;

	if (d->state != DEVICE_REVOKED)
		return true;
	one = json_object();
	if ((l->code = json_put_id(one, "device", d->id, l->e)) == ERR_OK &&
	    (l->code = json_put_id(one, "user", d->user, l->e)) == ERR_OK &&
	    (l->code = json_put_str(one, "label", d->label, l->e)) == ERR_OK &&
	    (l->code = json_put_hex(
	         one, "sign_pub", d->sign_pub.b, SIGN_PUB_LEN, l->e)) == ERR_OK)
		l->code = json_add_take(l->list, one, l->e);
	else
		json_decref(one);
	return l->code == ERR_OK;
}

static bool
list_grant(void *arg, const char *scope, uint64_t since)
{
	struct listing *l = arg;
	json_t *one = json_object();

	(void)since;
	if ((l->code = json_put_id(one, "user", l->user, l->e)) == ERR_OK &&
	    (l->code = json_put_str(one, "scope", scope, l->e)) == ERR_OK)
		l->code = json_add_take(l->list, one, l->e);
	else
		json_decref(one);
	return l->code == ERR_OK;
}

static bool
list_grants_of(void *arg, const struct office_user *u)
{
	struct listing *l = arg;
	enum err_code code;

	l->user = u->id;
	code = store_scopes_of_user(l->g->store, u->id, list_grant, l, l->e);
	if (l->code == ERR_OK)
		l->code = code;
	return l->code == ERR_OK;
}

/* One list of the three, under its name. */
static enum err_code
put_list(struct listing *l, json_t *json, const char *name, struct err *e)
{
	enum err_code code = ERR_OK;

	l->list = json_array();
	if (strcmp(name, "left") == 0)
		code = store_users(l->g->store, list_user, l, e);
	else if (strcmp(name, "revoked") == 0)
		code = store_devices(l->g->store, list_device, l, e);
	else if (strcmp(name, "erasures") == 0)
		code = access_list_erasures(l->g, l->list, e);
	else
		code = store_users(l->g->store, list_grants_of, l, e);
	if (code == ERR_OK)
		code = l->code;
	if (code == ERR_OK)
		return json_put_take(json, name, l->list, e);
	json_decref(l->list);
	return code;
}

static enum err_code
sign_list(struct engine *g, const json_t *list, json_t *out, struct err *e)
{
	struct sign_sig sig;
	struct buf bytes;
	enum err_code code;

	buf_init(&bytes, ACCESS_LIST_MAX);
	(void)buf_add_str(&bytes, CONTEXT);
	code = json_print(list, &bytes, e);
	if (code == ERR_OK)
		sign_make(&g->receipt_key, bytes.ptr, bytes.len, &sig);
	if (code == ERR_OK)
		code = json_put_base64(out, "signed", bytes.ptr, bytes.len, e);
	if (code == ERR_OK)
		code = json_put_base64(out, "sig", sig.b, sizeof(sig.b), e);
	buf_fini(&bytes);
	return code;
}

enum err_code
engine_access_list(struct engine *g, json_t *out, struct err *e)
{
	struct listing l = { .g = g, .e = e };
	json_t *list = json_object();
	struct hash32 link;
	uint64_t seq = 0;
	enum err_code code = store_begin_read(g->store, e);

	if (code == ERR_OK &&
	    (code = store_log_head(g->store, &seq, &link, e)) == ERR_OK &&
	    (code = json_put_id(list, "office", g->office, e)) == ERR_OK &&
	    (code = json_put_int(list, "epoch", (int64_t)g->epoch, e)) ==
	        ERR_OK &&
	    (code = json_put_int(list, "seq", (int64_t)seq, e)) == ERR_OK &&
	    (code = json_put_int(list, "time", (int64_t)clock_unix_ms(), e)) ==
	        ERR_OK &&
	    (code = put_list(&l, list, "left", e)) == ERR_OK &&
	    (code = put_list(&l, list, "revoked", e)) == ERR_OK &&
	    (code = put_list(&l, list, "grants", e)) == ERR_OK &&
	    (code = put_list(&l, list, "erasures", e)) == ERR_OK &&
	    (code = sign_list(g, list, out, e)) == ERR_OK &&
	    (code = json_put_int(out, "seq", (int64_t)seq, e)) == ERR_OK)
		code = json_put_int(out, "epoch", (int64_t)g->epoch, e);
	store_rollback(g->store);
	json_decref(list);
	return code;
}

/* ---- taking it in ---- */

/* The list, if this office signed it. */
static enum err_code
open_list(
    const struct engine *g, const json_t *file, json_t **out, struct err *e)
{
	const struct sign_pub pub = sign_pub_of(&g->receipt_key);
	const size_t context = sizeof(CONTEXT) - 1;
	struct sign_sig sig;
	struct buf bytes, sig_bytes;
	enum err_code code;

	buf_init(&bytes, ACCESS_LIST_MAX);
	buf_init(&sig_bytes, sizeof(sig.b) + 1);
	if ((code = json_get_base64(file, "signed", &bytes, e)) != ERR_OK ||
	    (code = json_get_base64(file, "sig", &sig_bytes, e)) != ERR_OK)
		goto out;
	if (sig_bytes.len == sizeof(sig.b))
		memcpy(sig.b, sig_bytes.ptr, sizeof(sig.b));
	if (sig_bytes.len != sizeof(sig.b) || bytes.len < context ||
	    memcmp(bytes.ptr, CONTEXT, context) != 0 ||
	    !sign_check(&pub, bytes.ptr, bytes.len, &sig))
		code = err_set(
		    e, ERR_AUTH, 0, "this office did not sign that list");
	if (code == ERR_OK)
		code = json_parse(bytes.ptr + context, bytes.len - context,
		    &list_limits, out, e);
out:
	buf_fini(&bytes);
	buf_fini(&sig_bytes);
	return code == ERR_MALFORMED
	    ? err_set(e, ERR_INVALID, 0, "that is no list of access")
	    : code;
}

static enum err_code
check_age(const struct engine *g, const json_t *list,
    const struct version *backup, struct err *e)
{
	struct version of;
	struct id office;
	enum err_code code;

	if ((code = json_get_id(list, "office", &office, e)) != ERR_OK ||
	    (code = json_get_uint(list, "epoch", &of.epoch, e)) != ERR_OK ||
	    (code = json_get_uint(list, "seq", &of.seq, e)) != ERR_OK)
		return code;
	if (!id_equal(office, g->office))
		return err_set(
		    e, ERR_AUTH, 0, "that list is of another office");
	if (version_compare(of, *backup) < 0 || of.epoch >= g->epoch)
		return err_set(e, ERR_INVALID, 0,
		    "that list is older than the backup: take the newest");
	return ERR_OK;
}

static enum err_code
end_user(struct engine *g, const json_t *one, struct err *e)
{
	const struct schema_type *type = schema_account_type(g->schema);
	const struct office_edit edit = { type->account.active, json_false() };
	struct office_save save = {
		.type = type->name, .edits = &edit, .n_edits = 1
	};
	struct office_saved saved;
	struct office_user u;
	struct id id;
	enum err_code code = json_get_id(one, "user", &id, e);

	if (code != ERR_OK)
		return code;
	code = store_user_get(g->store, id, &u, e);
	if (code == ERR_NOTFOUND || (code == ERR_OK && !u.is_active))
		return ERR_OK;
	save.record = &id;
	u.is_active = false;
	if (code != ERR_OK ||
	    (code = engine_save_step(g, &save, &saved, e)) != ERR_OK ||
	    (code = store_user_put(g->store, &u, e)) != ERR_OK)
		return code;
	return audit(g, nobody, "user.end", id_print(id).s, e);
}

/* One that enrolled and was revoked after the backup is made known as that. */
static enum err_code
add_revoked(struct engine *g, struct id id, const json_t *one, struct err *e)
{
	struct office_device d = { .id = id,
		.state = DEVICE_REVOKED,
		.link = change_link_start(g->office, id) };
	char object[DEVICE_ENTRY_CAP];
	const char *label;
	size_t len;
	enum err_code code;

	if ((code = json_get_id(one, "user", &d.user, e)) != ERR_OK ||
	    (code = json_get_str(one, "label", &label, &len, e)) != ERR_OK ||
	    (code = json_get_hex(
	         one, "sign_pub", d.sign_pub.b, SIGN_PUB_LEN, e)) != ERR_OK)
		return code;
	(void)snprintf(d.label, sizeof(d.label), "%s", label);
	device_entry(&d, NULL, object);
	code = store_device_put(g->store, &d, e);
	return code != ERR_OK ? code
	                      : audit(g, nobody, "device.revoke", object, e);
}

static enum err_code
revoke_device(struct engine *g, const json_t *one, struct err *e)
{
	struct device_step step = { .state = DEVICE_REVOKED,
		.reason = "after a restore" };
	struct office_device d;
	enum err_code code = json_get_id(one, "device", &step.device, e);

	if (code != ERR_OK)
		return code;
	code = store_device_get(g->store, step.device, &d, e);
	if (code == ERR_NOTFOUND)
		return add_revoked(g, step.device, one, e);
	if (code != ERR_OK || d.state == DEVICE_REVOKED)
		return code;
	return engine_device_state(g, &step, e);
}

static bool
has_grant(const json_t *list, const json_t *grant)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), grant))
			return true;
	return false;
}

/* Give or end each grant of `from` that `other` does not have. */
static enum err_code
move_grants(struct engine *g, const json_t *from, const json_t *other, bool end,
    struct err *e)
{
	for (size_t i = 0; i < json_array_size(from); i++) {
		const json_t *one = json_array_get(from, i);
		struct grant_step step = { .reason = "after a restore",
			.end = end };
		struct office_user u;
		size_t len;
		enum err_code code;

		if (has_grant(other, one))
			continue;
		if ((code = json_get_id(one, "user", &step.user, e)) !=
		        ERR_OK ||
		    (code = json_get_str(one, "scope", &step.scope, &len, e)) !=
		        ERR_OK)
			return code;
		code = store_user_get(g->store, step.user, &u, e);
		if (code == ERR_NOTFOUND)
			continue; /* who is not here is given nothing */
		if (code == ERR_OK)
			code = engine_grant(g, &step, e);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static enum err_code
take_list(struct engine *g, const json_t *list, struct err *e)
{
	struct listing l = { .g = g, .e = e };
	json_t *left, *revoked, *grants, *here = json_object();
	enum err_code code;

	if ((code = json_get_arr(list, "left", &left, e)) != ERR_OK ||
	    (code = json_get_arr(list, "revoked", &revoked, e)) != ERR_OK ||
	    (code = json_get_arr(list, "grants", &grants, e)) != ERR_OK ||
	    (code = put_list(&l, here, "grants", e)) != ERR_OK)
		goto out;
	for (size_t i = 0; i < json_array_size(left) && code == ERR_OK; i++)
		code = end_user(g, json_array_get(left, i), e);
	for (size_t i = 0; i < json_array_size(revoked) && code == ERR_OK; i++)
		code = revoke_device(g, json_array_get(revoked, i), e);
	if (code == ERR_OK)
		code = move_grants(
		    g, json_object_get(here, "grants"), grants, true, e);
	if (code == ERR_OK)
		code = move_grants(
		    g, grants, json_object_get(here, "grants"), false, e);
	/* A list of an older version has none. */
	if (code == ERR_OK)
		code = access_take_erasures(
		    g, json_object_get(list, "erasures"), e);
out:
	json_decref(here);
	return code;
}

enum err_code
engine_access_restore(struct engine *g, const json_t *file,
    const struct version *backup, struct err *e)
{
	json_t *list = NULL;
	enum err_code code = open_list(g, file, &list, e);

	if (code == ERR_OK &&
	    (code = check_age(g, list, backup, e)) == ERR_OK &&
	    (code = store_begin(g->store, e)) == ERR_OK &&
	    (code = take_list(g, list, e)) == ERR_OK &&
	    (code = audit(g, nobody, "access.restore", "office", e)) == ERR_OK)
		code = open_and_commit(g, e);
	store_rollback(g->store);
	json_decref(list);
	return code;
}
