/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard of a bundle: lists of words that turn the meaning of others become
 * three sorted tables (text_guard.h).
 */
#include "common/core/schema_int.h"

#include "common/core/text_guard.h"

#define WORDS_MAX 2000
#define WORD_BYTES_MAX 32

enum { WHOLE, STEM, ENDING, TABLES_N };

static const char *const table_keys[] = { "words", "stems", "endings" };

/* The tables while they grow; each has room for all. */
struct tables {
	struct text_guard_word *list[TABLES_N];
	size_t n[TABLES_N];
};

static bool
word_is_ok(const char *word)
{
	size_t len = strlen(word);

	/* Lower case; letters beyond ASCII are taken as they are. */
	for (size_t i = 0; i < len; i++)
		if (!(word[i] >= 'a' && word[i] <= 'z') && word[i] != '\'' &&
		    (unsigned char)word[i] < 0x80)
			return false;
	return len > 0 && len <= WORD_BYTES_MAX;
}

static enum err_code
add_words(const struct schema_where *w, const json_t *def, int table,
    uint32_t bit, struct tables *t, struct err *e)
{
	const char *key = table_keys[table];
	json_t *words = json_object_get(def, key);
	json_t *word;
	size_t i;

	if (words != NULL && !json_is_array(words))
		return schema_bad(w, e, "%s must be a list of words", key);
	if (json_array_size(words) > WORDS_MAX)
		return schema_bad(w, e, "%s: at most %d", key, WORDS_MAX);
	json_array_foreach(words, i, word)
	{
		const char *text = json_string_value(word);

		if (text == NULL || !word_is_ok(text))
			return schema_bad(w, e,
			    "%s: \"%.40s\" must be one word in small letters",
			    key, text == NULL ? "" : text);
		t->list[table][t->n[table]++] = text_guard_word_make(text, bit);
	}
	return ERR_OK;
}

static enum err_code
read_reach(const struct schema_where *w, json_t *def,
    enum text_guard_reach *out, struct err *e)
{
	static const char *const reaches[] = { [TEXT_GUARD_NEAR] = "near",
		[TEXT_GUARD_SENTENCE] = "sentence",
		[TEXT_GUARD_BOTH] = "both",
		[TEXT_GUARD_BACK] = "back" };
	const char *reach = NULL;
	enum err_code rc = schema_read_line(w, def, "reach", true, &reach, e);

	if (rc != ERR_OK)
		return rc;
	for (size_t i = 0; i < sizeof(reaches) / sizeof(reaches[0]); i++)
		if (strcmp(reach, reaches[i]) == 0) {
			*out = (enum text_guard_reach)i;
			return ERR_OK;
		}
	return schema_bad(w, e, "reach must be near, sentence, both or back");
}

/* Check what describes a list and is for people. */
static enum err_code
check_head(const struct schema_where *w, json_t *def, struct err *e)
{
	static const char *const keys[] = { "list", "version", "label",
		"source", "reach", "words", "stems", "endings", "digits",
		"names" };
	const char *name = NULL, *label = NULL, *source = NULL;
	enum err_code rc;

	if ((rc = schema_read_head(w, def, keys, sizeof(keys) / sizeof(keys[0]),
	         &name, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "label", true, &label, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "source", true, &source, e)) !=
	        ERR_OK)
		return rc;
	return ERR_OK;
}

static enum err_code
load_list(const struct schema_where *w, json_t *def, uint32_t bit,
    struct text_guard *g, struct tables *t, struct err *e)
{
	enum text_guard_reach reach = TEXT_GUARD_NEAR;
	bool digits = false, names = false;
	enum err_code rc;

	if ((rc = check_head(w, def, e)) != ERR_OK ||
	    (rc = read_reach(w, def, &reach, e)) != ERR_OK ||
	    (rc = schema_read_bool(w, def, "digits", false, &digits, e)) !=
	        ERR_OK ||
	    (rc = schema_read_bool(w, def, "names", false, &names, e)) !=
	        ERR_OK)
		return rc;
	g->by_reach[reach] |= bit;
	g->digits |= digits ? bit : 0;
	g->names |= names ? bit : 0;
	for (int i = 0; i < TABLES_N && rc == ERR_OK; i++)
		rc = add_words(w, def, i, bit, t, e);
	return rc;
}

static int
by_text(const void *a, const void *b)
{
	const struct text_guard_word *x = a, *y = b;

	return strcmp(x->text, y->text);
}

static int
by_last_byte(const void *a, const void *b)
{
	const struct text_guard_word *x = a, *y = b;
	const int by = (int)(unsigned char)x->text[x->len - 1] -
	    (int)(unsigned char)y->text[y->len - 1];

	return by != 0 ? by : by_text(a, b);
}

/* Sort, and make one of the same word in several lists; how many are left. */
static size_t
settle(struct text_guard_word *list, size_t n)
{
	size_t kept = 0;

	qsort(list, n, sizeof(*list), by_text);
	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && strcmp(list[kept - 1].text, list[i].text) == 0)
			list[kept - 1].lists |= list[i].lists;
		else
			list[kept++] = list[i];
	}
	return kept;
}

static size_t
count_words(const json_t *guard)
{
	const char *key;
	json_t *def;
	size_t n = 0;

	json_object_foreach(schema_iterable(guard), key, def)
	{
		for (int i = 0; i < TABLES_N; i++)
			n += json_array_size(
			    json_object_get(def, table_keys[i]));
	}
	return n;
}

enum err_code
schema_load_guard(struct schema *s, json_t *guard, struct err *e)
{
	struct schema_where w = { s, "guard", "", "", "" };
	struct text_guard *g = schema_alloc(s, 1, sizeof(*g));
	struct tables t = { .n = { 0 } };
	size_t lists = 0, n = count_words(guard);
	const char *key;
	json_t *def;
	enum err_code rc;

	if (json_object_size(guard) > TEXT_GUARD_LISTS_MAX)
		return schema_bad(
		    &w, e, "has more than %d lists", TEXT_GUARD_LISTS_MAX);
	for (int i = 0; i < TABLES_N; i++)
		t.list[i] = schema_alloc(s, n, sizeof(*t.list[i]));
	if (g == NULL || t.list[WHOLE] == NULL || t.list[STEM] == NULL ||
	    t.list[ENDING] == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	json_object_foreach(guard, key, def)
	{
		w.file = key;
		rc = load_list(&w, def, UINT32_C(1) << lists++, g, &t, e);
		if (rc != ERR_OK)
			return rc;
	}
	g->words = t.list[WHOLE];
	g->words_n = settle(t.list[WHOLE], t.n[WHOLE]);
	g->stems = t.list[STEM];
	g->stems_n = settle(t.list[STEM], t.n[STEM]);
	g->endings = t.list[ENDING];
	g->endings_n = settle(t.list[ENDING], t.n[ENDING]);
	qsort(t.list[ENDING], g->endings_n, sizeof(*t.list[ENDING]),
	    by_last_byte);
	s->guard = g;
	return ERR_OK;
}
