/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files beside records at the office: received once, whole or not at all, from
 * and for whoever may.
 */
#include "tests/support/engine_file.h"

#include "tests/support/real_device.h"

struct scene {
	struct world w;
	struct dev a, b;
	struct id person, of_case;
	char scope[64];
};

static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	dev_start(&s->a, &s->w, world_user(&s->w, "Amina"), DEVICE_ACTIVE);
	dev_start(&s->b, &s->w, world_user(&s->w, "Bryn"), DEVICE_ACTIVE);
	s->person = dev_person(&s->a, "Betty");
	s->of_case = dev_case(&s->a, s->person);
	dev_sync(&s->a);
	(void)snprintf(
	    s->scope, sizeof(s->scope), "case:%s", id_print(s->of_case).s);
}

static void
scene_end(struct scene *s)
{
	world_forget_users(&s->w);
	dev_end(&s->a);
	dev_end(&s->b);
	world_end(&s->w);
}

static void
assert_refused(struct dev *d, struct id record, const struct test_file *f,
    uint64_t at, size_t len, enum protocol_word want)
{
	struct blob_stand s;
	enum protocol_word word = WORD_N;

	assert_false(dev_put_file(d, record, f, at, len, &s, &word));
	assert_int_equal(word, want);
}

static void
assert_not_given(struct dev *d, struct id record, const struct test_file *f)
{
	struct blob_piece p;
	enum protocol_word word = WORD_N;

	assert_false(dev_get_file(d, record, f, 0, &p, &word));
	assert_int_equal(word, WORD_NOT_FOUND);
}

static void
a_file_goes_on_where_it_stood_and_is_stored_once(void **state)
{
	struct test_file f;
	struct scene s;
	struct blob_stand at;
	struct blob_piece p;
	enum protocol_word word;
	struct id first, again;

	(void)state;
	scene_start(&s);
	test_file_make(&f, '1', 3000);
	first = dev_attach(&s.a, s.of_case, &f);
	assert_refused(&s.a, first, &f, 0, 100, WORD_NOT_FOUND); /* the text */
	dev_sync(&s.a);
	assert_true(dev_put_file(&s.a, first, &f, 0, 0, &at, &word));
	assert_int_equal(at.have, 0);
	assert_true(dev_put_file(&s.a, first, &f, 0, 1000, &at, &word));
	/* The answer was lost: the same again, and from elsewhere. */
	assert_true(dev_put_file(&s.a, first, &f, 0, 1000, &at, &word));
	assert_int_equal(at.have, 1000);
	assert_true(dev_put_file(&s.a, first, &f, 1500, 500, &at, &word));
	assert_int_equal(at.have, 1000);
	assert_not_given(&s.a, first, &f); /* never in part */
	world_restart(&s.w);
	assert_true(dev_put_file(&s.a, first, &f, 0, 0, &at, &word));
	assert_int_equal(at.have, 1000);
	assert_true(dev_put_file(&s.a, first, &f, 1000, 2000, &at, &word));
	assert_true(at.is_whole);
	/* Another record of the same file: it is there. */
	again = dev_attach(&s.a, s.of_case, &f);
	dev_sync(&s.a);
	assert_true(dev_put_file(&s.a, again, &f, 0, 0, &at, &word));
	assert_true(at.is_whole);
	assert_int_equal(at.have, 3000);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM content"), 1);
	assert_int_equal(
	    world_number(&s.w, "SELECT sum(length(bytes)) FROM content_piece"),
	    3000);
	assert_true(dev_get_file(&s.a, again, &f, 1700, &p, &word));
	assert_int_equal(p.bytes.len, 1300);
	assert_memory_equal(p.bytes.ptr, f.bytes + 1700, 1300);
	blob_piece_fini(&p);
	assert_false(dev_get_file(&s.a, again, &f, 3000, &p, &word));
	scene_end(&s);
}

static void
only_who_sees_the_record_gets_or_gives_its_file(void **state)
{
	struct test_file f, other;
	struct scene s;
	struct blob_stand at;
	struct blob_piece p;
	enum protocol_word word;
	struct id record;

	(void)state;
	scene_start(&s);
	test_file_make(&f, '1', 600);
	test_file_make(&other, '2', 600);
	record = dev_attach(&s.a, s.of_case, &f);
	dev_sync(&s.a);
	assert_refused(&s.b, record, &f, 0, 100, WORD_NOT_FOUND);
	assert_refused(&s.a, record, &other, 0, 100, WORD_NOT_FOUND);
	dev_put_whole(&s.a, record, &f);
	assert_not_given(&s.b, record, &f);
	world_grant(&s.w, s.b.user, s.scope, false);
	assert_true(dev_get_file(&s.b, record, &f, 0, &p, &word));
	assert_int_equal(p.bytes.len, 600);
	blob_piece_fini(&p);
	dev_sync(&s.b);
	record = dev_attach(&s.b, s.of_case, &other);
	dev_sync(&s.b);
	/* Access ended: what was written before is still taken. */
	world_grant(&s.w, s.b.user, s.scope, true);
	assert_true(dev_put_file(&s.b, record, &other, 0, 600, &at, &word));
	assert_true(at.is_whole);
	assert_not_given(&s.b, record, &other);
	scene_end(&s);
}

static void
bytes_that_are_another_file_are_thrown_away_and_spoil_nobody_elses(void **state)
{
	struct test_file f, lie;
	struct scene s;
	struct blob_stand at;
	enum protocol_word word;
	struct id record;

	(void)state;
	scene_start(&s);
	test_file_make(&f, '1', 900);
	lie = f;
	lie.bytes[7] ^= 1;
	record = dev_attach(&s.a, s.of_case, &f);
	dev_sync(&s.a);
	world_grant(&s.w, s.b.user, s.scope, false);
	dev_sync(&s.b);
	assert_true(dev_put_file(&s.b, record, &lie, 0, 400, &at, &word));
	assert_true(dev_put_file(&s.a, record, &f, 0, 0, &at, &word));
	assert_int_equal(at.have, 0); /* the other's are not ours */
	assert_true(dev_put_file(&s.a, record, &f, 0, 500, &at, &word));
	assert_refused(&s.b, record, &lie, 400, 500, WORD_MALFORMED);
	assert_true(dev_put_file(&s.b, record, &lie, 0, 0, &at, &word));
	assert_int_equal(at.have, 0);
	assert_true(dev_put_file(&s.a, record, &f, 500, 400, &at, &word));
	assert_true(at.is_whole);
	scene_end(&s);
}

static void
more_than_the_record_says_is_refused(void **state)
{
	struct test_file f, shorter;
	struct scene s;
	struct id record;

	(void)state;
	scene_start(&s);
	test_file_make(&f, '1', 900);
	shorter = f;
	shorter.len = 800;
	record = dev_attach(&s.a, s.of_case, &shorter);
	dev_sync(&s.a);
	assert_refused(&s.a, record, &f, 0, 900, WORD_MALFORMED);
	scene_end(&s);
}

static void
it_goes_with_the_last_record_that_names_it(void **state)
{
	struct test_file f;
	struct scene s;
	struct blob_stand at;
	enum protocol_word word;
	struct id first, second;

	(void)state;
	scene_start(&s);
	test_file_make(&f, '1', 900);
	first = dev_attach(&s.a, s.of_case, &f);
	second = dev_attach(&s.a, s.of_case, &f);
	dev_sync(&s.a);
	dev_put_whole(&s.a, first, &f);
	world_erase(&s.w, first, NULL);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM content"), 1);
	assert_true(dev_put_file(&s.a, second, &f, 0, 0, &at, &word));
	assert_true(at.is_whole);
	world_erase(&s.w, second, NULL);
	assert_int_equal(
	    world_number(&s.w, "SELECT count(*) FROM content_piece"), 0);
	assert_refused(&s.a, second, &f, 0, 0, WORD_NOT_FOUND);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_file_goes_on_where_it_stood_and_is_stored_once),
		cmocka_unit_test(
		    only_who_sees_the_record_gets_or_gives_its_file),
		cmocka_unit_test(
		    bytes_that_are_another_file_are_thrown_away_and_spoil_nobody_elses),
		cmocka_unit_test(more_than_the_record_says_is_refused),
		cmocka_unit_test(it_goes_with_the_last_record_that_names_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
