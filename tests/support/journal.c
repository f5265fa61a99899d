/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "tests/support/journal.h"

struct id
journal_id(unsigned n)
{
	uint8_t random[10] = { 0 };

	random[8] = (uint8_t)(n >> 8);
	random[9] = (uint8_t)n;
	return id_make(1795132800000, random);
}

struct journal
journal_make(uint64_t seed)
{
	struct journal j = { .office = journal_id(1),
		.device = journal_id(2),
		.rng = rng_make(seed) };

	rng_bytes(&j.rng, j.key.b, SIGN_KEY_LEN);
	j.pub = sign_pub_of(&j.key);
	j.link = change_link_start(j.office, j.device);
	return j;
}

json_t *
journal_text(struct rng *r, unsigned n_max)
{
	static const char *const pieces[] = { "she ", "said ", "not ", ". ",
		"\xc3\xa9", "\xe2\x80\x94", "\xf0\x9f\x8c\x8d", "\n", "\"",
		"\\", "\x01", "\x7f", "a", "Zw\xc3\xb6lf ", "\xd0\xb6" };
	struct buf b;
	json_t *v;

	buf_init(&b, 1 << 20);
	for (uint64_t n = rng_below(r, n_max) + 1; n > 0; n--)
		(void)buf_add_str(&b,
		    pieces[rng_below(r, sizeof(pieces) / sizeof(pieces[0]))]);
	assert_int_equal(b.bad, ERR_OK);
	v = json_stringn(b.ptr, b.len);
	assert_non_null(v);
	buf_fini(&b);
	return v;
}

/* NULL (absent) or a value of any kind that a document holds. */
static json_t *
random_value(struct rng *r)
{
	switch (rng_below(r, 8)) {
	case 0:
		return NULL;
	case 1:
		return json_integer((json_int_t)rng_next(r));
	case 2:
		return json_boolean(rng_below(r, 2) == 1);
	case 3:
		return json_pack("[s, s]", "dementia", "stroke");
	case 4:
		return json_pack("{s: s, s: i}", "start", "2026-11-21", "n", 3);
	default:
		return journal_text(r, 60);
	}
}

/* Another text: part of the old one is cut out between two characters and
 * something put in its place. */
static json_t *
edited(struct rng *r, const json_t *was)
{
	const char *s = json_string_value(was);
	size_t len = json_string_length(was), from, to;
	json_t *insert = journal_text(r, 8), *now;
	struct buf b;

	from = rng_below(r, len + 1);
	to = from + rng_below(r, len - from + 1);
	while (from > 0 && ((unsigned char)s[from] & 0xc0) == 0x80)
		from--;
	while (to < len && ((unsigned char)s[to] & 0xc0) == 0x80)
		to++;
	buf_init(&b, 1 << 20);
	(void)buf_add(&b, s, from);
	if (rng_below(r, 3) != 0)
		(void)buf_add(
		    &b, json_string_value(insert), json_string_length(insert));
	(void)buf_add(&b, s + to, len - to);
	now = b.len == 0 ? NULL : json_stringn(b.ptr, b.len);
	buf_fini(&b);
	json_decref(insert);
	return now;
}

static void
random_op(struct journal *j, unsigned i, struct change *c)
{
	static const char *const shapes[][2] = { { "summary", "" },
		{ "statements/r", "" }, { "statements/r", "/text" },
		{ "client_group/c", "" }, { "actual", "" } };
	uint64_t shape = rng_below(&j->rng, 5);
	struct change_base base = { 0 };
	uint8_t salt[CHANGE_SALT_LEN];
	struct rng *r = &j->rng;
	json_t *was = random_value(r), *now;
	char path[64];
	struct err e;

	if (json_is_string(was) && rng_below(r, 4) != 0)
		now = edited(r, was);
	else
		now = random_value(r);
	if (rng_below(r, 2) == 0)
		base.seen = (struct version){ 1 + rng_below(r, 3),
			1 + rng_below(r, 1000) };
	if (rng_below(r, 3) == 0)
		base.own = 1 + rng_below(r, 1000);
	if (rng_below(r, 5) == 0)
		(void)snprintf(base.side, sizeof(base.side), "%s:7",
		    id_print(j->device).s);
	rng_bytes(r, salt, sizeof(salt));
	(void)snprintf(path, sizeof(path), "%s%u%s", shapes[shape][0], i,
	    shapes[shape][1]);
	assert_ok(
	    change_add_op(c, i == 0 ? "" : path, &base, was, now, salt, &e),
	    &e);
	json_decref(was);
	json_decref(now);
}

static void
random_resolve(struct journal *j, struct change *c)
{
	struct change_resolve *v = calloc(1, sizeof(*v));
	struct rng *r = &j->rng;

	assert_non_null(v);
	c->resolves = v;
	c->n_resolves = 1;
	v->conflict = journal_id(77);
	if (rng_below(r, 2) == 0)
		v->current = (struct version){ 1, 1 + rng_below(r, 99) };
	if (rng_below(r, 4) != 0)
		v->sides = json_pack("[[s, [i, i]]]", "side:4", 1, 12);
	if (rng_below(r, 2) == 0)
		v->reason = strdup("She told me so herself \xe2\x80\x94 twice");
	v->has_salt = v->reason != NULL && rng_below(r, 2) == 0;
	v->ask = rng_below(r, 4) == 0;
}

void
journal_change(struct journal *j, struct change *out)
{
	struct rng *r = &j->rng;

	change_init(out);
	out->device = j->device;
	out->counter = ++j->counter;
	out->author = journal_id(3);
	out->made_at = 1795132800000 + rng_below(r, 1u << 30);
	out->clock_offset = (int64_t)rng_below(r, 10000) - 5000;
	out->record = journal_id(100 + (unsigned)rng_below(r, 5));
	memcpy(out->type, "visit", sizeof("visit"));
	for (unsigned i = 0, n = (unsigned)rng_below(r, 6); i < n; i++)
		random_op(j, i, out);
	if (rng_below(r, 3) == 0)
		random_resolve(j, out);
	if (rng_below(r, 6) == 0) {
		out->recut_device = journal_id(9);
		out->recut_counter = 1 + rng_below(r, 50);
		rng_bytes(r, out->recut_link.b, HASH32_LEN);
	}
	if (rng_below(r, 4) == 0)
		out->extra = json_pack("{s: {s: i}, s: s}", "weather", "rain",
		    7, "zz_later", "\xc3\xa9");
}

void
journal_sign(struct journal *j, struct hash32 before, struct batch *b)
{
	struct err e;

	b->before = before;
	b->link = before;
	for (size_t i = 0; i < b->n_changes; i++)
		assert_ok(
		    change_link_next(b->link, &b->changes[i], &b->link, &e),
		    &e);
	b->sig = change_sign(&j->key, j->office, b->device, b->to, b->link);
	j->link = b->link;
}

void
journal_batch(struct journal *j, size_t n, struct batch *out)
{
	batch_init(out);
	out->device = j->device;
	out->from = j->counter + 1;
	out->to = j->counter + n;
	out->changes = calloc(n, sizeof(*out->changes));
	assert_non_null(out->changes);
	for (; out->n_changes < n; out->n_changes++)
		journal_change(j, &out->changes[out->n_changes]);
	journal_sign(j, j->link, out);
}

static void
print_taken(json_t *json, struct buf *out)
{
	struct err e;

	buf_init(out, LIMIT_BODY_BYTES);
	assert_ok(json_print(json, out, &e), &e);
	json_decref(json);
}

void
journal_print_change(const struct change *c, struct buf *out)
{
	json_t *json = NULL;
	struct err e;

	assert_ok(change_to_json(c, &json, &e), &e);
	print_taken(json, out);
}

void
journal_print_batch(const struct batch *b, struct buf *out)
{
	json_t *json = NULL;
	struct err e;

	assert_ok(batch_to_json(b, &json, &e), &e);
	print_taken(json, out);
}

json_t *
journal_parse(const char *text, size_t len)
{
	static const struct json_limits limits = {
		.bytes_max = LIMIT_BODY_BYTES,
		.tokens_max = LIMIT_JSON_TOKENS,
		.depth_max = LIMIT_JSON_DEPTH,
	};
	json_t *json = NULL;
	struct err e;

	assert_ok(json_parse_canonical(text, len, &limits, &json, &e), &e);
	return json;
}

bool
journal_lookup(void *arg, const struct change *c, const struct change_op *op,
    const json_t **out)
{
	const struct batch *full = arg;

	for (size_t i = 0; i < full->n_changes; i++)
		for (size_t k = 0; k < full->changes[i].n_ops; k++)
			if (full->changes[i].counter == c->counter &&
			    strcmp(full->changes[i].ops[k].path, op->path) ==
			        0) {
				*out = full->changes[i].ops[k].was;
				return true;
			}
	return false;
}
