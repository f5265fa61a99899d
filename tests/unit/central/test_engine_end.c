/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's end, and what it says of a record's last change.
 */
#include "tests/support/world_command.h"

#include <string.h>

#include "common/sys/json.h"

struct scene {
	struct world w;
	struct id user;
	struct dev a;
};

static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	s->user = world_user(&s->w, "Amina");
	dev_start(&s->a, &s->w, s->user, DEVICE_ACTIVE);
}

static void
scene_end(struct scene *s)
{
	dev_end(&s->a);
	world_end(&s->w);
}

static void
who_waits_when_it_ends_is_told_to_come_again(void **state)
{
	struct scene s;
	struct answer a;
	uint64_t parked, queued;

	(void)state;
	scene_start(&s);
	parked = dev_queue(&s.a, WIRE_WAIT,
	    "/v1/wait?epoch=1&floor=0&outcomes=0&" DEV_NONCE, NULL, false);
	(void)engine_work(s.w.g);
	assert_int_equal(engine_counts(s.w.g).parked, 1);
	queued = dev_queue(&s.a, WIRE_WAIT,
	    "/v1/wait?epoch=1&floor=0&outcomes=0&" DEV_NONCE, NULL, false);
	world_restart(&s.w);
	assert_true(world_answer(&s.w, parked, &a));
	assert_int_equal(answer_word(&a), WORD_BUSY);
	assert_true(a.retry_after_s > 0);
	answer_end(&a);
	assert_true(world_answer(&s.w, queued, &a));
	assert_int_equal(answer_word(&a), WORD_BUSY);
	answer_end(&a);
	scene_end(&s);
}

static void
assert_outcome(
    struct scene *s, const char *type, struct id record, const char *word)
{
	json_t *shown = world_done(&s->w,
	    json_pack("{s:s, s:s, s:s}", "do", "record show", "type", type,
	        "id", id_print(record).s));

	assert_string_equal(
	    json_string_value(json_object_get(shown, "outcome")), word);
	json_decref(shown);
}

/* Edit a path of the person that the device holds, unsynced. */
static void
edit(struct scene *s, struct id person, const char *path, const char *was,
    const char *now)
{
	struct change_base base = { 0 };

	base.seen = record_related_version(dev_record(&s->a, person), path);
	dev_begin(&s->a, person, "person");
	dev_set_seen(&s->a, path, was, now, base);
	(void)dev_cut(&s->a);
}

static void
office_sets(struct scene *s, struct id person, const char *path, const char *to)
{
	json_decref(world_done(&s->w,
	    json_pack("{s:s, s:s, s:s, s:[{s:s, s:s}]}", "do", "record edit",
	        "type", "person", "id", id_print(person).s, "set", "path", path,
	        "value", to)));
}

static void
the_office_shows_what_became_of_a_records_last_change(void **state)
{
	struct scene s;
	struct id person;
	char change[80];

	(void)state;
	scene_start(&s);
	person = dev_person(&s.a, "Betty");
	(void)dev_case(&s.a, person);
	dev_sync(&s.a);
	assert_outcome(&s, "person", person, "applied");
	edit(&s, person, "how_i_communicate", NULL,
	    "'She points. She likes tea.'");
	dev_sync(&s.a);
	edit(&s, person, "how_i_communicate", "'She points. She likes tea.'",
	    "'She points. She likes tea. She nods.'");
	office_sets(&s, person, "how_i_communicate",
	    "She often points. She likes tea.");
	dev_sync(&s.a);
	assert_outcome(&s, "person", person, "merged");
	/* Only the office gives this: the change is held. */
	edit(&s, person, "local_ref", NULL, "'P-1'");
	dev_sync(&s.a);
	assert_outcome(&s, "person", person, "held");
	(void)snprintf(change, sizeof(change), "%s/%zu", id_print(s.a.id).s,
	    s.a.n_journal);
	json_decref(world_done(&s.w,
	    json_pack("{s:s, s:s, s:s}", "do", "held close", "change", change,
	        "reason", "not hers to give")));
	assert_outcome(&s, "person", person, "closed");
	edit(&s, person, "preferred_name", "'Betty'", "'Bets'");
	office_sets(&s, person, "preferred_name", "Elizabeth");
	dev_sync(&s.a);
	assert_outcome(&s, "person", person, "conflict");
	/* Something else goes in, and there is still something to decide. */
	office_sets(&s, person, "email", "b@example.test");
	assert_outcome(&s, "person", person, "conflict");
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_when_it_ends_is_told_to_come_again),
		cmocka_unit_test(
		    the_office_shows_what_became_of_a_records_last_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
