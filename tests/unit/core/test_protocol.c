/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/core/limits.h"
#include "common/sys/json.h"
#include "tests/support/journal.h"
#include "tests/support/total.h"
#include "tests/support/vector.h"

static enum err_code
cursor_again(const json_t *json, json_t **out, struct err *e)
{
	struct cursor c;
	enum err_code code =
	    cursor_from_json(json_object_get(json, "cursor"), &c, e);

	if (code == ERR_OK) {
		*out = json_object();
		code = json_put_take(*out, "cursor", cursor_to_json(&c), e);
	}
	return code;
}

static void
every_word_reads_back_and_has_a_status(void **state)
{
	enum protocol_word back;

	(void)state;
	for (int i = 0; i < WORD_N; i++) {
		const char *text = protocol_word((enum protocol_word)i);
		int status = protocol_word_status((enum protocol_word)i);

		assert_true(protocol_word_parse(text, &back));
		assert_int_equal(back, i);
		assert_true(status >= 400 && status < 600);
	}
	assert_false(protocol_word_parse("", &back));
	assert_false(protocol_word_parse("Busy", &back));
}

static void
a_problem_reads_back_cut_between_characters_when_it_is_long(void **state)
{
	char said[300], back[256];
	enum protocol_word word;
	json_t *json = NULL;
	struct err e;

	(void)state;
	for (int i = 0; i < WORD_N; i++) {
		assert_ok(problem_to_json((enum protocol_word)i,
		              "The office is short of disk space.", &json, &e),
		    &e);
		assert_int_equal(json_object_size(json), 5);
		assert_ok(problem_from_json(json, &word, back, &e), &e);
		assert_int_equal(word, i);
		assert_string_equal(back, "The office is short of disk space.");
		json_decref(json);
	}
	/* 254 bytes and then a character of two: it does not fit any more. */
	memset(said, 'x', 254);
	memcpy(said + 254, "\xc3\xa9 and more", 12);
	json = json_pack("{s: s, s: s}", "word", "busy", "detail", said);
	assert_non_null(json);
	assert_ok(problem_from_json(json, &word, back, &e), &e);
	assert_int_equal(strlen(back), 254);
	json_decref(json);
	json = json_pack("{s: s, s: s}", "word", "unheard", "detail", "x");
	assert_int_equal(
	    problem_from_json(json, &word, back, &e), ERR_MALFORMED);
	json_decref(json);
}

static void
a_cursor_reads_back_and_has_one_spelling(void **state)
{
	struct rng r = rng_make(check_seed(__func__));
	struct cursor c = { .epoch = 1, .floor = 12, .position = 14 };
	struct buf text;
	struct err e;

	(void)state;
	rng_bytes(&r, c.link.b, HASH32_LEN);
	for (int i = 0; i < 2; i++) {
		json_t *json = json_object();

		if (i == 1)
			c.position_id = journal_id(5);
		assert_ok(
		    json_put_take(json, "cursor", cursor_to_json(&c), &e), &e);
		buf_init(&text, 4096);
		assert_ok(json_print(json, &text, &e), &e);
		(void)assert_total(text.ptr, text.len, cursor_again, &r, 10000);
		buf_fini(&text);
		json_decref(json);
	}
	{
		json_t *json = cursor_to_json(&c);

		(void)json_array_set_new(json, 4,
		    json_string("00000000-0000-0000-0000-000000000000"));
		assert_int_equal(cursor_from_json(json, &c, &e), ERR_MALFORMED);
		json_decref(json);
	}
}

static void
request_to_text(const struct sync_request *r, struct buf *out)
{
	json_t *json = NULL;
	struct err e;

	buf_init(out, LIMIT_BODY_BYTES);
	assert_ok(sync_request_to_json(r, &json, &e), &e);
	assert_ok(json_print(json, out, &e), &e);
	json_decref(json);
}

static void
a_quiet_request_says_only_where_the_device_stands(void **state)
{
	struct sync_request r;
	struct buf text;

	(void)state;
	sync_request_init(&r);
	r.pull = true;
	request_to_text(&r, &text);
	assert_string_equal(text.ptr,
	    "{\"nonce\":\"00000000000000000000000000000000\","
	    "\"pull\":true,\"v\":1}");
	buf_fini(&text);
	sync_request_fini(&r);
}

static void
a_request_says_how_far_its_journal_goes(void **state)
{
	struct sync_request r, back;
	json_t *json = NULL;
	struct err e;

	(void)state;
	sync_request_init(&r);
	r.written = 7;
	assert_ok(sync_request_to_json(&r, &json, &e), &e);
	assert_ok(sync_request_from_json(json, &back, &e), &e);
	assert_int_equal(back.written, 7);
	sync_request_fini(&back);
	(void)json_object_set_new(json, "written", json_integer(0));
	assert_int_equal(
	    sync_request_from_json(json, &back, &e), ERR_MALFORMED);
	json_decref(json);
	sync_request_fini(&r);
}

static void
a_request_past_its_limits_is_refused(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	struct sync_request r, back;
	json_t *json = NULL;
	struct err e;

	(void)state;
	sync_request_init(&r);
	r.batches = calloc(LIMIT_BATCHES + 1, sizeof(*r.batches));
	for (; r.n_batches < LIMIT_BATCHES + 1; r.n_batches++)
		journal_batch(&j, 1, &r.batches[r.n_batches]);
	assert_ok(sync_request_to_json(&r, &json, &e), &e);
	assert_int_equal(
	    sync_request_from_json(json, &back, &e), ERR_MALFORMED);
	(void)json_array_remove(json_object_get(json, "batches"), 0);
	assert_ok(sync_request_from_json(json, &back, &e), &e);
	assert_int_equal(back.n_batches, LIMIT_BATCHES);
	sync_request_fini(&back);
	(void)json_object_set_new(json, "v", json_integer(2));
	assert_int_equal(sync_request_from_json(json, &back, &e), ERR_NEWER);
	json_decref(json);
	sync_request_fini(&r);
}

static void
a_request_has_one_spelling(void **state)
{
	static const char *const bad[] = {
		"\"want_scopes\":false",
		"\"outcome_no\":0",
		"\"head_seq\":0",
		"\"head_link\":\"LINK\"",
		"\"schema\":\"\"",
		"\"schema\":\"abc\"",
		"\"batches\":[]",
		"\"want_ids\":[]",
		"\"want_ids\":[1]",
		"\"want_ids\":[\"\"]",
		"\"want_records\":[]",
		"\"want_records\":[\"case:1\"]",
		"\"cursor\":[]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sync_request back;
		struct buf text;
		json_t *json;
		struct err e;

		buf_init(&text, 4096);
		(void)buf_printf(&text,
		    "{\"nonce\":\"%032d\",\"pull\":true,\"v\":1,%s}", 0,
		    bad[i]);
		json = json_loads(text.ptr, 0, NULL);
		assert_non_null(json);
		if (json_has(json, "head_link")) /* a link, but of no number */
			assert_ok(json_put_hex(json, "head_link",
			              &(struct hash32){ 0 }, HASH32_LEN, &e),
			    &e);
		if (sync_request_from_json(json, &back, &e) != ERR_MALFORMED)
			fail_msg("taken: %s", bad[i]);
		json_decref(json);
		buf_fini(&text);
	}
}

/* An answer with one outcome. */
static void
answer_with(const struct outcome *o, struct sync_answer *a)
{
	sync_answer_init(a);
	a->epoch = 1;
	a->outcomes = calloc(1, sizeof(*a->outcomes));
	assert_non_null(a->outcomes);
	a->outcomes[0] = *o;
	a->n_outcomes = 1;
}

static void
every_outcome_reads_back_also_held_ones_which_have_no_version(void **state)
{
	static const struct outcome outcomes[] = {
		{ .no = 1,
		    .counter = 1,
		    .kind = OUTCOME_APPLIED,
		    .version = { 1, 7 } },
		{ .no = 2,
		    .counter = 1,
		    .kind = OUTCOME_HELD,
		    .reason = "fixed",
		    .path = "author" },
		{ .no = 3,
		    .counter = 1,
		    .kind = OUTCOME_HELD,
		    .reason = "waits" },
		{ .no = 4,
		    .counter = 1,
		    .kind = OUTCOME_CLOSED,
		    .version = { 2, 9 },
		    .reason = "office_only",
		    .words = "Entered twice." },
		{ .no = 5,
		    .counter = 1,
		    .kind = OUTCOME_CONFLICT,
		    .version = { 2, 9 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		struct sync_answer a, back;
		json_t *json = NULL;
		struct err e;

		answer_with(&outcomes[i], &a);
		assert_ok(sync_answer_to_json(&a, &json, &e), &e);
		assert_ok(sync_answer_from_json(json, &back, &e), &e);
		assert_int_equal(back.n_outcomes, 1);
		assert_int_equal(back.outcomes[0].kind, outcomes[i].kind);
		assert_int_equal(version_compare(back.outcomes[0].version,
		                     outcomes[i].version),
		    0);
		assert_string_equal(
		    back.outcomes[0].reason, outcomes[i].reason);
		assert_string_equal(back.outcomes[0].path, outcomes[i].path);
		assert_string_equal(back.outcomes[0].words, outcomes[i].words);
		json_decref(json);
		sync_answer_fini(&a);
		sync_answer_fini(&back);
	}
}

static void
an_answer_has_one_spelling(void **state)
{
	static const char *const bad[] = {
		"\"last\":false",
		"\"last\":true",
		"\"expect\":0",
		"\"expect\":7",
		"\"refusal\":\"unheard\"",
		"\"receipts\":[]",
		"\"outcomes\":[]",
		"\"outcomes\":[[1,1,\"applied\",[1,7],\"\"]]",
		"\"outcomes\":[[1,1,\"held\",[0,0],\"fixed\"]]",
		"\"outcomes\":[[1,1,\"held\",[],\"fixed\",\"\"]]",
		"\"outcomes\":[[1,1,\"held\",[],\"fixed\",\"author\",1]]",
		"\"outcomes\":[[2,1,\"merged\",[1,7]],[2,2,\"merged\",[1,8]]]",
		"\"outcomes\":[[0,1,\"applied\",[1,7]]]",
		"\"page\":[]",
		"\"page\":[{\"id\":\"ID\"}]",
		"\"page\":[{\"id\":\"ID\",\"drop\":false,\"whole\":{}}]",
		"\"page\":[{\"id\":\"ID\",\"drop\":true,\"whole\":{}}]",
		"\"page\":[{\"id\":\"ID\",\"drop\":true,\"own\":0}]",
		"\"page\":[{\"id\":\"ID\",\"whole\":{},\"own_held\":[]}]",
		"\"page\":[{\"id\":\"ID\",\"whole\":{},\"own_held\":[\"x\"]}]",
		"\"page\":[{\"id\":\"ID\",\"whole\":{},\"scopes\":[7]}]",
		"\"scopes\":{\"all\":\"12\"}",
		"\"scopes\":{\"all\":12}",
		"\"ids\":{\"all\":[[\"ID\"]]}",
		"\"ids\":{\"all\":[[\"ID\",[0,0]]]}",
		"\"ids\":{\"all\":[[\"x\",[1,1]]]}",
		"\"ids\":{\"all\":{}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sync_answer back;
		struct buf text;
		const char *id = strstr(bad[i], "ID");
		json_t *json;
		struct err e;

		buf_init(&text, 4096);
		(void)buf_printf(&text,
		    "{\"epoch\":1,\"head_link\":\"%064d\",\"head_seq\":9,"
		    "\"nonce\":\"%032d\",\"time\":1795132800000,\"v\":1,",
		    0, 0);
		(void)buf_add(&text, bad[i],
		    id == NULL ? strlen(bad[i]) : (size_t)(id - bad[i]));
		if (id != NULL)
			(void)buf_printf(
			    &text, "%s%s", id_print(journal_id(4)).s, id + 2);
		(void)buf_add_str(&text, "}");
		json = json_loads(text.ptr, 0, NULL);
		assert_non_null(json);
		if (sync_answer_from_json(json, &back, &e) != ERR_MALFORMED)
			fail_msg("taken: %s", bad[i]);
		json_decref(json);
		buf_fini(&text);
	}
}

static void
covered(
    const char *method, const char *target, const char *body, struct buf *out)
{
	buf_init(out, 4096);
	protocol_request_signed(
	    journal_id(1), method, target, body, strlen(body), out);
	assert_int_equal(out->bad, ERR_OK);
}

static void
what_a_request_signs_names_office_method_target_and_body(void **state)
{
	struct buf a, b;

	(void)state;
	covered("POST", "/v1/sync", "body", &a);
	/* "vb/request/v1" 00 office "POST" 00 "/v1/sync" 00 SHA-256 */
	assert_int_equal(a.len, 14 + 16 + 5 + 9 + 32);
	assert_memory_equal(a.ptr, "vb/request/v1\0", 14);
	assert_memory_equal(a.ptr + 14, journal_id(1).b, 16);
	assert_memory_equal(a.ptr + 30, "POST\0/v1/sync\0", 14);
	assert_hex(a.ptr + 44, 32,
	    "230d8358dc8e8890b4c58deeb62912ee"
	    "2f20357ae92a5cc861b98e68fe31acb5");
	covered("PUT", "/v1/sync", "body", &b);
	assert_false(a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0);
	buf_fini(&b);
	covered("POST", "/v1/wait", "body", &b);
	assert_int_not_equal(memcmp(a.ptr, b.ptr, a.len), 0);
	buf_fini(&b);
	covered("POST", "/v1/sync", "bodz", &b);
	assert_int_not_equal(memcmp(a.ptr, b.ptr, a.len), 0);
	buf_fini(&b);
	buf_init(&b, 4096);
	protocol_request_signed(
	    journal_id(2), "POST", "/v1/sync", "body", 4, &b);
	assert_int_not_equal(memcmp(a.ptr, b.ptr, a.len), 0);
	buf_fini(&b);
	buf_fini(&a);
}

static void
what_an_answer_signs_names_its_request_status_and_body(void **state)
{
	struct hash32 asked;
	struct buf request, other, a, b;

	(void)state;
	covered("POST", "/v1/sync", "body", &request);
	covered("POST", "/v1/sync", "other", &other);
	buf_init(&a, 4096);
	protocol_answer_signed(&request, 503, "x", 1, &a);
	asked = crypto_sha256(request.ptr, request.len);
	/* "vb/answer/v1" 00 SHA-256 status(2) SHA-256 */
	assert_int_equal(a.len, 13 + 32 + 2 + 32);
	assert_memory_equal(a.ptr, "vb/answer/v1\0", 13);
	assert_memory_equal(a.ptr + 13, asked.b, 32);
	assert_memory_equal(a.ptr + 45, "\x01\xf7", 2);
	for (int i = 0; i < 3; i++) {
		buf_init(&b, 4096);
		protocol_answer_signed(i == 0 ? &other : &request,
		    i == 1 ? 200 : 503, i == 2 ? "y" : "x", 1, &b);
		assert_int_not_equal(memcmp(a.ptr, b.ptr, a.len), 0);
		buf_fini(&b);
	}
	buf_fini(&a);
	buf_fini(&request);
	buf_fini(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_reads_back_and_has_a_status),
		cmocka_unit_test(
		    a_problem_reads_back_cut_between_characters_when_it_is_long),
		cmocka_unit_test(a_cursor_reads_back_and_has_one_spelling),
		cmocka_unit_test(
		    a_quiet_request_says_only_where_the_device_stands),
		cmocka_unit_test(a_request_says_how_far_its_journal_goes),
		cmocka_unit_test(a_request_past_its_limits_is_refused),
		cmocka_unit_test(a_request_has_one_spelling),
		cmocka_unit_test(
		    every_outcome_reads_back_also_held_ones_which_have_no_version),
		cmocka_unit_test(an_answer_has_one_spelling),
		cmocka_unit_test(
		    what_a_request_signs_names_office_method_target_and_body),
		cmocka_unit_test(
		    what_an_answer_signs_names_its_request_status_and_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
