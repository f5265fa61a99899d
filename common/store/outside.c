/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a locked data folder still tells: where the office is, its public
 * keys, the courier's key, and what waits sealed.
 */
#include "common/store/outside.h"

#include "common/base/file.h"
#include "common/core/limits.h"
#include "common/store/outside_int.h"
#include "common/store/spool.h"
#include "common/store/stored.h"
#include "common/sys/json.h"

#define OFFICE_FILE "office.json"
#define OFFICE_BYTES_MAX ((size_t)256 * 1024)

struct outside {
	struct outside_office office;
	struct spool envelopes, receipts;
	char folder[FILE_PATH_MAX];
};

static void
office_init(struct outside_office *o)
{
	*o = (struct outside_office){ 0 };
	buf_init(&o->root_pem, OFFICE_BYTES_MAX);
	buf_init(&o->issuing_pem, OFFICE_BYTES_MAX);
	buf_init(&o->courier_key_pem, OFFICE_BYTES_MAX);
	buf_init(&o->courier_cert_pem, OFFICE_BYTES_MAX);
}

void
outside_close(struct outside *o)
{
	if (o == NULL)
		return;
	buf_fini(&o->office.root_pem);
	buf_fini(&o->office.issuing_pem);
	buf_wipe(&o->office.courier_key_pem);
	buf_fini(&o->office.courier_cert_pem);
	free(o);
}

bool
outside_path(
    const struct outside *o, const char *name, char out[static FILE_PATH_MAX])
{
	return file_join(out, o->folder, name);
}

const struct outside_office *
outside_get(const struct outside *o)
{
	return &o->office;
}

static enum err_code
office_from_json(const json_t *json, struct outside_office *o, struct err *e)
{
	enum err_code code;

	if ((code = json_get_id(json, "device", &o->device, e)) != ERR_OK ||
	    (code = json_get_id(json, "user", &o->user, e)) != ERR_OK ||
	    (code = json_get_id(json, "office", &o->office, e)) != ERR_OK ||
	    (code = json_get_short(json, "address", o->address,
	         sizeof(o->address), e)) != ERR_OK ||
	    (code = json_get_hex(json, "receipt_pub", o->receipt_pub.b,
	         SIGN_PUB_LEN, e)) != ERR_OK ||
	    (code = json_get_hex(json, "sealing_pub", o->sealing_pub.b,
	         SEAL_PUB_LEN, e)) != ERR_OK ||
	    (code = json_get_long(json, "root", &o->root_pem, e)) != ERR_OK ||
	    (code = json_get_long(json, "issuing", &o->issuing_pem, e)) !=
	        ERR_OK ||
	    (code = json_get_long(
	         json, "courier_key", &o->courier_key_pem, e)) != ERR_OK ||
	    (code = json_get_long(
	         json, "courier_cert", &o->courier_cert_pem, e)) != ERR_OK)
		return code;
	o->has_command_pub = json_has(json, "command_pub");
	if (o->has_command_pub)
		return json_get_hex(
		    json, "command_pub", o->command_pub.b, SIGN_PUB_LEN, e);
	return ERR_OK;
}

enum err_code
outside_save(const char *home, const struct outside_office *o, struct err *e)
{
	char folder[FILE_PATH_MAX], path[FILE_PATH_MAX];
	json_t *json = json_object();
	struct buf text;
	enum err_code code;

	buf_init(&text, OFFICE_BYTES_MAX);
	if (!file_join(folder, home, "outside") ||
	    !file_join(path, folder, OFFICE_FILE))
		code = err_set(e, ERR_INVALID, 0, "the path is too long");
	else if ((code = file_make_folder(folder, e)) == ERR_OK &&
	    (code = json_put_id(json, "device", o->device, e)) == ERR_OK &&
	    (code = json_put_id(json, "user", o->user, e)) == ERR_OK &&
	    (code = json_put_id(json, "office", o->office, e)) == ERR_OK &&
	    (code = json_put_str(json, "address", o->address, e)) == ERR_OK &&
	    (code = json_put_hex(json, "receipt_pub", o->receipt_pub.b,
	         SIGN_PUB_LEN, e)) == ERR_OK &&
	    (code = json_put_hex(json, "sealing_pub", o->sealing_pub.b,
	         SEAL_PUB_LEN, e)) == ERR_OK &&
	    (code = json_put_str(json, "root", o->root_pem.ptr, e)) == ERR_OK &&
	    (code = json_put_str(json, "issuing", o->issuing_pem.ptr, e)) ==
	        ERR_OK &&
	    (code = json_put_str(
	         json, "courier_key", o->courier_key_pem.ptr, e)) == ERR_OK &&
	    (code = json_put_str(
	         json, "courier_cert", o->courier_cert_pem.ptr, e)) == ERR_OK &&
	    (!o->has_command_pub ||
	        (code = json_put_hex(json, "command_pub", o->command_pub.b,
	             SIGN_PUB_LEN, e)) == ERR_OK) &&
	    (code = json_print(json, &text, e)) == ERR_OK)
		code = file_save(path, text.ptr, text.len, e);
	json_decref(json);
	buf_wipe(&text);
	return code;
}

static enum err_code
office_load(struct outside *o, struct err *e)
{
	static const struct json_limits limits = {
		.bytes_max = OFFICE_BYTES_MAX, .tokens_max = 256, .depth_max = 4
	};
	char path[FILE_PATH_MAX];
	struct buf text;
	json_t *json = NULL;
	enum err_code code;

	if (!file_join(path, o->folder, OFFICE_FILE))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	buf_init(&text, OFFICE_BYTES_MAX);
	code = file_load(path, &text, e);
	if (code == ERR_OK)
		code = json_parse(text.ptr, text.len, &limits, &json, e);
	if (code == ERR_OK)
		code = office_from_json(json, &o->office, e);
	json_decref(json);
	buf_wipe(&text);
	return stored_damage(code, e);
}

enum err_code
outside_open(const char *home, struct outside **out, struct err *e)
{
	struct outside *o = calloc(1, sizeof(*o));
	enum err_code code;

	if (o == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	office_init(&o->office);
	if (!file_join(o->folder, home, "outside"))
		code = err_set(e, ERR_INVALID, 0, "the path is too long");
	else if ((code = office_load(o, e)) == ERR_OK &&
	    (code = spool_make(
	         &o->envelopes, o->folder, "envelopes", 'e', e)) == ERR_OK)
		code = spool_make(&o->receipts, o->folder, "receipts", 'r', e);
	if (code != ERR_OK) {
		outside_close(o);
		return code;
	}
	*out = o;
	return ERR_OK;
}

enum err_code
outside_hold(struct outside *o, struct err *e)
{
	return spool_hold(&o->envelopes, e);
}

void
outside_release(struct outside *o)
{
	spool_release(&o->envelopes);
}

bool
outside_is_held(const struct outside *o)
{
	return o->envelopes.fd >= 0;
}

bool
outside_expects(const struct outside *o, uint64_t counter)
{
	return spool_held_last(&o->envelopes) + 1 == counter;
}

/* What stands before the sealed bytes. */
#define BEFORE_SEALED (sizeof(((struct envelope *)0)->key_id) + SEAL_KEPT_LEN)

enum err_code
outside_envelope_add(
    struct outside *o, const struct envelope *env, struct err *e)
{
	struct buf payload;
	enum err_code code;

	buf_init(&payload, SPOOL_PAYLOAD_MAX);
	(void)buf_add(&payload, env->key_id, sizeof(env->key_id));
	(void)buf_add(&payload, env->kept.b, SEAL_KEPT_LEN);
	(void)buf_add(&payload, env->sealed.ptr, env->sealed.len);
	code = buf_check(&payload, e);
	if (code == ERR_OK)
		code = spool_append(
		    &o->envelopes, env->counter, payload.ptr, payload.len, e);
	buf_fini(&payload);
	return code;
}

struct envelope_list {
	struct envelope *items;
	size_t n, limit;
	enum err_code code;
};

static bool
envelope_collect(void *arg, uint64_t number, const void *payload, size_t len)
{
	struct envelope_list *l = arg;
	const uint8_t *p = payload;
	struct envelope *more, *env;

	if (l->n == l->limit)
		return false;
	/* Two programs that both found one missing may both have added it. */
	if (l->n > 0 && number <= l->items[l->n - 1].counter)
		return true;
	if (len < BEFORE_SEALED) {
		l->code = ERR_CORRUPT;
		return false;
	}
	more = realloc(l->items, (l->n + 1) * sizeof(*more));
	if (more == NULL) {
		l->code = ERR_NOMEM;
		return false;
	}
	l->items = more;
	env = &more[l->n++];
	env->counter = number;
	memcpy(env->key_id, p, sizeof(env->key_id));
	memcpy(env->kept.b, p + sizeof(env->key_id), SEAL_KEPT_LEN);
	buf_init(&env->sealed, SPOOL_PAYLOAD_MAX);
	if (!buf_add(&env->sealed, p + BEFORE_SEALED, len - BEFORE_SEALED))
		l->code = env->sealed.bad;
	return l->code == ERR_OK;
}

void
outside_envelopes_free(struct envelope *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_fini(&list[i].sealed);
	free(list);
}

enum err_code
outside_envelopes(struct outside *o, uint64_t after, size_t limit,
    struct envelope **out, size_t *n_out, struct err *e)
{
	struct envelope_list l = { .limit = limit, .code = ERR_OK };
	enum err_code code =
	    spool_read(&o->envelopes, after, true, envelope_collect, &l, e);

	if (code == ERR_OK && l.code != ERR_OK)
		code = err_set(e, l.code, 0, "cannot read the envelopes");
	if (code != ERR_OK) {
		outside_envelopes_free(l.items, l.n);
		return code;
	}
	*out = l.items;
	*n_out = l.n;
	return ERR_OK;
}

enum err_code
outside_envelopes_last(struct outside *o, uint64_t *out, struct err *e)
{
	return spool_last(&o->envelopes, out, e);
}

enum err_code
outside_envelopes_drop(struct outside *o, uint64_t upto, struct err *e)
{
	return spool_drop(&o->envelopes, upto, e);
}

enum err_code
outside_receipt_add(struct outside *o, const struct receipt *r, struct err *e)
{
	struct buf text;
	json_t *json = NULL;
	enum err_code code = receipt_to_json(r, true, &json, e);

	if (code != ERR_OK)
		return code;
	buf_init(&text, SPOOL_PAYLOAD_MAX);
	code = json_print(json, &text, e);
	if (code == ERR_OK)
		code = spool_append(
		    &o->receipts, r->counter, text.ptr, text.len, e);
	json_decref(json);
	buf_fini(&text);
	return code;
}

struct receipt_list {
	struct receipt *items;
	size_t n;
	enum err_code code;
	struct err *e;
};

static bool
receipt_collect(void *arg, uint64_t number, const void *payload, size_t len)
{
	static const struct json_limits limits = {
		.bytes_max = 8192, .tokens_max = 64, .depth_max = 2
	};
	struct receipt_list *l = arg;
	struct receipt *more;
	json_t *json = NULL;

	(void)number; /* the receipt says it too */
	more = realloc(l->items, (l->n + 1) * sizeof(*more));
	if (more == NULL) {
		l->code = err_set(l->e, ERR_NOMEM, 0, "out of memory");
		return false;
	}
	l->items = more;
	l->code = json_parse(payload, len, &limits, &json, l->e);
	if (l->code == ERR_OK)
		l->code = receipt_from_json(json, &more[l->n], l->e);
	if (l->code == ERR_OK)
		l->n++;
	json_decref(json);
	l->code = stored_damage(l->code, l->e);
	return l->code == ERR_OK;
}

enum err_code
outside_receipts(
    struct outside *o, struct receipt **out, size_t *n_out, struct err *e)
{
	struct receipt_list l = { .code = ERR_OK, .e = e };
	enum err_code code =
	    spool_read(&o->receipts, 0, false, receipt_collect, &l, e);

	if (code == ERR_OK)
		code = l.code;
	if (code != ERR_OK) {
		for (size_t i = 0; i < l.n; i++)
			receipt_fini(&l.items[i]);
		free(l.items);
		return code;
	}
	*out = l.items;
	*n_out = l.n;
	return ERR_OK;
}

enum err_code
outside_receipts_clear(struct outside *o, struct err *e)
{
	return spool_drop(&o->receipts, UINT64_MAX, e);
}
