/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/core/waits.h"

static const struct id device = { { 1, 2, 3 } };
static const struct id other = { { 4, 5, 6 } };

static void
make(struct change *c, struct id of, uint64_t counter, const char *path,
    const struct change_base *base)
{
	const uint8_t salt[CHANGE_SALT_LEN] = { 1 };
	json_t *now = json_string("said");
	struct err e;

	change_init(c);
	c->device = of;
	c->counter = counter;
	assert_ok(change_add_op(c, path, base, NULL, now, salt, &e), &e);
	json_decref(now);
}

static struct change_base
base_of(uint64_t own, const char *side_of, uint64_t side_counter)
{
	struct change_base base = { .own = own };

	if (side_of != NULL)
		(void)snprintf(base.side, sizeof(base.side), "%s/%llu", side_of,
		    (unsigned long long)side_counter);
	return base;
}

static bool
waits(const char *path, struct change_base base, const char *held_path)
{
	const struct change_base none = { .own = 0 };
	struct change c, held;
	bool is;

	make(&held, device, 3, held_path, &none);
	make(&c, device, 5, path, &base);
	is = waits_on(&c, &held);
	if (is)
		assert_true(waits_reach(&c, device) >= 3);
	change_fini(&c);
	change_fini(&held);
	return is;
}

static void
what_contains_the_held_change_waits(void **state)
{
	(void)state;
	assert_true(waits("summary", base_of(3, NULL, 0), "summary"));
	assert_true(waits("summary", base_of(4, NULL, 0), "summary"));
	assert_false(waits("summary", base_of(2, NULL, 0), "summary"));
}

static void
paths_above_and_beneath_count_and_others_do_not(void **state)
{
	(void)state;
	assert_true(waits("", base_of(3, NULL, 0), "summary"));
	assert_true(waits("phones/1/note", base_of(3, NULL, 0), "phones/1"));
	assert_false(waits("mode", base_of(4, NULL, 0), "summary"));
}

static void
an_edit_of_the_side_that_the_held_change_is_waits(void **state)
{
	const struct id_text own = id_print(device), others = id_print(other);

	(void)state;
	assert_true(waits("summary", base_of(0, own.s, 3), "summary"));
	assert_false(waits("summary", base_of(0, own.s, 30), "summary"));
	assert_false(waits("summary", base_of(0, own.s, 2), "summary"));
	assert_false(waits("summary", base_of(0, others.s, 3), "summary"));
	assert_false(waits("mode", base_of(0, own.s, 3), "summary"));
}

static void
what_makes_a_record_has_seen_nothing(void **state)
{
	const struct change_base none = { .own = 0 };
	const struct change_base some = { .own = 1 };
	struct change c;

	(void)state;
	make(&c, device, 1, "summary", &none);
	assert_true(waits_is_creation(&c));
	change_fini(&c);
	make(&c, device, 2, "summary", &some);
	assert_false(waits_is_creation(&c));
	change_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_contains_the_held_change_waits),
		cmocka_unit_test(
		    paths_above_and_beneath_count_and_others_do_not),
		cmocka_unit_test(
		    an_edit_of_the_side_that_the_held_change_is_waits),
		cmocka_unit_test(what_makes_a_record_has_seen_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
