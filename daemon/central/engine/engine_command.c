/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands to devices: written down with their audit entry, signed when the
 * device fetches them, and done when it says so.
 */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/core/query.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "daemon/central/engine/device_entry.h"
#include "daemon/central/engine/engine_int.h"
#include "daemon/central/engine/meta_names.h"

#define DAY_MS ((uint64_t)24 * 60 * 60 * 1000)

static bool
count_one(void *arg, const struct office_command *c)
{
	(void)c;
	++*(size_t *)arg;
	return true;
}

/* The next number: above the device's last, and in an epoch of its own, so
 * that one that a restored office has forgotten is never given again. */
static enum err_code
next_no(struct engine *g, struct id device, uint64_t *out, struct err *e)
{
	struct office_command last = { .no = 0 };
	enum err_code code = store_command_last(g->store, device, &last, e);

	if (code != ERR_OK && code != ERR_NOTFOUND)
		return code;
	*out = last.no < outcome_no_base(g->epoch) ? outcome_no_base(g->epoch)
	                                           : last.no;
	++*out;
	return ERR_OK;
}

enum err_code
engine_device_order(struct engine *g, const struct device_order *order,
    struct office_command *out, struct err *e)
{
	char action[32], object[COMMAND_ENTRY_CAP];
	const struct audit_entry audit = { .actor = order->actor,
		.action = action,
		.object = object,
		.reason = order->reason };
	struct office_command c = { .device = order->device,
		.kind = order->kind,
		.issued = clock_unix_ms() };
	struct office_device d;
	struct log_entry logged;
	size_t n = 0;
	enum err_code code;

	(void)snprintf(action, sizeof(action), "device.%s",
	    device_command_word(order->kind));
	c.expires = c.issued + DEVICE_COMMAND_DAYS * DAY_MS;
	if ((code = store_device_get(g->store, order->device, &d, e)) !=
	        ERR_OK ||
	    (code = store_commands_waiting(
	         g->store, d.id, c.issued, count_one, &n, e)) != ERR_OK)
		return code;
	if (d.state == DEVICE_ENGINE)
		return err_set(e, ERR_INVALID, 0, "this is the office itself");
	if (n >= DEVICE_COMMANDS_MAX)
		return err_set(e, ERR_INVALID, 0,
		    "%zu commands wait for this device already", n);
	/* The audit entry undoes itself when it fails, and comes first. */
	if ((code = next_no(g, d.id, &c.no, e)) != ERR_OK)
		return code;
	command_entry(&c, object);
	if ((code = engine_audit(g, &audit, &logged, e)) != ERR_OK ||
	    (code = store_command_add(g->store, &c, e)) != ERR_OK)
		return code;
	*out = c;
	return ERR_OK;
}

static bool
keep_no(void *arg, const struct office_command *c)
{
	*(uint64_t *)arg = c->no;
	return true;
}

enum err_code
command_waiting(
    struct engine *g, struct id device, uint64_t *no_out, struct err *e)
{
	*no_out = 0;
	return store_commands_waiting(
	    g->store, device, clock_unix_ms(), keep_no, no_out, e);
}

/* ---- what a courier fetches ---- */

struct fetch {
	struct engine *g;
	struct commands_answer *a;
	struct sign_key key;
	enum err_code code;
	struct err *e;
};

static bool
add_signed(void *arg, const struct office_command *c)
{
	struct fetch *f = arg;
	struct device_command *to = &f->a->list[f->a->n];

	device_command_init(to);
	to->office = f->g->office;
	to->device = c->device;
	to->epoch = f->g->epoch;
	to->no = c->no;
	to->kind = c->kind;
	to->time = c->issued;
	to->expires = c->expires;
	f->code = device_command_sign(to, &f->key, f->e);
	return ++f->a->n < DEVICE_COMMANDS_MAX && f->code == ERR_OK;
}

/* The command key is in memory for as long as it signs. */
static enum err_code
key_load(struct engine *g, struct sign_key *out, struct err *e)
{
	struct buf bytes;
	enum err_code code;

	buf_init(&bytes, 4096);
	code = store_meta_get(g->store, META_COMMAND_KEY, &bytes, e);
	if (code == ERR_OK && bytes.len != sizeof(out->b))
		code =
		    err_set(e, ERR_CORRUPT, 0, "%s: no key", META_COMMAND_KEY);
	if (code == ERR_OK)
		memcpy(out->b, bytes.ptr, sizeof(out->b));
	buf_wipe(&bytes);
	return code;
}

/* Does its courier's key say so?  Who stands between may want the office to
 * think that a machine was wiped. */
static bool
done_is_signed(const struct job *j)
{
	uint8_t sig[PKI_SIG_MAX];
	size_t len;

	return enc_base64_parse(
	           j->sig, strlen(j->sig), sig, sizeof(sig), &len) &&
	    j->signed_bytes.bad == ERR_OK &&
	    pki_sign_check(crypto_part_buf(&j->cert),
	        crypto_part_buf(&j->signed_bytes), crypto_part(sig, len),
	        NULL) == ERR_OK;
}

static enum err_code
fetch(struct fetch *f, const struct job *j, struct err *e)
{
	struct office_store *s = f->g->store;
	const struct id device = j->device.id;
	uint64_t done = 0, no;
	enum err_code code;

	f->a->list = calloc(DEVICE_COMMANDS_MAX, sizeof(*f->a->list));
	if (f->a->list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	if (query_number(j->target, "done", &done) && done > 0 &&
	    done_is_signed(j) &&
	    (code = store_commands_done(s, device, done, f->a->time, e)) !=
	        ERR_OK)
		return code;
	if ((code = command_waiting(f->g, device, &no, e)) != ERR_OK || no == 0)
		return code;
	if ((code = key_load(f->g, &f->key, e)) == ERR_OK)
		code = store_commands_waiting(
		    s, device, f->a->time, add_signed, f, e);
	secret_wipe(&f->key, sizeof(f->key));
	return code == ERR_OK ? f->code : code;
}

void
answer_commands(struct engine *g, struct job *j)
{
	struct commands_answer a;
	struct err e;
	struct fetch f = { .g = g, .a = &a, .code = ERR_OK, .e = &e };
	json_t *json = NULL;
	enum err_code code;

	commands_answer_init(&a);
	a.time = clock_unix_ms();
	if (!query_nonce(j->target, a.nonce)) {
		reply_problem(g, j, WORD_MALFORMED, NULL);
		return;
	}
	if ((code = store_begin(g->store, &e)) == ERR_OK &&
	    (code = fetch(&f, j, &e)) == ERR_OK)
		code = store_commit(g->store, &e);
	store_rollback(g->store);
	if (code == ERR_OK)
		code = commands_answer_to_json(&a, &json, &e);
	if (code == ERR_OK)
		reply_json(g, j, 200, json);
	else
		reply_error(g, j, &e);
	json_decref(json);
	commands_answer_fini(&a);
}
