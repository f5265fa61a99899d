/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/real_device.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/store/store_int.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_erase.h"
#include "daemon/central/setup/restore.h"
#include "schema/schema_bundle.h"
#include "tests/support/check_schema.h"
#include "tests/support/world_command.h"

#define ROUNDS_MAX 200
#define HEARD_MAX ((size_t)64 * 1024 * 1024)

/* What its enrolment gave it; the caller ends it. */
static void
identity_of(const struct dev *d, struct device_identity *i)
{
	const struct setup_keys *keys = &d->w->keys;

	device_identity_init(i);
	i->device = d->id;
	i->user = d->user;
	i->office = keys->office;
	i->sign_key = d->sign_key;
	i->receipt_pub = sign_pub_of(&keys->receipt);
	i->sealing_pub = seal_pub_of(&keys->sealing);
	i->recovery_pub = seal_pub_of(&keys->recovery);
	(void)snprintf(i->address, sizeof(i->address), "127.0.0.1:1");
	assert_true(buf_add_str(&i->tls_key_pem, "key"));
	assert_true(buf_add_str(&i->courier_key_pem, "key"));
}

void
real_store_start(const struct dev *d, struct check_folder *folder,
    struct secret_key *key, struct device_store **store)
{
	static const struct json_limits limits = { .bytes_max =
		                                       (size_t)4 * 1024 * 1024,
		.tokens_max = 1000000,
		.depth_max = 32 };
	struct device_identity i;
	json_t *bundle = NULL;
	struct err e;

	identity_of(d, &i);
	rng_fill(key, sizeof(*key));
	*folder = check_folder_new();
	assert_ok(json_parse((const char *)schema_bundle_bytes,
	              schema_bundle_len, &limits, &bundle, &e),
	    &e);
	assert_ok(device_store_create(folder->path, key, &i, bundle, &e), &e);
	assert_ok(device_store_open(folder->path, key, store, &e), &e);
	json_decref(bundle);
	device_identity_fini(&i);
}

void
real_start(struct real *r, struct world *w, struct id user)
{
	*r = (struct real){ .store = NULL };
	buf_init(&r->heard, HEARD_MAX);
	dev_start(&r->dev, w, user, DEVICE_ACTIVE);
	real_store_start(&r->dev, &r->folder, &r->key, &r->store);
}

void
real_again(struct real *r)
{
	struct dev before = r->dev;
	struct device_identity i;
	uint64_t recut;
	struct err e;

	dev_start(&r->dev, before.w, before.user, DEVICE_ACTIVE);
	identity_of(&r->dev, &i);
	device_store_close(r->store);
	r->store = NULL;
	assert_ok(
	    device_store_again(r->folder.path, &r->key, &i, &recut, &e), &e);
	assert_ok(
	    device_store_open(r->folder.path, &r->key, &r->store, &e), &e);
	device_identity_fini(&i);
	dev_end(&before);
}

/* Where the folder under way is copied from and to. */
static const char *copy_from, *copy_to;

static int
copy_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	char to[FILE_PATH_MAX];
	struct buf bytes;
	struct err e;

	(void)st;
	(void)at;
	(void)snprintf(
	    to, sizeof(to), "%s%s", copy_to, path + strlen(copy_from));
	if (kind == FTW_D) {
		assert_ok(file_make_folder(to, &e), &e);
		return 0;
	}
	buf_init(&bytes, HEARD_MAX);
	assert_ok(file_load(path, &bytes, &e), &e);
	assert_ok(file_save(to, bytes.ptr, bytes.len, &e), &e);
	buf_fini(&bytes);
	return 0;
}

void
real_copy(struct real *of, struct real *copy)
{
	struct err e;

	*copy = *of;
	buf_init(&copy->heard, HEARD_MAX);
	device_store_close(of->store);
	copy->folder = check_folder_new();
	copy_from = of->folder.path;
	copy_to = copy->folder.path;
	assert_int_equal(nftw(copy_from, copy_one, 16, FTW_PHYS), 0);
	assert_ok(
	    device_store_open(of->folder.path, &of->key, &of->store, &e), &e);
	assert_ok(
	    device_store_open(copy->folder.path, &copy->key, &copy->store, &e),
	    &e);
}

void
real_copy_end(struct real *copy)
{
	device_store_close(copy->store);
	check_folder_end(&copy->folder);
	buf_fini(&copy->heard);
}

void
real_end(struct real *r)
{
	device_store_close(r->store);
	check_folder_end(&r->folder);
	buf_fini(&r->heard);
	dev_end(&r->dev);
}

bool
real_round(struct real *r)
{
	struct sync_request request;
	struct sync_answer answer;
	json_t *json = NULL;
	struct answer a;
	uint64_t asked_ms;
	char *text;
	struct err e;

	sync_request_init(&request);
	assert_ok(device_store_sync_request(r->store, false, &request, &e), &e);
	r->sealed = (unsigned)request.n_envelopes;
	assert_ok(sync_request_to_json(&request, &json, &e), &e);
	asked_ms = clock_mono_ms();
	a = dev_send(&r->dev, WIRE_SYNC, "/v1/sync", json, false);
	json_decref(json);
	sync_request_fini(&request);
	assert_int_equal(a.status, 200);
	json = answer_json(&a);
	if (r->twist != NULL)
		r->twist(json);
	text = json_dumps(json, JSON_COMPACT);
	assert_true(buf_add_str(&r->heard, text));
	free(text);
	assert_ok(sync_answer_from_json(json, &answer, &e), &e);
	assert_ok(device_store_sync_answer(r->store, &answer, asked_ms,
	              clock_mono_ms(), &r->last, &e),
	    &e);
	json_decref(json);
	answer_end(&a);
	sync_answer_fini(&answer);
	return r->last.more;
}

void
real_lose(struct real *r, const struct sync_request *request)
{
	json_t *json = NULL;
	struct answer a;
	struct err e;

	assert_ok(sync_request_to_json(request, &json, &e), &e);
	a = dev_send(&r->dev, WIRE_SYNC, "/v1/sync", json, false);
	assert_int_equal(a.status, 200);
	json_decref(json);
	answer_end(&a);
}

unsigned
real_sync(struct real *r)
{
	unsigned rounds = 1;

	while (real_round(r))
		if (++rounds > ROUNDS_MAX)
			fail_msg("syncing does not come to an end");
	return rounds;
}

struct id
real_save(struct real *r, const struct id *record, const char *type,
    const char *path, const char *now)
{
	json_t *value = now == NULL ? NULL : check_json(now);
	const struct edit edit = { .path = path, .now = value };
	struct save_result result;
	struct id id;
	struct err e;

	assert_ok(device_store_save(
	              r->store, record, type, &edit, 1, NULL, &result, &e),
	    &e);
	id = result.id;
	save_result_fini(&result);
	json_decref(value);
	return id;
}

struct id
real_note(struct real *r, struct id of_case, const char *summary)
{
	json_t *values[] = { json_string(id_print(of_case).s),
		json_string(summary), json_string("signed") };
	const struct edit edits[] = { { .path = "case", .now = values[0] },
		{ .path = "summary", .now = values[1] },
		{ .path = "content", .now = values[2] } };
	struct save_result result;
	struct id id;
	struct err e;

	assert_ok(device_store_save(
	              r->store, NULL, "note", edits, 3, NULL, &result, &e),
	    &e);
	id = result.id;
	save_result_fini(&result);
	for (size_t i = 0; i < 3; i++)
		json_decref(values[i]);
	return id;
}

bool
real_has(struct real *r, struct id id)
{
	struct record_view v;
	struct err e;
	const enum err_code code = device_store_get(r->store, id, &v, &e);

	if (code == ERR_OK)
		record_view_fini(&v);
	else
		assert_int_equal(code, ERR_NOTFOUND);
	return code == ERR_OK;
}

int64_t
real_number(struct real *r, const char *sql)
{
	int64_t n = -1;
	struct err e;

	assert_ok(db_get_int(r->store->db, &n, &e, sql, ""), &e);
	return n;
}

bool
real_heard(const struct real *r, const char *words)
{
	return r->heard.len > 0 && strstr(r->heard.ptr, words) != NULL;
}

void
real_verifies(struct real *r)
{
	struct verify_result v;
	struct err e;

	assert_ok(device_store_verify(r->store, &v, &e), &e);
	assert_string_equal(v.first_bad, "");
	assert_true(v.ok);
}

/* ---- what was held ---- */

void
world_close_held(struct world *w, struct id device, uint64_t counter,
    struct id actor, const char *why)
{
	const struct held_step step = { .device = device,
		.counter = counter,
		.actor = actor,
		.close = true,
		.reason = why };
	struct office_store *store = engine_store(w->g);
	struct outcome o;
	struct err e;

	assert_ok(store_begin(store, &e), &e);
	assert_ok(engine_held(w->g, &step, &o, &e), &e);
	assert_ok(store_commit(store, &e), &e);
	assert_int_equal(o.kind, OUTCOME_CLOSED);
}

/* ---- erasure ---- */

void
world_erase(struct world *w, struct id record, const char *path)
{
	struct office_store *store = engine_store(w->g);
	json_t *paths = path == NULL ? NULL : json_pack("[s]", path);
	const struct erase_order order = { .record = record, .paths = paths };
	struct erasure z;
	uint64_t n;
	struct err e;

	assert_ok(store_begin(store, &e), &e);
	assert_ok(engine_erase(w->g, &order, &z, &n, &e), &e);
	assert_ok(store_commit(store, &e), &e);
	assert_ok(engine_erase_settle(w->g, &e), &e);
	erasure_fini(&z);
	json_decref(paths);
}

/* ---- backups ---- */

void
world_backup(struct world *w, const char *name)
{
	char path[FILE_PATH_MAX];

	assert_true(file_join(path, w->folder.path, name));
	json_decref(world_done(
	    w, json_pack("{s:s, s:s}", "do", "backup", "file", path)));
}

void
world_confirm(struct world *w)
{
	const struct id admins[2] = { id_fresh(1), id_fresh(2) };
	struct err e;

	assert_ok(engine_access_confirm(w->g, admins, &e), &e);
}

static void
open_again(struct world *w)
{
	const struct engine_options o = { .data = w->folder.path,
		.key = &w->key };
	struct err e;

	assert_ok(engine_open(&o, &w->g, &e), &e);
	world_reply(w);
}

void
world_restore(struct world *w, const char *name)
{
	char path[FILE_PATH_MAX];
	struct restored restored;
	struct err e;

	assert_true(file_join(path, w->folder.path, name));
	engine_close(w->g);
	assert_ok(
	    restore_backup(w->folder.path, path, &w->key, &restored, &e), &e);
	open_again(w);
	world_confirm(w);
}

void
world_roll_back(struct world *w, const char *name)
{
	char from[FILE_PATH_MAX], to[FILE_PATH_MAX];
	struct buf bytes;
	struct err e;

	assert_true(file_join(from, w->folder.path, name));
	assert_true(file_join(to, w->folder.path, "office.db"));
	engine_close(w->g); /* which leaves nothing beside the file */
	buf_init(&bytes, HEARD_MAX);
	assert_ok(file_load(from, &bytes, &e), &e);
	assert_ok(file_save(to, bytes.ptr, bytes.len, &e), &e);
	buf_fini(&bytes);
	open_again(w);
}
