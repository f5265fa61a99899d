/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of any type, as the office shows them.
 */
#include <stdio.h>

#include "common/base/clock.h"
#include "common/core/content.h"
#include "common/core/same.h"
#include "common/core/signed.h"
#include "common/core/written.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

static enum err_code
content_put(json_t *out, const struct schema_type *type, const json_t *doc,
    struct err *e)
{
	const char *word = content_word(type, doc);

	return json_put_take(
	    out, "content", word == NULL ? json_null() : json_string(word), e);
}

/* The change that last set something in the record, and its receipt. */
static enum err_code
receipt_put(struct command *c, const struct record *r, struct err *e)
{
	const struct setter *last = NULL;
	struct receipt receipt;
	json_t *json = NULL;
	enum err_code code;

	for (size_t i = 0; i < r->n_paths; i++)
		for (size_t k = 0; k < r->paths[i].n_setters; k++) {
			const struct setter *s = &r->paths[i].setters[k];

			if (last == NULL ||
			    version_compare(s->version, last->version) > 0)
				last = s;
		}
	if (last == NULL)
		return json_put_take(c->out, "receipt", json_null(), e);
	code = store_receipt_get(
	    c->store, last->device, last->counter, &receipt, e);
	if (code == ERR_NOTFOUND) /* the office's own change has none */
		return json_put_take(c->out, "receipt", json_null(), e);
	if (code != ERR_OK)
		return code;
	code = receipt_to_json(&receipt, false, &json, e);
	receipt_fini(&receipt);
	return code != ERR_OK ? code
	                      : json_put_take(c->out, "receipt", json, e);
}

/* Who signed what, and whether that holds. */
static enum err_code
signed_put(struct command *c, const struct schema_type *type,
    const struct record *r, struct err *e)
{
	struct signed_check check;
	json_t *told;
	enum err_code code = signed_to_json(type, r, c->out, e);

	if (code != ERR_OK ||
	    (code = engine_signed_check(c->g, r, &check, e)) != ERR_OK ||
	    !check.is_signed)
		return code;
	told = json_object_get(c->out, "signed");
	code = json_put_bool(told, "same", check.same, e);
	return code != ERR_OK
	    ? code
	    : json_put_bool(told, "signature_ok", check.signature_ok, e);
}

/* What became of the last change that came; while somebody has to decide,
 * what merely went in does not hide that. */
static enum err_code
outcome_put(struct command *c, const struct record *r, struct err *e)
{
	enum outcome_kind kind;
	enum err_code code = store_outcome_of_record(c->store, r->id, &kind, e);

	if (code == ERR_NOTFOUND)
		return json_put_take(c->out, "outcome", json_null(), e);
	for (size_t i = 0; i < r->n_conflicts && code == ERR_OK; i++)
		if (r->conflicts[i].kind == CONFLICT_ASK &&
		    conflict_is_open(&r->conflicts[i]) &&
		    (kind == OUTCOME_APPLIED || kind == OUTCOME_MERGED))
			kind = OUTCOME_CONFLICT;
	return code != ERR_OK
	    ? code
	    : json_put_str(c->out, "outcome", outcome_word(kind), e);
}

/* Open conflicts, and paths whose merged text a person should look at; and
 * which of them ask nothing of anybody. */
static enum err_code
conflicts_put(struct command *c, const struct record *r, struct err *e)
{
	static const char *const lists[] = { "conflicts", "review", "beside",
		"reviews" };
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < 4 && code == ERR_OK; i++)
		code = json_put_take(c->out, lists[i], json_array(), e);
	for (size_t i = 0; i < r->n_conflicts && code == ERR_OK; i++) {
		const struct conflict *k = &r->conflicts[i];
		const struct id_text id = id_print(k->id);

		if (!conflict_is_open(k))
			continue;
		if (k->kind == CONFLICT_REVIEW)
			code = json_add_take(json_object_get(c->out, "review"),
			    json_string(k->path), e);
		else
			code =
			    json_add_take(json_object_get(c->out, "conflicts"),
			        json_string(id.s), e);
		if (code == ERR_OK && k->kind != CONFLICT_ASK)
			code = json_add_take(
			    json_object_get(c->out,
			        k->kind == CONFLICT_BESIDE ? "beside"
			                                   : "reviews"),
			    json_string(id.s), e);
	}
	return code;
}

/* Who wrote what stands, and what is known of the clocks that told when. */
static enum err_code
times_put(struct command *c, const struct record *r, struct err *e)
{
	json_t *written, *uncertain;
	enum err_code code = written_to_json(r, clock_unix_ms(), c->out, e);

	if (code != ERR_OK)
		return code;
	written = json_object_get(c->out, "written");
	uncertain = json_object_get(c->out, "uncertain");
	if (json_is_object(written))
		code = command_clock_put(c, written, e);
	for (size_t i = 0; i < json_array_size(uncertain) && code == ERR_OK;
	     i++)
		code = command_clock_put(c, json_array_get(uncertain, i), e);
	return code;
}

enum err_code
command_record_show(struct command *c, struct err *e)
{
	const struct schema_type *type;
	struct record r;
	enum err_code code;

	if ((code = command_type(c, &type, e)) != ERR_OK ||
	    (code = command_record(c, type, &r, e)) != ERR_OK)
		return code;
	if ((code = json_put_id(c->out, "id", r.id, e)) == ERR_OK &&
	    (code = json_put_str(c->out, "type", r.type, e)) == ERR_OK &&
	    (code = content_put(c->out, type, r.doc, e)) == ERR_OK &&
	    (code = json_put_str(c->out, "transport", "office", e)) == ERR_OK &&
	    (code = json_put_int(c->out, "seq", (int64_t)r.version.seq, e)) ==
	        ERR_OK &&
	    (code = json_put_take(c->out, "doc", json_incref(r.doc), e)) ==
	        ERR_OK &&
	    (code = signed_put(c, type, &r, e)) == ERR_OK &&
	    (code = receipt_put(c, &r, e)) == ERR_OK &&
	    (code = command_file_put(c, type, &r, c->out, e)) == ERR_OK &&
	    (code = command_title_put(c, c->out, "title", r.id, e)) == ERR_OK &&
	    (code = json_put_id(c->out, "author", r.author, e)) == ERR_OK &&
	    (code = times_put(c, &r, e)) == ERR_OK &&
	    (code = outcome_put(c, &r, e)) == ERR_OK &&
	    (code = command_waited_put(c, type, &r, c->out, e)) == ERR_OK)
		code = conflicts_put(c, &r, e);
	record_fini(&r);
	return code;
}

struct record_page {
	struct id ids[1000];
	uint64_t seqs[1000];
	size_t n, limit;
	size_t errors; /* that were entered in error and are left out */
	size_t same;   /* for which another stands, and are left out */
};

/* True if the record is left out of the list, and counted. */
static bool
is_left_out(const struct command *c, const struct schema_type *type,
    const struct record *r, struct record_page *p)
{
	if (content_is_error(type, content_word(type, r->doc)) &&
	    !json_is_true(json_object_get(c->in, "errors"))) {
		p->errors++;
		return true;
	}
	if (same_stands(type, r->doc) == NULL || record_is_removed(r) ||
	    json_is_true(json_object_get(c->in, "same")))
		return false;
	p->same++;
	return true;
}

static bool
record_collect(void *arg, struct id id, const char *type, struct version v)
{
	struct record_page *p = arg;

	(void)type;
	p->ids[p->n] = id;
	p->seqs[p->n] = v.seq;
	p->n++;
	return p->n < p->limit;
}

/* How many wait for a person's answer. */
static int64_t
asked_of(const struct record *r)
{
	int64_t n = 0;

	for (size_t i = 0; i < r->n_conflicts; i++)
		n += r->conflicts[i].kind == CONFLICT_ASK &&
		        conflict_is_open(&r->conflicts[i])
		    ? 1
		    : 0;
	return n;
}

/* Which record stands for it, if one does. */
static enum err_code
stands_put(const struct schema_type *type, const struct record *r, json_t *out,
    struct err *e)
{
	const char *stands = same_stands(type, r->doc);

	return stands == NULL ? ERR_OK : json_put_str(out, "stands", stands, e);
}

static enum err_code
record_append(struct command *c, const struct schema_type *type,
    struct record_page *p, size_t i, json_t *list, struct err *e)
{
	const struct id id = p->ids[i];
	json_t *one;
	struct record r;
	enum err_code code = store_record_get(c->store, id, &r, e);

	if (code != ERR_OK)
		return code;
	if (is_left_out(c, type, &r, p)) {
		record_fini(&r);
		return ERR_OK;
	}
	one = json_object();
	if ((code = json_put_id(one, "id", id, e)) == ERR_OK &&
	    (code = json_put_bool(one, "removed", record_is_removed(&r), e)) ==
	        ERR_OK &&
	    (code = content_put(one, type, r.doc, e)) == ERR_OK &&
	    (code = json_put_str(one, "transport", "office", e)) == ERR_OK &&
	    (code = json_put_int(one, "conflicts", asked_of(&r), e)) ==
	        ERR_OK &&
	    (code = command_file_put(c, type, &r, one, e)) == ERR_OK &&
	    (code = command_title_put(c, one, "title", id, e)) == ERR_OK &&
	    (code = stands_put(type, &r, one, e)) == ERR_OK)
		code = json_put_int(one, "seq", (int64_t)p->seqs[i], e);
	record_fini(&r);
	if (code == ERR_OK)
		return json_add_take(list, one, e);
	json_decref(one);
	return code;
}

static enum err_code
record_list(struct command *c, const struct schema_type *type,
    struct record_page *p, const struct id *after, json_t *list, struct err *e)
{
	enum err_code code = store_begin_read(c->store, e);

	if (code == ERR_OK)
		code = store_records(c->store, type->name, after, p->limit,
		    record_collect, p, e);
	for (size_t i = 0; i < p->n && code == ERR_OK; i++)
		code = record_append(c, type, p, i, list, e);
	return code;
}

enum err_code
command_record_list(struct command *c, struct err *e)
{
	const char *text = command_text_or(c, "after", NULL);
	const int64_t asked =
	    json_integer_value(json_object_get(c->in, "limit"));
	const struct schema_type *type;
	struct record_page *p;
	json_t *list = json_array(), *next;
	char name[80];
	struct id after;
	enum err_code code;

	p = calloc(1, sizeof(*p));
	if (p == NULL || list == NULL) {
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
		goto out;
	}
	p->limit = asked > 0 && asked <= 1000 ? (size_t)asked : 100;
	if ((code = command_type(c, &type, e)) != ERR_OK)
		goto out;
	if (text != NULL && !id_parse(text, &after)) {
		code = err_set(e, ERR_INVALID, 0, "%.60s is no id", text);
		goto out;
	}
	code = record_list(c, type, p, text == NULL ? NULL : &after, list, e);
	if (code != ERR_OK)
		goto out;
	(void)snprintf(name, sizeof(name), "%ss", type->name);
	next = p->n == p->limit ? json_string(id_print(p->ids[p->n - 1]).s)
	                        : json_null();
	code = json_put_take(c->out, name, json_incref(list), e);
	if (code == ERR_OK)
		code = json_put_int(c->out, "errors", (int64_t)p->errors, e);
	if (code == ERR_OK)
		code = json_put_int(c->out, "same", (int64_t)p->same, e);
	if (code == ERR_OK)
		code = json_put_take(c->out, "next", next, e);
	else
		json_decref(next);
out:
	free(p);
	json_decref(list);
	return code;
}
