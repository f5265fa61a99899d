/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/core/limits.h"
#include "common/core/value.h"
#include "common/sys/json.h"
#include "tests/support/total.h"

static const struct json_limits limits = {
	.bytes_max = LIMIT_BODY_BYTES,
	.tokens_max = LIMIT_JSON_TOKENS,
	.depth_max = LIMIT_JSON_DEPTH,
};

/* The keys of each object in which unknown ones are passed over; the first
 * tells the object apart and is never missing. */
static const char *const shapes[][24] = {
	{ "pull", "v", "nonce", "cursor", "outcome_no", "head_seq", "head_link",
	    "schema", "batches", "envelopes", "want_scopes", "want_ids",
	    "ids_after", "want_records" },
	{ "epoch", "v", "nonce", "time", "head_seq", "head_link", "echo_link",
	    "refusal", "expect", "pull_refused", "receipts", "outcomes", "page",
	    "cursor", "last", "scopes_hash", "scopes", "ids", "schema",
	    "command", "backed_up", "ids_upto" },
	{ "id", "drop", "whole", "delta", "scopes", "own", "own_held" },
	{ "changes", "device", "from", "before", "link", "sig" },
	{ "signed", "sig" },
	{ "code", "v", "label", "tls_csr", "courier_csr", "sign_pub", "mac" },
	{ "courier_cert", "v", "device", "user", "office", "names", "pending",
	    "schema", "root", "issuing", "tls_cert", "statement",
	    "statement_sig", "mac" },
	{ "envelopes", "v", "device", "nonce" },
	{ "sealed", "counter", "key" },
	{ "word", "detail" },
};
#define SHAPES_N (sizeof(shapes) / sizeof(shapes[0]))

static const char *
random_key(struct rng *r)
{
	const char *const *keys = shapes[rng_below(r, SHAPES_N)];
	size_t n = 0;

	while (keys[n] != NULL)
		n++;
	return keys[rng_below(r, n)];
}

static bool
is_known(const json_t *object, const char *key)
{
	for (size_t i = 0; i < SHAPES_N; i++) {
		if (json_object_get(object, shapes[i][0]) == NULL)
			continue;
		/* A sync's request may have envelopes too. */
		if (strcmp(shapes[i][0], "envelopes") == 0 &&
		    json_object_get(object, "pull") != NULL)
			continue;
		for (size_t k = 1; shapes[i][k] != NULL; k++)
			if (strcmp(shapes[i][k], key) == 0)
				return true;
	}
	return false;
}

/* True if again says what sent said, unknown members apart. */
static bool
says_the_same(const json_t *sent, const json_t *again)
{
	const char *key;
	json_t *member;

	if (json_is_object(sent) && json_is_object(again)) {
		json_object_foreach(value_plain(again), key, member)
		{
			if (!says_the_same(json_object_get(sent, key), member))
				return false;
		}
		json_object_foreach(value_plain(sent), key, member)
		{
			if (json_object_get(again, key) == NULL &&
			    is_known(sent, key))
				return false;
		}
		return true;
	}
	if (json_is_array(sent) && json_is_array(again)) {
		if (json_array_size(sent) != json_array_size(again))
			return false;
		for (size_t i = 0; i < json_array_size(sent); i++)
			if (!says_the_same(json_array_get(sent, i),
			        json_array_get(again, i)))
				return false;
		return true;
	}
	return sent != NULL && again != NULL && json_equal(sent, again);
}

static void
fail_with(const char *what, const json_t *sent, const json_t *again)
{
	char *a = json_dumps(sent, JSON_COMPACT | JSON_SORT_KEYS);
	char *b = again == NULL
	    ? NULL
	    : json_dumps(again, JSON_COMPACT | JSON_SORT_KEYS);

	print_message("sent:  %s\n", a);
	if (b != NULL)
		print_message("again: %s\n", b);
	free(a);
	free(b);
	print_message("%s\n", what);
	fail();
}

/* The law for one value; true if it was taken. */
static bool
follows_the_law(const json_t *json, total_again again)
{
	json_t *out = NULL;
	struct err e = { 0 };
	enum err_code code = again(json, &out, &e);

	if (code != ERR_OK) {
		if (code != ERR_MALFORMED && code != ERR_NEWER &&
		    code != ERR_AUTH)
			fail_with(e.msg, json, NULL);
		assert_int_equal(e.code, code);
		assert_true(e.msg[0] != '\0');
		return false;
	}
	if (!says_the_same(json, out))
		fail_with("the message came back another", json, out);
	json_decref(out);
	return true;
}

static bool
bytes_follow_the_law(const char *text, size_t len, total_again again)
{
	json_t *json = NULL;
	bool taken;

	if (json_parse(text, len, &limits, &json, NULL) != ERR_OK)
		return false;
	taken = follows_the_law(json, again);
	json_decref(json);
	return taken;
}

/* Change, drop, put in or double some bytes. */
static size_t
mutate_bytes(char *text, size_t len, struct rng *r)
{
	size_t at = rng_below(r, len), n;

	switch (rng_below(r, 4)) {
	case 0:
		text[at] = (char)(text[at] ^ (1 << rng_below(r, 8)));
		return len;
	case 1:
		text[at] = "\"\\{}[],:0123456789abcdeftrue-"[rng_below(r, 30)];
		return len;
	case 2:
		n = 1 + rng_below(r, len - at);
		n = n > 20 ? 1 : n;
		memmove(text + at, text + at + n, len - at - n);
		return len - n;
	default:
		n = 1 + rng_below(r, 8);
		if (at + n > len)
			n = 1;
		memmove(text + at + n, text + at, len - at);
		return len + n;
	}
}

static json_t *
odd_value(struct rng *r)
{
	switch (rng_below(r, 12)) {
	case 0:
		return json_null();
	case 1:
		return json_integer(0);
	case 2:
		return json_integer(INT64_MAX);
	case 3:
		return json_integer(-1);
	case 4:
		return json_true();
	case 5:
		return json_false();
	case 6:
		return json_string("");
	case 7:
		return json_array();
	case 8:
		return json_object();
	case 9:
		return json_string("00000000-0000-0000-0000-000000000000");
	case 10:
		return json_pack("[i, i]", 0, 0);
	default:
		return json_integer(1);
	}
}

/* At most one key is added to a message, or an object could come to look like
 * another one. */
static void mutate_value(json_t *json, struct rng *r, bool *added);

static void
mutate_object(json_t *json, struct rng *r, bool *added)
{
	uint64_t pick = rng_below(r, json_object_size(json) + 1);
	const char *key;
	json_t *member = NULL;

	if (pick == json_object_size(json)) {
		key = *added ? "unheard_of" : random_key(r);
		*added = true;
		(void)json_object_set_new(json, key, odd_value(r));
		return;
	}
	json_object_foreach(json, key, member)
	{
		if (pick-- == 0)
			break;
	}
	if ((json_is_object(member) || json_is_array(member)) &&
	    rng_below(r, 4) != 0)
		mutate_value(member, r, added);
	else if (rng_below(r, 3) == 0)
		(void)json_object_del(json, key);
	else
		(void)json_object_set_new(json, key, odd_value(r));
}

/* Replace, remove or add something somewhere in the value. */
static void
mutate_value(json_t *json, struct rng *r, bool *added)
{
	size_t at;
	json_t *member;

	if (json_is_object(json)) {
		mutate_object(json, r, added);
		return;
	}
	at = rng_below(r, json_array_size(json) + 1);
	if (at == json_array_size(json)) {
		(void)json_array_append_new(json, odd_value(r));
		return;
	}
	member = json_array_get(json, at);
	if ((json_is_object(member) || json_is_array(member)) &&
	    rng_below(r, 4) != 0)
		mutate_value(member, r, added);
	else if (rng_below(r, 3) == 0)
		(void)json_array_remove(json, at);
	else
		(void)json_array_set_new(json, at, odd_value(r));
}

static void
assert_comes_back(const char *text, size_t len, total_again again)
{
	json_t *json = NULL, *out = NULL;
	struct buf b;
	struct err e;

	assert_ok(json_parse_canonical(text, len, &limits, &json, &e), &e);
	assert_ok(again(json, &out, &e), &e);
	buf_init(&b, LIMIT_BODY_BYTES);
	assert_ok(json_print(out, &b, &e), &e);
	assert_int_equal(b.len, len);
	assert_memory_equal(b.ptr, text, len);
	buf_fini(&b);
	json_decref(json);
	json_decref(out);
}

size_t
assert_total(
    const char *text, size_t len, total_again again, struct rng *r, unsigned n)
{
	char *room = malloc(len + 16);
	size_t taken = 0;

	assert_non_null(room);
	assert_comes_back(text, len, again);
	for (size_t i = 0; i < len; i++)
		assert_false(bytes_follow_the_law(text, i, again));
	for (unsigned i = 0; i < n; i++) {
		json_t *json = NULL;
		bool added = false;

		if (i % 2 == 0) {
			size_t m;

			memcpy(room, text, len);
			m = mutate_bytes(room, len, r);
			taken += bytes_follow_the_law(room, m, again);
			continue;
		}
		assert_ok(json_parse(text, len, &limits, &json, NULL),
		    &(struct err){ 0 });
		for (uint64_t k = rng_below(r, 3) + 1; k > 0; k--)
			mutate_value(json, r, &added);
		taken += follows_the_law(json, again);
		json_decref(json);
	}
	free(room);
	return taken;
}
