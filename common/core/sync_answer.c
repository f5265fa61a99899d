/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office's answer: writing.  Reading is in sync_answer_read.c.
 */
#include "common/base/enc.h"
#include "common/core/protocol.h"
#include "common/sys/json.h"

void
sync_answer_init(struct sync_answer *a)
{
	*a = (struct sync_answer){ 0 };
}

void
page_entry_fini(struct page_entry *p)
{
	json_decref(p->whole);
	json_decref(p->delta);
	json_decref(p->scopes);
	json_decref(p->own_held);
	json_decref(p->texts);
	*p = (struct page_entry){ 0 };
}

void
sync_answer_fini(struct sync_answer *a)
{
	for (size_t i = 0; i < a->n_receipts; i++)
		receipt_fini(&a->receipts[i]);
	free(a->receipts);
	free(a->outcomes);
	for (size_t i = 0; i < a->n_page; i++)
		page_entry_fini(&a->page[i]);
	free(a->page);
	json_decref(a->scopes);
	json_decref(a->ids);
	json_decref(a->ids_upto);
	json_decref(a->schema);
	json_decref(a->closings);
	erasures_free(a->erasures, a->n_erasures);
	sync_answer_init(a);
}

static enum err_code
receipts_to_json(const struct sync_answer *a, json_t *json, struct err *e)
{
	json_t *list;

	if (a->n_receipts == 0)
		return ERR_OK;
	list = json_array();
	for (size_t i = 0; i < a->n_receipts; i++) {
		json_t *one = NULL;
		enum err_code code =
		    receipt_to_json(&a->receipts[i], true, &one, e);

		if (code == ERR_OK)
			code = json_add_take(list, one, e);
		if (code != ERR_OK) {
			json_decref(list);
			return code;
		}
	}
	return json_put_take(json, "receipts", list, e);
}

static json_t *
outcome_version(struct version v)
{
	return version_is_never(v) ? json_array() : version_to_json(v);
}

/* [no, counter, word, [epoch, seq], reason, path, words]: an array, since there
 * may be hundreds; the version is [] while there is none (held), and trailing
 * members are left out when empty. */
static enum err_code
outcome_to_json(const struct outcome *o, json_t *list, struct err *e)
{
	json_t *json = json_array();
	const char *const texts[] = { o->reason, o->path, o->words };
	size_t n_texts = sizeof(texts) / sizeof(texts[0]);
	enum err_code code;

	while (n_texts > 0 && texts[n_texts - 1][0] == '\0')
		n_texts--;
	if ((code = json_add_take(json, json_integer((json_int_t)o->no), e)) !=
	        ERR_OK ||
	    (code = json_add_take(
	         json, json_integer((json_int_t)o->counter), e)) != ERR_OK ||
	    (code = json_add_take(
	         json, json_string(outcome_word(o->kind)), e)) != ERR_OK ||
	    (code = json_add_take(json, outcome_version(o->version), e)) !=
	        ERR_OK)
		goto out;
	for (size_t i = 0; i < n_texts && code == ERR_OK; i++)
		code = json_add_take(json, json_string(texts[i]), e);
	if (code != ERR_OK)
		goto out;
	return json_add_take(list, json, e);
out:
	json_decref(json);
	return code;
}

static enum err_code
outcomes_to_json(const struct sync_answer *a, json_t *json, struct err *e)
{
	json_t *list;

	if (a->n_outcomes == 0)
		return ERR_OK;
	list = json_array();
	for (size_t i = 0; i < a->n_outcomes; i++) {
		enum err_code code = outcome_to_json(&a->outcomes[i], list, e);

		if (code != ERR_OK) {
			json_decref(list);
			return code;
		}
	}
	return json_put_take(json, "outcomes", list, e);
}

void
page_text_of(const json_t *text, char out[static PAGE_TEXT_OF_LEN])
{
	const struct hash32 hash =
	    crypto_sha256(json_string_value(text), json_string_length(text));

	enc_hex(hash.b, (PAGE_TEXT_OF_LEN - 1) / 2, out);
}

enum err_code
page_entry_to_json(const struct page_entry *p, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code = json_put_id(json, "id", p->record, e);

	if (code == ERR_OK && p->is_drop)
		code = json_put_bool(json, "drop", true, e);
	if (code == ERR_OK && p->whole != NULL)
		code = json_put_take(json, "whole", json_incref(p->whole), e);
	if (code == ERR_OK && p->delta != NULL)
		code = json_put_take(json, "delta", json_incref(p->delta), e);
	if (code == ERR_OK && json_array_size(p->scopes) > 0)
		code = json_put_take(json, "scopes", json_incref(p->scopes), e);
	if (code == ERR_OK && p->own != 0)
		code = json_put_int(json, "own", (int64_t)p->own, e);
	if (code == ERR_OK && json_array_size(p->own_held) > 0)
		code = json_put_take(
		    json, "own_held", json_incref(p->own_held), e);
	if (code == ERR_OK && json_array_size(p->texts) > 0)
		code = json_put_take(json, "texts", json_incref(p->texts), e);
	if (code != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

static enum err_code
page_to_json(const struct sync_answer *a, json_t *json, struct err *e)
{
	json_t *list;
	enum err_code code = ERR_OK;

	if (a->n_page > 0) {
		list = json_array();
		for (size_t i = 0; i < a->n_page && code == ERR_OK; i++) {
			json_t *one = NULL;

			code = page_entry_to_json(&a->page[i], &one, e);
			if (code == ERR_OK)
				code = json_add_take(list, one, e);
		}
		if (code != ERR_OK) {
			json_decref(list);
			return code;
		}
		code = json_put_take(json, "page", list, e);
	}
	if (code == ERR_OK && json_array_size(a->closings) > 0)
		code = json_put_take(
		    json, "closings", json_incref(a->closings), e);
	if (code == ERR_OK && a->has_cursor)
		code = json_put_take(
		    json, "cursor", cursor_to_json(&a->cursor), e);
	if (code == ERR_OK && a->is_last)
		code = json_put_bool(json, "last", true, e);
	if (code == ERR_OK && a->is_last)
		code = json_put_hex(
		    json, "scopes_hash", a->scopes_hash.b, HASH32_LEN, e);
	return code;
}

static enum err_code
words_to_json(const struct sync_answer *a, json_t *json, struct err *e)
{
	enum err_code code = ERR_OK;

	if (a->has_refusal)
		code =
		    json_put_str(json, "refusal", protocol_word(a->refusal), e);
	if (code == ERR_OK && a->expect != 0)
		code = json_put_int(json, "expect", (int64_t)a->expect, e);
	if (code == ERR_OK && a->command != 0)
		code = json_put_int(json, "command", (int64_t)a->command, e);
	if (code == ERR_OK && a->backed_up != 0)
		code =
		    json_put_int(json, "backed_up", (int64_t)a->backed_up, e);
	if (code == ERR_OK && a->pull_refused)
		code = json_put_str(
		    json, "pull_refused", protocol_word(a->pull_word), e);
	return code;
}

static enum err_code
place_to_json(const struct sync_answer *a, json_t *json, struct err *e)
{
	enum err_code code;

	if ((code = json_put_int(json, "v", PROTOCOL_VERSION, e)) != ERR_OK ||
	    (code = json_put_hex(
	         json, "nonce", a->nonce, PROTOCOL_NONCE_LEN, e)) != ERR_OK ||
	    (code = json_put_int(json, "epoch", (int64_t)a->epoch, e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "time", (int64_t)a->time, e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "head_seq", (int64_t)a->head_seq, e)) !=
	        ERR_OK ||
	    (code = json_put_hex(
	         json, "head_link", a->head_link.b, HASH32_LEN, e)) != ERR_OK)
		return code;
	if (a->has_head_sig)
		code = json_put_base64(
		    json, "head_sig", a->head_sig.b, SIGN_SIG_LEN, e);
	if (code == ERR_OK && a->has_echo)
		code = json_put_hex(
		    json, "echo_link", a->echo_link.b, HASH32_LEN, e);
	return code;
}

static enum err_code
repair_to_json(const struct sync_answer *a, json_t *json, struct err *e)
{
	enum err_code code = ERR_OK;

	if (a->scopes != NULL)
		code = json_put_take(json, "scopes", json_incref(a->scopes), e);
	if (code == ERR_OK && a->ids != NULL)
		code = json_put_take(json, "ids", json_incref(a->ids), e);
	if (code == ERR_OK && a->ids_upto != NULL)
		code = json_put_take(
		    json, "ids_upto", json_incref(a->ids_upto), e);
	if (code == ERR_OK && a->schema != NULL)
		code = json_put_take(json, "schema", json_incref(a->schema), e);
	return code;
}

enum err_code
sync_answer_to_json(const struct sync_answer *a, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = place_to_json(a, json, e)) != ERR_OK ||
	    (code = words_to_json(a, json, e)) != ERR_OK ||
	    (code = receipts_to_json(a, json, e)) != ERR_OK ||
	    (code = outcomes_to_json(a, json, e)) != ERR_OK ||
	    (code = page_to_json(a, json, e)) != ERR_OK ||
	    (code = erasures_to_json(a->erasures, a->n_erasures, json, e)) !=
	        ERR_OK ||
	    (!version_is_never(a->erased_upto) &&
	        (code = json_put_take(json, "erased_upto",
	             version_to_json(a->erased_upto), e)) != ERR_OK) ||
	    (code = repair_to_json(a, json, e)) != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}
