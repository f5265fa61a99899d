/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A save that the office would hold for good is refused while its author can
 * still put it right.
 */
#include "tests/support/device.h"

#include <string.h>

static enum err_code
save(struct device *d, const char *path, const char *text, struct err *e)
{
	json_t *now = json_string(text);
	const struct edit edit = { .path = path, .now = now };
	struct save_result saved;
	enum err_code code = device_store_save(
	    d->store, NULL, "note", &edit, 1, NULL, &saved, e);

	if (code == ERR_OK)
		save_result_fini(&saved);
	json_decref(now);
	return code;
}

static void
a_note_of_a_visit_that_is_a_person_is_not_saved(void **state)
{
	struct small_office *o = small_office_new();
	struct device d;
	struct id_text person, stranger;
	struct err e;

	(void)state;
	device_start(o, "Nia", &d);
	person = id_print(device_new_person(&d, "Betty"));
	assert_int_equal(save(&d, "visit", person.s, &e), ERR_INVALID);
	assert_non_null(strstr(e.msg, "another kind"));
	/* What is not here may be on its way. */
	stranger = person;
	stranger.s[0] = stranger.s[0] == '0' ? '1' : '0';
	assert_ok(save(&d, "visit", stranger.s, &e), &e);
	assert_device_verifies(&d, 2);
	device_end(&d);
	small_office_free(o);
}

static void
nothing_is_saved_in_anothers_name(void **state)
{
	static const char *const paths[] = { "author", "signed_by",
		"addenda/r1/author" };
	struct small_office *o = small_office_new();
	struct device d;
	struct id_text me, other;
	struct err e;

	(void)state;
	device_start(o, "Nia", &d);
	me = other = id_print(d.identity.user);
	other.s[0] = other.s[0] == '0' ? '1' : '0';
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_int_equal(save(&d, paths[i], other.s, &e), ERR_INVALID);
		assert_non_null(strstr(e.msg, "yourself"));
		assert_ok(save(&d, paths[i], me.s, &e), &e);
	}
	assert_device_verifies(&d, 3);
	device_end(&d);
	small_office_free(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_note_of_a_visit_that_is_a_person_is_not_saved),
		cmocka_unit_test(nothing_is_saved_in_anothers_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
