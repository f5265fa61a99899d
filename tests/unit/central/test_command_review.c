/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sharing is logged although the person had taken their agreement back: both
 * are kept, and whoever it is for is told until they have looked.
 */
#include "tests/support/engine_rooms.h"

#include <string.h>

#include "tests/support/world_command.h"

#define WORDS "a long enough passphrase"

/* A device's person, who agreed to sharing, and who works at the office. */
struct scene {
	struct duo s;
	struct id person, given;
};

static void
set_id(struct dev *d, const char *path, struct id id)
{
	char text[ID_TEXT_LEN + 3];

	(void)snprintf(text, sizeof(text), "'%s'", id_print(id).s);
	dev_set(d, path, NULL, text);
}

static struct id
agreement(struct dev *d, struct id person, const char *answer, const char *on)
{
	const struct id id = dev_begin_new(d, "consent");

	set_id(d, "person", person);
	dev_set(d, "what", NULL, "'share_with'");
	dev_set(d, "answer", NULL, answer);
	dev_set(d, "on", NULL, on);
	(void)dev_cut(d);
	return id;
}

static struct id
shared(struct scene *t, const char *at)
{
	const struct id id = dev_begin_new(&t->s.a, "disclosure");

	set_id(&t->s.a, "person", t->person);
	set_id(&t->s.a, "agreement", t->given);
	dev_set(&t->s.a, "at", NULL, at);
	(void)dev_cut(&t->s.a);
	return id;
}

static void
scene_start(struct scene *t)
{
	duo_start(&t->s);
	(void)world_colleague(&t->s.w, "Dai", "DPO", WORDS);
	(void)world_colleague(&t->s.w, "Ruth", "RES", WORDS);
	(void)world_colleague(&t->s.w, "Tom", "RES", WORDS);
	t->person = dev_person(&t->s.a, "Betty Adler");
	t->given = agreement(&t->s.a, t->person, "'given'", "'2026-11-01'");
	dev_sync(&t->s.a);
}

static void
scene_end(struct scene *t)
{
	duo_end(&t->s);
}

static json_t *
reviews(struct scene *t, bool all)
{
	json_t *answer = world_done(
	    &t->s.w, json_pack("{s:s, s:b}", "do", "review list", "all", all));
	json_t *list = json_incref(json_object_get(answer, "reviews"));

	assert_true(json_is_array(list));
	json_decref(answer);
	return list;
}

static void
assert_none(struct scene *t)
{
	json_t *list = reviews(t, false);

	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
}

/* One is told, of these two; its id. */
static void
assert_told(struct scene *t, struct id record, struct id against,
    char id_out[static ID_TEXT_LEN + 1])
{
	json_t *list = reviews(t, false);
	const json_t *one = json_array_get(list, 0);

	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(text_of(one, "kind"), "agreed");
	assert_string_equal(text_of(one, "record"), id_print(record).s);
	assert_string_equal(text_of(one, "against"), id_print(against).s);
	assert_string_equal(text_of(one, "role"), "DPO");
	assert_string_equal(text_of(one, "role_label"), "Data protection lead");
	(void)snprintf(id_out, ID_TEXT_LEN + 1, "%s", text_of(one, "id"));
	json_decref(list);
}

static json_t *
seen(const char *who, const char *passphrase, const char *id)
{
	return json_pack("{s:s, s:s*, s:s, s:s, s:s}", "do", "review seen",
	    "as", who, "passphrase", passphrase, "review", id, "reason",
	    "She was told.");
}

static void
what_was_taken_back_first_is_told_when_the_sharing_comes(void **state)
{
	char id[ID_TEXT_LEN + 1];
	struct scene t;
	struct id taken, share;

	(void)state;
	scene_start(&t);
	taken = agreement(&t.s.b, t.person, "'withdrawn'", "'2026-11-20'");
	dev_sync(&t.s.b);
	assert_none(&t);
	share = shared(&t, "'2026-11-20T15:00:00.000Z'");
	assert_none(&t);
	dev_sync(&t.s.a);
	assert_told(&t, share, taken, id);
	scene_end(&t);
}

static void
what_is_taken_back_for_a_day_before_the_sharing_is_told_as_well(void **state)
{
	char id[ID_TEXT_LEN + 1];
	struct scene t;
	struct id taken, share;

	(void)state;
	scene_start(&t);
	share = shared(&t, "'2026-11-20T15:00:00.000Z'");
	dev_sync(&t.s.a);
	assert_none(&t);
	(void)agreement(&t.s.b, t.person, "'withdrawn'", "'2026-11-21'");
	dev_sync(&t.s.b);
	assert_none(&t);
	taken = agreement(&t.s.b, t.person, "'withdrawn'", "'2026-11-19'");
	dev_sync(&t.s.b);
	assert_told(&t, share, taken, id);
	scene_end(&t);
}

static void
it_is_told_until_somebody_of_that_role_has_looked(void **state)
{
	char id[ID_TEXT_LEN + 1], later[ID_TEXT_LEN + 1];
	struct scene t;
	struct id taken, share;
	json_t *list;
	const json_t *said;

	(void)state;
	scene_start(&t);
	share = shared(&t, "'2026-11-20T15:00:00.000Z'");
	dev_sync(&t.s.a);
	taken = agreement(&t.s.b, t.person, "'withdrawn'", "'2026-11-18'");
	dev_sync(&t.s.b);
	assert_told(&t, share, taken, id);
	world_refused(&t.s.w, seen(NULL, WORDS, id), "invalid");
	world_refused(&t.s.w, seen("Ruth", WORDS, id), "conflict");
	world_refused(&t.s.w, seen("Dai", "another passphrase", id), "auth");
	world_refused(
	    &t.s.w, seen("Dai", WORDS, id_print(share).s), "not_found");
	assert_told(&t, share, taken, id);
	json_decref(world_done(&t.s.w, seen("Dai", WORDS, id)));
	assert_none(&t);
	world_refused(&t.s.w, seen("Dai", WORDS, id), "conflict");
	world_restart(&t.s.w);
	assert_none(&t);
	list = reviews(&t, true);
	assert_int_equal(json_array_size(list), 1);
	said = json_object_get(json_array_get(list, 0), "seen");
	assert_string_equal(text_of(said, "reason"), "She was told.");
	json_decref(list);
	/* Another no is told anew. */
	taken = agreement(&t.s.b, t.person, "'refused'", "'2026-11-19'");
	dev_sync(&t.s.b);
	assert_told(&t, share, taken, later);
	assert_string_not_equal(later, id);
	scene_end(&t);
}

static void
the_records_of_one_person_are_looked_at_together(void **state)
{
	char id[ID_TEXT_LEN + 1];
	struct scene t;
	struct id twin, taken, share;
	json_t *proposed;

	(void)state;
	scene_start(&t);
	twin = dev_person(&t.s.b, "Betty Adler");
	taken = agreement(&t.s.b, twin, "'withdrawn'", "'2026-11-18'");
	dev_sync(&t.s.b);
	share = shared(&t, "'2026-11-20T15:00:00.000Z'");
	dev_sync(&t.s.a);
	assert_none(&t);
	proposed = world_done(&t.s.w,
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "do",
	        "duplicates merge", "as", "Ruth", "passphrase", WORDS, "keep",
	        id_print(t.person).s, "other", id_print(twin).s, "reason",
	        "She told both of us."));
	json_decref(world_done(&t.s.w,
	    json_pack("{s:s, s:s, s:s, s:s}", "do", "duplicates confirm", "as",
	        "Tom", "passphrase", WORDS, "proposal",
	        text_of(proposed, "proposal"))));
	json_decref(proposed);
	assert_told(&t, share, taken, id);
	scene_end(&t);
}

static void
what_was_removed_is_not_told(void **state)
{
	char id[ID_TEXT_LEN + 1];
	struct scene t;
	struct id taken, share;

	(void)state;
	scene_start(&t);
	share = shared(&t, "'2026-11-20T15:00:00.000Z'");
	taken = agreement(&t.s.a, t.person, "'withdrawn'", "'2026-11-18'");
	dev_sync(&t.s.a);
	assert_told(&t, share, taken, id);
	json_decref(world_done(&t.s.w,
	    json_pack("{s:s, s:s, s:s}", "do", "record remove", "type",
	        "disclosure", "id", id_print(share).s)));
	assert_none(&t);
	scene_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_was_taken_back_first_is_told_when_the_sharing_comes),
		cmocka_unit_test(
		    what_is_taken_back_for_a_day_before_the_sharing_is_told_as_well),
		cmocka_unit_test(
		    it_is_told_until_somebody_of_that_role_has_looked),
		cmocka_unit_test(
		    the_records_of_one_person_are_looked_at_together),
		cmocka_unit_test(what_was_removed_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
