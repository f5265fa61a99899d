/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/same.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/near.h"
#include "common/core/path.h"
#include "common/sys/fold.h"
#include "common/sys/json.h"

#define NAME_BYTES_MAX ((size_t)8 * 1024)
#define WORDS_MAX 16
/* A shorter name is near to too many others. */
#define TWO_LETTERS_FROM 8
/* "ap" and "de" are in the names of many. */
#define WORD_FROM 3

static const struct {
	const char *word;
	unsigned score;
} reasons[SAME_REASONS] = { { "same.number", 16 }, { "same.name", 6 },
	{ "same.swapped", 5 }, { "same.one_letter", 4 },
	{ "same.two_letters", 3 }, { "same.born", 8 }, { "same.place", 2 },
	{ "same.other_born", 0 }, { "same.other_number", 0 },
	{ "same.a_name", 1 } };

const char *
same_reason_word(unsigned i)
{
	return reasons[i].word;
}

/* ---- what is compared ---- */

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The folded name with its words in order of the alphabet. */
static enum err_code
add_sorted(json_t *sorted, const char *folded, struct err *e)
{
	char *copy = strdup(folded), *state = NULL;
	const char *words[WORDS_MAX];
	struct buf out;
	size_t n = 0;
	enum err_code code;

	if (copy == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (char *word = strtok_r(copy, " ", &state);
	     word != NULL && n < WORDS_MAX; word = strtok_r(NULL, " ", &state))
		words[n++] = word;
	qsort(words, n, sizeof(*words), by_text);
	buf_init(&out, NAME_BYTES_MAX);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			(void)buf_add_char(&out, ' ');
		(void)buf_add_str(&out, words[i]);
	}
	code = buf_check(&out, e);
	if (code == ERR_OK)
		code = json_add_take(sorted, json_stringn(out.ptr, out.len), e);
	buf_wipe(&out);
	free(copy);
	return code;
}

static enum err_code
add_name(json_t *names, json_t *sorted, const char *text, struct err *e)
{
	struct buf out;
	enum err_code code;

	buf_init(&out, NAME_BYTES_MAX);
	code = fold_name(text, &out, e);
	if (code == ERR_OK && out.len > 0 &&
	    (code = json_add_take(names, json_stringn(out.ptr, out.len), e)) ==
	        ERR_OK)
		code = add_sorted(sorted, out.ptr, e);
	buf_wipe(&out);
	return code;
}

/* A number without its spaces, and small. */
static enum err_code
add_number(json_t *numbers, const char *field, const char *text, struct err *e)
{
	struct buf out, whole;
	enum err_code code;

	buf_init(&out, NAME_BYTES_MAX);
	buf_init(&whole, NAME_BYTES_MAX);
	(void)buf_add_str(&whole, field);
	(void)buf_add_char(&whole, ' ');
	code = fold_name(text, &out, e);
	for (size_t i = 0; i < out.len; i++)
		if (out.ptr[i] != ' ')
			(void)buf_add_char(&whole, out.ptr[i]);
	if (code == ERR_OK)
		code = buf_check(&whole, e);
	if (code == ERR_OK && out.len > 0)
		code = json_add_take(
		    numbers, json_stringn(whole.ptr, whole.len), e);
	buf_wipe(&out);
	buf_wipe(&whole);
	return code;
}

static enum err_code
add_place(json_t *places, const json_t *value, struct err *e)
{
	return json_is_string(value)
	    ? json_add_take(places, json_string(json_string_value(value)), e)
	    : ERR_OK;
}

/* "location/site" of a group, "addresses/site" of each row. */
static enum err_code
add_places(const struct schema_type *type, json_t *places, const json_t *doc,
    const char *path, struct err *e)
{
	const struct path_parts parts = path_split(path);
	const struct schema_field *field =
	    schema_find_field(type, parts.part[0]);
	const json_t *value = json_object_get(doc, parts.part[0]);
	enum err_code code = ERR_OK;
	const char *key;
	json_t *row;

	if (field == NULL || value == NULL)
		return ERR_OK;
	if (field->kind != SCHEMA_ROWS)
		return add_place(places,
		    parts.n == 1 ? value
		                 : json_object_get(value, parts.part[1]),
		    e);
	json_object_foreach(
	    (json_t *)(uintptr_t)value, key, row) if (code == ERR_OK) code =
	    add_place(places, json_object_get(row, parts.part[1]), e);
	return code;
}

static enum err_code
face_fill(const struct schema_type *type, const json_t *doc, json_t *face,
    struct err *e)
{
	const struct schema_same *same = &type->same;
	json_t *names = json_object_get(face, "names");
	const char *born = same->born == NULL
	    ? NULL
	    : json_string_value(json_object_get(doc, same->born));
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < json_array_size(same->names) && code == ERR_OK;
	     i++) {
		const char *text = json_string_value(json_object_get(
		    doc, json_string_value(json_array_get(same->names, i))));

		if (text != NULL)
			code = add_name(
			    names, json_object_get(face, "sorted"), text, e);
	}
	for (size_t i = 0; i < json_array_size(same->numbers) && code == ERR_OK;
	     i++) {
		const char *field =
		    json_string_value(json_array_get(same->numbers, i));
		const char *text =
		    json_string_value(json_object_get(doc, field));

		if (text != NULL)
			code = add_number(
			    json_object_get(face, "numbers"), field, text, e);
	}
	for (size_t i = 0; i < json_array_size(same->places) && code == ERR_OK;
	     i++)
		code = add_places(type, json_object_get(face, "places"), doc,
		    json_string_value(json_array_get(same->places, i)), e);
	if (code == ERR_OK && born != NULL)
		code = json_put_str(face, "born", born, e);
	return code;
}

enum err_code
same_face(const struct schema_type *type, const json_t *doc, json_t **out,
    struct err *e)
{
	json_t *face = json_pack(
	    "{s:[], s:[], s:[], s:[]}", "names", "sorted", "numbers", "places");
	enum err_code code = face == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : face_fill(type, doc, face, e);

	if (code == ERR_OK)
		*out = face;
	else
		json_decref(face);
	return code;
}

/* ---- what two need in common ---- */

static enum err_code
keys_add(json_t *keys, char kind, const json_t *texts, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < json_array_size(texts) && code == ERR_OK; i++)
		code = json_add_take(keys,
		    json_sprintf("%c%s", kind,
		        json_string_value(json_array_get(texts, i))),
		    e);
	return code;
}

enum err_code
same_keys(const json_t *face, json_t **out, struct err *e)
{
	const char *born = json_string_value(json_object_get(face, "born"));
	json_t *keys = json_array();
	enum err_code code;

	if ((code = keys_add(keys, 'w', json_object_get(face, "sorted"), e)) ==
	        ERR_OK &&
	    (code = keys_add(keys, 'n', json_object_get(face, "numbers"), e)) ==
	        ERR_OK)
		code = keys_add(keys, 'p', json_object_get(face, "places"), e);
	if (code == ERR_OK && born != NULL)
		code = json_add_take(keys, json_sprintf("b%s", born), e);
	if (code == ERR_OK)
		*out = keys;
	else
		json_decref(keys);
	return code;
}

/* ---- two of them ---- */

static bool
any_same(const json_t *a, const json_t *b)
{
	for (size_t i = 0; i < json_array_size(a); i++)
		for (size_t k = 0; k < json_array_size(b); k++)
			if (json_equal(
			        json_array_get(a, i), json_array_get(b, k)))
				return true;
	return false;
}

static const char *
text_at(const json_t *list, size_t i)
{
	return json_string_value(json_array_get(list, i));
}

/* Numbers of one field that differ: both begin with its name. */
static bool
numbers_differ(const json_t *a, const json_t *b)
{
	for (size_t i = 0; i < json_array_size(a); i++)
		for (size_t k = 0; k < json_array_size(b); k++) {
			const char *x = text_at(a, i), *y = text_at(b, k);
			const size_t len = strcspn(x, " ") + 1;

			if (strncmp(x, y, len) == 0 && strcmp(x, y) != 0)
				return true;
		}
	return false;
}

/* Have two folded names a word in common? */
static bool
have_a_word(const char *a, const char *b)
{
	for (size_t len; *a != '\0'; a += len + (a[len] == ' ')) {
		len = strcspn(a, " ");
		for (const char *at = b; len >= WORD_FROM && *at != '\0';) {
			const size_t other = strcspn(at, " ");

			if (other == len && memcmp(a, at, len) == 0)
				return true;
			at += other + (at[other] == ' ');
		}
	}
	return false;
}

static bool
any_has_a_word(const json_t *x, const json_t *y)
{
	for (size_t i = 0; i < json_array_size(x); i++)
		for (size_t k = 0; k < json_array_size(y); k++)
			if (have_a_word(text_at(x, i), text_at(y, k)))
				return true;
	return false;
}

/* The nearest that any two of the names are. */
static unsigned
names_compare(const json_t *a, const json_t *b)
{
	const json_t *x = json_object_get(a, "names");
	const json_t *y = json_object_get(b, "names");
	size_t best = SIZE_MAX;

	if (any_same(x, y))
		return SAME_NAME;
	if (any_same(
	        json_object_get(a, "sorted"), json_object_get(b, "sorted")))
		return SAME_SWAPPED;
	for (size_t i = 0; i < json_array_size(x); i++)
		for (size_t k = 0; k < json_array_size(y); k++) {
			const char *one = text_at(x, i), *other = text_at(y, k);
			const size_t d = near_distance(one, other);

			if (d < best &&
			    (d == 1 ||
			        (strlen(one) >= TWO_LETTERS_FROM &&
			            strlen(other) >= TWO_LETTERS_FROM)))
				best = d;
		}
	if (best == 1)
		return SAME_ONE_LETTER;
	if (best == 2)
		return SAME_TWO_LETTERS;
	return any_has_a_word(x, y) ? SAME_A_NAME : 0;
}

static bool
is_candidate(unsigned found, bool born_is_known)
{
	const bool whole = (found & (SAME_NAME | SAME_SWAPPED)) != 0;
	const bool near =
	    whole || (found & (SAME_ONE_LETTER | SAME_TWO_LETTERS)) != 0;
	const bool born = (found & SAME_BORN) != 0;
	const bool place = (found & SAME_PLACE) != 0;

	return (found & SAME_NUMBER) != 0 || (near && (born || place)) ||
	    (whole && !born_is_known) ||
	    (born && (place || (found & SAME_A_NAME) != 0));
}

struct same
same_compare(const json_t *a, const json_t *b)
{
	const json_t *born = json_object_get(a, "born");
	const json_t *other = json_object_get(b, "born");
	const json_t *x = json_object_get(a, "numbers");
	const json_t *y = json_object_get(b, "numbers");
	const bool known = born != NULL && other != NULL;
	struct same out = { .reasons = names_compare(a, b) };

	if (any_same(x, y))
		out.reasons |= SAME_NUMBER;
	if (numbers_differ(x, y))
		out.reasons |= SAME_OTHER_NUMBER;
	if (known)
		out.reasons |=
		    json_equal(born, other) ? SAME_BORN : SAME_OTHER_BORN;
	if (any_same(
	        json_object_get(a, "places"), json_object_get(b, "places")))
		out.reasons |= SAME_PLACE;
	for (unsigned i = 0; i < SAME_REASONS; i++)
		if ((out.reasons & (1U << i)) != 0)
			out.score += reasons[i].score;
	out.is_candidate = is_candidate(out.reasons, known);
	return out;
}

const char *
same_stands(const struct schema_type *type, const json_t *doc)
{
	return type == NULL || type->same.field == NULL
	    ? NULL
	    : json_string_value(json_object_get(doc, type->same.field));
}

const struct schema_field *
same_ref(const struct schema *s, const struct schema_type *type)
{
	for (size_t i = 0; i < type->fields_n; i++) {
		const struct schema_field *f =
		    schema_shown(type->fields, type->fields_n, i);
		const struct schema_type *to =
		    f == NULL || f->kind != SCHEMA_REF ? NULL
		                                       : schema_type(s, f->ref);

		if (to != NULL && to->same.field != NULL)
			return f;
	}
	return NULL;
}
