/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that have no place in the signed version, as a row of addenda.
 */
#include "common/base/clock.h"
#include "common/core/apply_int.h"
#include "common/core/limits.h"
#include "common/core/value.h"
#include "common/sys/json.h"

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

static enum err_code
put_words(json_t *row, const struct applying *a, const struct remainder *rem,
    const struct schema_field *addenda, struct err *e)
{
	const char *name = a->type->signing.addendum.text;
	const struct schema_field *text = schema_child(addenda, name);
	struct buf words;
	enum err_code code;

	buf_init(&words, LIMIT_RECORD_BYTES);
	apply_words(a, rem->spot, rem->old, rem->now, &words);
	/* The signed words stand in the record anyway. */
	if (words.len > text->max_len) {
		buf_reset(&words);
		apply_words(a, rem->spot, NULL, rem->now, &words);
	}
	code = buf_check(&words, e);
	if (code == ERR_OK)
		code = json_put_text(row, name, words.ptr, words.len, e);
	buf_wipe(&words);
	return code;
}

static bool
says_the_same(const json_t *x, const json_t *y, const char *column)
{
	const json_t *of_x = json_object_get(x, column);
	const json_t *of_y = json_object_get(y, column);

	return of_x == of_y || json_equal(of_x, of_y);
}

/* True if an addendum of the same author says the same of the same place. */
static bool
is_in_addenda(const struct applying *a, json_t *row)
{
	const struct schema_signing *s = &a->type->signing;
	json_t *rows = json_object_get(a->r->doc, s->addenda), *other;
	const char *id;

	json_object_foreach(rows, id, other)
	{
		if (says_the_same(other, row, s->addendum.author) &&
		    says_the_same(other, row, s->addendum.path) &&
		    says_the_same(other, row, s->addendum.text))
			return true;
	}
	return false;
}

/* A proposal without a row to put it in. */
static enum err_code
propose(struct applying *a, const struct remainder *rem, struct err *e)
{
	static const struct change_base nothing_seen;
	json_t *old = value_share(rem->old);
	enum err_code code;

	/* The document is changed in place: what is kept of it is a copy. */
	if (old == a->r->doc) {
		json_decref(old);
		old = json_copy_all(a->r->doc);
		if (old == NULL)
			return value_no_memory(e);
	}
	apply_note(a, OUTCOME_CONFLICT);
	code = apply_clash(a,
	    &(struct clash){ .path = rem->spot->path,
	        .base = rem->base != NULL ? rem->base : &nothing_seen,
	        .kind = CONFLICT_ASK,
	        .ancestor = old,
	        .value = rem->now,
	        .by = rem->by == &a->mine ? NULL : rem->by },
	    e);
	json_decref(old);
	return code;
}

enum err_code
apply_add_addendum(
    struct applying *a, const struct remainder *rem, struct err *e)
{
	const char *rows = a->type->signing.addenda;
	const struct schema_addendum *names = &a->type->signing.addendum;
	char path[3 * 65];
	json_t *row;
	enum err_code code;

	if (rows == NULL)
		return propose(a, rem, e);
	apply_note(a, OUTCOME_ADDENDUM);
	row = json_object();
	if ((code = json_put_id(row, names->author, rem->by->author, e)) ==
	        ERR_OK &&
	    (code = json_put_str(row, names->at,
	         clock_print(rem->by->made_at).s, e)) == ERR_OK &&
	    (code = json_put_str(row, names->kind, rem->kind, e)) == ERR_OK &&
	    /* Nobody wrote it as an addendum: somebody accepts it, or not. */
	    (names->state == NULL ||
	        (code = json_put_str(row, names->state, names->proposed, e)) ==
	            ERR_OK) &&
	    (*rem->spot->path == '\0' ||
	        (code = json_put_str(row, names->path, rem->spot->path, e)) ==
	            ERR_OK))
		code =
		    put_words(row, a, rem, schema_find_field(a->type, rows), e);
	(void)snprintf(path, sizeof(path), "%s/%s", rows, row_id(a, rem).s);
	if (code == ERR_OK && !(rem->is_restated && is_in_addenda(a, row)))
		code = record_set(a->r, path, row, false, &a->mine, e);
	json_decref(row);
	return code;
}
