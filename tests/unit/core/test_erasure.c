/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that are taken away: hashes stay, words do not.
 */
#include "tests/support/check.h"

#include <string.h>

#include "common/core/apply.h"
#include "common/core/erasure.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "tests/support/check_schema.h"

static const struct id a_record = { { 1 } }, a_device = { { 2 } },
                       an_author = { { 3 } }, other_device = { { 4 } };

static void
op(struct change *c, const char *path, struct version seen, const char *was,
    const char *now)
{
	const struct change_base base = { .seen = seen };
	const uint8_t salt[CHANGE_SALT_LEN] = { 9, 8, 7 };
	json_t *a = was == NULL ? NULL : json_string(was);
	json_t *b = now == NULL ? NULL : json_string(now);
	struct err e = { 0 };

	assert_ok(change_add_op(c, path, &base, a, b, salt, &e), &e);
	json_decref(a);
	json_decref(b);
}

static void
change_of(struct change *c, struct id device, uint64_t counter)
{
	change_init(c);
	c->device = device;
	c->counter = counter;
	c->author = an_author;
	c->record = a_record;
	memcpy(c->type, "note", sizeof("note"));
}

static void
erasure_of(struct erasure *z, const char *path, uint64_t seq)
{
	erasure_init(z);
	z->record = a_record;
	z->version = z->since = (struct version){ 1, seq };
	z->device = (struct id){ { 5 } };
	z->counter = 1;
	z->author = an_author;
	z->paths = json_pack("[s]", path);
}

static void
an_erased_change_has_its_link_and_no_words(void **state)
{
	const struct version never = { 0, 0 };
	struct hash32 before = { { 1 } }, with, without;
	struct change c, again;
	struct erasure z;
	struct buf text;
	json_t *json = NULL;
	struct err e = { 0 };
	bool changed;

	(void)state;
	change_of(&c, a_device, 1);
	op(&c, "summary", never, NULL, "Zwanziger");
	op(&c, "why_not", never, NULL, "asleep");
	assert_ok(change_link_next(before, &c, &with, &e), &e);
	erasure_of(&z, "summary", 2);
	assert_ok(erasure_of_change(&z, &c, &changed, &e), &e);
	assert_true(changed);
	assert_ok(change_link_next(before, &c, &without, &e), &e);
	assert_true(hash32_equal(with, without));
	buf_init(&text, 100000);
	assert_ok(change_to_json(&c, &json, &e), &e);
	assert_ok(json_print(json, &text, &e), &e);
	assert_null(strstr(text.ptr, "Zwanziger"));
	assert_non_null(strstr(text.ptr, "asleep"));
	assert_ok(change_from_json(json, &again, &e), &e);
	assert_ok(change_link_next(before, &again, &without, &e), &e);
	assert_true(hash32_equal(with, without));
	/* Once more changes nothing. */
	assert_ok(erasure_of_change(&z, &again, &changed, &e), &e);
	assert_false(changed);
	json_decref(json);
	buf_fini(&text);
	change_fini(&c);
	change_fini(&again);
	erasure_fini(&z);
}

static void
who_has_seen_the_erasure_keeps_what_they_wrote(void **state)
{
	struct change c;
	struct erasure z;
	struct err e = { 0 };
	bool changed;

	(void)state;
	erasure_of(&z, "statements/home", 7);
	change_of(&c, a_device, 1);
	op(&c, "statements/home/text", (struct version){ 1, 7 }, NULL, "later");
	op(&c, "summary", (struct version){ 1, 1 }, NULL, "elsewhere");
	assert_ok(erasure_of_change(&z, &c, &changed, &e), &e);
	assert_false(changed);
	op(&c, "statements", (struct version){ 1, 6 }, NULL, "above it");
	assert_ok(erasure_of_change(&z, &c, &changed, &e), &e);
	assert_true(changed);
	assert_true(c.ops[2].is_erased);
	assert_false(c.ops[0].is_erased || c.ops[1].is_erased);
	change_fini(&c);
	erasure_fini(&z);
}

/* Two who had not seen each other wrote a summary: a conflict or a merge, with
 * words of both. */
static void
make_record(const struct schema *s, struct record *r)
{
	const struct version never = { 0, 0 };
	struct apply_context ctx = { .schema = s, .version = { 1, 1 } };
	struct apply_result result;
	struct change c;
	struct err e = { 0 };

	assert_ok(record_init(r, a_record, "note", an_author, &e), &e);
	change_of(&c, a_device, 1);
	op(&c, "summary", never, NULL, "Zwanziger came at noon.");
	op(&c, "why_not", never, NULL, "asleep");
	assert_ok(apply_change(r, &c, &ctx, &result, &e), &e);
	change_fini(&c);
	change_of(&c, other_device, 1);
	op(&c, "summary", never, NULL, "Zwanziger never came.");
	ctx.version.seq = 2;
	assert_ok(apply_change(r, &c, &ctx, &result, &e), &e);
	change_fini(&c);
	assert_true(r->n_conflicts == 1);
}

static void
an_erased_record_has_no_word_of_it_and_reads(void **state)
{
	struct schema *s = check_schema_new();
	struct record r, again;
	struct erasure z;
	struct buf text;
	json_t *json = NULL;
	struct err e = { 0 };

	(void)state;
	make_record(s, &r);
	erasure_of(&z, "summary", 3);
	assert_ok(erasure_of_record(s, &z, &r, &e), &e);
	buf_init(&text, 100000);
	assert_ok(record_print(&r, &text, &e), &e);
	assert_null(strstr(text.ptr, "Zwanziger"));
	assert_non_null(strstr(text.ptr, "asleep"));
	assert_null(record_open_conflict(&r, "summary"));
	assert_true(record_path_version(&r, "summary").seq == 3);
	assert_ok(record_to_json(&r, &json, &e), &e);
	assert_ok(record_from_json(json, &again, &e), &e);
	json_decref(json);
	record_fini(&again);
	record_fini(&r);
	buf_fini(&text);
	erasure_fini(&z);
	schema_free(s);
}

/* The office keeps what a row said, so that it can come back: not after
 * that. */
static void
what_was_removed_beneath_it_is_erased_too(void **state)
{
	const struct change_base shown = { .seen = { 1, 1 } };
	const uint8_t salt[CHANGE_SALT_LEN] = { 9, 8, 7 };
	struct schema *s = check_schema_new();
	struct apply_context ctx = { .schema = s, .version = { 1, 1 } };
	struct apply_result result;
	struct change c;
	struct record r;
	struct erasure z;
	struct buf text;
	struct err e = { 0 };

	(void)state;
	assert_ok(record_init(&r, a_record, "note", an_author, &e), &e);
	change_of(&c, a_device, 1);
	op(&c, "statements/home/text", (struct version){ 0, 0 }, NULL,
	    "Zwanziger said so.");
	assert_ok(apply_change(&r, &c, &ctx, &result, &e), &e);
	change_fini(&c);
	change_of(&c, other_device, 1);
	assert_ok(change_add_op(&c, "statements/home", &shown,
	              path_get(r.doc, "statements/home"), NULL, salt, &e),
	    &e);
	ctx.version.seq = 2;
	assert_ok(apply_change(&r, &c, &ctx, &result, &e), &e);
	change_fini(&c);
	buf_init(&text, 100000);
	assert_ok(record_print(&r, &text, &e), &e);
	assert_non_null(strstr(text.ptr, "Zwanziger"));
	assert_null(path_get(r.doc, "statements/home"));
	erasure_of(&z, "statements", 3);
	assert_ok(erasure_of_record(s, &z, &r, &e), &e);
	buf_reset(&text);
	assert_ok(record_print(&r, &text, &e), &e);
	assert_null(strstr(text.ptr, "Zwanziger"));
	record_fini(&r);
	buf_fini(&text);
	erasure_fini(&z);
	schema_free(s);
}

static void
an_erased_op_does_nothing_when_it_is_applied(void **state)
{
	struct schema *s = check_schema_new();
	struct apply_context ctx = { .schema = s, .version = { 1, 3 } };
	struct apply_result result;
	struct record r;
	struct change c;
	struct erasure z;
	struct err e = { 0 };

	(void)state;
	make_record(s, &r);
	change_of(&c, a_device, 2);
	op(&c, "summary", (struct version){ 1, 2 }, "Zwanziger came at noon.",
	    NULL);
	op(&c, "why_not", (struct version){ 1, 2 }, "asleep", "out");
	erasure_of(&z, "summary", 9);
	assert_ok(erasure_of_change(&z, &c, &(bool){ false }, &e), &e);
	assert_ok(apply_change(&r, &c, &ctx, &result, &e), &e);
	assert_int_equal(result.kind, OUTCOME_APPLIED);
	assert_string_equal(
	    json_string_value(path_get(r.doc, "why_not")), "out");
	assert_non_null(path_get(r.doc, "summary"));
	change_fini(&c);
	record_fini(&r);
	erasure_fini(&z);
	schema_free(s);
}

static void
only_what_the_office_signed_is_an_erasure(void **state)
{
	struct sign_key key, other;
	struct sign_pub pub, stranger;
	struct erasure z, again;
	json_t *json = NULL;
	struct err e = { 0 };

	(void)state;
	sign_key_make(&key);
	sign_key_make(&other);
	pub = sign_pub_of(&key);
	stranger = sign_pub_of(&other);
	erasure_of(&z, "summary", 3);
	assert_ok(erasure_sign(&z, &key, &e), &e);
	assert_ok(erasure_to_json(&z, &json, &e), &e);
	assert_ok(erasure_from_json(json, &again, &e), &e);
	assert_ok(erasure_check(&again, &pub, z.office, &e), &e);
	assert_int_equal(
	    erasure_check(&again, &stranger, z.office, &e), ERR_AUTH);
	assert_int_equal(erasure_check(&again, &pub, a_device, &e), ERR_AUTH);
	assert_true(json_equal(again.paths, z.paths));
	json_decref(json);
	erasure_fini(&z);
	erasure_fini(&again);
}

static void
a_reason_and_what_is_sealed_go_and_the_link_stays(void **state)
{
	struct change_resolve d = { .conflict = { { 6 } },
		.current = { 1, 4 },
		.reason = (char *)(uintptr_t) "She told me Zwanziger",
		.has_salt = true,
		.salt = { 1, 2, 3 } };
	const struct hash32 before = { { 1 } };
	struct hash32 with, without, again;
	struct change c, read;
	struct erasure z;
	json_t *json = NULL;
	bool changed, covered[8] = { false };
	char *text;
	struct err e = { 0 };

	(void)state;
	change_of(&c, a_device, 1);
	assert_ok(change_add_resolve(&c, &d, &e), &e);
	c.extra = json_pack("{s:{s:s}}", CHANGE_SEALED, "sealed", "Zwanziger");
	assert_ok(change_link_next(before, &c, &with, &e), &e);
	assert_ok(change_to_json(&c, &json, &e), &e);
	assert_ok(change_from_json(json, &read, &e), &e);
	assert_ok(change_link_next(before, &read, &again, &e), &e);
	assert_true(hash32_equal(with, again));
	assert_string_equal(read.resolves[0].reason, "She told me Zwanziger");
	change_fini(&read);
	json_decref(json);
	erasure_of(&z, "summary", 9);
	/* Of another conflict: the reason stays. */
	assert_ok(erasure_of_change(&z, &c, &changed, &e), &e);
	assert_non_null(c.resolves[0].reason);
	z.conflicts = json_pack("[s]", id_print(d.conflict).s);
	assert_ok(erasure_of_change(&z, &c, &changed, &e), &e);
	assert_true(changed);
	assert_false(erasure_is_covered(&c, covered));
	erasure_cover(&z, &c, covered);
	assert_true(erasure_is_covered(&c, covered));
	assert_ok(change_link_next(before, &c, &without, &e), &e);
	assert_true(hash32_equal(with, without));
	assert_ok(change_to_json(&c, &json, &e), &e);
	text = json_dumps(json, 0);
	assert_null(strstr(text, "Zwanziger"));
	free(text);
	assert_ok(change_from_json(json, &read, &e), &e);
	assert_ok(change_link_next(before, &read, &again, &e), &e);
	assert_true(hash32_equal(with, again));
	change_fini(&read);
	json_decref(json);
	erasure_fini(&z);
	change_fini(&c);
}

static void
who_decided_after_it_keeps_the_reason(void **state)
{
	struct change_resolve d = { .conflict = { { 6 } },
		.current = { 1, 9 },
		.reason = (char *)(uintptr_t) "It was erased",
		.has_salt = true };
	struct change c;
	struct erasure z;
	bool changed;
	struct err e = { 0 };

	(void)state;
	change_of(&c, a_device, 1);
	assert_ok(change_add_resolve(&c, &d, &e), &e);
	erasure_of(&z, "summary", 9);
	z.conflicts = json_pack("[s]", id_print(d.conflict).s);
	assert_ok(erasure_of_change(&z, &c, &changed, &e), &e);
	assert_false(changed);
	assert_string_equal(c.resolves[0].reason, "It was erased");
	erasure_fini(&z);
	change_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_reason_and_what_is_sealed_go_and_the_link_stays),
		cmocka_unit_test(who_decided_after_it_keeps_the_reason),
		cmocka_unit_test(an_erased_change_has_its_link_and_no_words),
		cmocka_unit_test(
		    who_has_seen_the_erasure_keeps_what_they_wrote),
		cmocka_unit_test(an_erased_record_has_no_word_of_it_and_reads),
		cmocka_unit_test(what_was_removed_beneath_it_is_erased_too),
		cmocka_unit_test(an_erased_op_does_nothing_when_it_is_applied),
		cmocka_unit_test(only_what_the_office_signed_is_an_erasure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
