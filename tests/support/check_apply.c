/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "tests/support/check_apply.h"

#include <string.h>

#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "tests/support/check_schema.h"

struct id
check_id(unsigned n)
{
	struct id id = { { 1, 2, 3, 4, 5, 6, 0x70, 8, 0x80 } };

	id.b[14] = (uint8_t)(n >> 8);
	id.b[15] = (uint8_t)n;
	return id;
}

struct id
check_device(unsigned n)
{
	return check_id(0x100 + n);
}

struct id
check_author(unsigned n)
{
	return check_id(0x200 + n);
}

void
check_desk_init(struct check_desk *d, const char *type)
{
	struct err e = { 0 };

	*d = (struct check_desk){ .schema = check_schema_new(), .epoch = 1 };
	assert_ok(
	    record_init(&d->record, check_id(7), type, check_author(ANN), &e),
	    &e);
}

void
check_desk_init_without_addenda(struct check_desk *d)
{
	check_desk_init(d, "visit");
	schema_free(d->schema);
	d->schema = check_schema_without_addenda("visit");
}

void
check_desk_clash(struct check_desk *d)
{
	check_desk_init(d, "person");
	check_edit(d, ANN, "full_name", 0, 0, NULL, "'X'");
	check_edit(d, BOB, "full_name", 1, 0, "'X'", "'Y'");
	check_edit(d, ANN, "full_name", 1, 1, "'X'", "'A'");
}

void
check_desk_row(struct check_desk *d)
{
	struct change c;

	check_desk_init(d, "note");
	c = check_change(d, ANN);
	check_op(&c, CHECK_ROW "/kind", 0, 0, NULL, "'said'");
	check_op(&c, CHECK_ROW "/text", 0, 0, NULL, "'I want to go home'");
	assert_int_equal(check_send(d, &c), OUTCOME_APPLIED);
}

void
check_desk_fini(struct check_desk *d)
{
	record_fini(&d->record);
	schema_free(d->schema);
}

void
check_desk_again(struct check_desk *d, const char *type)
{
	check_desk_fini(d);
	check_desk_init(d, type);
}

int
check_desk_tear_down(void **state)
{
	check_desk_fini(*state);
	return 0;
}

struct change
check_change(struct check_desk *d, unsigned n)
{
	struct change c;

	change_init(&c);
	c.device = check_device(n);
	c.author = check_author(n);
	c.counter = ++d->counter[n];
	c.made_at = 1795000000000 + 60000 * c.counter;
	c.clock_offset = -(int64_t)n;
	c.record = d->record.id;
	(void)snprintf(c.type, sizeof(c.type), "%s", d->record.type);
	return c;
}

static json_t *
value_of(const char *text)
{
	return text == NULL ? NULL : check_json(text);
}

void
check_op(struct change *c, const char *path, uint64_t seen, uint64_t own,
    const char *was, const char *now)
{
	static const uint8_t salt[CHANGE_SALT_LEN];
	struct change_base base = { .seen = { seen > 0, seen }, .own = own };
	json_t *w = value_of(was), *n = value_of(now);
	struct err e = { 0 };

	assert_ok(change_add_op(c, path, &base, w, n, salt, &e), &e);
	json_decref(w);
	json_decref(n);
}

void
check_base_side(struct change *c, const char *key)
{
	struct change_base *base = &c->ops[c->n_ops - 1].base;

	(void)snprintf(base->side, sizeof(base->side), "%s", key);
}

void
check_resolve(struct check_desk *d, struct change *c, const char *path,
    size_t sides, const char *reason)
{
	const struct conflict *k = check_conflict(d, path);
	struct change_resolve *grown =
	    realloc(c->resolves, (c->n_resolves + 1) * sizeof(*grown));

	assert_non_null(grown);
	c->resolves = grown;
	grown += c->n_resolves++;
	*grown = (struct change_resolve){ .conflict = k->id,
		.current = record_path_version(&d->record, path),
		.sides = json_array(),
		.reason = strdup(reason) };
	for (size_t i = 0; i < sides; i++)
		json_array_append_new(grown->sides,
		    json_pack("[s,o]", k->sides[i].key,
		        version_to_json(k->sides[i].version)));
}

enum outcome_kind
check_send(struct check_desk *d, struct change *c)
{
	struct apply_context ctx = { .schema = d->schema,
		.version = { d->epoch, d->seq + 1 },
		.now_ms = 1000 * (d->seq + 1),
		.by_office = d->by_office };
	struct record back;
	struct err e = { 0 };
	json_t *json;

	assert_ok(apply_change(&d->record, c, &ctx, &d->result, &e), &e);
	if (d->result.kind != OUTCOME_HELD)
		d->seq++;
	change_fini(c);
	/* Whatever happened, the record is one that others accept. */
	assert_ok(record_to_json(&d->record, &json, &e), &e);
	assert_ok(record_from_json(json, &back, &e), &e);
	record_fini(&back);
	json_decref(json);
	return d->result.kind;
}

enum outcome_kind
check_edit(struct check_desk *d, unsigned n, const char *path, uint64_t seen,
    uint64_t own, const char *was, const char *now)
{
	struct change c = check_change(d, n);

	check_op(&c, path, seen, own, was, now);
	return check_send(d, &c);
}

static void
assert_same(const json_t *value, const char *want)
{
	json_t *w = value_of(want);

	if (!path_equal(value, w)) {
		print_error("not %s but:\n", want == NULL ? "absent" : want);
		json_dumpf(value, stderr, JSON_ENCODE_ANY | JSON_SORT_KEYS);
		fail();
	}
	json_decref(w);
}

void
check_value(const struct check_desk *d, const char *path, const char *want)
{
	assert_same(path_get(d->record.doc, path), want);
}

const struct conflict *
check_conflict(const struct check_desk *d, const char *path)
{
	const struct conflict *found = NULL;

	for (size_t i = 0; i < d->record.n_conflicts; i++) {
		const struct conflict *c = &d->record.conflicts[i];

		if (strcmp(c->path, path) != 0)
			continue;
		assert_null(found);
		found = c;
	}
	if (found == NULL)
		fail_msg("no conflict at \"%s\"", path);
	return found;
}

size_t
check_open(const struct check_desk *d, const char *path)
{
	const struct conflict *c = record_open_conflict(&d->record, path);
	size_t n = 0;

	for (size_t i = 0; c != NULL && i < c->n_sides; i++)
		n += c->sides[i].is_open;
	return n;
}

void
check_side(const struct check_desk *d, const char *path, size_t i,
    const char *want, unsigned author, bool is_open)
{
	const struct conflict *c = check_conflict(d, path);

	assert_true(i < c->n_sides);
	assert_same(c->sides[i].value, want);
	assert_true(id_equal(c->sides[i].author, check_author(author)));
	assert_int_equal(c->sides[i].is_open, is_open);
}

char *
check_text(const struct record *r)
{
	struct buf text;
	json_t *json;
	struct err e = { 0 };

	buf_init(&text, LIMIT_RECORD_BYTES);
	assert_ok(record_to_json(r, &json, &e), &e);
	assert_ok(json_print(json, &text, &e), &e);
	json_decref(json);
	return buf_take(&text, NULL);
}
