/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enrolment codes and devices.
 */
#include "common/base/clock.h"
#include "common/base/secret.h"
#include "common/base/utf8.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "daemon/central/command/command.h"
#include "daemon/central/engine/enrol.h"
#include "daemon/central/engine/meta_names.h"

#include <string.h>

static enum err_code
root_sha256(struct command *c, struct hash32 *out, struct err *e)
{
	struct buf pem;
	enum err_code code;

	buf_init(&pem, PKI_INPUT_MAX);
	code = store_meta_get(c->store, META_ROOT_PEM, &pem, e);
	if (code == ERR_OK)
		code = pki_cert_sha256(crypto_part(pem.ptr, pem.len), out, e);
	buf_fini(&pem);
	return code;
}

/* What the journal keeps of the code with this text. */
static enum err_code
code_object(struct command *c, const char *text,
    char out[static ENROL_OBJECT_CAP], struct err *e)
{
	struct enrol_code parsed;
	struct office_code kept;
	enum err_code code;

	if (!enrol_code_parse(text, &parsed))
		return err_set(e, ERR_CORRUPT, 0, "a new code does not read");
	code = store_code_get(c->store, parsed.id, &kept, e);
	secret_wipe(&parsed, sizeof(parsed));
	if (code != ERR_OK)
		return code;
	enrol_code_object(&kept, out);
	buf_fini(&kept.answer);
	return ERR_OK;
}

/* In the open transaction. */
static enum err_code
code_make(struct command *c, const struct office_user *u,
    char text[ENROL_CODE_TEXT_MAX], uint64_t *expires, struct err *e)
{
	struct enrol_code_order order = { .user = u->id,
		.label = command_text_or(c, "label", NULL),
		.needs_approval =
		    json_is_true(json_object_get(c->in, "needs_approval")),
		.now_ms = clock_unix_ms() };
	char object[ENROL_OBJECT_CAP];
	const struct audit_entry entry = { .actor = c->acting,
		.action = "code.make",
		.object = object,
		.reason = order.needs_approval ? "device needs approval"
		                               : "counts as approved" };
	struct log_entry logged;
	enum err_code code;

	if (order.label != NULL &&
	    (strlen(order.label) > 64 ||
	        !utf8_is_printable(order.label, strlen(order.label), false)))
		return err_set(e, ERR_INVALID, 0,
		    "a label is one line of at most 64 bytes");
	if ((code = root_sha256(c, &order.root_sha256, e)) != ERR_OK ||
	    (code = enrol_code_make(c->store, &order, text, expires, e)) !=
	        ERR_OK ||
	    (code = code_object(c, text, object, e)) != ERR_OK)
		return code;
	return engine_audit(c->g, &entry, &logged, e);
}

enum err_code
command_device_code(struct command *c, struct err *e)
{
	char text[ENROL_CODE_TEXT_MAX];
	const char *who, *host = command_text_or(c, "host", NULL);
	struct office_user u;
	uint64_t expires;
	enum err_code code;

	if ((code = command_text(c, "user", &who, e)) != ERR_OK ||
	    (code = store_begin(c->store, e)) != ERR_OK ||
	    (code = command_user(c, who, &u, e)) != ERR_OK)
		return code;
	if (!u.is_active)
		return err_set(
		    e, ERR_INVALID, 0, "%.80s does not work here now", who);
	if ((code = code_make(c, &u, text, &expires, e)) != ERR_OK ||
	    (code = store_commit(c->store, e)) != ERR_OK)
		return code;
	code = json_put_str(c->out, "code", text, e);
	secret_wipe(text, sizeof(text));
	if (code == ERR_OK)
		code = json_put_int(c->out, "expires", (int64_t)expires, e);
	if (code == ERR_OK && host != NULL)
		code = json_put_str(c->out, "office", host, e);
	return code;
}

static const char *
state_word(enum device_state state)
{
	switch (state) {
	case DEVICE_PENDING:
		return "pending";
	case DEVICE_ACTIVE:
		return "active";
	case DEVICE_REVOKED:
		return "revoked";
	case DEVICE_ENGINE:
		return "office";
	}
	return "unknown";
}

struct device_list {
	const struct command *c;
	json_t *list;
	enum err_code code;
	struct err *e;
};

static enum err_code
device_put(json_t *one, const struct office_device *d, struct err *e)
{
	enum err_code code;

	if ((code = json_put_id(one, "device", d->id, e)) != ERR_OK ||
	    (code = json_put_str(one, "label", d->label, e)) != ERR_OK ||
	    (code = json_put_str(one, "state", state_word(d->state), e)) !=
	        ERR_OK ||
	    (code = json_put_int(one, "counter", (int64_t)d->counter, e)) !=
	        ERR_OK ||
	    (code = json_put_int(
	         one, "enrolled_at", (int64_t)d->enrolled_at, e)) != ERR_OK ||
	    (code = json_put_int(one, "last_seen", (int64_t)d->last_seen, e)) !=
	        ERR_OK)
		return code;
	return d->state == DEVICE_ENGINE ? ERR_OK
	                                 : json_put_id(one, "user", d->user, e);
}

/* The last command that the device was given: {"command", "no", "expires",
 * "done"}; none is no member. */
static enum err_code
told_put(const struct command *c, struct id device, json_t *one, struct err *e)
{
	struct office_command told;
	json_t *json = NULL;
	enum err_code code = store_command_last(c->store, device, &told, e);

	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	json = json_object();
	if ((code = json_put_str(json, "command",
	         device_command_word(told.kind), e)) != ERR_OK ||
	    (code = json_put_int(json, "no", (int64_t)told.no, e)) != ERR_OK ||
	    (code = json_put_int(json, "expires", (int64_t)told.expires, e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "done", (int64_t)told.done, e)) !=
	        ERR_OK) {
		json_decref(json);
		return code;
	}
	return json_put_take(one, "told", json, e);
}

static bool
device_append(void *arg, const struct office_device *d)
{
	struct device_list *l = arg;
	json_t *one = json_object();

	l->code = device_put(one, d, l->e);
	if (l->code == ERR_OK)
		l->code = told_put(l->c, d->id, one, l->e);
	if (l->code == ERR_OK)
		l->code = json_add_take(l->list, one, l->e);
	else
		json_decref(one);
	return l->code == ERR_OK;
}

enum err_code
command_device_list(struct command *c, struct err *e)
{
	struct device_list l = { .c = c, .list = json_array(), .e = e };
	enum err_code code = store_begin_read(c->store, e);

	if (code == ERR_OK)
		code = store_devices(c->store, device_append, &l, e);
	if (code == ERR_OK)
		code = l.code;
	if (code == ERR_OK)
		return json_put_take(c->out, "devices", l.list, e);
	json_decref(l.list);
	return code;
}

static enum err_code
device_change(struct command *c, enum device_state state, struct err *e)
{
	struct device_step step = { .actor = c->acting,
		.state = state,
		.reason = command_text_or(c, "reason", NULL) };
	struct office_device d;
	const char *which;
	enum err_code code;

	if ((code = command_text(c, "device", &which, e)) != ERR_OK ||
	    (code = store_begin(c->store, e)) != ERR_OK ||
	    (code = command_device(c, which, &d, e)) != ERR_OK)
		return code;
	step.device = d.id;
	if ((code = engine_device_state(c->g, &step, e)) != ERR_OK ||
	    (code = store_commit(c->store, e)) != ERR_OK ||
	    (code = json_put_id(c->out, "device", d.id, e)) != ERR_OK)
		return code;
	return json_put_str(c->out, "state", state_word(state), e);
}

enum err_code
command_device_approve(struct command *c, struct err *e)
{
	return device_change(c, DEVICE_ACTIVE, e);
}

enum err_code
command_device_revoke(struct command *c, struct err *e)
{
	return device_change(c, DEVICE_REVOKED, e);
}

static enum err_code
device_order(struct command *c, enum device_command_kind kind, struct err *e)
{
	struct device_order order = { .actor = c->acting, .kind = kind };
	struct office_command told;
	struct office_device d;
	const char *which;
	enum err_code code;

	if ((code = command_text(c, "device", &which, e)) != ERR_OK ||
	    (code = command_text(c, "reason", &order.reason, e)) != ERR_OK ||
	    (code = store_begin(c->store, e)) != ERR_OK ||
	    (code = command_device(c, which, &d, e)) != ERR_OK)
		return code;
	order.device = d.id;
	if ((code = engine_device_order(c->g, &order, &told, e)) != ERR_OK ||
	    (code = store_commit(c->store, e)) != ERR_OK ||
	    (code = json_put_id(c->out, "device", d.id, e)) != ERR_OK ||
	    (code = json_put_str(
	         c->out, "command", device_command_word(kind), e)) != ERR_OK ||
	    (code = json_put_int(c->out, "no", (int64_t)told.no, e)) !=
	        ERR_OK ||
	    (code = json_put_int(
	         c->out, "expires", (int64_t)told.expires, e)) != ERR_OK ||
	    (code = json_put_int(c->out, "counter", (int64_t)d.counter, e)) !=
	        ERR_OK)
		return code;
	return json_put_int(c->out, "last_seen", (int64_t)d.last_seen, e);
}

enum err_code
command_device_lock(struct command *c, struct err *e)
{
	return device_order(c, DEVICE_COMMAND_LOCK, e);
}

enum err_code
command_device_wipe(struct command *c, struct err *e)
{
	return device_order(c, DEVICE_COMMAND_WIPE, e);
}
