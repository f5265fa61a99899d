/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules stand still.  Thousands of changes, the same in every run, meet
 * records of a schema of their own (tests/data/merge), so that a new field or
 * code changes nothing here; what came of them all is one hash, written down
 * beside MERGE_VERSION.
 */
#include "tests/support/check.h"

#include "common/base/enc.h"
#include "common/base/file.h"
#include "common/core/limits.h"
#include "common/core/merge.h"
#include "common/sys/crypto_hash.h"
#include "tests/support/check_apply.h"
#include "tests/support/check_schema.h"
#include "tests/support/writers.h"

#define RUNS 120
#define STEPS 50
#define TEXTS 2000
#define MOVES 300
#define PAST_N                                                                 \
	6 /* states of the record that an author may have before them          \
	   */
#define PEOPLE 4

/* One row for each version, in order.  A row whose version has been released
 * is never changed: not for a rule, and not for more kinds of changes here. */
static const struct {
	unsigned version;
	const char *sha256;
} pinned[] = {
	{ 1,
	    "4dc3079471a7b895edcf490c6dc1df73"
	    "d4881d856e76689f38c33e165007d45e" },
	{ 2,
	    "c70ef5a9925193fb0c98cd2f6786f77f"
	    "889a2143c26d8ac68b5a477bc4f55126" },
	{ 3,
	    "8c60c01910f97ec04584b7fe406445f4"
	    "431f32e28e0c25b63e1078d3e8e17f83" },
	{ 4,
	    "449b182c34e09df6efb751a61d750246"
	    "0af281be18a41d68377e8c8a5fe2a155" },
	{ 5,
	    "a9bb5f28d738262a523f418ab30a0865"
	    "5b79397ae29445851ffc972a125e00e1" },
	{ 6,
	    "1a8b71bbdde67400c0465bb7683cdfeb"
	    "fd69a3586802d0cda04f46dfcb8d457f" },
	{ 7,
	    "3acb67ee917c62ce4b0afaacfc0c97c4"
	    "50eacf19d060006031018c4927546788" },
	{ 8,
	    "858a16225b2bd3dd85073ab23e6559ff"
	    "dcc217fd0f358542c7b7898e0234c9de" },
	{ 9,
	    "7481e1898d2b21171b185ccfb46727f4"
	    "5e43ae8413b296ef2c53a4c9ee527e8c" },
	{ 10,
	    "7481e1898d2b21171b185ccfb46727f4"
	    "5e43ae8413b296ef2c53a4c9ee527e8c" },
	{ 11,
	    "e0c0adc0f0087a7e9aac21676bb6acd8"
	    "29095aa4c9e72f5c5c3fb9abfa71a92d" },
	{ 12,
	    "e0c0adc0f0087a7e9aac21676bb6acd8"
	    "29095aa4c9e72f5c5c3fb9abfa71a92d" },
	{ 13,
	    "a5cba1bf1c8c744cb1a7ac6e032d56b9"
	    "b7f4ea42189fb72221cd00e19245f40d" },
	{ 14,
	    "a5cba1bf1c8c744cb1a7ac6e032d56b9"
	    "b7f4ea42189fb72221cd00e19245f40d" },
	{ 15,
	    "8883f45a06f7822bfa65ca0fb7ebd389"
	    "ee881f9c07b92035bee644adc6e676b5" },
	{ 16,
	    "736b22405a7b19a0ed0d94501ba95bf0"
	    "7597d8989a1e87b15bf141bd4a6c725c" },
	{ 17,
	    "b92bb5bf10afabcc9d458a277c16540c"
	    "ee75ca86e8eebf91ee152f842bc436b2" },
	{ 18,
	    "b71a951a1bd63819e2969f854346eea0"
	    "50f3b6aa35753b5b0581841ed9f674b5" },
	{ 19,
	    "b71a951a1bd63819e2969f854346eea0"
	    "50f3b6aa35753b5b0581841ed9f674b5" },
	{ 20,
	    "b71a951a1bd63819e2969f854346eea0"
	    "50f3b6aa35753b5b0581841ed9f674b5" },
	{ 21,
	    "b71a951a1bd63819e2969f854346eea0"
	    "50f3b6aa35753b5b0581841ed9f674b5" },
	{ 22,
	    "b71a951a1bd63819e2969f854346eea0"
	    "50f3b6aa35753b5b0581841ed9f674b5" },
	{ 23,
	    "0afd49a7a99b4362d9617e6f1d7fdcc2"
	    "62664fd057ba1f69a490fdcd653aed58" },
	{ 24,
	    "0afd49a7a99b4362d9617e6f1d7fdcc2"
	    "62664fd057ba1f69a490fdcd653aed58" },
	{ 25,
	    "9a04733a68c777e5d94785cb48544dde"
	    "0f490afefd932861c95fe4ba87046d55" },
	{ 26,
	    "07f60b9e37910fb24b447e45dba4fadf"
	    "501867893e37da8fad90ad4ab2e38912" },
	{ 27,
	    "07f60b9e37910fb24b447e45dba4fadf"
	    "501867893e37da8fad90ad4ab2e38912" },
	{ 28,
	    "b5797a531092d961e381da6634ec07a9"
	    "1beb70e49ca52f1044418b6f33f6fad4" },
};

static const char *const held_words[] = { "fixed", "office_only",
	"unknown_type", "bad_value", "removed", "not_found", "wrong_type",
	"wrong_author", "wrong_ref", "too_many_sides" };
#define HELD_N (sizeof(held_words) / sizeof(held_words[0]))

struct run {
	struct writers w;
	struct record record;
	uint64_t seq;
	uint64_t counter[PEOPLE + 1];
	struct crypto_hasher *h;
	unsigned kinds[OUTCOME_N];
	unsigned conflicts[CONFLICT_REVIEW + 1];
	unsigned held[HELD_N];
	unsigned texts[3]; /* not merged, merged, merged for review */
	unsigned moves;    /* merged with a paragraph that was moved */
};

static struct schema *
schema_of_its_own(void)
{
	struct schema *s = NULL;
	struct buf bytes;
	struct err e;

	buf_init(&bytes, (size_t)64 * 1024);
	assert_ok(
	    file_load(VISITBOOK_SOURCE_DIR "/tests/data/merge/bundle.json",
	        &bytes, &e),
	    &e);
	assert_ok(schema_parse(bytes.ptr, bytes.len, &s, &e), &e);
	buf_fini(&bytes);
	return s;
}

static void
add_result(struct run *r, const struct apply_result *result)
{
	crypto_hasher_add(r->h, outcome_word(result->kind),
	    strlen(outcome_word(result->kind)) + 1);
	crypto_hasher_add(r->h, result->reason, strlen(result->reason) + 1);
	crypto_hasher_add(r->h, result->path, strlen(result->path) + 1);
	r->kinds[result->kind]++;
	for (size_t i = 0; i < HELD_N; i++)
		r->held[i] += strcmp(result->reason, held_words[i]) == 0;
}

/* One of the ids that are linked to is a card's. */
static enum err_code
type_of(void *arg, struct id record, char type_out[static 65], struct err *e)
{
	(void)arg;
	if (record.b[1] != 0x8f || record.b[15] != 2)
		return err_set(e, ERR_NOTFOUND, 0, "not here");
	(void)snprintf(type_out, 65, "card");
	return ERR_OK;
}

/* One change by somebody who has not seen the latest. */
static void
step(struct run *r)
{
	unsigned who = 1 + (unsigned)rng_below(&r->w.g, PEOPLE);
	struct apply_context ctx = { .schema = r->w.schema,
		.version = { 1, r->seq + 1 },
		.now_ms = 1000 * (r->seq + 1),
		.by_office = rng_below(&r->w.g, 12) == 0,
		.type_of = type_of };
	struct apply_result result;
	struct change c;
	struct err e;

	change_init(&c);
	c.device = check_device(who);
	/* The last two devices are one author's. */
	c.author = check_author(who == PEOPLE ? PEOPLE - 1 : who);
	c.counter = ++r->counter[who];
	c.made_at = 1795000000000 + 60000 * c.counter;
	c.clock_offset = -(int64_t)who;
	c.record = r->record.id;
	(void)snprintf(c.type, sizeof(c.type), "%s",
	    rng_below(&r->w.g, 200) == 0 ? "other" : r->w.type);
	writers_fill(&r->w, &c);
	assert_ok(apply_change(&r->record, &c, &ctx, &result, &e), &e);
	change_fini(&c);
	add_result(r, &result);
	if (result.kind == OUTCOME_HELD)
		return;
	r->seq++;
	writers_show(&r->w, &r->record);
}

static void
add_record(struct run *r)
{
	char *text = check_text(&r->record);

	crypto_hasher_add(r->h, text, strlen(text) + 1);
	for (size_t i = 0; i < r->record.n_conflicts; i++)
		r->conflicts[r->record.conflicts[i].kind]++;
	free(text);
}

static void
run_once(struct run *r, const char *type)
{
	struct err e;

	r->w.type = type;
	r->seq = 0;
	memset(r->counter, 0, sizeof(r->counter));
	assert_ok(
	    record_init(&r->record, check_id(7), type, check_author(1), &e),
	    &e);
	writers_show(&r->w, &r->record);
	for (int i = 0; i < STEPS; i++)
		step(r);
	add_record(r);
	writers_forget(&r->w);
	record_fini(&r->record);
}

/* More sides than one conflict may have. */
static void
run_pile(struct run *r)
{
	struct check_desk d;
	char name[24];

	check_desk_init(&d, "note");
	schema_free(d.schema);
	d.schema = r->w.schema;
	(void)snprintf(d.record.type, sizeof(d.record.type), "card");
	for (unsigned i = 0; i < LIMIT_SIDES + 3; i++) {
		struct change c = check_change(&d, ANN);

		c.device = check_device(100 + i);
		c.author = check_author(100 + i);
		(void)snprintf(name, sizeof(name), "'name %u'", i);
		check_op(&c, "name", 0, 0, NULL, name);
		(void)check_send(&d, &c);
		add_result(r, &d.result);
	}
	d.schema = NULL;
	check_desk_fini(&d);
}

/* Two edits of one text, decided by the merge alone. */
static void
run_texts(struct run *r)
{
	const struct schema_field *field =
	    schema_find_field(check_type(r->w.schema, "card"), "story");
	json_t *was = writers_text(&r->w, NULL);

	for (int i = 0; i < TEXTS; i++) {
		json_t *a = writers_text(&r->w, json_string_value(was));
		json_t *b = writers_text(&r->w, json_string_value(was));
		const char *value;
		struct merge_result m;
		struct err e;

		assert_ok(merge_value(field, was, a, b, false, &m, &e), &e);
		value = m.kind == MERGE_CLEAN ? json_string_value(m.value) : "";
		crypto_hasher_add(r->h, value, strlen(value) + 1);
		crypto_hasher_add(r->h, m.review ? "r" : "-", 1);
		r->texts[m.kind == MERGE_CLEAN ? 1 + m.review : 0]++;
		json_decref(m.value);
		json_decref(b);
		if (i % 4 == 0) {
			json_decref(was);
			was = a;
		} else
			json_decref(a);
	}
	json_decref(was);
}

static json_t *
joined(json_t *const *lines, const size_t *order)
{
	return json_sprintf("%s\n%s\n%s", json_string_value(lines[order[0]]),
	    json_string_value(lines[order[1]]),
	    json_string_value(lines[order[2]]));
}

/* One moves a paragraph, another writes in one. */
static void
run_moves(struct run *r)
{
	static const size_t as_was[] = { 0, 1, 2 }, as_moved[] = { 2, 0, 1 };
	const struct schema_field *field =
	    schema_find_field(check_type(r->w.schema, "card"), "story");

	for (int i = 0; i < MOVES; i++) {
		json_t *lines[3] = { NULL }, *was, *moved, *edited, *line;
		struct merge_result m;
		struct err e;

		for (int k = 0; k < 3; k++)
			lines[k] = writers_text(&r->w, NULL);
		was = joined(lines, as_was);
		moved = joined(lines, as_moved);
		line = lines[i % 3];
		lines[i % 3] = writers_text(&r->w, json_string_value(line));
		edited = joined(lines, as_was);
		assert_ok(
		    merge_value(field, was, moved, edited, false, &m, &e), &e);
		crypto_hasher_add(r->h, m.review ? "r" : "-", 1);
		if (m.kind == MERGE_CLEAN) {
			crypto_hasher_add(r->h, json_string_value(m.value),
			    json_string_length(m.value));
			r->moves++;
		}
		json_decref(m.value);
		json_decref(was);
		json_decref(moved);
		json_decref(edited);
		json_decref(line);
		for (int k = 0; k < 3; k++)
			json_decref(lines[k]);
	}
}

/* What never came up here is not held still by the hash. */
static void
assert_all_came_up(const struct run *r)
{
	for (int k = 0; k < OUTCOME_CLOSED; k++)
		if (r->kinds[k] == 0)
			fail_msg(
			    "never: %s", outcome_word((enum outcome_kind)k));
	for (size_t i = 0; i < HELD_N; i++)
		if (r->held[i] == 0)
			fail_msg("never held as %s", held_words[i]);
	for (int k = 0; k <= CONFLICT_REVIEW; k++)
		if (r->conflicts[k] == 0)
			fail_msg("no conflict of kind %s",
			    conflict_kind_word((enum conflict_kind)k));
	for (int i = 0; i < 3; i++)
		assert_true(r->texts[i] > TEXTS / 50);
	assert_true(r->moves > MOVES / 10);
}

static void
the_same_changes_come_to_the_same_records_for_ever(void **state)
{
	static const char *const types[] = { "paper", "card", "paper" };
	size_t last = sizeof(pinned) / sizeof(pinned[0]) - 1;
	struct run r = { .w = { .g = rng_make(1),
		             .schema = schema_of_its_own() } };
	struct hash32 hash;
	char hex[ENC_HEX_LEN(HASH32_LEN) + 1];

	(void)state;
	r.h = crypto_hasher_new();
	for (size_t i = 0; i < RUNS; i++)
		run_once(&r, i % 24 == 23 ? "unknown" : types[i % 3]);
	run_pile(&r);
	run_texts(&r);
	run_moves(&r);
	hash = crypto_hasher_take(r.h);
	crypto_hasher_free(r.h);
	schema_free(r.w.schema);
	assert_all_came_up(&r);
	enc_hex(hash.b, HASH32_LEN, hex);
	assert_int_equal(pinned[last].version, MERGE_VERSION);
	if (strcmp(hex, pinned[last].sha256) != 0)
		fail_msg("the rules came to another result, %s: where that is "
		         "meant, raise MERGE_VERSION and add a row here",
		    hex);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_same_changes_come_to_the_same_records_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
