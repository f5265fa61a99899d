/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conflicts that whoever resolves them does not decide alone: one person
 * proposes, another confirms, and what has changed in between is decided by
 * nobody.
 */
#include "tests/support/conflict_scene.h"
#include "tests/support/world_command.h"

#include <string.h>

#include "common/core/schema_dual.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_int.h"
#include "schema/schema_bundle.h"
#include "tests/support/check_schema.h"

#define WORDS "a long enough passphrase"

/* An office, and an advocate who edited a name that the office had changed. */
struct scene {
	struct world w;
	struct schema *shipped; /* the engine's own */
	struct dev a;
	struct id person;
	char conflict[ID_TEXT_LEN + 1], ada[ID_TEXT_LEN + 1],
	    sian[ID_TEXT_LEN + 1];
};

static void
colleague(struct scene *s, const char *name, const char *role,
    char id_out[static ID_TEXT_LEN + 1])
{
	(void)snprintf(id_out, ID_TEXT_LEN + 1, "%s",
	    id_print(world_colleague(&s->w, name, role, WORDS)).s);
}

/* A schema that asks two people for a person's name, and no other place. */
static struct schema *
schema_for_two(const char *decide)
{
	json_error_t why;
	json_t *bundle = json_loadb(
	    (const char *)schema_bundle_bytes, schema_bundle_len, 0, &why);
	struct schema *s = NULL;
	struct err e;

	assert_non_null(bundle);
	assert_int_equal(json_object_set_new(json_object_get(bundle, "dual"),
	                     "decide", check_json(decide)),
	    0);
	assert_ok(schema_load(bundle, &s, &e), &e);
	json_decref(bundle);
	return s;
}

static void
clash(struct scene *s)
{
	conflict_with_office(&s->a, s->person, s->conflict);
}

static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	s->shipped = s->w.g->schema;
	s->w.g->schema = schema_for_two(
	    "{'label': 'Decide', 'propose': ['RES'], 'confirm': ['SEN', 'RES'],"
	    " 'hours': 24, 'fields': {'person': ['preferred_name']}}");
	colleague(s, "Ada", "RES", s->ada);
	colleague(s, "Sian", "SEN", s->sian);
	dev_start(&s->a, &s->w, world_user(&s->w, "Amina"), DEVICE_ACTIVE);
	s->person = dev_person(&s->a, "Betty");
	dev_sync(&s->a);
	clash(s);
}

static void
scene_end(struct scene *s)
{
	dev_end(&s->a);
	schema_free(s->w.g->schema);
	s->w.g->schema = s->shipped;
	world_end(&s->w);
}

static json_t *
propose(struct scene *s, const char *who)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "do",
	    "conflict propose", "conflict", s->conflict, "take", "1", "as", who,
	    "passphrase", WORDS, "reason", "she said so");
}

static json_t *
confirm(const char *proposal, const char *who)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "do", "conflict confirm",
	    "proposal", proposal, "as", who, "passphrase", WORDS);
}

static void
one_proposes_and_another_makes_it_so(void **state)
{
	struct scene s;
	json_t *made, *answer, *shown;
	const char *proposal;

	(void)state;
	scene_start(&s);
	world_refused(&s.w,
	    json_pack("{s:s, s:s, s:s, s:s, s:s}", "do", "conflict decide",
	        "conflict", s.conflict, "take", "1", "as", s.ada, "reason",
	        "she said so"),
	    "conflict");
	made = world_command(&s.w, propose(&s, s.ada));
	proposal = text_of(made, "proposal");
	assert_string_equal(text_of(made, "state"), "waits");
	world_refused(&s.w, confirm(proposal, s.ada), "conflict");
	answer = world_command(&s.w, confirm(proposal, s.sian));
	assert_null(json_object_get(answer, "error"));
	assert_string_equal(text_of(answer, "state"), "decided");
	assert_string_equal(text_of(answer, "value"), "Bets");
	json_decref(answer);
	shown = world_command(&s.w,
	    json_pack(
	        "{s:s, s:s}", "do", "conflict show", "conflict", s.conflict));
	assert_string_equal(
	    text_of(json_object_get(shown, "decision"), "reason"),
	    "she said so");
	json_decref(shown);
	world_refused(&s.w, confirm(proposal, s.sian), "invalid");
	json_decref(made);
	dev_sync(&s.a);
	assert_string_equal(dev_text(&s.a, s.person, "preferred_name"), "Bets");
	scene_end(&s);
}

static void
what_changed_since_it_was_proposed_is_not_decided(void **state)
{
	struct change_base base = { 0 };
	struct scene s;
	json_t *made;

	(void)state;
	scene_start(&s);
	made = world_command(&s.w, propose(&s, s.ada));
	base.seen = record_related_version(
	    dev_record(&s.a, s.person), "preferred_name");
	dev_begin(&s.a, s.person, "person");
	dev_set_seen(&s.a, "preferred_name", "'Elizabeth'", "'Liz'", base);
	(void)dev_cut(&s.a);
	dev_sync(&s.a);
	world_refused(
	    &s.w, confirm(text_of(made, "proposal"), s.sian), "conflict");
	json_decref(made);
	scene_end(&s);
}

/* A senior and the authors decide it as ever. */
static void
whose_role_is_not_named_decides_alone(void **state)
{
	struct scene s;
	json_t *answer;

	(void)state;
	scene_start(&s);
	world_refused(&s.w, propose(&s, s.sian), "invalid");
	answer = world_command(&s.w,
	    json_pack("{s:s, s:s, s:s, s:s, s:s}", "do", "conflict decide",
	        "conflict", s.conflict, "take", "1", "as", s.sian, "reason",
	        "she said so"));
	assert_null(json_object_get(answer, "error"));
	assert_string_equal(text_of(answer, "state"), "decided");
	json_decref(answer);
	scene_end(&s);
}

/* On a device it is held, and no one person lets it through. */
static void
a_decision_on_a_device_is_held_for_two(void **state)
{
	struct change_base base = { 0 };
	struct change_resolve d = { .reason = (char *)(uintptr_t) "I asked her",
		.sides = json_array() };
	const struct conflict *c;
	const struct record *r;
	char change[80];
	uint64_t counter;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	world_sql(&s.w, "UPDATE user SET role = 'RES' WHERE name = 'Amina'");
	r = dev_record(&s.a, s.person);
	assert_int_equal(r->n_conflicts, 1);
	c = &r->conflicts[0];
	d.conflict = c->id;
	d.current = record_path_version(r, c->path);
	for (size_t i = 0; i < c->n_sides; i++)
		assert_int_equal(json_array_append_new(d.sides,
		                     json_pack("[so]", c->sides[i].key,
		                         version_to_json(c->sides[i].version))),
		    0);
	base.seen = record_related_version(r, "preferred_name");
	dev_begin(&s.a, s.person, "person");
	dev_set_seen(&s.a, "preferred_name", "'Elizabeth'", "'Bets'", base);
	assert_ok(change_add_resolve(&s.a.open, &d, &e), &e);
	json_decref(d.sides);
	counter = dev_cut(&s.a);
	dev_push(&s.a);
	assert_string_equal(dev_outcome(&s.a, counter)->reason, "two_decide");
	(void)snprintf(change, sizeof(change), "%s/%llu", id_print(s.a.id).s,
	    (unsigned long long)counter);
	world_refused(&s.w,
	    json_pack("{s:s, s:s, s:s, s:s}", "do", "held retry", "change",
	        change, "as", s.ada, "reason", "right"),
	    "conflict");
	json_decref(world_command(&s.w,
	    json_pack("{s:s, s:s, s:s, s:s}", "do", "held close", "change",
	        change, "as", s.ada, "reason", "proposed at the office")));
	scene_end(&s);
}

/* The schema that is shipped asks two for free text in what is signed. */
static void
free_text_that_is_signed_is_not_the_resolvers_alone(void **state)
{
	struct schema *s = check_schema_new();
	const struct schema_type *note = check_type(s, "note");
	json_t *draft = check_json("{'content': 'draft'}");
	json_t *done = check_json("{'content': 'signed'}");

	(void)state;
	assert_true(schema_decide_needs_two(s, note, done, "summary", "RES"));
	assert_true(schema_decide_needs_two(s, note, done, "", "RES"));
	assert_false(schema_decide_needs_two(s, note, draft, "summary", "RES"));
	assert_false(schema_decide_needs_two(s, note, done, "case", "RES"));
	assert_false(schema_decide_needs_two(s, note, done, "summary", "SEN"));
	json_decref(draft);
	json_decref(done);
	schema_free(s);
}

static void
what_names_no_place_is_refused(void **state)
{
	static const char *const bad[] = {
		"{'label': 'D', 'propose': [], 'confirm': [], 'hours': 1}",
		"{'label': 'D', 'propose': [], 'confirm': [], 'hours': 1,"
		" 'fields': {'person': ['no_such_field']}}",
		"{'label': 'D', 'propose': [], 'confirm': [], 'hours': 1,"
		" 'fields': {'no_such_type': ['summary']}}",
		"{'label': 'D', 'propose': [], 'confirm': [], 'hours': 1,"
		" 'fields': {}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_error_t why;
		json_t *bundle = json_loadb((const char *)schema_bundle_bytes,
		    schema_bundle_len, 0, &why);
		struct schema *s = NULL;

		assert_int_equal(
		    json_object_set_new(json_object_get(bundle, "dual"),
		        "decide", check_json(bad[i])),
		    0);
		assert_int_not_equal(schema_load(bundle, &s, NULL), ERR_OK);
		json_decref(bundle);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_proposes_and_another_makes_it_so),
		cmocka_unit_test(
		    what_changed_since_it_was_proposed_is_not_decided),
		cmocka_unit_test(whose_role_is_not_named_decides_alone),
		cmocka_unit_test(a_decision_on_a_device_is_held_for_two),
		cmocka_unit_test(
		    free_text_that_is_signed_is_not_the_resolvers_alone),
		cmocka_unit_test(what_names_no_place_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
