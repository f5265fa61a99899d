/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the office knows of other records, and in whose name a change speaks.
 */
#include "tests/support/world_command.h"

#include <stdio.h>
#include <string.h>

#include "common/sys/json.h"

struct scene {
	struct world w;
	struct dev a, b;
	struct id person, of_case, note;
};

static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	dev_start(&s->a, &s->w, world_user(&s->w, "Amina"), DEVICE_ACTIVE);
	dev_start(&s->b, &s->w, world_user(&s->w, "Bryn"), DEVICE_ACTIVE);
	s->person = dev_person(&s->a, "Betty");
	s->of_case = dev_case(&s->a, s->person);
	s->note = dev_note(&s->a, s->of_case, "Hers.");
	dev_sync(&s->a);
}

static void
scene_end(struct scene *s)
{
	dev_end(&s->a);
	dev_end(&s->b);
	world_end(&s->w);
}

static uint64_t
set_id(struct scene *s, const char *path, struct id value)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "'%s'", id_print(value).s);
	dev_begin(&s->a, s->note, "note");
	dev_set(&s->a, path, NULL, text);
	return dev_cut(&s->a);
}

static void
assert_outcome(struct scene *s, uint64_t counter, enum outcome_kind kind,
    const char *reason)
{
	const struct outcome *o = dev_outcome(&s->a, counter);

	assert_int_equal(o->kind, kind);
	assert_string_equal(o->reason, reason);
}

static void
test_a_reference_to_the_wrong_kind_of_record_is_held_and_told(void **state)
{
	struct scene s;
	uint64_t wrong, unknown;
	struct id stranger;

	(void)state;
	scene_start(&s);
	stranger = s.person;
	stranger.b[0] ^= 1;
	wrong = set_id(&s, "visit", s.of_case);
	unknown = set_id(&s, "visit", stranger);
	dev_sync(&s.a);
	assert_outcome(&s, wrong, OUTCOME_HELD, "wrong_ref");
	assert_string_equal(dev_outcome(&s.a, wrong)->path, "visit");
	/* It is signed: what comes later is an addendum. */
	assert_outcome(&s, unknown, OUTCOME_ADDENDUM, "");
	scene_end(&s);
}

static void
test_an_addendum_in_anothers_name_is_held(void **state)
{
	struct scene s;
	uint64_t others, own;

	(void)state;
	scene_start(&s);
	others = set_id(&s, "addenda/r1/author", s.b.user);
	own = set_id(&s, "addenda/r2/author", s.a.user);
	dev_sync(&s.a);
	assert_outcome(&s, others, OUTCOME_HELD, "wrong_author");
	assert_outcome(&s, own, OUTCOME_APPLIED, "");
	scene_end(&s);
}

/* What the console is told when it sets a path of the note. */
static void
assert_refused(
    struct scene *s, const char *path, struct id value, const char *reason)
{
	json_t *answer = world_command(&s->w,
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}]}", "do", "record edit",
	        "type", "note", "id", id_print(s->note).s, "set", "path", path,
	        "value", id_print(value).s));

	assert_non_null(
	    strstr(text_of(json_object_get(answer, "error"), "text"), reason));
	json_decref(answer);
}

static void
test_the_console_is_refused_the_same(void **state)
{
	struct scene s;
	uint64_t head;

	(void)state;
	scene_start(&s);
	head = world_head(&s.w);
	assert_refused(&s, "visit", s.of_case, "wrong_ref");
	assert_refused(&s, "addenda/+/author", s.b.user, "wrong_author");
	assert_int_equal(world_head(&s.w), head);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_a_reference_to_the_wrong_kind_of_record_is_held_and_told),
		cmocka_unit_test(test_an_addendum_in_anothers_name_is_held),
		cmocka_unit_test(test_the_console_is_refused_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
