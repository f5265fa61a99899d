/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Works on what a folder holds: receipts that came while it was locked are
 * taken in, it is enrolled again, its certificates are renewed, and an older
 * version's database is brought up to date.
 */
#include <string.h>

#include "common/base/clock.h"
#include "common/store/outside.h"
#include "common/sys/db.h"
#include "tests/prove/folder.h"

/* ---- receipts that came while locked ---- */

/* The office has it all, and the device does not know. */
static void
receipts_before(struct folder *f)
{
	struct sync_request request;
	struct sync_answer answer;
	struct err e;

	folder_make(f);
	folder_open(f);
	sync_request_init(&request);
	assert_ok(device_store_sync_request(f->store, false, &request, &e), &e);
	small_office_answer(
	    f->office, f->identity.device, &request, 0, &answer);
	assert_int_equal(answer.n_receipts, 1);
	receipt_fini(&f->receipt);
	f->receipt = answer.receipts[0];
	receipt_init(&answer.receipts[0]);
	sync_answer_fini(&answer);
	sync_request_fini(&request);
	folder_close(f);
}

/* Marks: 1 kept, 2 taken in. */
static void
receipts(struct folder *f)
{
	struct outside *outside;
	struct err e;

	assert_ok(outside_open(f->home.path, &outside, &e), &e);
	assert_ok(outside_receipt_add(outside, &f->receipt, &e), &e);
	disk_mark(1);
	outside_close(outside);
	folder_open(f);
	folder_close(f);
	disk_mark(2);
}

static const char *
receipts_check(struct folder *f, const char *home)
{
	struct device_store *store = NULL;
	struct store_status status = { .receipted = 0 };
	struct err e;

	if (device_store_open(home, &f->page_key, &store, &e) != ERR_OK ||
	    device_store_status(store, &status, &e) != ERR_OK) {
		device_store_close(store);
		return "the notes do not open";
	}
	device_store_close(store);
	if (f->told >= 1 && status.receipted < FOLDER_SAVES)
		return "a receipt that was kept is gone";
	return folder_notes_whole(f, home);
}

const struct folder_work folder_receipts = { .name =
	                                         "receipts kept while locked",
	.event = "receipts kept",
	.before = receipts_before,
	.work = receipts,
	.check = receipts_check };

/* ---- enrolling again ---- */

static void
again_before(struct folder *f)
{
	folder_make(f);
	small_office_device(f->office, FOLDER_MARKER, &f->fresh);
	f->fresh.user = f->identity.user;
}

static void
again(struct folder *f)
{
	uint64_t n = 0;
	struct err e;

	assert_ok(
	    device_store_again(f->home.path, &f->page_key, &f->fresh, &n, &e),
	    &e);
	assert_int_equal(n, FOLDER_SAVES);
	disk_mark(1);
}

static const char *
again_check(struct folder *f, const char *home)
{
	struct device_store *store = NULL;
	struct outside *outside = NULL;
	struct err e;
	bool is_fresh, is_old, is_followed;

	if (device_store_open(home, &f->page_key, &store, &e) != ERR_OK)
		return "the notes do not open";
	is_fresh =
	    id_equal(device_store_identity(store)->device, f->fresh.device);
	is_old =
	    id_equal(device_store_identity(store)->device, f->identity.device);
	is_followed = outside_open(home, &outside, &e) == ERR_OK &&
	    id_equal(outside_get(outside)->device,
	        device_store_identity(store)->device);
	outside_close(outside);
	device_store_close(store);
	if (!is_fresh && (!is_old || f->told >= 1))
		return "it is not the new device";
	if (!is_followed)
		return "inside it is one device and outside another";
	return folder_notes_whole(f, home);
}

const struct folder_work folder_again = { .name = "enrolling again",
	.event = "enrolments again",
	.before = again_before,
	.work = again,
	.check = again_check };

/* ---- renewal ---- */

static void
renewal(struct folder *f)
{
	const struct device_renewal r = { .tls_key_pem = crypto_part_str("new"),
		.tls_cert_pem = crypto_part_str("new"),
		.courier_key_pem = crypto_part_str("new"),
		.courier_cert_pem = crypto_part_str("new"),
		.issuing_pem = crypto_part_str("new") };
	struct err e;

	folder_open(f);
	assert_ok(device_store_renew(f->store, &r, &e), &e);
	disk_mark(1);
}

static bool
is_new(const struct buf *b)
{
	return b->len == 3 && memcmp(b->ptr, "new", 3) == 0;
}

/* A key and its certificate belong together, inside and outside. */
static const char *
renewal_check(struct folder *f, const char *home)
{
	struct device_store *store = NULL;
	struct outside *outside = NULL;
	bool key, cert, courier_key = false, courier_cert = false;
	struct err e;

	if (device_store_open(home, &f->page_key, &store, &e) != ERR_OK)
		return "the notes do not open";
	key = is_new(&device_store_identity(store)->tls_key_pem);
	cert = is_new(&device_store_identity(store)->tls_cert_pem);
	if (outside_open(home, &outside, &e) == ERR_OK) {
		courier_key = is_new(&outside_get(outside)->courier_key_pem);
		courier_cert = is_new(&outside_get(outside)->courier_cert_pem);
	}
	outside_close(outside);
	device_store_close(store);
	if (key != cert || courier_key != courier_cert)
		return "a key has another's certificate";
	if (f->told >= 1 && (!key || !courier_key))
		return "what was renewed is the old one again";
	return folder_notes_whole(f, home);
}

const struct folder_work folder_renewal = { .name = "a renewal",
	.event = "renewals",
	.before = folder_make,
	.work = renewal,
	.check = renewal_check };

/* ---- an older version's database ---- */

#define DEVICE_APPLICATION_ID 0x56426476
/* What later versions brought, taken away again; a new one adds its own. */
#define FIRST_VERSION                                                          \
	"BEGIN; DROP TABLE content; DROP TABLE content_piece;"                 \
	" DROP TABLE named; DROP TABLE page_read; DROP TABLE closing;"         \
	" DROP TABLE erasure; DROP TABLE sealed;"                              \
	" DROP TABLE past_outcome; DROP TABLE past_receipt;"                   \
	" DROP TABLE past_journal; DROP TABLE past;"                           \
	" ALTER TABLE confirmed DROP COLUMN epoch;"                            \
	" ALTER TABLE outcome DROP COLUMN words;"                              \
	" ALTER TABLE confirmed DROP COLUMN life; PRAGMA user_version = 1;"    \
	" COMMIT;"

static void
upgrade_before(struct folder *f)
{
	char path[FILE_PATH_MAX];
	const struct db_options options = { .path = path,
		.key = &f->page_key,
		.application_id = DEVICE_APPLICATION_ID };
	struct db *db = NULL;
	struct err e;

	folder_make(f);
	assert_true(file_join(path, f->home.path, "notes.db"));
	assert_ok(db_open(&options, &db, &e), &e);
	assert_ok(db_run(db, FIRST_VERSION, &e), &e);
	db_close(db);
}

static void
upgrade(struct folder *f)
{
	folder_open(f);
	disk_mark(1);
}

const struct folder_work folder_upgrade = {
	.name = "an upgrade from the first version",
	.event = "upgrades",
	.before = upgrade_before,
	.work = upgrade,
	.check = folder_notes_whole
};
