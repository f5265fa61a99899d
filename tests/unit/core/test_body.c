/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/core/body.h"
#include "common/core/limits.h"
#include "common/sys/zip.h"
#include "tests/support/golden.h"

static const struct json_limits limits = {
	.bytes_max = LIMIT_BODY_BYTES,
	.tokens_max = LIMIT_JSON_TOKENS,
	.depth_max = LIMIT_JSON_DEPTH,
};

static const struct body_level level = { .small = 15, .large = 9 };
static struct body_codec *codec;

static int
set_up(void **state)
{
	struct err e;

	(void)state;
	assert_ok(body_codec_new(&codec, &e), &e);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	body_codec_free(codec);
	return 0;
}

static enum err_code
unpack(const char *dict, const struct buf *packed, json_t **out, struct err *e)
{
	struct body_packed body = {
		.dict = dict, .ptr = packed->ptr, .len = packed->len
	};

	return body_unpack(codec, &body, &limits, out, e);
}

static size_t
packed_len(const char *dict, const json_t *json)
{
	struct buf packed;
	json_t *back = NULL;
	struct err e;
	size_t len;

	buf_init(&packed, LIMIT_BODY_PACKED);
	assert_ok(body_pack(codec, dict, level, json, &packed, &e), &e);
	assert_ok(unpack(dict, &packed, &back, &e), &e);
	assert_true(json_equal(json, back));
	json_decref(back);
	len = packed.len;
	buf_fini(&packed);
	return len;
}

static void
every_golden_message_comes_back_with_and_without_the_dictionary(void **state)
{
	struct golden *g = golden_make();

	(void)state;
	for (size_t i = 0; i < g->n; i++) {
		json_t *json;

		if (g->messages[i].error != ERR_OK)
			continue;
		json = journal_parse(g->messages[i].text, g->messages[i].len);
		(void)packed_len(BODY_DICT_NONE, json);
		(void)packed_len(body_codec_best(codec), json);
		json_decref(json);
	}
	golden_free(g);
}

static void
a_dictionary_is_known_by_name_and_others_are_malformed(void **state)
{
	json_t *json = json_pack("{s: i}", "v", 1), *back = NULL;
	struct buf packed;
	struct err e;

	(void)state;
	assert_true(body_codec_knows(codec, "none"));
	assert_true(body_codec_knows(codec, ""));
	/* Its name never changes: messages carry it. */
	assert_string_equal(body_codec_best(codec), "afd6d3f8");
	assert_true(body_codec_knows(codec, body_codec_best(codec)));
	assert_false(body_codec_knows(codec, "00000000"));
	buf_init(&packed, LIMIT_BODY_PACKED);
	assert_ok(
	    body_pack(codec, body_codec_best(codec), level, json, &packed, &e),
	    &e);
	assert_int_equal(unpack("00000000", &packed, &back, &e), ERR_MALFORMED);
	assert_int_equal(
	    unpack(BODY_DICT_NONE, &packed, &back, &e), ERR_MALFORMED);
	buf_fini(&packed);
	json_decref(json);
}

static void
json_that_is_not_canonical_is_no_body(void **state)
{
	static const char *const bad[] = { "{\"b\":1,\"a\":1}", "{ \"a\":1}",
		"{\"a\":\"\\u0061\"}", "{\"a\":1}\n", "" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *back = NULL;
		struct buf packed;
		struct err e;

		buf_init(&packed, 4096);
		assert_ok(
		    zip_pack(3, NULL, bad[i], strlen(bad[i]), &packed, &e), &e);
		assert_int_equal(
		    unpack(BODY_DICT_NONE, &packed, &back, &e), ERR_MALFORMED);
		buf_fini(&packed);
	}
}

/* Ids, links and the like as they are: random, so that nothing is small for
 * being the same byte over and over. */
static void
stand(struct rng *r, struct sync_request *q)
{
	sync_request_init(q);
	rng_bytes(r, q->nonce, sizeof(q->nonce));
	q->pull = true;
	q->has_cursor = true;
	q->cursor =
	    (struct cursor){ .epoch = 1, .floor = 3517, .position = 3517 };
	rng_bytes(r, q->cursor.link.b, HASH32_LEN);
	q->outcome_no = 212;
	q->head_seq = 3517;
	q->head_link = q->cursor.link;
	for (size_t i = 0; i < 64; i++)
		q->schema[i] = "0123456789abcdef"[rng_below(r, 16)];
}

struct sizes {
	size_t text, plain, dict;
};

static struct sizes
request_sizes(struct sync_request *q)
{
	struct sizes z = { 0 };
	json_t *json = NULL;
	struct buf text;
	struct err e;

	assert_ok(sync_request_to_json(q, &json, &e), &e);
	buf_init(&text, LIMIT_BODY_BYTES);
	assert_ok(json_print(json, &text, &e), &e);
	z.text = text.len;
	z.plain = packed_len(BODY_DICT_NONE, json);
	z.dict = packed_len(body_codec_best(codec), json);
	buf_fini(&text);
	json_decref(json);
	sync_request_fini(q);
	return z;
}

static json_t *
caseload_notes(void)
{
	json_t *notes = json_load_file(VISITBOOK_SOURCE_DIR
	    "/tests/data/caseload/notes/01-betty.json",
	    0, NULL);

	assert_non_null(notes);
	return notes;
}

/* One sentence more in the n-th note, as a device sends it. */
static void
edit_request(
    struct journal *j, const json_t *notes, size_t n, struct sync_request *q)
{
	const json_t *doc = json_object_get(
	    json_array_get(notes, n % json_array_size(notes)), "doc");
	const char *was = json_string_value(json_object_get(doc, "summary"));
	struct change_base base = { .seen = { 1, 3000 + n } };
	uint8_t salt[CHANGE_SALT_LEN];
	struct batch *b = calloc(1, sizeof(*b));
	json_t *before, *after;
	struct buf text;
	struct change *c;
	struct err e;

	assert_non_null(b);
	assert_non_null(was);
	stand(&j->rng, q);
	rng_bytes(&j->rng, j->link.b, HASH32_LEN);
	buf_init(&text, LIMIT_TEXT_BYTES);
	(void)buf_printf(
	    &text, "%s Betty asked me to come back on day %zu.", was, n);
	before = json_string(was);
	after = json_string(text.ptr);
	c = calloc(1, sizeof(*c));
	assert_non_null(c);
	change_init(c);
	c->device = j->device;
	c->counter = 40 + n;
	c->author = journal_id(3);
	rng_bytes(&j->rng, c->author.b + 6, 10);
	c->record = journal_id(100);
	rng_bytes(&j->rng, c->record.b + 6, 10);
	c->made_at = 1795132800000 + 1000 * n;
	memcpy(c->type, "note", sizeof("note"));
	rng_bytes(&j->rng, salt, sizeof(salt));
	assert_ok(
	    change_add_op(c, "summary", &base, before, after, salt, &e), &e);
	b->device = j->device;
	b->from = b->to = c->counter;
	b->changes = c;
	b->n_changes = 1;
	journal_sign(j, j->link, b);
	assert_ok(change_shrink(c, &(bool){ true }, &e), &e);
	q->batches = b;
	q->n_batches = 1;
	json_decref(before);
	json_decref(after);
	buf_fini(&text);
}

static void
the_dictionary_makes_small_messages_a_third_smaller(void **state)
{
	struct journal j = journal_make(check_seed(__func__));
	json_t *notes = caseload_notes();
	struct sizes all = { 0 }, quiet;
	struct sync_request q;

	(void)state;
	rng_bytes(&j.rng, j.device.b + 6, 10);
	for (size_t i = 0; i < 20; i++) {
		struct sizes z;

		edit_request(&j, notes, i, &q);
		z = request_sizes(&q);
		all.text += z.text;
		all.plain += z.plain;
		all.dict += z.dict;
	}
	print_message("20 one-sentence edits: %zu bytes of JSON, %zu packed,"
	              " %zu with the dictionary\n",
	    all.text, all.plain, all.dict);
	stand(&j.rng, &q);
	quiet = request_sizes(&q);
	print_message("a quiet request: %zu bytes of JSON, %zu packed,"
	              " %zu with the dictionary\n",
	    quiet.text, quiet.plain, quiet.dict);
	assert_true(all.dict * 3 < all.plain * 2 + all.plain / 3);
	assert_true(quiet.dict < quiet.plain && quiet.dict < 200);
	json_decref(notes);
}

static void
text_that_is_kept_comes_back_whole_or_not_at_all(void **state)
{
	static const char text[] = "{\"type\":\"note\",\"doc\":{\"summary\":"
	                           "\"She was listened to.\"}}";
	struct body_codec *c;
	struct buf packed, back;
	struct err e;

	(void)state;
	assert_ok(body_codec_new(&c, &e), &e);
	buf_init(&packed, 1000);
	buf_init(&back, 1000);
	assert_false(body_is_packed(text, strlen(text)));
	assert_ok(body_pack_text(c, 1, text, strlen(text), &packed, &e), &e);
	assert_true(body_is_packed(packed.ptr, packed.len));
	assert_true(packed.len < strlen(text));
	assert_ok(body_unpack_text(c, packed.ptr, packed.len, &back, &e), &e);
	assert_string_equal(back.ptr, text);
	for (size_t cut = 0; cut < packed.len; cut++)
		assert_int_equal(
		    body_unpack_text(c, packed.ptr, cut, &back, &e),
		    ERR_MALFORMED);
	assert_string_equal(back.ptr, text);
	buf_fini(&packed);
	buf_wipe(&back);
	body_codec_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_golden_message_comes_back_with_and_without_the_dictionary),
		cmocka_unit_test(
		    a_dictionary_is_known_by_name_and_others_are_malformed),
		cmocka_unit_test(json_that_is_not_canonical_is_no_body),
		cmocka_unit_test(
		    the_dictionary_makes_small_messages_a_third_smaller),
		cmocka_unit_test(
		    text_that_is_kept_comes_back_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
