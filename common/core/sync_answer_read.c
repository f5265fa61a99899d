/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office's answer: reading.  The signature was checked before, so this
 * guards against an office that is wrong, not one that is made up.
 */
#include "common/base/enc.h"
#include "common/core/closing.h"
#include "common/core/limits.h"
#include "common/core/member.h"
#include "common/core/path.h"
#include "common/core/protocol.h"
#include "common/core/splice.h"
#include "common/sys/json.h"

/* Members of an answer's lists are bounded by its body's tokens; this bound
 * is only there so that a count cannot wrap. */
#define LIST_MAX LIMIT_JSON_TOKENS

/* A list member: its array and length, both 0 when the member is missing. */
static enum err_code
list_of(const json_t *json, const char *key, json_t **list_out, size_t *n_out,
    struct err *e)
{
	enum err_code code;

	*list_out = NULL;
	*n_out = 0;
	if (!json_has(json, key))
		return ERR_OK;
	if ((code = json_get_arr(json, key, list_out, e)) != ERR_OK)
		return code;
	*n_out = json_array_size(*list_out);
	if (*n_out == 0 || *n_out > LIST_MAX)
		return err_set(e, ERR_MALFORMED, 0, "%s: wrong count", key);
	return ERR_OK;
}

static enum err_code
receipts_from_json(const json_t *json, struct sync_answer *a, struct err *e)
{
	json_t *list;
	size_t n;
	enum err_code code = list_of(json, "receipts", &list, &n, e);

	if (code != ERR_OK || n == 0)
		return code;
	a->receipts = calloc(n, sizeof(*a->receipts));
	if (a->receipts == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n; i++) {
		code = receipt_from_json(
		    json_array_get(list, i), &a->receipts[i], e);
		if (code != ERR_OK)
			return code;
		a->n_receipts++;
	}
	return ERR_OK;
}

/* Copy a text member of an outcome's array; a missing one is "", and one that
 * is there ends with something. */
static bool
text_at(const json_t *array, size_t i, char *out, size_t cap)
{
	const json_t *v = json_array_get(array, i);

	out[0] = '\0';
	if (v == NULL)
		return true;
	if (!json_is_string(v) || json_string_length(v) >= cap ||
	    (json_string_length(v) == 0 && i + 1 == json_array_size(array)))
		return false;
	memcpy(out, json_string_value(v), json_string_length(v) + 1);
	return true;
}

static bool
number_at(const json_t *array, size_t i, uint64_t *out)
{
	const json_t *v = json_array_get(array, i);

	if (!json_is_integer(v) || json_integer_value(v) < 1)
		return false;
	*out = (uint64_t)json_integer_value(v);
	return true;
}

static enum err_code
outcome_from_json(const json_t *json, struct outcome *o, struct err *e)
{
	const char *word = json_string_value(json_array_get(json, 2));
	const json_t *version = json_array_get(json, 3);

	if (json_array_size(json) < 4 || json_array_size(json) > 7 ||
	    !number_at(json, 0, &o->no) || !number_at(json, 1, &o->counter) ||
	    word == NULL || !outcome_parse(word, &o->kind) ||
	    !text_at(json, 4, o->reason, sizeof(o->reason)) ||
	    !text_at(json, 5, o->path, sizeof(o->path)) ||
	    !text_at(json, 6, o->words, sizeof(o->words)))
		return err_set(e, ERR_MALFORMED, 0, "outcome: not of its form");
	/* [] is "none yet". */
	if (json_is_array(version) && json_array_size(version) == 0)
		version = NULL;
	return version_from_json(version, &o->version, e);
}

static enum err_code
outcomes_from_json(const json_t *json, struct sync_answer *a, struct err *e)
{
	json_t *list;
	size_t n;
	enum err_code code = list_of(json, "outcomes", &list, &n, e);

	if (code != ERR_OK || n == 0)
		return code;
	a->outcomes = calloc(n, sizeof(*a->outcomes));
	if (a->outcomes == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n; i++) {
		code = outcome_from_json(
		    json_array_get(list, i), &a->outcomes[i], e);
		if (code != ERR_OK)
			return code;
		if (i > 0 && a->outcomes[i].no <= a->outcomes[i - 1].no)
			return err_set(
			    e, ERR_MALFORMED, 0, "outcomes: not in order");
	}
	a->n_outcomes = n;
	return ERR_OK;
}

/* An object member, kept by reference; a missing one is NULL. */
static enum err_code
keep_obj(const json_t *json, const char *key, json_t **out, struct err *e)
{
	json_t *value;
	enum err_code code;

	if (!json_has(json, key))
		return ERR_OK;
	code = json_get_obj(json, key, &value, e);
	if (code == ERR_OK)
		*out = json_incref(value);
	return code;
}

/* The array at key holds at least one of what `is_one` takes; missing: NULL. */
static enum err_code
keep_list(const json_t *json, const char *key, bool (*is_one)(const json_t *),
    json_t **out, struct err *e)
{
	json_t *list;
	size_t n;
	enum err_code code = list_of(json, key, &list, &n, e);

	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < n; i++)
		if (!is_one(json_array_get(list, i)))
			return err_set(
			    e, ERR_MALFORMED, 0, "%s: not of its form", key);
	*out = json_incref(list);
	return ERR_OK;
}

static bool
is_name(const json_t *v)
{
	return json_is_string(v) && json_string_length(v) > 0;
}

static bool
is_counter(const json_t *v)
{
	return json_is_integer(v) && json_integer_value(v) > 0;
}

/* [path, counter] or [path, of, splice] (page_entry.texts). */
static bool
is_text(const json_t *v)
{
	const json_t *path = json_array_get(v, 0), *of = json_array_get(v, 1);

	if (!json_is_string(path) ||
	    path_check(json_string_value(path), NULL) != ERR_OK)
		return false;
	if (json_array_size(v) == 2)
		return is_counter(of);
	return json_array_size(v) == 3 && json_is_string(of) &&
	    json_string_length(of) == PAGE_TEXT_OF_LEN - 1 &&
	    splice_is(json_array_get(v, 2));
}

enum err_code
page_entry_from_json(const json_t *json, struct page_entry *out, struct err *e)
{
	struct page_entry p = { 0 };
	enum err_code code;

	if ((code = json_get_id(json, "id", &p.record, e)) != ERR_OK ||
	    (code = member_flag(json, "drop", &p.is_drop, e)) != ERR_OK ||
	    (code = member_count(json, "own", &p.own, e)) != ERR_OK ||
	    (code = keep_obj(json, "whole", &p.whole, e)) != ERR_OK ||
	    (code = keep_obj(json, "delta", &p.delta, e)) != ERR_OK ||
	    (code = keep_list(json, "scopes", is_name, &p.scopes, e)) !=
	        ERR_OK ||
	    (code = keep_list(json, "own_held", is_counter, &p.own_held, e)) !=
	        ERR_OK ||
	    (code = keep_list(json, "texts", is_text, &p.texts, e)) != ERR_OK)
		goto fail;
	if (p.texts != NULL && p.delta == NULL) {
		code = err_set(e, ERR_MALFORMED, 0, "texts: without a delta");
		goto fail;
	}
	if (p.is_drop + (p.whole != NULL) + (p.delta != NULL) != 1) {
		code = err_set(
		    e, ERR_MALFORMED, 0, "page: one of whole, delta and drop");
		goto fail;
	}
	*out = p;
	return ERR_OK;
fail:
	page_entry_fini(&p);
	return code;
}

static enum err_code
entries_from_json(const json_t *json, struct sync_answer *a, struct err *e)
{
	json_t *list;
	size_t n;
	enum err_code code = list_of(json, "page", &list, &n, e);

	if (code != ERR_OK || n == 0)
		return code;
	a->page = calloc(n, sizeof(*a->page));
	if (a->page == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n; i++) {
		code = page_entry_from_json(
		    json_array_get(list, i), &a->page[i], e);
		if (code != ERR_OK)
			return code;
		a->n_page++;
	}
	return ERR_OK;
}

static enum err_code
page_from_json(const json_t *json, struct sync_answer *a, struct err *e)
{
	enum err_code code = entries_from_json(json, a, e);

	if (code == ERR_OK)
		code = keep_list(json, "closings", closing_is, &a->closings, e);
	if (code == ERR_OK && json_has(json, "cursor")) {
		a->has_cursor = true;
		code = cursor_from_json(
		    json_object_get(json, "cursor"), &a->cursor, e);
	}
	if (code == ERR_OK)
		code = member_flag(json, "last", &a->is_last, e);
	if (code == ERR_OK && a->is_last)
		code = json_get_hex(
		    json, "scopes_hash", a->scopes_hash.b, HASH32_LEN, e);
	else if (code == ERR_OK && json_has(json, "scopes_hash"))
		code =
		    err_set(e, ERR_MALFORMED, 0, "scopes_hash: without last");
	return code;
}

static enum err_code
word_member(const json_t *json, const char *key, bool *has,
    enum protocol_word *word, struct err *e)
{
	const char *text;
	enum err_code code;

	if (!json_has(json, key))
		return ERR_OK;
	code = json_get_str(json, key, &text, NULL, e);
	if (code == ERR_OK && !protocol_word_parse(text, word))
		code =
		    err_set(e, ERR_MALFORMED, 0, "%s: not a word we know", key);
	*has = code == ERR_OK;
	return code;
}

/* The counter expected stands with the one refusal that has one. */
static enum err_code
words_from_json(const json_t *json, struct sync_answer *a, struct err *e)
{
	enum err_code code;

	if ((code = word_member(
	         json, "refusal", &a->has_refusal, &a->refusal, e)) != ERR_OK ||
	    (code = word_member(json, "pull_refused", &a->pull_refused,
	         &a->pull_word, e)) != ERR_OK ||
	    (code = member_count(json, "command", &a->command, e)) != ERR_OK ||
	    (code = member_count(json, "backed_up", &a->backed_up, e)) !=
	        ERR_OK ||
	    (code = member_count(json, "expect", &a->expect, e)) != ERR_OK)
		return code;
	if ((a->has_refusal && a->refusal == WORD_GAP) != (a->expect != 0))
		return err_set(
		    e, ERR_MALFORMED, 0, "expect: stands with a gap alone");
	return ERR_OK;
}

static bool
is_sum(const json_t *v)
{
	uint8_t sum[HASH32_LEN];

	return json_is_string(v) &&
	    enc_hex_parse(
	        json_string_value(v), json_string_length(v), sum, HASH32_LEN);
}

/* [[id, [epoch, seq]], ...] */
static bool
is_id_list(const json_t *v)
{
	if (!json_is_array(v))
		return false;
	for (size_t i = 0; i < json_array_size(v); i++) {
		const json_t *pair = json_array_get(v, i);
		const char *id = json_string_value(json_array_get(pair, 0));
		const json_t *version = json_array_get(pair, 1);
		struct version at;
		struct id parsed;

		if (json_array_size(pair) != 2 || id == NULL ||
		    !id_parse(id, &parsed) ||
		    version_from_json(version, &at, NULL) != ERR_OK)
			return false;
	}
	return true;
}

/* An object with a scope's name before each value. */
static enum err_code
keep_scopes(const json_t *json, const char *key, bool (*is_one)(const json_t *),
    json_t **out, struct err *e)
{
	const char *scope;
	json_t *value;
	enum err_code code = keep_obj(json, key, out, e);

	if (code != ERR_OK)
		return code;
	json_object_foreach(*out, scope, value)
	{
		if (!is_one(value))
			return err_set(
			    e, ERR_MALFORMED, 0, "%s: not of its form", key);
	}
	return ERR_OK;
}

static enum err_code
place_from_json(const json_t *json, struct sync_answer *a, struct err *e)
{
	enum err_code code;

	if ((code = json_get_hex(
	         json, "nonce", a->nonce, PROTOCOL_NONCE_LEN, e)) != ERR_OK ||
	    (code = json_get_uint(json, "epoch", &a->epoch, e)) != ERR_OK ||
	    (code = json_get_uint(json, "time", &a->time, e)) != ERR_OK ||
	    (code = json_get_uint(json, "head_seq", &a->head_seq, e)) !=
	        ERR_OK ||
	    (code = json_get_hex(
	         json, "head_link", a->head_link.b, HASH32_LEN, e)) != ERR_OK)
		return code;
	a->has_head_sig = json_has(json, "head_sig");
	if (a->has_head_sig &&
	    (code = json_get_bytes(
	         json, "head_sig", a->head_sig.b, SIGN_SIG_LEN, e)) != ERR_OK)
		return code;
	if (!json_has(json, "echo_link"))
		return ERR_OK;
	a->has_echo = true;
	return json_get_hex(json, "echo_link", a->echo_link.b, HASH32_LEN, e);
}

enum err_code
sync_answer_from_json(
    const json_t *json, struct sync_answer *out, struct err *e)
{
	struct sync_answer a;
	enum err_code code;

	sync_answer_init(&a);
	if ((code = member_version(json, e)) != ERR_OK)
		return code;
	if ((code = place_from_json(json, &a, e)) != ERR_OK ||
	    (code = words_from_json(json, &a, e)) != ERR_OK ||
	    (code = receipts_from_json(json, &a, e)) != ERR_OK ||
	    (code = outcomes_from_json(json, &a, e)) != ERR_OK ||
	    (code = page_from_json(json, &a, e)) != ERR_OK ||
	    (code = erasures_from_json(
	         json, LIST_MAX, &a.erasures, &a.n_erasures, e)) != ERR_OK ||
	    (code = version_from_json(json_object_get(json, "erased_upto"),
	         &a.erased_upto, e)) != ERR_OK ||
	    (code = keep_scopes(json, "scopes", is_sum, &a.scopes, e)) !=
	        ERR_OK ||
	    (code = keep_scopes(json, "ids", is_id_list, &a.ids, e)) !=
	        ERR_OK ||
	    (code = member_ids(json, "ids_upto", &a.ids_upto, e)) != ERR_OK ||
	    (code = keep_obj(json, "schema", &a.schema, e)) != ERR_OK) {
		sync_answer_fini(&a);
		return code;
	}
	*out = a;
	return ERR_OK;
}
