/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/rng.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/record_int.h"
#include "common/core/value.h"
#include "common/sys/json.h"

#define DEVICES 3

/* An id that ends in n. */
static struct id
id_of(uint8_t n)
{
	struct id id = { { 1, 2, 3, 4, 5, 6, 0x70, 8, 0x80 } };

	id.b[15] = n;
	return id;
}

static struct setter
setter_of(uint64_t seq, uint8_t device, uint64_t counter)
{
	return (struct setter){ .version = { 1, seq },
		.device = id_of(device),
		.counter = counter,
		.author = id_of((uint8_t)(100 + device)),
		.made_at = 1000 * seq,
		.clock_offset = -(int64_t)device };
}

static struct record
new_record(void)
{
	struct record r;
	struct err e = { 0 };

	assert_ok(record_init(&r, id_of(7), "note", id_of(101), &e), &e);
	return r;
}

/* Set a path in change seq of a device and raise the record's version. */
static void
set(struct record *r, const char *path, json_t *value, uint64_t seq,
    uint8_t device)
{
	struct setter s = setter_of(seq, device, seq);
	struct err e = { 0 };
	bool is_member = json_is_true(value);

	assert_ok(record_set(r, path, value, is_member, &s, &e), &e);
	r->version = s.version;
	json_decref(value);
}

static void
take_away(struct record *r, const char *path, uint64_t seq, uint8_t device)
{
	struct setter s = setter_of(seq, device, seq);
	struct err e = { 0 };

	assert_ok(record_remove(r, path, &s, &e), &e);
	r->version = s.version;
}

static struct conflict *
clash(
    struct record *r, uint8_t id, const char *path, json_t *value, uint64_t seq)
{
	struct conflict_side side = { .value = value,
		.author = id_of(102),
		.device = id_of(2),
		.counter = seq,
		.version = { 1, seq },
		.is_open = true };
	struct conflict *c;
	struct err e = { 0 };

	assert_ok(record_conflict_make(r, id_of(id), path, &c, &e), &e);
	assert_ok(conflict_side_add(c, &side, &e), &e);
	c->version = side.version;
	c->opened_at = 5;
	r->version = side.version;
	json_decref(value);
	return c;
}

/* The canonical text of a record; the caller ends it with buf_fini. */
static struct buf
text_of(const struct record *r)
{
	struct buf text;
	json_t *json;
	struct err e = { 0 };

	buf_init(&text, LIMIT_RECORD_BYTES);
	assert_ok(record_to_json(r, &json, &e), &e);
	assert_ok(json_print(json, &text, &e), &e);
	json_decref(json);
	return text;
}

static void
assert_same(const struct record *a, const struct record *b)
{
	struct buf x = text_of(a), y = text_of(b);

	assert_string_equal(x.ptr, y.ptr);
	buf_fini(&x);
	buf_fini(&y);
}

static void
setters_are_one_for_each_device_ascending_by_version(void **state)
{
	struct record r = new_record();
	const struct path_state *ps;

	(void)state;
	set(&r, "summary", json_string("a"), 1, 1);
	set(&r, "summary", json_string("b"), 2, 2);
	set(&r, "summary", json_string("c"), 3, 1);
	ps = record_path(&r, "summary");
	assert_int_equal(ps->n_setters, 2);
	assert_int_equal(ps->setters[0].version.seq, 2);
	assert_int_equal(ps->setters[1].version.seq, 3);
	assert_int_equal(ps->setters[1].counter, 3);
	record_fini(&r);
}

static void
a_held_change_that_applies_late_keeps_its_devices_higher_counter(void **state)
{
	struct record r = new_record();
	struct setter late = setter_of(9, 1, 5);
	struct path_state *ps;
	struct err e = { 0 };

	(void)state;
	set(&r, "summary", json_string("a"), 6, 1);
	assert_ok(record_path_make(&r, "summary", &ps, &e), &e);
	assert_ok(path_state_put(ps, &late, &e), &e);
	assert_int_equal(ps->n_setters, 1);
	assert_int_equal(ps->setters[0].version.seq, 9);
	assert_int_equal(ps->setters[0].counter, 6);
	record_fini(&r);
}

static void
a_paths_version_is_its_last_setters_and_the_related_one_looks_around(
    void **state)
{
	struct record r = new_record();

	(void)state;
	set(&r, "statements/r1/text", json_string("a"), 1, 1);
	set(&r, "statements/r1/kind", json_string("said"), 2, 1);
	set(&r, "statements/r1-b/text", json_string("a"), 8, 1);
	set(&r, "statements-x", json_string("a"), 9, 1);
	assert_int_equal(record_path_version(&r, "statements/r1/text").seq, 1);
	assert_int_equal(record_path_version(&r, "statements/r1").seq, 0);
	assert_int_equal(record_related_version(&r, "statements/r1").seq, 2);
	assert_int_equal(record_related_version(&r, "statements").seq, 8);
	assert_int_equal(record_related_version(&r, "").seq, 9);
	take_away(&r, "", 10, 2);
	assert_int_equal(
	    record_related_version(&r, "statements/r1/text").seq, 10);
	assert_int_equal(record_related_version(&r, "nothing").seq, 10);
	record_fini(&r);
}

static void
a_removed_row_keeps_its_last_value_its_setters_and_its_version(void **state)
{
	struct record r = new_record();
	const struct path_state *ps;

	(void)state;
	set(&r, "statements/r1/text", json_string("a"), 1, 1);
	take_away(&r, "statements/r1", 2, 2);
	assert_null(path_get(r.doc, "statements/r1"));
	ps = record_path(&r, "statements/r1");
	assert_true(ps->is_removed);
	assert_string_equal(
	    json_string_value(json_object_get(ps->was, "text")), "a");
	take_away(&r, "statements/r1", 3, 1);
	ps = record_path(&r, "statements/r1");
	assert_non_null(ps->was);
	assert_int_equal(ps->n_setters, 2);
	set(&r, "statements/r1", json_pack("{s:s}", "text", "b"), 4, 1);
	ps = record_path(&r, "statements/r1");
	assert_false(ps->is_removed);
	assert_null(ps->was);
	record_fini(&r);
}

static void
a_removed_record_keeps_its_whole_document(void **state)
{
	struct record r = new_record();
	const struct path_state *ps;

	(void)state;
	set(&r, "summary", json_string("a"), 1, 1);
	take_away(&r, "", 2, 1);
	ps = record_path(&r, "");
	assert_int_equal(json_object_size(r.doc), 0);
	assert_string_equal(
	    json_string_value(json_object_get(ps->was, "summary")), "a");
	record_fini(&r);
}

static void
a_record_prints_as_the_form_in_its_header(void **state)
{
	static const char want[] =
	    "{\"author\":\"01020304-0506-7008-8000-000000000065\","
	    "\"conflicts\":[{\"id\":\"01020304-0506-7008-8000-000000000009\","
	    "\"kind\":\"ask\",\"opened_at\":5,\"owner\":\"author\","
	    "\"path\":\"summary\",\"sides\":[{\"author\":"
	    "\"01020304-0506-7008-8000-000000000066\",\"clock_offset\":0,"
	    "\"counter\":3,\"device\":\"01020304-0506-7008-8000-000000000002\","
	    "\"key\":\"01020304-0506-7008-8000-000000000002/3\",\"made_at\":0,"
	    "\"open\":true,\"value\":\"other\",\"version\":[1,3]}],"
	    "\"version\":[1,3]}],"
	    "\"doc\":{\"summary\":\"a\"},"
	    "\"future\":[1],"
	    "\"id\":\"01020304-0506-7008-8000-000000000007\","
	    "\"paths\":{\"rows/1/text\":[0],\"summary\":[0]},"
	    "\"removed\":{\"rows/1\":{\"by\":[1],\"was\":{\"text\":\"t\"}}},"
	    "\"setters\":["
	    "[1,1,\"01020304-0506-7008-8000-000000000001\",1,"
	    "\"01020304-0506-7008-8000-000000000065\",1000,-1],"
	    "[1,2,\"01020304-0506-7008-8000-000000000002\",2,"
	    "\"01020304-0506-7008-8000-000000000066\",2000,-2]],"
	    "\"type\":\"note\",\"version\":[1,3]}";
	struct record r = new_record();
	struct buf text;

	(void)state;
	set(&r, "summary", json_string("a"), 1, 1);
	set(&r, "rows/1/text", json_string("t"), 1, 1);
	take_away(&r, "rows/1", 2, 2);
	(void)clash(&r, 9, "summary", json_string("other"), 3);
	r.extra = json_pack("{s:[i]}", "future", 1);
	text = text_of(&r);
	assert_string_equal(text.ptr, want);
	buf_fini(&text);
	record_fini(&r);
}

static void
a_copy_is_not_touched_by_what_happens_to_the_original(void **state)
{
	struct record r = new_record(), copy, again;
	struct err e = { 0 };

	(void)state;
	set(&r, "rows/1/text", json_string("t"), 1, 1);
	set(&r, "set/x", json_true(), 2, 1);
	(void)clash(&r, 9, "summary", json_string("other"), 3);
	assert_ok(record_copy(&r, &copy, &e), &e);
	assert_ok(record_copy(&r, &again, &e), &e);
	set(&r, "rows/1/text", json_string("u"), 4, 1);
	set(&r, "set/y", json_true(), 5, 2);
	take_away(&r, "rows/1", 6, 2);
	r.conflicts[0].sides[0].is_open = false;
	assert_same(&copy, &again);
	record_fini(&r);
	record_fini(&copy);
	record_fini(&again);
}

/* A random history of one record, some of whose changes share a version. */
static void
random_step(struct record *r, struct rng *g, uint64_t seq)
{
	static const char *const leaves[] = { "summary", "room", "rows/1/text",
		"rows/1/kind", "rows/2/text", "rows/2/kind" };
	uint8_t device = (uint8_t)(1 + rng_below(g, DEVICES));
	const char *row = rng_below(g, 2) == 0 ? "rows/1" : "rows/2";

	switch (rng_below(g, 9)) {
	case 0:
		take_away(r, row, seq, device);
		break;
	case 1:
		set(r, row, json_pack("{s:I}", "text", (json_int_t)seq), seq,
		    device);
		break;
	case 2:
		if (record_path(r, "set/x") == NULL ||
		    path_get(r->doc, "set/x") == NULL)
			set(r, "set/x", json_true(), seq, device);
		else
			set(r, "set/y", json_true(), seq, device);
		break;
	case 3:
		if (rng_below(g, 4) == 0)
			take_away(r, "", seq, device);
		else
			set(r, "",
			    json_pack("{s:s,s:{s:{s:I}}}", "summary", "s",
			        "rows", "2", "text", (json_int_t)seq),
			    seq, device);
		break;
	case 4:
		(void)clash(r, (uint8_t)(seq % 251), "closed",
		    json_integer((json_int_t)seq), seq);
		for (size_t i = 0; i < r->n_conflicts; i++)
			r->conflicts[i].sides[0].is_open = false;
		for (size_t i = 0; i < r->n_conflicts; i++)
			r->conflicts[i].version = r->version;
		break;
	default:
		set(r, leaves[rng_below(g, 6)],
		    rng_below(g, 4) == 0 ? NULL : json_integer((json_int_t)seq),
		    seq, device);
	}
}

/* A removed thing comes back by setting its whole path: let the random
 * history keep to that, as apply_change does. */
static bool
step_is_allowed(const struct record *r)
{
	return record_check(r, NULL) == ERR_OK;
}

static void
step(struct record *r, struct rng *g, uint64_t seq)
{
	struct record before;
	struct err e = { 0 };

	assert_ok(record_copy(r, &before, &e), &e);
	random_step(r, g, seq);
	if (step_is_allowed(r)) {
		record_fini(&before);
		return;
	}
	record_fini(r);
	*r = before;
}

static void
json_of_a_record_reads_back_to_the_same_bytes(void **state)
{
	struct rng g = rng_make(check_seed(__func__));

	(void)state;
	for (int round = 0; round < 150; round++) {
		struct record r = new_record(), back;
		struct err e = { 0 };
		json_t *json;

		for (uint64_t seq = 1; seq < 30; seq++)
			step(&r, &g, seq);
		assert_ok(record_to_json(&r, &json, &e), &e);
		assert_ok(record_from_json(json, &back, &e), &e);
		assert_same(&r, &back);
		json_decref(json);
		record_fini(&r);
		record_fini(&back);
	}
}

static void
a_delta_onto_the_state_at_its_floor_gives_the_whole_state(void **state)
{
	struct rng g = rng_make(check_seed(__func__));

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct record r = new_record(), at_floor;
		struct err e = { 0 };
		struct version floor;
		uint64_t seq = 1, till = 1 + rng_below(&g, 25);
		json_t *delta;

		for (; seq < till; seq++)
			step(&r, &g, seq);
		assert_ok(record_copy(&r, &at_floor, &e), &e);
		floor = (struct version){ 1, seq - 1 };
		for (till = seq + rng_below(&g, 12); seq < till; seq++)
			step(&r, &g, seq);
		assert_ok(record_delta(&r, floor, &delta, &e), &e);
		assert_ok(record_merge_delta(&at_floor, delta, &e), &e);
		assert_same(&at_floor, &r);
		/* Once more changes nothing: a page may come twice. */
		assert_ok(record_merge_delta(&at_floor, delta, &e), &e);
		assert_same(&at_floor, &r);
		json_decref(delta);
		record_fini(&r);
		record_fini(&at_floor);
	}
}

static void
a_delta_holds_only_what_is_above_the_floor(void **state)
{
	struct record r = new_record();
	json_t *delta;
	struct err e = { 0 };

	(void)state;
	set(&r, "summary", json_string("a"), 1, 1);
	set(&r, "rows/1/text", json_string("b"), 2, 1);
	set(&r, "rows/2/text", json_string("c"), 3, 2);
	assert_ok(record_delta(&r, (struct version){ 1, 2 }, &delta, &e), &e);
	assert_int_equal(json_object_size(json_object_get(delta, "paths")), 1);
	assert_int_equal(json_array_size(json_object_get(delta, "setters")), 1);
	assert_null(path_get(json_object_get(delta, "doc"), "summary"));
	assert_null(path_get(json_object_get(delta, "doc"), "rows/1"));
	json_decref(delta);
	record_fini(&r);
}

static void
a_delta_of_another_or_an_older_record_does_not_fit(void **state)
{
	struct record r = new_record(), other;
	json_t *delta;
	struct err e = { 0 };

	(void)state;
	set(&r, "summary", json_string("a"), 1, 1);
	assert_ok(record_delta(&r, (struct version){ 0, 0 }, &delta, &e), &e);
	assert_ok(record_init(&other, id_of(8), "note", id_of(101), &e), &e);
	assert_int_equal(record_merge_delta(&other, delta, &e), ERR_CONFLICT);
	set(&r, "summary", json_string("b"), 2, 1);
	assert_int_equal(record_merge_delta(&r, delta, &e), ERR_CONFLICT);
	assert_string_equal(json_string_value(path_get(r.doc, "summary")), "b");
	json_decref(delta);
	record_fini(&r);
	record_fini(&other);
}

static void
unknown_keys_of_a_later_version_are_kept_and_travel(void **state)
{
	struct record r = new_record(), back;
	json_t *json;
	struct err e = { 0 };

	(void)state;
	set(&r, "summary", json_string("a"), 1, 1);
	r.extra = json_pack("{s:{s:i}}", "later", "x", 1);
	assert_ok(record_to_json(&r, &json, &e), &e);
	assert_ok(record_from_json(json, &back, &e), &e);
	assert_same(&r, &back);
	json_decref(json);
	json_decref(back.extra);
	back.extra = NULL;
	assert_ok(record_delta(&r, r.version, &json, &e), &e);
	assert_ok(record_merge_delta(&back, json, &e), &e);
	assert_same(&r, &back);
	json_decref(json);
	record_fini(&r);
	record_fini(&back);
}

/* Put text in place of the first `from` of a good record and read it. */
static enum err_code
read_changed(const char *from, const char *to)
{
	struct record r = new_record(), out;
	struct buf text, changed;
	struct err e = { 0 };
	enum err_code code;
	const char *at;
	json_t *json;

	set(&r, "summary", json_string("a"), 1, 1);
	set(&r, "summary", json_string("b"), 2, 2);
	set(&r, "rows/1/text", json_string("t"), 2, 2);
	take_away(&r, "rows/1", 3, 2);
	(void)clash(&r, 9, "summary", json_string("other"), 4);
	text = text_of(&r);
	at = strstr(text.ptr, from);
	assert_non_null(at);
	buf_init(&changed, LIMIT_RECORD_BYTES);
	buf_add(&changed, text.ptr, (size_t)(at - text.ptr));
	buf_add_str(&changed, to);
	buf_add_str(&changed, at + strlen(from));
	json = json_loads(changed.ptr, 0, NULL);
	if (json == NULL)
		fail_msg("not JSON: %s", changed.ptr);
	code = record_from_json(json, &out, &e);
	if (code == ERR_OK)
		record_fini(&out);
	json_decref(json);
	buf_fini(&text);
	buf_fini(&changed);
	record_fini(&r);
	return code;
}

static void
json_that_breaks_an_invariant_is_refused(void **state)
{
	static const char *const bad[][2] = {
		/* 1: setters unused, unsorted, above the record's version. */
		{ "\"paths\":{\"rows/1/text\":[1],\"summary\":[0,1]}",
		    "\"paths\":{\"rows/1/text\":[1],\"summary\":[1]}" },
		{ "[1,1,", "[1,3," },
		{ "\"type\":\"note\",\"version\":[1,4]",
		    "\"type\":\"note\",\"version\":[1,2]" },
		{ "\"type\":\"note\",\"version\":[1,4]",
		    "\"type\":\"note\",\"version\":[1,3]" },
		{ "\"type\":\"note\",\"version\":[1,4]", "\"type\":\"note\"" },
		/* 2: one setter for each device, in order, in range. */
		{ "\"summary\":[0,1]", "\"summary\":[0,1,2]" },
		{ "\"summary\":[0,1]", "\"summary\":[1,0]" },
		{ "\"summary\":[0,1]", "\"summary\":[0,0,1]" },
		{ "\"summary\":[0,1]", "\"summary\":[0,1,3]" },
		{ "\"summary\":[0,1]", "\"summary\":[-1,0,1]" },
		{ "\"summary\":[0,1]", "\"summary\":[]" },
		{ "\"summary\":[0,1]", "\"summary\":[0,\"1\"]" },
		{ "\"summary\":[0,1]", "\"summary\":1" },
		{ "\"summary\":[0,1]", "\"sum mary\":[0,1]" },
		/* 3: removed paths. */
		{ "\"doc\":{\"summary\":\"b\"}",
		    "\"doc\":{\"rows\":{\"1\":{\"a\":1}},\"summary\":\"b\"}" },
		{ "{\"by\":[2],\"was\":{\"text\":\"t\"}}",
		    "{\"by\":[2],\"was\":\"t\"}" },
		{ "{\"by\":[2],\"was\":{\"text\":\"t\"}}",
		    "{\"by\":[2],\"was\":{}}" },
		{ "{\"by\":[2],\"was\":{\"text\":\"t\"}}",
		    "{\"by\":[2],\"x\":1,\"was\":{\"text\":\"t\"}}" },
		{ "{\"rows/1\":{\"by\"", "{\"rows\":{\"by\"" },
		{ "{\"rows/1\":{\"by\"", "{\"summary\":{\"by\"" },
		/* 4 and conflicts. */
		{ "\"key\":\"01020304-0506-7008-8000-000000000002/4\"",
		    "\"key\":\"01020304-0506-7008-8000-000000000002/5\"" },
		{ "\"kind\":\"ask\"", "\"kind\":\"asks\"" },
		{ "\"owner\":\"author\"", "\"owner\":\"boss\"" },
		{ "\"opened_at\":5", "\"opened_at\":-5" },
		{ "\"open\":true", "\"open\":1" },
		{ "\"value\":\"other\"", "\"value\":\"\"" },
		{ "\"value\":\"other\"", "\"more\":1" },
		{ "\"opened_at\":5", "\"opened_at\":5,\"more\":1" },
		{ "\"opened_at\":5", "\"opened_at\":5,\"decisions\":[]" },
		{ "\"opened_at\":5", "\"opened_at\":5,\"decisions\":[{}]" },
		{ "\"opened_at\":5", "\"opened_at\":5,\"ancestor\":{}" },
		{ "\"version\":[1,4]}],\"doc\"",
		    "\"version\":[1,3]}],\"doc\"" },
		{ "\"path\":\"summary\"", "\"path\":\"Summary\"" },
		/* The rest. */
		{ "\"type\":\"note\"", "\"type\":\"a/b\"" },
		{ "\"type\":\"note\"", "\"type\":\"\"" },
		{ "\"setters\":[", "\"setters\":[[]," },
		{ "\"setters\":[", "\"setters\":[7," },
		{ "\"doc\":{\"summary\":\"b\"}", "\"doc\":{\"summary\":\"\"}" },
		{ "\"doc\":{\"summary\":\"b\"}", "\"doc\":[]" },
		{ "\"doc\":{\"summary\":\"b\"}", "\"docs\":{}" },
		{ "\"conflicts\":[{", "\"conflicts\":[],\"x\":[{" },
		{ ",1000,-1]", ",-1000,-1]" },
	};

	(void)state;
	assert_int_equal(read_changed("\"type\"", "\"type\""), ERR_OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (read_changed(bad[i][0], bad[i][1]) != ERR_MALFORMED)
			fail_msg("accepted: %s", bad[i][1]);
}

static void
two_open_conflicts_at_one_path_are_refused(void **state)
{
	struct record r = new_record();
	struct err e = { 0 };

	(void)state;
	set(&r, "summary", json_string("a"), 1, 1);
	(void)clash(&r, 3, "summary", json_string("x"), 2);
	(void)clash(&r, 2, "summary", json_string("y"), 3);
	assert_int_equal(record_check(&r, &e), ERR_MALFORMED);
	r.conflicts[0].sides[0].is_open = false;
	assert_ok(record_check(&r, &e), &e);
	assert_true(id_equal(r.conflicts[0].id, id_of(2)));
	assert_ptr_equal(record_open_conflict(&r, "summary"), &r.conflicts[1]);
	assert_ptr_equal(record_conflict(&r, id_of(2)), &r.conflicts[0]);
	assert_null(record_conflict(&r, id_of(5)));
	record_fini(&r);
}

/* A value somewhere in the tree, to be replaced. */
static void
mutate(json_t *v, struct rng *g)
{
	static const char *const scraps[] = { "{}", "[]", "null", "0", "-1",
		"1.5", "\"\"", "\"x\"", "[0,0]", "{\"a\":{\"b\":{\"c\":{}}}}",
		"true", "9223372036854775807", "[[[]]]", "\"rows/1\"" };
	size_t n = json_is_object(v) ? json_object_size(v) : json_array_size(v);
	size_t pick = n > 0 ? rng_below(g, n) : 0;
	json_t *scrap, *child = NULL;
	void *it = NULL;

	if (json_is_object(v)) {
		it = json_object_iter(v);
		while (it != NULL && pick-- > 0)
			it = json_object_iter_next(v, it);
		child = json_object_iter_value(it);
	} else {
		child = json_array_get(v, pick);
	}
	if (child != NULL && rng_below(g, 4) > 0 &&
	    (json_is_object(child) || json_is_array(child))) {
		mutate(child, g);
		return;
	}
	scrap = json_loads(scraps[rng_below(g, 14)], JSON_DECODE_ANY, NULL);
	if (json_is_object(v) && it != NULL) {
		if (rng_below(g, 3) == 0)
			(void)json_object_del(v, json_object_iter_key(it));
		else
			(void)json_object_iter_set(v, it, scrap);
	} else if (json_is_object(v)) {
		(void)json_object_set(v, "k", scrap);
	} else if (rng_below(g, 3) == 0) {
		(void)json_array_append(v, scrap);
	} else if (n > 0) {
		(void)json_array_set(v, pick, scrap);
	}
	json_decref(scrap);
}

/* Read a mutated record, both as a whole and as news; true if it was read,
 * and then it prints back as it came. */
static bool
survives(const json_t *good, struct rng *g)
{
	json_t *json = json_deep_copy(good), *again;
	struct record out, onto = new_record();
	struct err e = { 0 };
	bool was_read;

	for (uint64_t n = 1 + rng_below(g, 3); n > 0; n--)
		mutate(json, g);
	was_read = record_from_json(json, &out, &e) == ERR_OK;
	if (was_read) {
		assert_ok(record_to_json(&out, &again, &e), &e);
		assert_true(json_equal(json, again));
		json_decref(again);
		record_fini(&out);
	}
	if (record_merge_delta(&onto, json, &e) == ERR_OK)
		assert_ok(record_check(&onto, &e), &e);
	record_fini(&onto);
	json_decref(json);
	return was_read;
}

static void
hostile_json_is_refused_or_read_exactly_and_never_crashes(void **state)
{
	struct rng g = rng_make(check_seed(__func__));
	int read = 0;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct record r = new_record();
		struct err e = { 0 };
		json_t *good;

		for (uint64_t seq = 1; seq < 12; seq++)
			step(&r, &g, seq);
		assert_ok(record_to_json(&r, &good, &e), &e);
		for (int i = 0; i < 60; i++)
			read += survives(good, &g);
		json_decref(good);
		record_fini(&r);
	}
	assert_true(read > 0);
}

static void
the_digest_is_over_id_version_and_the_hash_of_the_canonical_form(void **state)
{
	struct record r = new_record();
	struct buf text;
	uint8_t bytes[16 + 16 + 32] = { 0 };
	struct hash32 got, canonical;
	struct err e = { 0 };

	(void)state;
	set(&r, "summary", json_string("a"), 258, 1);
	text = text_of(&r);
	canonical = crypto_sha256(text.ptr, text.len);
	memcpy(bytes, r.id.b, 16);
	bytes[23] = 1;
	bytes[30] = 1;
	bytes[31] = 2;
	memcpy(bytes + 32, canonical.b, 32);
	assert_ok(record_digest(&r, &got, &e), &e);
	assert_true(hash32_equal(got, crypto_sha256(bytes, sizeof(bytes))));
	buf_fini(&text);
	record_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    setters_are_one_for_each_device_ascending_by_version),
		cmocka_unit_test(
		    a_held_change_that_applies_late_keeps_its_devices_higher_counter),
		cmocka_unit_test(
		    a_paths_version_is_its_last_setters_and_the_related_one_looks_around),
		cmocka_unit_test(
		    a_removed_row_keeps_its_last_value_its_setters_and_its_version),
		cmocka_unit_test(a_removed_record_keeps_its_whole_document),
		cmocka_unit_test(a_record_prints_as_the_form_in_its_header),
		cmocka_unit_test(
		    a_copy_is_not_touched_by_what_happens_to_the_original),
		cmocka_unit_test(json_of_a_record_reads_back_to_the_same_bytes),
		cmocka_unit_test(
		    a_delta_onto_the_state_at_its_floor_gives_the_whole_state),
		cmocka_unit_test(a_delta_holds_only_what_is_above_the_floor),
		cmocka_unit_test(
		    a_delta_of_another_or_an_older_record_does_not_fit),
		cmocka_unit_test(
		    unknown_keys_of_a_later_version_are_kept_and_travel),
		cmocka_unit_test(json_that_breaks_an_invariant_is_refused),
		cmocka_unit_test(two_open_conflicts_at_one_path_are_refused),
		cmocka_unit_test(
		    hostile_json_is_refused_or_read_exactly_and_never_crashes),
		cmocka_unit_test(
		    the_digest_is_over_id_version_and_the_hash_of_the_canonical_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
