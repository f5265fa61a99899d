/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files beside records on a device: with their record or not at all, after the
 * text, whole or not to be had, and gone with it.
 */
#include "tests/support/engine_file.h"

#include "common/store/device_content.h"
#include "common/store/outside.h"
#include "tests/support/real_device.h"

struct scene {
	struct world w;
	struct dev owner;
	struct real r;
	struct id of_case;
	char scope[64];
	struct test_file f;
};

static void
scene_start(struct scene *s)
{
	struct id person;

	world_start(&s->w);
	dev_start(&s->owner, &s->w, world_user(&s->w, "Nia"), DEVICE_ACTIVE);
	person = dev_person(&s->owner, "Betty");
	s->of_case = dev_case(&s->owner, person);
	dev_sync(&s->owner);
	real_start(&s->r, &s->w, world_user(&s->w, "Amina"));
	(void)snprintf(
	    s->scope, sizeof(s->scope), "case:%s", id_print(s->of_case).s);
	world_grant(&s->w, s->r.dev.user, s->scope, false);
	(void)real_sync(&s->r);
	test_file_make(&s->f, '1', sizeof(s->f.bytes));
}

static void
scene_end(struct scene *s)
{
	real_verifies(&s->r);
	world_forget_users(&s->w);
	real_end(&s->r);
	dev_end(&s->owner);
	world_end(&s->w);
}

/* Attach it to the case; `named` is what the record says of it. */
static enum err_code
attach(struct scene *s, const struct test_file *named, struct id *out,
    struct err *e)
{
	const struct content_file file = { s->f.bytes, s->f.len };
	struct save_result saved;
	json_t *kind = json_string("scan"), *hash = json_string(named->sha256);
	json_t *size = json_integer((json_int_t)named->len);
	json_t *cases = json_pack("[s]", id_print(s->of_case).s);
	const struct edit edits[] = {
		{ .path = "kind", .now = kind },
		{ .path = "sha256", .now = hash },
		{ .path = "size", .now = size },
		{ .path = "cases", .now = cases },
	};
	enum err_code code = device_store_attach(
	    s->r.store, "attachment", edits, 4, &file, &saved, e);

	if (code == ERR_OK) {
		*out = saved.id;
		save_result_fini(&saved);
	}
	json_decref(kind);
	json_decref(hash);
	json_decref(size);
	json_decref(cases);
	return code;
}

static struct id
attached(struct scene *s)
{
	struct id id;
	struct err e = { 0 };

	assert_ok(attach(s, &s->f, &id, &e), &e);
	return id;
}

static void
assert_waiting(struct scene *s, uint64_t n)
{
	struct content_waiting w;
	struct err e = { 0 };

	assert_ok(device_content_waiting(s->r.store, &w, &e), &e);
	assert_int_equal(w.n, n);
	assert_int_equal(w.bytes, n * s->f.len);
}

/* The one that is next to be sent or fetched; false: there is none. */
static bool
next_task(struct scene *s, struct content_task *out)
{
	struct err e = { 0 };
	enum err_code code = device_content_next(s->r.store, NULL, out, &e);

	if (code != ERR_NOTFOUND)
		assert_ok(code, &e);
	return code == ERR_OK;
}

/* Bring what is next to the office, in pieces of an odd length. */
static void
send_all(struct scene *s, const struct content_task *t)
{
	struct blob_stand at = { .have = 0 };
	enum protocol_word word;
	struct err e = { 0 };

	while (!at.is_whole) {
		struct buf piece;
		size_t len;

		buf_init(&piece, LIMIT_BLOB_PIECE);
		assert_ok(
		    device_content_piece(s->r.store, t, at.have, &piece, &e),
		    &e);
		assert_memory_equal(piece.ptr, s->f.bytes + at.have, piece.len);
		len = piece.len < 1001 ? piece.len : 1001;
		assert_true(dev_put_file(
		    &s->r.dev, t->record, &s->f, at.have, len, &at, &word));
		buf_fini(&piece);
	}
	assert_ok(device_content_sent(s->r.store, t, &e), &e);
}

static void
assert_read(struct scene *s, struct id record, bool is_there)
{
	struct buf bytes;
	struct err e = { 0 };
	enum err_code code;

	buf_init(&bytes, sizeof(s->f.bytes));
	code = device_content_read(s->r.store, record, &bytes, &e);
	if (is_there) {
		assert_ok(code, &e);
		assert_int_equal(bytes.len, s->f.len);
		assert_memory_equal(bytes.ptr, s->f.bytes, s->f.len);
	} else
		assert_int_equal(code, ERR_NOTFOUND);
	buf_fini(&bytes);
}

static bool
is_told_outside(struct scene *s)
{
	struct outside *o = NULL;
	struct err e = { 0 };
	bool told;

	assert_ok(outside_open(s->r.folder.path, &o, &e), &e);
	told = outside_has_files(o);
	outside_close(o);
	return told;
}

static void
it_is_saved_with_its_record_and_follows_the_text(void **state)
{
	struct content_task t;
	struct scene s;
	struct id id;

	(void)state;
	scene_start(&s);
	id = attached(&s);
	assert_read(&s, id, true);
	assert_waiting(&s, 1);
	assert_true(is_told_outside(&s));
	assert_false(next_task(&s, &t)); /* the text first */
	(void)real_sync(&s.r);
	assert_true(next_task(&s, &t));
	assert_true(id_equal(t.record, id));
	assert_false(t.is_fetch);
	send_all(&s, &t);
	assert_waiting(&s, 0);
	assert_false(is_told_outside(&s));
	assert_false(next_task(&s, &t));
	assert_read(&s, id, true);
	scene_end(&s);
}

static void
what_the_record_does_not_name_is_not_kept(void **state)
{
	struct test_file other;
	struct scene s;
	struct id id;
	struct err e = { 0 };
	json_t *hash;
	struct edit edit = { .path = "sha256" };
	struct save_result saved;

	(void)state;
	scene_start(&s);
	test_file_make(&other, '2', sizeof(other.bytes));
	assert_int_equal(attach(&s, &other, &id, &e), ERR_INVALID);
	other = s.f;
	other.len--;
	assert_int_equal(attach(&s, &other, &id, &e), ERR_INVALID);
	/* And no record names a file that is not attached with it. */
	hash = json_string(s.f.sha256);
	edit.now = hash;
	assert_int_equal(device_store_save(s.r.store, NULL, "attachment", &edit,
	                     1, NULL, &saved, &e),
	    ERR_INVALID);
	json_decref(hash);
	assert_int_equal(real_number(&s.r,
	                     "SELECT count(*) FROM view WHERE type ="
	                     " 'attachment'"),
	    0);
	assert_int_equal(
	    real_number(&s.r, "SELECT count(*) FROM content_piece"), 0);
	assert_waiting(&s, 0);
	scene_end(&s);
}

/* A colleague's: it comes in pieces, and the wrong one is thrown away. */
static void
it_is_fetched_when_asked_for_and_compared(void **state)
{
	struct content_task t;
	struct content_view v;
	struct scene s;
	struct buf bytes;
	struct id id;
	uint64_t have = 0;
	struct err e = { 0 };

	(void)state;
	scene_start(&s);
	id = dev_attach(&s.owner, s.of_case, &s.f);
	dev_sync(&s.owner);
	dev_put_whole(&s.owner, id, &s.f);
	(void)real_sync(&s.r);
	assert_false(next_task(&s, &t));
	assert_ok(device_content_view(s.r.store, id, &v, &e), &e);
	assert_false(v.is_here || v.is_wanted);
	assert_ok(device_content_want(s.r.store, id, &e), &e);
	assert_true(next_task(&s, &t));
	assert_true(t.is_fetch);
	buf_init(&bytes, s.f.len);
	assert_true(buf_add(&bytes, s.f.bytes, 1000));
	assert_ok(device_content_take(s.r.store, &t, 0, &bytes, &have, &e), &e);
	assert_int_equal(have, 1000);
	assert_read(&s, id, false); /* never in part */
	real_verifies(&s.r);
	/* One bit is another. */
	buf_reset(&bytes);
	assert_true(buf_add(&bytes, s.f.bytes + 1000, s.f.len - 1000));
	bytes.ptr[5] ^= 1;
	assert_int_equal(
	    device_content_take(s.r.store, &t, 1000, &bytes, &have, &e),
	    ERR_MALFORMED);
	assert_read(&s, id, false);
	assert_true(next_task(&s, &t));
	assert_int_equal(t.have, 0);
	buf_reset(&bytes);
	assert_true(buf_add(&bytes, s.f.bytes, s.f.len));
	assert_ok(device_content_take(s.r.store, &t, 0, &bytes, &have, &e), &e);
	assert_read(&s, id, true);
	assert_false(next_task(&s, &t));
	buf_fini(&bytes);
	/* It goes when they may not see it any more. */
	world_grant(&s.w, s.r.dev.user, s.scope, true);
	(void)real_sync(&s.r);
	assert_int_equal(
	    real_number(&s.r, "SELECT count(*) FROM content_piece"), 0);
	scene_end(&s);
}

static void
what_was_not_sent_survives_the_end_of_access_until_it_is(void **state)
{
	struct content_task t;
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)attached(&s);
	(void)real_sync(&s.r);
	world_grant(&s.w, s.r.dev.user, s.scope, true);
	(void)real_sync(&s.r);
	assert_waiting(&s, 1);
	assert_true(next_task(&s, &t));
	send_all(&s, &t);
	assert_waiting(&s, 0);
	assert_int_equal(
	    real_number(&s.r, "SELECT count(*) FROM content_piece"), 0);
	scene_end(&s);
}

static void
what_is_erased_is_gone_here_too_sent_or_not(void **state)
{
	struct content_task t;
	struct scene s;
	struct id id;

	(void)state;
	scene_start(&s);
	id = attached(&s);
	(void)real_sync(&s.r);
	assert_true(next_task(&s, &t));
	world_erase(&s.w, id, NULL);
	(void)real_sync(&s.r);
	assert_int_equal(
	    real_number(&s.r, "SELECT count(*) FROM content_piece"), 0);
	assert_waiting(&s, 0);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    it_is_saved_with_its_record_and_follows_the_text),
		cmocka_unit_test(what_the_record_does_not_name_is_not_kept),
		cmocka_unit_test(it_is_fetched_when_asked_for_and_compared),
		cmocka_unit_test(
		    what_was_not_sent_survives_the_end_of_access_until_it_is),
		cmocka_unit_test(what_is_erased_is_gone_here_too_sent_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
