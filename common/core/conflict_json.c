/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/conflict_json.h"

#include <stdio.h>
#include <string.h>

#include "common/base/enc.h"
#include "common/core/limits.h"
#include "common/core/path.h"
#include "common/core/value.h"
#include "common/core/written.h"
#include "common/sys/crypto_hash.h"
#include "common/sys/json.h"

/* A value, or null for absent. */
static enum err_code
put_value(json_t *out, const char *key, const json_t *value, struct err *e)
{
	return json_put_take(
	    out, key, value != NULL ? value_share(value) : json_null(), e);
}

/* What people call the path: the field's label, the path itself where the
 * schema does not know it. */
static const char *
label_of(const struct schema_type *type, const char *path)
{
	const struct schema_field *f =
	    type == NULL ? NULL : schema_find_field(type, path);

	if (f != NULL)
		return f->label;
	return type != NULL && *path == '\0' ? type->label : path;
}

/* A decision that had not seen what stood by then, and decided nothing. */
static bool
is_late(const json_t *decision)
{
	return json_is_true(json_object_get(decision, "late"));
}

static const char *
state_of(const struct conflict *c)
{
	if (conflict_is_open(c))
		return "open";
	for (size_t i = 0; i < json_array_size(c->decisions); i++)
		if (!is_late(json_array_get(c->decisions, i)))
			return "decided";
	return "closed";
}

const char *
conflict_may_word(enum may_decide may)
{
	switch (may) {
	case MAY_DECIDE:
		return "now";
	case MAY_DECIDE_LATER:
		return "later";
	case MAY_NEVER_DECIDE:
		return "never";
	}
	return "never";
}

/* Whose turn it is, until when, and whether it is the reader's. */
static enum err_code
put_turn(const struct conflict_teller *t, const struct record *r,
    const struct conflict *c, json_t *out, struct err *e)
{
	const struct deciding d = { .conflict = c,
		.user = t->user,
		.rung = t->rung,
		.now_ms = t->now_ms };
	const uint64_t until = conflict_is_open(c) && c->kind == CONFLICT_ASK
	    ? decide_until(&t->limits, c, t->now_ms)
	    : 0;
	enum err_code code = json_put_str(out, "owner",
	    conflict_owner_word(decide_owner(&t->limits, c, t->now_ms)), e);

	if (code == ERR_OK)
		code = json_put_take(out, "until",
		    until != 0 ? json_integer((json_int_t)until) : json_null(),
		    e);
	if (code != ERR_OK || id_is_zero(t->user))
		return code;
	return json_put_str(
	    out, "may", conflict_may_word(decide_may(&t->limits, r, &d)), e);
}

enum err_code
conflict_line_json(const struct conflict_teller *t, const struct record *r,
    const struct conflict *c, json_t *out, struct err *e)
{
	const struct schema_type *type = schema_type(t->schema, r->type);
	enum err_code code;

	if ((code = json_put_id(out, "id", c->id, e)) != ERR_OK ||
	    (code = json_put_id(out, "record", r->id, e)) != ERR_OK ||
	    (code = json_put_str(out, "type", r->type, e)) != ERR_OK ||
	    (code = json_put_str(out, "path", c->path, e)) != ERR_OK ||
	    (code = json_put_str(out, "label", label_of(type, c->path), e)) !=
	        ERR_OK ||
	    (code = json_put_str(
	         out, "kind", conflict_kind_word(c->kind), e)) != ERR_OK ||
	    (code = json_put_str(out, "state", state_of(c), e)) != ERR_OK ||
	    (code = put_turn(t, r, c, out, e)) != ERR_OK)
		return code;
	return json_put_int(out, "opened_at", (int64_t)c->opened_at, e);
}

static enum err_code
side_to_json(const struct conflict_side *s, uint64_t now_ms, json_t *sides,
    struct err *e)
{
	json_t *one = json_object();
	enum err_code code;

	if ((code = put_value(one, "value", s->value, e)) != ERR_OK ||
	    (code = json_put_str(one, "side", s->key, e)) != ERR_OK ||
	    (code = json_put_id(one, "author", s->author, e)) != ERR_OK ||
	    (code = json_put_id(one, "device", s->device, e)) != ERR_OK ||
	    (code = json_put_int(one, "counter", (int64_t)s->counter, e)) !=
	        ERR_OK ||
	    (code = json_put_int(one, "made_at", (int64_t)s->made_at, e)) !=
	        ERR_OK ||
	    (code = json_put_int(one, "clock_offset", s->clock_offset, e)) !=
	        ERR_OK ||
	    (code = json_put_int(one, "uncertainty_s",
	         (int64_t)written_uncertainty_s(
	             s->made_at, s->clock_offset, now_ms),
	         e)) != ERR_OK ||
	    (code = json_put_take(
	         one, "version", version_to_json(s->version), e)) != ERR_OK ||
	    (code = json_put_bool(one, "open", s->is_open, e)) != ERR_OK) {
		json_decref(one);
		return code;
	}
	return json_add_take(sides, one, e);
}

/* True if the decision was taken back. */
static bool
is_undone(const struct conflict *c, const json_t *decision)
{
	const char *device =
	    json_string_value(json_object_get(decision, "device"));
	char key[60];

	(void)snprintf(key, sizeof(key), "%s/%lld",
	    device == NULL ? "" : device,
	    (long long)json_integer_value(
	        json_object_get(decision, "counter")));
	for (size_t i = 0; i < json_array_size(c->decisions); i++) {
		const char *undo = json_string_value(
		    json_object_get(json_array_get(c->decisions, i), "undo"));

		if (undo != NULL && strcmp(undo, key) == 0)
			return true;
	}
	return false;
}

const json_t *
conflict_decision(const struct conflict *c)
{
	for (size_t i = json_array_size(c->decisions); i-- > 0;) {
		const json_t *one = json_array_get(c->decisions, i);

		if (!json_is_true(json_object_get(one, "ask")) &&
		    !is_late(one) && !json_has(one, "undo") &&
		    !is_undone(c, one))
			return one;
	}
	return NULL;
}

static enum err_code
decision_to_json(const struct conflict *c, json_t *out, struct err *e)
{
	static const char *const members[] = { "value", "by", "reason", "at" };
	const json_t *last = conflict_decision(c);
	json_t *decision;
	enum err_code code = json_put_take(out, "decisions",
	    c->decisions == NULL ? json_array() : json_incref(c->decisions), e);

	if (code != ERR_OK)
		return code;
	if (last == NULL || conflict_is_open(c))
		return json_put_take(out, "decision", json_null(), e);
	decision = json_object();
	for (size_t i = 0; i < 4 && code == ERR_OK; i++)
		code = put_value(
		    decision, members[i], json_object_get(last, members[i]), e);
	if (code != ERR_OK) {
		json_decref(decision);
		return code;
	}
	return json_put_take(out, "decision", decision, e);
}

/* Whose words they are: of each side, and of what stands; each once. */
static enum err_code
put_authors(const struct record *r, const struct conflict *c, json_t *out,
    struct err *e)
{
	const struct setter *last = decide_last_setter(r, c->path);
	json_t *authors = json_array();
	enum err_code code = json_put_take(out, "authors", authors, e);

	for (size_t i = 0; i <= c->n_sides && code == ERR_OK; i++) {
		const struct id *id = i < c->n_sides ? &c->sides[i].author
		    : last != NULL                   ? &last->author
		                                     : NULL;
		struct id_text text;
		size_t k = 0;

		if (id == NULL)
			continue;
		text = id_print(*id);
		while (k < json_array_size(authors) &&
		    strcmp(json_string_value(json_array_get(authors, k)),
		        text.s) != 0)
			k++;
		if (k == json_array_size(authors))
			code = json_add_take(authors, json_string(text.s), e);
	}
	return code;
}

bool
conflict_side_named(
    const struct conflict *c, const char *name, size_t *side_out)
{
	char number[24];

	for (size_t i = 0; i < c->n_sides; i++) {
		(void)snprintf(number, sizeof(number), "%zu", i + 1);
		if (strcmp(c->sides[i].key, name) == 0 ||
		    strcmp(number, name) == 0) {
			*side_out = i;
			return true;
		}
	}
	return false;
}

/* What moves when anything of it moves; new. */
static enum err_code
seen_to_json(const struct record *r, const struct conflict *c, json_t *out,
    struct err *e)
{
	const struct setter *last = decide_last_setter(r, c->path);
	json_t *sides = json_array();
	char by[60] = "";
	enum err_code code = json_put_take(out, "sides", sides, e);

	for (size_t i = 0; i < c->n_sides && code == ERR_OK; i++) {
		const struct conflict_side *s = &c->sides[i];
		json_t *one = json_object();

		if ((code = json_put_str(one, "key", s->key, e)) == ERR_OK &&
		    (code = json_put_bool(one, "open", s->is_open, e)) ==
		        ERR_OK)
			code = put_value(one, "value", s->value, e);
		if (code == ERR_OK)
			code = json_add_take(sides, one, e);
		else
			json_decref(one);
	}
	if (last != NULL)
		(void)snprintf(by, sizeof(by), "%s/%llu",
		    id_print(last->device).s,
		    (unsigned long long)last->counter);
	if (code == ERR_OK)
		code = json_put_str(out, "by", by, e);
	if (code == ERR_OK)
		code = put_value(out, "current", path_get(r->doc, c->path), e);
	return code != ERR_OK ? code
	                      : json_put_int(out, "decisions",
	                            (int64_t)json_array_size(c->decisions), e);
}

enum err_code
conflict_seen(const struct record *r, const struct conflict *c,
    char out[static CONFLICT_SEEN_LEN + 1], struct err *e)
{
	json_t *what = json_object();
	char hex[ENC_HEX_LEN(HASH32_LEN) + 1];
	struct buf text;
	enum err_code code = seen_to_json(r, c, what, e);

	buf_init(&text, LIMIT_RECORD_BYTES);
	if (code == ERR_OK)
		code = json_print(what, &text, e);
	if (code == ERR_OK) {
		enc_hex(crypto_sha256(text.ptr, text.len).b, HASH32_LEN, hex);
		memcpy(out, hex, CONFLICT_SEEN_LEN);
		out[CONFLICT_SEEN_LEN] = '\0';
	}
	buf_wipe(&text);
	json_decref(what);
	return code;
}

/* Who left the value that stands, or null. */
static enum err_code
put_current_by(const struct conflict_teller *t, const struct record *r,
    const struct conflict *c, json_t *out, struct err *e)
{
	const struct setter *last = decide_last_setter(r, c->path);
	json_t *by = last == NULL ? json_null() : json_object();
	enum err_code code =
	    last == NULL ? ERR_OK : written_put(by, last, t->now_ms, e);

	if (code == ERR_OK)
		return json_put_take(out, "current_by", by, e);
	json_decref(by);
	return code;
}

enum err_code
conflict_whole_json(const struct conflict_teller *t, const struct record *r,
    const struct conflict *c, json_t *out, struct err *e)
{
	char seen[CONFLICT_SEEN_LEN + 1];
	json_t *sides = json_array();
	enum err_code code;

	if ((code = json_put_take(out, "sides", json_incref(sides), e)) !=
	        ERR_OK ||
	    (code = put_value(out, "ancestor", c->ancestor, e)) != ERR_OK ||
	    (code = put_value(out, "current", path_get(r->doc, c->path), e)) !=
	        ERR_OK)
		goto out;
	for (size_t i = 0; i < c->n_sides && code == ERR_OK; i++)
		code = side_to_json(&c->sides[i], t->now_ms, sides, e);
	if (code == ERR_OK)
		code = put_authors(r, c, out, e);
	if (code == ERR_OK)
		code = decision_to_json(c, out, e);
	if (code == ERR_OK)
		code = put_current_by(t, r, c, out, e);
	if (code == ERR_OK && (code = conflict_seen(r, c, seen, e)) == ERR_OK)
		code = json_put_str(out, "seen", seen, e);
out:
	json_decref(sides);
	return code;
}
