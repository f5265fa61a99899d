/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may be in here twice: candidates, with the reasons in words.  Whether two
 * are one a person decides (command_merge.c).
 */
#include <stdlib.h>
#include <string.h>

#include "common/core/path.h"
#include "common/core/same.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

#define PAGE 500
#define LIMIT_USUAL 100

/* ---- one pair, in words ---- */

static enum err_code
reasons_put(struct command *c, json_t *out, unsigned reasons, struct err *e)
{
	json_t *list = json_array();
	enum err_code code = ERR_OK;

	for (unsigned i = 0; i < SAME_REASONS && code == ERR_OK; i++)
		if ((reasons & (1U << i)) != 0)
			code = json_add_take(list,
			    json_string(schema_word(
			        engine_schema(c->g), same_reason_word(i))),
			    e);
	if (code == ERR_OK)
		return json_put_take(out, "reasons", list, e);
	json_decref(list);
	return code;
}

static enum err_code
pair_put(struct command *c, json_t *out, struct id keep, struct id other,
    const struct same *same, struct err *e)
{
	enum err_code code;

	if ((code = json_put_id(out, "id", keep, e)) != ERR_OK ||
	    (code = command_title_put(c, out, "title", keep, e)) != ERR_OK ||
	    (code = json_put_id(out, "other", other, e)) != ERR_OK ||
	    (code = command_title_put(c, out, "other_title", other, e)) !=
	        ERR_OK ||
	    (code = json_put_int(out, "score", same->score, e)) != ERR_OK)
		return code;
	return reasons_put(c, out, same->reasons, e);
}

/* ---- all records of a type ---- */

struct one {
	struct id id;
	json_t *face;
};

struct key {
	char *text; /* owned */
	size_t one; /* whose */
};

struct pair {
	size_t a, b; /* a is the older one */
	struct same same;
};

struct finding {
	struct command *c;
	const struct schema_type *type;
	struct one *ones;
	size_t n, room;
	struct key *keys;
	size_t n_keys, room_keys;
	struct pair *pairs;
	size_t n_pairs, room_pairs;
	/* A page of ids. */
	struct id ids[PAGE];
	size_t n_ids;
};

/* Room for one more item in an array that doubles; false: out of memory. */
static bool
more(void **items, size_t n, size_t *room, size_t len)
{
	const size_t now = *room == 0 ? 64 : *room * 2;
	void *bigger;

	if (n < *room)
		return true;
	bigger = realloc(*items, now * len);
	if (bigger == NULL)
		return false;
	*items = bigger;
	*room = now;
	return true;
}

static void
finding_fini(struct finding *f)
{
	for (size_t i = 0; i < f->n; i++)
		json_decref(f->ones[i].face);
	for (size_t i = 0; i < f->n_keys; i++)
		free(f->keys[i].text);
	free(f->ones);
	free(f->keys);
	free(f->pairs);
	free(f);
}

static enum err_code
keys_keep(struct finding *f, size_t one, struct err *e)
{
	json_t *keys = NULL;
	enum err_code code = same_keys(f->ones[one].face, &keys, e);

	for (size_t i = 0; code == ERR_OK && i < json_array_size(keys); i++) {
		char *text = strdup(json_string_value(json_array_get(keys, i)));

		if (text == NULL ||
		    !more((void **)&f->keys, f->n_keys, &f->room_keys,
		        sizeof(*f->keys))) {
			free(text);
			code = err_set(e, ERR_NOMEM, 0, "out of memory");
		} else {
			f->keys[f->n_keys++] = (struct key){ text, one };
		}
	}
	json_decref(keys);
	return code;
}

/* What is removed, or stood for, is no candidate. */
static enum err_code
one_keep(struct finding *f, struct id id, struct err *e)
{
	struct record r;
	json_t *face = NULL;
	enum err_code code = store_record_get(f->c->store, id, &r, e);

	if (code != ERR_OK)
		return code;
	if (!record_is_removed(&r) && same_stands(f->type, r.doc) == NULL)
		code = same_face(f->type, r.doc, &face, e);
	record_fini(&r);
	if (face == NULL)
		return code;
	if (!more((void **)&f->ones, f->n, &f->room, sizeof(*f->ones))) {
		json_decref(face);
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	f->ones[f->n] = (struct one){ id, face };
	return keys_keep(f, f->n++, e);
}

static bool
page_id(void *arg, struct id id, const char *type, struct version version)
{
	struct finding *f = arg;

	(void)type;
	(void)version;
	f->ids[f->n_ids++] = id;
	return f->n_ids < PAGE;
}

static enum err_code
all_keep(struct finding *f, struct err *e)
{
	struct id after = { 0 };
	bool first = true;
	enum err_code code = ERR_OK;

	do {
		f->n_ids = 0;
		code = store_records(f->c->store, f->type->name,
		    first ? NULL : &after, PAGE, page_id, f, e);
		for (size_t i = 0; i < f->n_ids && code == ERR_OK; i++)
			code = one_keep(f, f->ids[i], e);
		if (f->n_ids > 0)
			after = f->ids[f->n_ids - 1];
		first = false;
	} while (code == ERR_OK && f->n_ids == PAGE);
	return code;
}

/* ---- candidates ---- */

static int
by_key(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	const int c = strcmp(x->text, y->text);

	return c != 0 ? c : (x->one > y->one) - (x->one < y->one);
}

static int
by_pair(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return x->a != y->a ? (x->a > y->a) - (x->a < y->a)
	                    : (x->b > y->b) - (x->b < y->b);
}

static int
by_score(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return x->same.score != y->same.score
	    ? (x->same.score < y->same.score) - (x->same.score > y->same.score)
	    : by_pair(a, b);
}

/* Those that have a key in common. */
static enum err_code
bucket_compare(struct finding *f, size_t from, size_t to, struct err *e)
{
	for (size_t i = from; i < to; i++)
		for (size_t k = i + 1; k < to; k++) {
			struct pair p = { f->keys[i].one, f->keys[k].one,
				{ 0 } };

			if (p.a == p.b)
				continue;
			p.same =
			    same_compare(f->ones[p.a].face, f->ones[p.b].face);
			if (!p.same.is_candidate)
				continue;
			if (!more((void **)&f->pairs, f->n_pairs,
			        &f->room_pairs, sizeof(*f->pairs)))
				return err_set(
				    e, ERR_NOMEM, 0, "out of memory");
			f->pairs[f->n_pairs++] = p;
		}
	return ERR_OK;
}

static enum err_code
pairs_find(struct finding *f, struct err *e)
{
	size_t from = 0, n = 0;
	enum err_code code = ERR_OK;

	if (f->n_keys == 0)
		return ERR_OK;
	qsort(f->keys, f->n_keys, sizeof(*f->keys), by_key);
	for (size_t i = 1; i <= f->n_keys && code == ERR_OK; i++)
		if (i == f->n_keys ||
		    strcmp(f->keys[i].text, f->keys[from].text) != 0) {
			code = bucket_compare(f, from, i, e);
			from = i;
		}
	if (code != ERR_OK || f->n_pairs == 0)
		return code;
	/* Two may have several keys in common. */
	qsort(f->pairs, f->n_pairs, sizeof(*f->pairs), by_pair);
	for (size_t i = 0; i < f->n_pairs; i++)
		if (n == 0 || by_pair(&f->pairs[n - 1], &f->pairs[i]) != 0)
			f->pairs[n++] = f->pairs[i];
	f->n_pairs = n;
	qsort(f->pairs, f->n_pairs, sizeof(*f->pairs), by_score);
	return ERR_OK;
}

static enum err_code
type_find(struct command *c, const struct schema_type *type, json_t *list,
    size_t limit, struct err *e)
{
	struct finding *f = calloc(1, sizeof(*f));
	enum err_code code;

	if (f == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	f->c = c;
	f->type = type;
	if ((code = all_keep(f, e)) == ERR_OK)
		code = pairs_find(f, e);
	for (size_t i = 0;
	     i < f->n_pairs && json_array_size(list) < limit && code == ERR_OK;
	     i++) {
		const struct pair *p = &f->pairs[i];
		json_t *one = json_object();

		code = pair_put(
		    c, one, f->ones[p->a].id, f->ones[p->b].id, &p->same, e);
		if (code == ERR_OK)
			code = json_add_take(list, one, e);
		else
			json_decref(one);
	}
	finding_fini(f);
	return code;
}

enum err_code
command_duplicates_list(struct command *c, struct err *e)
{
	const struct schema *s = engine_schema(c->g);
	const json_int_t asked =
	    json_integer_value(json_object_get(c->in, "limit"));
	const size_t limit =
	    asked > 0 && asked <= 1000 ? (size_t)asked : LIMIT_USUAL;
	json_t *list = json_array(), *later = json_array();
	enum err_code code = store_begin_read(c->store, e);

	for (size_t i = 0; i < schema_types_n(s) && code == ERR_OK; i++) {
		const struct schema_type *type = schema_type_at(s, i);

		if (type->same.field == NULL)
			continue;
		code = type_find(c, type, list, limit, e);
		if (code == ERR_OK)
			code = command_same_later(c, type, later, limit, e);
	}
	if (code == ERR_OK)
		code =
		    json_put_take(c->out, "duplicates", json_incref(list), e);
	if (code == ERR_OK)
		code = json_put_take(c->out, "later", json_incref(later), e);
	json_decref(list);
	json_decref(later);
	return code;
}

/* ---- one pair, beside each other ---- */

static enum err_code
differing_add(const struct same_pair *p, const struct same_edits *s, size_t i,
    json_t *list, struct err *e)
{
	const char *path = s->paths[i];
	const struct schema_field *field = schema_find_field(p->type, path);
	json_t *one = json_object();
	enum err_code code;

	if ((code = json_put_str(one, "path", path, e)) != ERR_OK ||
	    (code = json_put_str(one, "label",
	         field == NULL ? path : field->label, e)) != ERR_OK ||
	    (code = command_value_put(
	         one, "value", path_get(p->keep.doc, path), e)) != ERR_OK ||
	    (code = command_value_put(
	         one, "other_value", s->edits[i].now, e)) != ERR_OK) {
		json_decref(one);
		return code;
	}
	return json_add_take(list, one, e);
}

/* What the second has that the first has not, or has otherwise: before they are
 * one that is what would be brought over, after it what came later. */
static enum err_code
differing_put(struct command *c, const struct same_pair *p, struct err *e)
{
	json_t *list = json_array();
	struct same_edits s;
	enum err_code code =
	    same_edits_make(p->type, &p->keep, &p->other, &s, e);

	if (code == ERR_OK) {
		for (size_t i = 0; i < s.n && code == ERR_OK; i++)
			code = differing_add(p, &s, i, list, e);
		same_edits_fini(&s);
	}
	if (code == ERR_OK)
		return json_put_take(c->out, "differs", list, e);
	json_decref(list);
	return code;
}

static enum err_code
shown_put(struct command *c, const struct same_pair *p, struct err *e)
{
	const char *stands = same_stands(p->type, p->other.doc);
	json_t *a = NULL, *b = NULL;
	struct same same = { 0 };
	enum err_code code = same_face(p->type, p->keep.doc, &a, e);

	if (code == ERR_OK)
		code = same_face(p->type, p->other.doc, &b, e);
	if (code == ERR_OK) {
		same = same_compare(a, b);
		code = pair_put(c, c->out, p->keep.id, p->other.id, &same, e);
	}
	json_decref(a);
	json_decref(b);
	if (code == ERR_OK)
		code = json_put_bool(c->out, "merged",
		    stands != NULL &&
		        strcmp(stands, id_print(p->keep.id).s) == 0,
		    e);
	return code != ERR_OK ? code : differing_put(c, p, e);
}

enum err_code
command_duplicates_show(struct command *c, struct err *e)
{
	const char *keep, *other;
	struct same_pair p;
	enum err_code code;

	if ((code = command_text(c, "keep", &keep, e)) != ERR_OK ||
	    (code = command_text(c, "other", &other, e)) != ERR_OK ||
	    (code = store_begin_read(c->store, e)) != ERR_OK ||
	    (code = same_pair_get(c, keep, other, &p, e)) != ERR_OK)
		return code;
	code = shown_put(c, &p, e);
	same_pair_fini(&p);
	return code;
}
