/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/engine_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/core/body.h"
#include "common/core/limits.h"
#include "common/sys/db.h"
#include "common/sys/pki.h"
#include "daemon/central/engine/device_entry.h"
#include "daemon/central/engine/enrol.h"
#include "daemon/central/engine/meta_names.h"
#include "tests/support/world_command.h"

static void
put_meta(
    struct office_store *s, const char *name, const void *value, size_t len)
{
	struct err e = { 0 };

	assert_ok(store_meta_put(s, name, value, len, &e), &e);
}

static void
put_all_meta(struct office_store *s, const struct setup_keys *k)
{
	put_meta(s, META_OFFICE, id_print(k->office).s, ID_TEXT_LEN);
	put_meta(s, META_OFFICE_NAME, "Test office", 11);
	put_meta(s, META_EPOCH, "1", 1);
	put_meta(
	    s, META_ENGINE_DEVICE, id_print(k->engine_device).s, ID_TEXT_LEN);
	put_meta(s, META_ENGINE_SIGN_KEY, k->engine.b, SIGN_KEY_LEN);
	put_meta(s, META_RECEIPT_KEY, k->receipt.b, SIGN_KEY_LEN);
	put_meta(s, META_SEALING_KEY, k->sealing.b, SEAL_KEY_LEN);
	put_meta(s, META_COMMAND_KEY, k->command.b, SIGN_KEY_LEN);
	put_meta(s, META_ROOT_PEM, k->root.ptr, k->root.len);
	put_meta(s, META_ISSUING_PEM, k->issuing.ptr, k->issuing.len);
	put_meta(
	    s, META_ISSUING_KEY_PEM, k->issuing_key.ptr, k->issuing_key.len);
	put_meta(s, META_STATEMENT, k->statement.ptr, k->statement.len);
	put_meta(
	    s, META_STATEMENT_SIG, k->statement_sig.ptr, k->statement_sig.len);
}

static void
on_reply(void *arg, uint64_t token, const struct wire_answer *answer)
{
	struct world *w = arg;
	struct answer *a;

	w->answers =
	    realloc(w->answers, (w->n_answers + 1) * sizeof(*w->answers));
	assert_non_null(w->answers);
	a = &w->answers[w->n_answers++];
	*a = (struct answer){ .token = token,
		.status = answer->status,
		.retry_after_s = answer->retry_after_s };
	(void)snprintf(a->sig, sizeof(a->sig), "%s", answer->sig);
	(void)snprintf(a->dict, sizeof(a->dict), "%s", answer->dict);
	buf_init(&a->body, (size_t)16 * 1024 * 1024);
	assert_true(buf_add(&a->body, answer->body, answer->body_len));
}

void
world_reply(struct world *w)
{
	engine_on_reply(w->g, on_reply, w);
}

static void
open_engine(struct world *w)
{
	struct engine_options o = { .data = w->folder.path, .key = &w->key };
	struct err e = { 0 };

	assert_ok(engine_open(&o, &w->g, &e), &e);
	world_reply(w);
}

void
world_start(struct world *w)
{
	struct office_device engine = { .state = DEVICE_ENGINE,
		.label = "office" };
	struct office_store *s = NULL;
	struct err e = { 0 };

	*w = (struct world){ .folder = check_folder_new() };
	rng_fill(w->key.b, sizeof(w->key.b));
	assert_ok(
	    setup_keys_make("Office", NULL, 0, clock_unix_ms(), &w->keys, &e),
	    &e);
	assert_ok(office_store_open(w->folder.path, &w->key, true, &s, &e), &e);
	engine.id = w->keys.engine_device;
	engine.sign_pub = sign_pub_of(&w->keys.engine);
	engine.link = change_link_start(w->keys.office, engine.id);
	rng_fill(engine.tls_sha256.b, HASH32_LEN);
	rng_fill(engine.courier_sha256.b, HASH32_LEN);
	assert_ok(store_begin(s, &e), &e);
	put_all_meta(s, &w->keys);
	assert_ok(store_device_put(s, &engine, &e), &e);
	assert_ok(store_commit(s, &e), &e);
	office_store_close(s);
	open_engine(w);
}

void
world_restart(struct world *w)
{
	engine_close(w->g);
	open_engine(w);
}

struct noting {
	struct office_device devices[256];
	size_t n;
};

/* What enrolment would have written down of one. */
static bool
note_device(void *arg, const struct office_device *d)
{
	struct noting *n = arg;

	assert_true(n->n < sizeof(n->devices) / sizeof(n->devices[0]));
	if (d->state != DEVICE_ENGINE)
		n->devices[n->n++] = *d;
	return true;
}

static void
note_devices(struct world *w)
{
	struct office_store *s = engine_store(w->g);
	struct noting *n = calloc(1, sizeof(*n));
	struct err e = { 0 };

	assert_non_null(n);
	assert_ok(store_begin(s, &e), &e);
	assert_ok(store_devices(s, note_device, n, &e), &e);
	for (size_t i = 0; i < n->n; i++) {
		char object[DEVICE_ENTRY_CAP];
		const struct audit_entry a = { .action = "device.found",
			.object = object };
		struct log_entry entry;

		device_entry(&n->devices[i], NULL, object);
		assert_ok(engine_audit(w->g, &a, &entry, &e), &e);
	}
	assert_ok(store_commit(s, &e), &e);
	free(n);
}

void
world_forget_users(struct world *w)
{
	bool was = w->is_unchecked;

	note_devices(w);

	world_sql(w,
	    "DELETE FROM user WHERE id NOT IN"
	    " (SELECT id FROM record WHERE type = 'user')");
	w->is_unchecked = was;
}

static void
check_adds_up(struct world *w)
{
	json_t *result = NULL;
	struct err e = { 0 };

	world_forget_users(w);

	assert_ok(engine_verify(w->g, &result, &e), &e);
	if (!json_is_true(json_object_get(result, "ok")))
		fail_msg("verify: %s",
		    json_string_value(json_object_get(result, "first_bad")));
	json_decref(result);
}

void
world_end(struct world *w)
{
	if (!w->is_unchecked)
		check_adds_up(w);
	engine_close(w->g);
	for (size_t i = 0; i < w->n_answers; i++)
		buf_fini(&w->answers[i].body);
	free(w->answers);
	setup_keys_fini(&w->keys);
	check_folder_end(&w->folder);
}

struct id
world_user(struct world *w, const char *name)
{
	struct office_user u = { .id = id_fresh(clock_unix_ms()),
		.is_active = true };
	struct office_store *s = engine_store(w->g);
	struct err e = { 0 };

	(void)snprintf(u.name, sizeof(u.name), "%s", name);
	(void)snprintf(u.role, sizeof(u.role), "ADV");
	assert_ok(store_begin(s, &e), &e);
	assert_ok(store_user_put(s, &u, &e), &e);
	assert_ok(store_commit(s, &e), &e);
	return u.id;
}

struct id
world_add_user(struct world *w, const char *name)
{
	json_t *answer = world_done(
	    w, json_pack("{s:s, s:s}", "do", "user add", "name", name));
	struct id id;

	assert_true(id_parse(text_of(answer, "user"), &id));
	json_decref(answer);
	return id;
}

void
world_grant(struct world *w, struct id user, const char *scope, bool end)
{
	struct grant_step step = { .user = user, .scope = scope, .end = end };
	struct err e = { 0 };

	assert_ok(store_begin(engine_store(w->g), &e), &e);
	assert_ok(engine_grant(w->g, &step, &e), &e);
	assert_ok(store_commit(engine_store(w->g), &e), &e);
}

void
world_grant_case(struct world *w, struct id user, struct id of_case, bool end)
{
	char scope[64];

	(void)snprintf(scope, sizeof(scope), "case:%s", id_print(of_case).s);
	world_grant(w, user, scope, end);
}

void
world_device_state(struct world *w, struct id device, enum device_state state)
{
	struct device_step step = { .device = device, .state = state };
	struct err e = { 0 };

	assert_ok(store_begin(engine_store(w->g), &e), &e);
	assert_ok(engine_device_state(w->g, &step, &e), &e);
	assert_ok(store_commit(engine_store(w->g), &e), &e);
}

uint64_t
world_head(struct world *w)
{
	struct hash32 link;
	struct err e = { 0 };
	uint64_t seq;

	assert_ok(store_begin_read(engine_store(w->g), &e), &e);
	assert_ok(store_log_head(engine_store(w->g), &seq, &link, &e), &e);
	store_rollback(engine_store(w->g));
	return seq;
}

static struct db *
open_db(struct world *w)
{
	char path[FILE_PATH_MAX];
	struct db *db = NULL;
	struct db_options o = {
		.path = path, .key = &w->key, .application_id = 0x56426f66
	};
	struct err e = { 0 };

	assert_true(file_join(path, w->folder.path, "office.db"));
	assert_ok(db_open(&o, &db, &e), &e);
	return db;
}

int64_t
world_number(struct world *w, const char *sql)
{
	struct db *db = open_db(w);
	struct err e = { 0 };
	int64_t n = 0;

	assert_ok(db_get_int(db, &n, &e, sql, ""), &e);
	db_close(db);
	return n;
}

void
world_sql(struct world *w, const char *sql)
{
	struct db *db = open_db(w);
	struct err e = { 0 };

	w->is_unchecked = true;
	assert_ok(db_run(db, sql, &e), &e);
	db_close(db);
}

/* One table's bodies. */
static void
lay_open(struct db *db, struct body_codec *codec, const char *select,
    const char *update)
{
	struct db_stmt *q;
	bool row;
	struct err e = { 0 };

	assert_ok(db_query(db, &q, &e, select, ""), &e);
	while (db_step(q, &row, &e) == ERR_OK && row) {
		struct buf text;
		size_t len;
		const void *body = db_col_blob(q, 1, &len);

		buf_init(&text, LIMIT_RECORD_BYTES);
		if (body_is_packed(body, len)) {
			assert_ok(
			    body_unpack_text(codec, body, len, &text, &e), &e);
			assert_ok(db_exec(db, &e, update, "bi", text.ptr,
			              text.len, db_col_int(q, 0)),
			    &e);
		}
		buf_fini(&text);
	}
	db_done(q);
}

void
world_lay_open(struct world *w)
{
	struct db *db = open_db(w);
	struct body_codec *codec;
	struct err e = { 0 };

	assert_ok(body_codec_new(&codec, &e), &e);
	assert_ok(db_begin(db, &e), &e);
	lay_open(db, codec, "SELECT rowid, body FROM change",
	    "UPDATE change SET body = ? WHERE rowid = ?");
	lay_open(db, codec, "SELECT rowid, body FROM record",
	    "UPDATE record SET body = ? WHERE rowid = ?");
	assert_ok(db_commit(db, &e), &e);
	body_codec_free(codec);
	db_close(db);
}

/* ---- devices ---- */

static void
issue(struct dev *d, const struct office_device *row, enum pki_kind kind,
    struct buf *der, struct hash32 *sha256)
{
	const struct setup_keys *k = &d->w->keys;
	struct id_text name = id_print(d->id);
	struct device_cert order = {
		.device = row, .kind = kind, .now_ms = clock_unix_ms()
	};
	struct pki_issuer issuer = { .cert = crypto_part_buf(&k->issuing),
		.key = crypto_part_buf(&k->issuing_key) };
	struct buf key, csr, pem;
	struct err e = { 0 };

	buf_init(&key, PKI_INPUT_MAX);
	buf_init(&csr, PKI_INPUT_MAX);
	buf_init(&pem, PKI_INPUT_MAX);
	buf_init(der, PKI_INPUT_MAX);
	assert_ok(pki_key_make(&key, &e), &e);
	assert_ok(pki_csr_make(crypto_part_buf(&key), name.s, &csr, &e), &e);
	order.csr = crypto_part_buf(&csr);
	assert_ok(device_cert_issue(&issuer, &order, &pem, &e), &e);
	assert_ok(pki_cert_der(crypto_part_buf(&pem), der, &e), &e);
	*sha256 = crypto_sha256(der->ptr, der->len);
	if (kind == PKI_COURIER)
		d->courier_key = key;
	else
		buf_wipe(&key);
	buf_fini(&csr);
	buf_fini(&pem);
}

void
dev_start(
    struct dev *d, struct world *w, struct id user, enum device_state state)
{
	struct office_device row = { .user = user,
		.state = state,
		.label = "laptop",
		.enrolled_at = clock_unix_ms(),
		.not_after = clock_unix_ms() + 86400000 };
	struct office_store *s = engine_store(w->g);
	struct err e = { 0 };

	*d = (struct dev){
		.w = w, .id = id_fresh(clock_unix_ms()), .user = user
	};
	sign_key_make(&d->sign_key);
	row.id = d->id;
	row.sign_pub = sign_pub_of(&d->sign_key);
	issue(d, &row, PKI_DEVICE, &d->tls_cert, &d->tls_sha256);
	issue(d, &row, PKI_COURIER, &d->courier_cert, &d->courier_sha256);
	d->scopes = json_object();
	row.tls_sha256 = d->tls_sha256;
	row.courier_sha256 = d->courier_sha256;
	row.link = change_link_start(w->keys.office, d->id);
	assert_ok(store_begin(s, &e), &e);
	assert_ok(store_device_put(s, &row, &e), &e);
	assert_ok(store_commit(s, &e), &e);
}

void
dev_expire(struct dev *d)
{
	struct office_store *s = engine_store(d->w->g);
	struct office_device row;
	struct err e = { 0 };

	assert_ok(store_begin(s, &e), &e);
	assert_ok(store_device_get(s, d->id, &row, &e), &e);
	row.not_after = clock_unix_ms() - 1000;
	assert_ok(store_device_put(s, &row, &e), &e);
	assert_ok(store_commit(s, &e), &e);
}

void
dev_end(struct dev *d)
{
	for (size_t i = 0; i < d->n_journal; i++)
		change_fini(&d->journal[i]);
	for (size_t i = 0; i < d->n_records; i++) {
		record_fini(&d->records[i].record);
		json_decref(d->records[i].scopes);
	}
	change_fini(&d->open);
	json_decref(d->scopes);
	free(d->journal);
	free(d->links);
	free(d->records);
	free(d->outcomes);
	buf_fini(&d->tls_cert);
	buf_fini(&d->courier_cert);
	buf_wipe(&d->courier_key);
}
