/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "tests/support/check_record.h"

#include "common/core/path.h"
#include "common/core/record_int.h"
#include "tests/support/check_apply.h"

#define DEVICES 3

struct setter
check_setter(uint64_t seq, uint8_t device, uint64_t counter)
{
	return (struct setter){ .version = { 1, seq },
		.device = check_id(device),
		.counter = counter,
		.author = check_id((uint8_t)(100 + device)),
		.made_at = 1000 * seq,
		.clock_offset = -(int64_t)device };
}

struct record
check_record_new(void)
{
	struct record r;
	struct err e = { 0 };

	assert_ok(record_init(&r, check_id(7), "note", check_id(101), &e), &e);
	return r;
}

/* Set a path in change seq of a device and raise the record's version. */
void
check_record_set(struct record *r, const char *path, json_t *value,
    uint64_t seq, uint8_t device)
{
	struct setter s = check_setter(seq, device, seq);
	struct err e = { 0 };
	bool is_member = json_is_true(value);

	assert_ok(record_set(r, path, value, is_member, &s, &e), &e);
	r->version = s.version;
	json_decref(value);
}

void
check_record_remove(
    struct record *r, const char *path, uint64_t seq, uint8_t device)
{
	struct setter s = check_setter(seq, device, seq);
	struct err e = { 0 };

	assert_ok(record_remove(r, path, &s, &e), &e);
	r->version = s.version;
}

struct conflict *
check_record_clash(
    struct record *r, uint8_t id, const char *path, json_t *value, uint64_t seq)
{
	struct conflict_side side = { .value = value,
		.author = check_id(102),
		.device = check_id(2),
		.counter = seq,
		.version = { 1, seq },
		.is_open = true };
	struct conflict *c;
	struct err e = { 0 };

	assert_ok(record_conflict_make(r, check_id(id), path, &c, &e), &e);
	assert_ok(conflict_side_add(c, &side, &e), &e);
	c->version = side.version;
	c->opened_at = 5;
	r->version = side.version;
	json_decref(value);
	return c;
}

void
check_record_same(const struct record *a, const struct record *b)
{
	char *x = check_text(a), *y = check_text(b);

	assert_string_equal(x, y);
	free(x);
	free(y);
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
		check_record_remove(r, row, seq, device);
		break;
	case 1:
		check_record_set(r, row,
		    json_pack("{s:I}", "text", (json_int_t)seq), seq, device);
		break;
	case 2:
		if (record_path(r, "set/x") == NULL ||
		    path_get(r->doc, "set/x") == NULL)
			check_record_set(r, "set/x", json_true(), seq, device);
		else
			check_record_set(r, "set/y", json_true(), seq, device);
		break;
	case 3:
		if (rng_below(g, 4) == 0)
			check_record_remove(r, "", seq, device);
		else
			check_record_set(r, "",
			    json_pack("{s:s,s:{s:{s:I}}}", "summary", "s",
			        "rows", "2", "text", (json_int_t)seq),
			    seq, device);
		break;
	case 4:
		(void)check_record_clash(r, (uint8_t)(seq % 251), "closed",
		    json_integer((json_int_t)seq), seq);
		for (size_t i = 0; i < r->n_conflicts; i++)
			r->conflicts[i].sides[0].is_open = false;
		for (size_t i = 0; i < r->n_conflicts; i++)
			r->conflicts[i].version = r->version;
		break;
	default:
		check_record_set(r, leaves[rng_below(g, 6)],
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

void
check_record_step(struct record *r, struct rng *g, uint64_t seq)
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
