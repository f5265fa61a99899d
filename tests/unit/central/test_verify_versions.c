/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of the log by other rules than today's: an older merge, another
 * schema.  What today's come to the same is derived again, by the schema of its
 * day where that was kept; of the rest the log has the last word, and verify
 * says so.
 */
#include "tests/support/engine_world.h"

#include <string.h>

#include "common/core/merge.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_int.h"
#include "schema/schema_bundle.h"

/* An office with two devices, and what its engine's schema was at first. */
struct scene {
	struct world w;
	struct dev a, b;
	struct id person;
	struct schema *built_in;
};

/* The built-in bundle, but that a name is no matter to ask about. */
static json_t *
other_bundle(void)
{
	static const struct json_limits limits = { .bytes_max =
		                                       (size_t)4 * 1024 * 1024,
		.tokens_max = 1000000,
		.depth_max = 32 };
	json_t *bundle = NULL, *field, *records;
	struct err e;

	assert_ok(json_parse((const char *)schema_bundle_bytes,
	              schema_bundle_len, &limits, &bundle, &e),
	    &e);
	records = json_object_get(bundle, "records");
	field = json_object_get(
	    json_object_get(json_object_get(records, "person"), "fields"),
	    "full_name");
	assert_int_equal(
	    json_object_set_new(field, "policy", json_string("latest")), 0);
	return bundle;
}

/* The engine applies changes by another schema; kept: and keeps it. */
static void
change_schema(struct scene *s, bool kept)
{
	struct engine *g = s->w.g;
	json_t *bundle = other_bundle();
	struct buf text;
	struct err e;

	s->built_in = g->schema;
	assert_ok(schema_load(bundle, &g->schema, &e), &e);
	buf_init(&text, (size_t)4 * 1024 * 1024);
	assert_ok(json_print(bundle, &text, &e), &e);
	g->rules.schema = crypto_sha256(text.ptr, text.len);
	g->rules.has_schema = kept;
	if (kept) {
		assert_ok(store_begin(g->store, &e), &e);
		assert_ok(
		    store_bundle_put(g->store, &g->rules.schema, &text, &e),
		    &e);
		assert_ok(store_commit(g->store, &e), &e);
	}
	buf_fini(&text);
	json_decref(bundle);
}

static void
scene_start(struct scene *s, bool other_schema, bool kept)
{
	world_start(&s->w);
	dev_start(&s->a, &s->w, world_user(&s->w, "Amina"), DEVICE_ACTIVE);
	dev_start(&s->b, &s->w, s->a.user, DEVICE_ACTIVE);
	s->built_in = NULL;
	if (other_schema)
		change_schema(s, kept);
	else
		s->w.g->rules.has_schema = kept;
}

/* Two devices change a name without seeing each other. */
static void
clash(struct scene *s)
{
	dev_begin(&s->a, s->person, "person");
	dev_set(&s->a, "full_name", "'Betty'", "'Betty Hughes'");
	(void)dev_cut(&s->a);
	dev_begin(&s->b, s->person, "person");
	dev_set(&s->b, "full_name", "'Betty'", "'Betty Ann'");
	(void)dev_cut(&s->b);
	dev_sync(&s->a);
	dev_sync(&s->b);
}

static void
work(struct scene *s)
{
	s->person = dev_person(&s->a, "Betty");
	dev_sync(&s->a);
	dev_sync(&s->b);
	clash(s);
}

/* The engine is opened anew: by today's rules from here on. */
static void
upgrade(struct scene *s)
{
	world_restart(&s->w);
	if (s->built_in != NULL)
		schema_free(s->built_in);
	s->built_in = NULL;
	(void)dev_person(&s->a, "Idris");
	dev_sync(&s->a);
}

static json_t *
verified(struct scene *s)
{
	json_t *result = NULL;
	struct err e = { 0 };

	world_forget_users(&s->w);
	assert_ok(engine_verify(s->w.g, &result, &e), &e);
	return result;
}

static void
assert_adds_up(struct scene *s)
{
	json_t *result = verified(s);

	if (!json_is_true(json_object_get(result, "ok")))
		fail_msg("%s",
		    json_string_value(json_object_get(result, "first_bad")));
	json_decref(result);
}

/* A number of the changes that a merge version applied, in the order of the
 * log. */
static int64_t
merged(struct scene *s, size_t i, const char *member)
{
	json_t *result = verified(s);
	int64_t n = json_integer_value(json_object_get(
	    json_array_get(json_object_get(result, "merged"), i), member));

	json_decref(result);
	return n;
}

static void
scene_end(struct scene *s)
{
	dev_end(&s->a);
	dev_end(&s->b);
	world_end(&s->w);
}

static void
an_office_upgraded_from_an_older_merge_adds_up(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s, false, false);
	s.w.g->rules.merge_version = 5;
	work(&s);
	upgrade(&s);
	assert_adds_up(&s);
	assert_int_equal(merged(&s, 0, "version"), 5);
	assert_int_equal(merged(&s, 0, "entries"), 3);
	assert_int_equal(merged(&s, 0, "from_log"), 0);
	assert_int_equal(merged(&s, 1, "version"), MERGE_VERSION);
	assert_int_equal(merged(&s, 1, "entries"), 1);
	scene_end(&s);
}

static void
what_other_rules_made_is_taken_from_the_log_and_told(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s, true, false);
	s.w.g->rules.merge_version = 5;
	work(&s);
	upgrade(&s);
	assert_adds_up(&s);
	assert_int_equal(merged(&s, 0, "entries"), 3);
	assert_int_equal(merged(&s, 0, "from_log"), 2);
	/* What goes on from there is the log's too. */
	dev_sync(&s.a);
	dev_begin(&s.a, s.person, "person");
	dev_set(&s.a, "preferred_name", NULL, "'Bet'");
	(void)dev_cut(&s.a);
	dev_sync(&s.a);
	assert_adds_up(&s);
	assert_int_equal(merged(&s, 1, "version"), MERGE_VERSION);
	assert_int_equal(merged(&s, 1, "from_log"), 1);
	scene_end(&s);
}

static void
what_is_taken_from_the_log_is_what_is_kept(void **state)
{
	json_t *result;
	struct scene s;

	(void)state;
	scene_start(&s, true, false);
	s.w.g->rules.merge_version = 5;
	work(&s);
	upgrade(&s);
	world_lay_open(&s.w);
	world_sql(&s.w,
	    "UPDATE record SET body = CAST(replace(CAST(body AS TEXT),"
	    " 'Betty Ann', 'Betty Anx') AS BLOB)");
	result = verified(&s);
	assert_false(json_is_true(json_object_get(result, "ok")));
	json_decref(result);
	s.w.is_unchecked = true;
	scene_end(&s);
}

static void
an_entry_is_derived_by_the_schema_of_its_day(void **state)
{
	json_t *result;
	struct scene s;

	(void)state;
	scene_start(&s, true, true);
	work(&s);
	upgrade(&s);
	assert_adds_up(&s);
	assert_int_equal(merged(&s, 0, "version"), MERGE_VERSION);
	assert_int_equal(merged(&s, 0, "entries"), 4);
	assert_int_equal(merged(&s, 0, "from_log"), 0);
	world_sql(&s.w, "UPDATE bundle SET body = x'7b7d' WHERE no = 2");
	result = verified(&s);
	assert_string_equal(
	    json_string_value(json_object_get(result, "first_bad")),
	    "log 1: its schema is another");
	json_decref(result);
	s.w.is_unchecked = true;
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    an_office_upgraded_from_an_older_merge_adds_up),
		cmocka_unit_test(
		    what_other_rules_made_is_taken_from_the_log_and_told),
		cmocka_unit_test(what_is_taken_from_the_log_is_what_is_kept),
		cmocka_unit_test(an_entry_is_derived_by_the_schema_of_its_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
