/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sign-off.  The change that signs carries an op for each locked path with
 * the value that its author saw: those are the signed version.  What they had
 * not seen leaves the path, and what comes later does not enter it: both
 * become rows of addenda, for a person to read beside the signed words.  In a
 * type that has no addenda they become sides of a conflict at the path, and
 * only a decision changes what was signed.
 */
#include "common/base/clock.h"
#include "common/core/apply_int.h"
#include "common/core/limits.h"
#include "common/core/value.h"
#include "common/sys/json.h"

/* Words that have no place in the signed version. */
struct remainder {
	const struct spot *spot;
	const json_t *old, *now;        /* the signed value and theirs */
	const struct setter *by;        /* whose words they are */
	const struct change_base *base; /* theirs; NULL: they saw nothing */
	const char *kind;               /* code of the addendum's kind */
	const char *tag;                /* tells apart what else is alike */
};

bool
apply_is_locked(const struct applying *a, const struct spot *spot)
{
	const struct schema_field *field = spot->schema.field;
	struct path_parts p;
	char row[2 * 65];

	if (a->type->signing.field == NULL)
		return false;
	if (spot->schema.part == SCHEMA_PART_RECORD)
		return true;
	if (field != NULL)
		return field->locks_at_sign_off;
	/* A column of a newer schema is locked as its row is. */
	p = path_split(spot->path);
	if (p.n < 3)
		return false;
	(void)snprintf(row, sizeof(row), "%s/%s", p.part[0], p.part[1]);
	field = schema_find_field(a->type, row);
	return field != NULL && field->locks_at_sign_off;
}

/* The row derives from the change and the place, so that it is the same on
 * every device and when the same thing is applied again. */
static struct id_text
row_id(const struct applying *a, const struct remainder *rem)
{
	static const char context[] = "vb/addendum/v1";
	struct hash32 hash;
	uint8_t number[8];

	for (int i = 0; i < 8; i++)
		number[i] = (uint8_t)(a->c->counter >> (56 - 8 * i));
	hash = crypto_sha256_parts(
	    (const struct crypto_part[]){ crypto_part(context, sizeof(context)),
	        crypto_part(a->r->id.b, ID_LEN),
	        crypto_part(a->c->device.b, ID_LEN),
	        crypto_part(number, sizeof(number)),
	        crypto_part(rem->spot->path, strlen(rem->spot->path) + 1),
	        crypto_part(rem->tag, strlen(rem->tag) + 1) },
	    6);
	return id_print(id_from_hash(hash.b));
}

/* Put a column if the type has it. */
static enum err_code
put_column(json_t *row, const struct schema_field *addenda, const char *name,
    const char *value, struct err *e)
{
	if (*value == '\0' || schema_child(addenda, name) == NULL)
		return ERR_OK;
	return json_put_str(row, name, value, e);
}

static enum err_code
put_words(json_t *row, const struct applying *a, const struct remainder *rem,
    const struct schema_field *addenda, struct err *e)
{
	const struct schema_field *text = schema_child(addenda, "text");
	struct buf words;
	enum err_code code;

	if (text == NULL)
		return ERR_OK;
	buf_init(&words, LIMIT_RECORD_BYTES);
	apply_words(a, rem->spot, rem->old, rem->now, &words);
	/* The signed words stand in the record anyway. */
	if (words.len > text->max_len) {
		buf_reset(&words);
		apply_words(a, rem->spot, NULL, rem->now, &words);
	}
	code = buf_check(&words, e);
	if (code == ERR_OK)
		code = json_put_text(row, "text", words.ptr, words.len, e);
	buf_wipe(&words);
	return code;
}

/* A proposal without a row to put it in. */
static enum err_code
propose(struct applying *a, const struct remainder *rem, struct err *e)
{
	static const struct change_base nothing_seen;

	apply_note(a, OUTCOME_CONFLICT);
	return apply_clash(a,
	    &(struct clash){ .path = rem->spot->path,
	        .base = rem->base != NULL ? rem->base : &nothing_seen,
	        .kind = CONFLICT_ASK,
	        .ancestor = rem->old,
	        .value = rem->now,
	        .by = rem->by == &a->mine ? NULL : rem->by },
	    e);
}

static enum err_code
add_addendum(struct applying *a, const struct remainder *rem, struct err *e)
{
	const char *rows = a->type->signing.addenda;
	const struct schema_field *field;
	char path[3 * 65];
	json_t *row;
	enum err_code code;

	if (rows == NULL)
		return propose(a, rem, e);
	apply_note(a, OUTCOME_ADDENDUM);
	field = schema_find_field(a->type, rows);
	row = json_object();
	code = put_column(row, field, "author", id_print(rem->by->author).s, e);
	if (code == ERR_OK)
		code = put_column(
		    row, field, "made_at", clock_print(rem->by->made_at).s, e);
	if (code == ERR_OK)
		code = put_column(row, field, "kind", rem->kind, e);
	if (code == ERR_OK)
		code = put_column(row, field, "refers_to", rem->spot->path, e);
	if (code == ERR_OK)
		code = put_words(row, a, rem, field, e);
	(void)snprintf(path, sizeof(path), "%s/%s", rows, row_id(a, rem).s);
	if (code == ERR_OK)
		code = record_set(a->r, path, row, false, &a->mine, e);
	json_decref(row);
	return code;
}

enum err_code
apply_late_op(struct applying *a, const struct change_op *op,
    const struct spot *spot, struct err *e)
{
	const json_t *current = path_get(a->r->doc, op->path);
	bool is_unseen = apply_is_unseen(a, op->path, &op->base);
	char tag[24];

	if (path_equal(current, op->now))
		return current == NULL ? ERR_OK : apply_touch(a, spot, e);
	(void)snprintf(tag, sizeof(tag), "op %zu", (size_t)(op - a->c->ops));
	return add_addendum(a,
	    &(struct remainder){ .spot = spot,
	        .old = current,
	        .now = op->now,
	        .by = &a->mine,
	        .base = &op->base,
	        .kind = is_unseen ? "conflict_remainder" : "correction",
	        .tag = tag },
	    e);
}

/* What stands at a path goes to the addenda: the signer signs `signed_value`
 * there. */
static enum err_code
move_out(struct applying *a, const struct spot *spot,
    const json_t *signed_value, struct err *e)
{
	const struct setter *last = apply_last_setter(a, spot->path);
	struct setter by = last != NULL ? *last : a->mine;

	return add_addendum(a,
	    &(struct remainder){ .spot = spot,
	        .old = signed_value,
	        .now = path_get(a->r->doc, spot->path),
	        .by = &by,
	        .kind = "conflict_remainder",
	        .tag = "was" },
	    e);
}

/* The signer saw a row that someone removed meanwhile: it is back, and the
 * removal becomes an addendum. */
static enum err_code
bring_back(struct applying *a, const struct change_op *op,
    const struct path_state *gone, struct err *e)
{
	struct spot spot;
	char path[3 * 65];
	json_t *was = value_share(gone->was);
	enum err_code code = ERR_OK;

	(void)snprintf(path, sizeof(path), "%s", gone->path);
	spot = apply_spot(a, path, was, NULL);
	if (!apply_is_unseen(a, op->path, &op->base))
		code = apply_hold(a, "removed", op->path);
	else
		code = move_out(a, &spot, was, e);
	if (code == ERR_OK && !apply_is_held(a))
		code = apply_set(a, &spot, was, e);
	json_decref(was);
	return code;
}

enum err_code
apply_signed_op(struct applying *a, const struct change_op *op,
    const struct spot *spot, struct err *e)
{
	const struct schema_field *field = spot->schema.field;
	const struct path_state *gone;
	const json_t *current;
	enum err_code code = ERR_OK;

	while ((gone = apply_removed_above(a, op->path)) != NULL) {
		code = bring_back(a, op, gone, e);
		if (code != ERR_OK || apply_is_held(a))
			return code;
	}
	current = path_get(a->r->doc, op->path);
	if (field != NULL && !path_equal(current, op->now) &&
	    field->policy == SCHEMA_OFFICE && !a->ctx->by_office)
		return apply_hold(a, "office_only", op->path);
	/* Restating what was seen signs it; setting it anew is another thing.
	 */
	if (field != NULL && field->policy == SCHEMA_FIXED && current != NULL &&
	    !path_equal(current, op->now) && !path_equal(op->was, op->now))
		return apply_hold(a, "fixed", op->path);
	if (!path_equal(current, op->now) &&
	    apply_is_unseen(a, op->path, &op->base))
		code = move_out(a, spot, op->now, e);
	if (code != ERR_OK || apply_is_held(a))
		return code;
	if (spot->is_row && op->now == NULL)
		return record_remove(a->r, op->path, &a->mine, e);
	return apply_set(a, spot, op->now, e);
}

/* True if an op of the change names the path or what is above it. */
static bool
is_named(const struct applying *a, const char *path)
{
	for (size_t i = 0; i < a->c->n_ops; i++)
		if (path_covers(a->c->ops[i].path, path))
			return true;
	return false;
}

/* True if an op names anything beneath the path. */
static bool
is_named_within(const struct applying *a, const char *path)
{
	for (size_t i = 0; i < a->c->n_ops; i++)
		if (path_covers(path, a->c->ops[i].path))
			return true;
	return false;
}

/* Move out one value, if it is locked and the signer did not name it. */
static enum err_code
move_one(struct applying *a, const char *path, struct err *e)
{
	const json_t *value = path_get(a->r->doc, path);
	struct spot spot = apply_spot(a, path, value, NULL);
	enum err_code code;

	if (value == NULL || is_named(a, path) || !apply_is_locked(a, &spot))
		return ERR_OK;
	code = move_out(a, &spot, NULL, e);
	if (code != ERR_OK || apply_is_held(a))
		return code;
	if (spot.is_row)
		return record_remove(a->r, path, &a->mine, e);
	return apply_set(a, &spot, NULL, e);
}

/* Names, sorted, of the places within a set or an object; NULL when memory
 * ran out.  Borrowed from the value. */
static const char **
names_within(const json_t *value, size_t *n_out)
{
	const char **names;

	if (!json_is_array(value))
		return value_keys(value, n_out);
	names = calloc(json_array_size(value) + 1, sizeof(*names));
	if (names == NULL)
		return NULL;
	for (size_t i = 0; i < json_array_size(value); i++)
		names[i] = json_string_value(json_array_get(value, i));
	*n_out = json_array_size(value);
	return names;
}

/* Move out what is within a set, the rows of a field or a row's columns. */
static enum err_code
move_within(struct applying *a, const char *path, struct err *e)
{
	/* Held, so that the names live on while the document changes. */
	json_t *value = value_share(path_get(a->r->doc, path));
	size_t n = 0;
	const char **names = names_within(value, &n);
	enum err_code code = names == NULL ? value_no_memory(e) : ERR_OK;

	for (size_t i = 0; i < n && code == ERR_OK && !apply_is_held(a); i++) {
		char inner[3 * 65];
		const char *slash = strchr(path, '/');

		(void)snprintf(inner, sizeof(inner), "%s/%s", path, names[i]);
		/* A row that is known in part is looked at by columns. */
		if (slash == NULL && json_is_object(value) &&
		    is_named_within(a, inner))
			code = move_within(a, inner, e);
		else
			code = move_one(a, inner, e);
	}
	free(names);
	json_decref(value);
	return code;
}

/* The open sides of conflicts on locked paths: nobody can decide them into
 * the signed version any more. */
static enum err_code
move_sides(struct applying *a, struct conflict *c, struct err *e)
{
	const json_t *current = path_get(a->r->doc, c->path);
	struct spot spot = apply_spot(a, c->path, current, NULL);
	enum err_code code = ERR_OK;

	if (a->type->signing.addenda == NULL || !apply_is_locked(a, &spot))
		return ERR_OK;
	for (size_t i = 0; i < c->n_sides && code == ERR_OK; i++) {
		struct conflict_side *s = &c->sides[i];
		struct setter by = { .author = s->author,
			.made_at = s->made_at };

		if (!s->is_open)
			continue;
		s->is_open = false;
		c->version = a->mine.version;
		if (!path_equal(current, s->value))
			code = add_addendum(a,
			    &(struct remainder){ .spot = &spot,
			        .old = current,
			        .now = s->value,
			        .by = &by,
			        .kind = "conflict_remainder",
			        .tag = s->key },
			    e);
	}
	return code;
}

enum err_code
apply_move_unsigned(struct applying *a, struct err *e)
{
	json_t *doc = json_copy(a->r->doc);
	size_t n = 0;
	const char **names = doc == NULL ? NULL : value_keys(doc, &n);
	enum err_code code = names == NULL ? value_no_memory(e) : ERR_OK;

	for (size_t i = 0; i < n && code == ERR_OK && !apply_is_held(a); i++) {
		const struct schema_field *field =
		    schema_find_field(a->type, names[i]);

		if (field == NULL || is_named(a, names[i]))
			continue;
		if (field->kind == SCHEMA_ROWS || field->kind == SCHEMA_CODES ||
		    field->kind == SCHEMA_REFS)
			code = move_within(a, names[i], e);
		else
			code = move_one(a, names[i], e);
	}
	free(names);
	json_decref(doc);
	for (size_t i = 0; i < a->r->n_conflicts; i++)
		if (code == ERR_OK && !apply_is_held(a))
			code = move_sides(a, &a->r->conflicts[i], e);
	return code;
}
