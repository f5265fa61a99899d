/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A save is durable by its envelope: the database may lose any number of the
 * newest commits in a power cut.  These tests take the database's files as
 * they were at some moment and the envelopes as they were later.
 */
#include "tests/support/check.h"

#include <unistd.h>

#include "common/base/file.h"
#include "common/store/device_store.h"
#include "common/store/outside.h"
#include "common/store/store_int.h"
#include "tests/support/device.h"

#define SAVES 6
#define PUT_BACK_MAX ((size_t)16 * 1024 * 1024)

/* The files that a power cut takes back to an earlier moment together. */
struct moment {
	struct buf db, log;
};

static void
load(const struct device *d, const char *name, struct buf *out)
{
	char path[FILE_PATH_MAX];
	enum err_code code;
	struct err e;

	buf_init(out, PUT_BACK_MAX);
	assert_true(file_join(path, d->folder.path, name));
	code = file_load(path, out, &e);
	if (code != ERR_NOTFOUND)
		assert_ok(code, &e);
}

static void
put_back(const struct device *d, const char *name, const struct buf *bytes)
{
	char path[FILE_PATH_MAX];
	struct err e;

	assert_true(file_join(path, d->folder.path, name));
	assert_ok(file_save(path, bytes->ptr, bytes->len, &e), &e);
}

static struct moment
moment_now(const struct device *d)
{
	struct moment m;

	load(d, "notes.db", &m.db);
	load(d, "notes.db-wal", &m.log);
	return m;
}

static void
moment_end(struct moment *m)
{
	buf_fini(&m->db);
	buf_fini(&m->log);
}

/* The power is cut, and the database is back at that moment. */
static void
cut_power(struct device *d, const struct moment *m)
{
	char path[FILE_PATH_MAX];

	device_store_close(d->store);
	d->store = NULL;
	put_back(d, "notes.db", &m->db);
	put_back(d, "notes.db-wal", &m->log);
	assert_true(file_join(path, d->folder.path, "notes.db-shm"));
	(void)unlink(path); /* shared memory, gone with the machine */
}

static void
open_again(struct device *d)
{
	struct err e;

	assert_ok(
	    device_store_open(d->folder.path, &d->key, &d->store, &e), &e);
}

static bool
add_line(void *arg, const char *line, size_t len)
{
	struct buf *b = arg;

	return buf_add(b, line, len) && buf_add_char(b, '\n');
}

/* Everything that the device would show of itself. */
static struct buf
told(struct device *d)
{
	struct buf b;
	struct err e;

	buf_init(&b, PUT_BACK_MAX);
	assert_ok(device_store_export(d->store, add_line, &b, &e), &e);
	return b;
}

/* Two records, edited by turns; moments[i] is after i saves. */
static void
save_all(struct device *d, struct moment moments[static SAVES + 1])
{
	struct id first, second;
	char text[32];

	moments[0] = moment_now(d);
	first = device_new_person(d, "Betty");
	moments[1] = moment_now(d);
	second = device_new_person(d, "Siân");
	moments[2] = moment_now(d);
	for (int i = 3; i <= SAVES; i++) {
		(void)snprintf(text, sizeof(text), "name %d", i);
		device_edit_text(
		    d, i % 2 == 0 ? first : second, "full_name", text);
		moments[i] = moment_now(d);
	}
}

static void
every_save_comes_back_however_many_commits_are_undone(void **state)
{
	struct small_office *o = small_office_new();
	struct moment moments[SAVES + 1];
	struct device d;
	struct buf before, after, again;

	(void)state;
	device_start(o, "Nia", &d);
	save_all(&d, moments);
	before = told(&d);
	for (int i = 0; i <= SAVES; i++) {
		cut_power(&d, &moments[i]);
		open_again(&d);
		assert_device_verifies(&d, SAVES);
		after = told(&d);
		assert_string_equal(after.ptr, before.ptr);
		device_store_close(d.store);
		open_again(&d);
		again = told(&d);
		assert_string_equal(again.ptr, before.ptr);
		buf_fini(&after);
		buf_fini(&again);
		moment_end(&moments[i]);
	}
	small_office_sync(o, d.store);
	assert_device_verifies(&d, SAVES);
	buf_fini(&before);
	device_end(&d);
	small_office_free(o);
}

static uint64_t
written(struct device *d)
{
	struct store_status st;
	struct err e;

	assert_ok(device_store_status(d->store, &st, &e), &e);
	return st.written;
}

/* The envelopes too lose their end, at any byte; the next save goes on from
 * what is left. */
static void
envelopes_cut_at_any_byte_give_back_all_that_is_whole(void **state)
{
	struct small_office *o = small_office_new();
	struct moment moments[SAVES + 1];
	struct buf whole;
	struct device d;
	uint64_t most = 0;
	size_t end;

	(void)state;
	device_start(o, "Nia", &d);
	save_all(&d, moments);
	load(&d, "outside/envelopes", &whole);
	for (end = whole.len; whole.ptr[end - 1] == '\0'; end--)
		continue;
	for (size_t cut = 32; cut <= end; cut += 61) {
		struct buf part = whole;
		uint64_t n;

		cut_power(&d, &moments[2]);
		part.len = cut;
		put_back(&d, "outside/envelopes", &part);
		open_again(&d);
		n = written(&d);
		assert_true(n >= most && n >= 2 && n <= SAVES);
		most = n;
		(void)device_new_person(&d, "after it");
		assert_device_verifies(&d, n + 1);
	}
	assert_true(most >= SAVES - 1);
	for (int i = 0; i <= SAVES; i++)
		moment_end(&moments[i]);
	buf_fini(&whole);
	device_end(&d);
	small_office_free(o);
}

/* Bytes that somebody changed, hash and all, are never taken for a save. */
static void
an_envelope_that_was_changed_is_not_taken_back(void **state)
{
	struct small_office *o = small_office_new();
	struct outside *outside;
	struct envelope *list;
	struct moment m;
	struct device d;
	struct err e;
	size_t n;

	(void)state;
	device_start(o, "Nia", &d);
	(void)device_new_person(&d, "Betty");
	m = moment_now(&d);
	(void)device_new_person(&d, "Siân");
	assert_ok(outside_open(d.folder.path, &outside, &e), &e);
	assert_ok(outside_envelopes(outside, 0, 9, &list, &n, &e), &e);
	assert_int_equal(n, 2);
	for (int which = 0; which < 4; which++) {
		struct envelope *env = &list[which == 3 ? 0 : 1];

		cut_power(&d, &m);
		assert_ok(outside_envelopes_drop(outside, 9, &e), &e);
		if (which == 0)
			env->sealed.ptr[100] ^= 1;
		else if (which == 1)
			env->kept.b[30] ^= 1;
		else
			env->counter = 2; /* 3: the first, said to be second */
		assert_ok(outside_envelope_add(outside, env, &e), &e);
		if (which == 0)
			env->sealed.ptr[100] ^= 1;
		else if (which == 1)
			env->kept.b[30] ^= 1;
		open_again(&d);
		assert_int_equal(written(&d), which == 2 ? 2 : 1);
	}
	outside_envelopes_free(list, n);
	outside_close(outside);
	moment_end(&m);
	device_end(&d);
	small_office_free(o);
}

/* A courier may have handed the envelope over and kept the receipt before the
 * notes are opened again. */
static void
a_receipt_for_what_comes_back_is_kept(void **state)
{
	struct small_office *o = small_office_new();
	struct sync_request r;
	struct sync_answer a;
	struct outside *outside;
	struct moment m;
	struct device d;
	struct id id;
	struct err e;

	(void)state;
	device_start(o, "Nia", &d);
	m = moment_now(&d);
	id = device_new_person(&d, "Betty");
	sync_request_init(&r);
	assert_ok(device_store_sync_request(d.store, false, &r, &e), &e);
	small_office_answer(o, d.identity.device, &r, 0, &a);
	assert_int_equal(a.n_receipts, 1);
	assert_ok(outside_open(d.folder.path, &outside, &e), &e);
	assert_ok(outside_receipt_add(outside, &a.receipts[0], &e), &e);
	outside_close(outside);
	sync_answer_fini(&a);
	sync_request_fini(&r);
	cut_power(&d, &m);
	open_again(&d);
	assert_int_equal(device_transport_of(&d, id), TRANSPORT_OFFICE);
	assert_device_verifies(&d, 1);
	moment_end(&m);
	device_end(&d);
	small_office_free(o);
}

/* Its words are erased because its reader may no longer see them: no envelope
 * that is still about gives them back. */
static void
envelopes_of_erased_words_open_no_more(void **state)
{
	struct small_office *o = small_office_new();
	struct outside *outside;
	struct envelope *list;
	struct secret_key key;
	struct batch b;
	struct device d;
	struct id id;
	struct err e;
	size_t n;

	(void)state;
	device_start(o, "Nia", &d);
	id = device_new_person(&d, "Betty");
	small_office_sync(o, d.store);
	device_edit_text(&d, id, "full_name", "Betty Ann");
	assert_ok(outside_open(d.folder.path, &outside, &e), &e);
	assert_ok(outside_envelopes(outside, 0, 9, &list, &n, &e), &e);
	assert_int_equal(n, 1);
	assert_ok(meta_get_bytes(
	              d.store->db, "envelope_key", key.b, sizeof(key.b), &e),
	    &e);
	assert_ok(
	    envelope_open_kept(&list[0], d.identity.device, &key, &b, &e), &e);
	batch_fini(&b);
	small_office_drop(o, id);
	small_office_sync(o, d.store);
	small_office_sync(o, d.store);
	assert_ok(meta_get_bytes(
	              d.store->db, "envelope_key", key.b, sizeof(key.b), &e),
	    &e);
	assert_int_equal(
	    envelope_open_kept(&list[0], d.identity.device, &key, &b, &e),
	    ERR_MALFORMED);
	outside_envelopes_free(list, n);
	outside_close(outside);
	device_end(&d);
	small_office_free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_save_comes_back_however_many_commits_are_undone),
		cmocka_unit_test(
		    envelopes_cut_at_any_byte_give_back_all_that_is_whole),
		cmocka_unit_test(
		    an_envelope_that_was_changed_is_not_taken_back),
		cmocka_unit_test(a_receipt_for_what_comes_back_is_kept),
		cmocka_unit_test(envelopes_of_erased_words_open_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
