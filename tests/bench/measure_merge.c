/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_merge [TIMES] -- two people put a sentence into one note without
 * seeing each other's: the text merge alone, and the second change on the
 * office's record with all that surrounds it; and the merge of the longest
 * text.
 */
#include "tests/support/check.h"

#include <stdlib.h>
#include <string.h>

#include "common/core/apply.h"
#include "common/core/limits.h"
#include "common/core/merge.h"
#include "common/core/path.h"
#include "common/core/text_merge.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_note.h"
#include "tests/bench/bench_text.h"
#include "tests/support/check_schema.h"

#define TIMES 5000
/* What the merges are meant to stay below: nobody waits for one, nor for all
 * those of a full batch. */
#define SHORT_US 20
#define LONG_MS 500

/* One note, and what two people made of its summary. */
struct clash {
	json_t *doc, *ours, *theirs;
	const json_t *was; /* within doc */
};

static struct clash
clash_make(struct rng *r)
{
	struct bench_note_of of = { .of_case = bench_id(r),
		.visit = bench_id(r),
		.author = bench_id(r) };
	struct clash c = { .doc = bench_note(r, &of) };

	c.was = json_object_get(c.doc, "summary");
	c.ours = bench_note_edit(r, json_string_value(c.was), 10);
	c.theirs = bench_note_edit(r, json_string_value(c.was), 80);
	return c;
}

static void
clash_end(struct clash *c)
{
	json_decref(c->doc);
	json_decref(c->ours);
	json_decref(c->theirs);
}

static double
merge_once(const struct schema_type *type, const struct clash *c)
{
	struct schema_spot spot = schema_find(type, "summary");
	struct merge_result result;
	struct err e;
	double start = bench_now_ms(), ms;

	assert_ok(merge_value(spot.field, c->was, c->ours, c->theirs, false,
	              &result, &e),
	    &e);
	ms = bench_now_ms() - start;
	assert_int_equal(result.kind, MERGE_CLEAN);
	json_decref(result.value);
	return ms;
}

/* The longest text that a field takes, in which each of two people edited a
 * hundred places of their own. */
static double
merge_long(struct rng *r, const struct schema_type *type)
{
	struct schema_spot spot = schema_find(type, "summary");
	struct text_merge_task task = { .guard = spot.field->guard };
	struct text_merge_result result;
	struct buf text[3], out;
	struct err e;
	double start, ms;

	for (int i = 0; i < 3; i++)
		buf_init(&text[i], 2 * LIMIT_TEXT_BYTES);
	bench_story(r, LIMIT_TEXT_BYTES - 1000, &text[0]);
	for (size_t i = 0; i < text[0].len; i++)
		for (size_t k = 1; k < 3; k++) {
			buf_add_char(&text[k], text[0].ptr[i]);
			if (i % 1000 == 500 * (k - 1))
				buf_add_str(&text[k], " said she ");
		}
	buf_init(&out, 2 * LIMIT_TEXT_BYTES);
	task.was = (struct text_merge_part){ text[0].ptr, text[0].len };
	task.ours = (struct text_merge_part){ text[1].ptr, text[1].len };
	task.theirs = (struct text_merge_part){ text[2].ptr, text[2].len };
	start = bench_now_ms();
	assert_ok(text_merge(&task, &out, &result, &e), &e);
	ms = bench_now_ms() - start;
	assert_true(result.is_clean);
	buf_fini(&out);
	for (int i = 0; i < 3; i++)
		buf_fini(&text[i]);
	return ms;
}

static struct change
change_of(struct rng *r, struct id device, struct id record)
{
	struct change c;

	change_init(&c);
	c.device = device;
	c.counter = 1;
	c.author = bench_id(r);
	c.record = record;
	(void)snprintf(c.type, sizeof(c.type), "note");
	return c;
}

static void
add_op(struct change *c, const char *path, const struct change_base *base,
    const json_t *was, const json_t *now)
{
	static const uint8_t salt[CHANGE_SALT_LEN] = { 1 };
	struct err e;

	assert_ok(change_add_op(c, path, base, was, now, salt, &e), &e);
}

static double
apply(const struct schema *s, struct record *r, const struct change *c,
    uint64_t seq, enum outcome_kind expected)
{
	struct apply_context ctx = { .schema = s,
		.version = { .epoch = 1, .seq = seq },
		.now_ms = 1795000000000 };
	struct apply_result result;
	struct err e;
	double start = bench_now_ms(), ms;

	assert_ok(apply_change(r, c, &ctx, &result, &e), &e);
	ms = bench_now_ms() - start;
	assert_int_equal(result.kind, expected);
	return ms;
}

/* The note, then one person's sentence, then the other's, timed. */
static double
apply_once(const struct schema *s, struct rng *r, const struct clash *clash)
{
	struct change_base none = { 0 },
	                   seen = { .seen = { .epoch = 1, .seq = 1 } };
	struct id id = bench_id(r);
	struct change whole = change_of(r, bench_id(r), id),
	              first = change_of(r, bench_id(r), id),
	              second = change_of(r, bench_id(r), id);
	struct record record;
	const char *name;
	json_t *value;
	struct err e;
	double ms;

	json_object_foreach(clash->doc, name, value)
	{
		if (!json_is_array(value))
			add_op(&whole, name, &none, NULL, value);
	}
	add_op(&first, "summary", &seen, clash->was, clash->ours);
	add_op(&second, "summary", &seen, clash->was, clash->theirs);
	/* A note is begun in its author's own name, or it is held. */
	assert_true(
	    id_parse(json_string_value(json_object_get(clash->doc, "author")),
	        &whole.author));
	assert_ok(record_init(&record, id, "note", whole.author, &e), &e);
	(void)apply(s, &record, &whole, 1, OUTCOME_APPLIED);
	(void)apply(s, &record, &first, 2, OUTCOME_APPLIED);
	ms = apply(s, &record, &second, 3, OUTCOME_MERGED);
	record_fini(&record);
	change_fini(&whole);
	change_fini(&first);
	change_fini(&second);
	return ms;
}

int
main(int argc, char **argv)
{
	size_t times = bench_count(argc, argv, TIMES);
	struct schema *s = check_schema_new();
	const struct schema_type *type = check_type(s, "note");
	struct rng r = rng_make(BENCH_SEED);
	struct bench_times merge = { 0 }, whole = { 0 }, long_text = { 0 };

	for (size_t i = 0; i < times; i++) {
		struct clash c = clash_make(&r);

		bench_add(&merge, merge_once(type, &c));
		bench_add(&whole, apply_once(s, &r, &c));
		clash_end(&c);
	}
	for (size_t i = 0; i <= times / 50; i++)
		bench_add(&long_text, merge_long(&r, type));
	bench_figure("merge of two sentences in a text", "us",
	    bench_quantile(&merge, 0.5) * 1000, SHORT_US);
	bench_figure_alone("change applied with that merge", "us",
	    bench_quantile(&whole, 0.5) * 1000);
	bench_figure("merge of two hundred edits in 100 kB of text", "ms",
	    bench_quantile(&long_text, 0.5), LONG_MS);
	bench_times_fini(&merge);
	bench_times_fini(&whole);
	bench_times_fini(&long_text);
	schema_free(s);
	return 0;
}
