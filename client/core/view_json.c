/* SPDX-License-Identifier: Apache-2.0 */
#include "client/core/view_json.h"

#include "common/core/content.h"
#include "common/core/path.h"
#include "common/core/signed.h"
#include "common/core/value.h"
#include "common/core/written.h"
#include "common/sys/json.h"

/* A text, or null for none. */
static enum err_code
put_text_or_null(json_t *out, const char *key, const char *text, struct err *e)
{
	return json_put_take(
	    out, key, text != NULL ? json_string(text) : json_null(), e);
}

/* A value, or null for absent. */
static enum err_code
put_value(json_t *out, const char *key, const json_t *value, struct err *e)
{
	return json_put_take(
	    out, key, value != NULL ? value_share(value) : json_null(), e);
}

/* Which list of `show` a conflict is told in; NULL: it asks nothing. */
static const char *
list_of(const struct conflict *c)
{
	switch (c->kind) {
	case CONFLICT_ASK:
		return "conflicts";
	case CONFLICT_BESIDE:
		return "beside";
	case CONFLICT_NOTICE:
	case CONFLICT_REVIEW:
		return "reviews";
	}
	return NULL;
}

static enum err_code
put_conflicts(const struct record *r, json_t *out, struct err *e)
{
	static const char *const lists[] = { "conflicts", "beside", "review",
		"reviews" };
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (code == ERR_OK)
			code = json_put_take(out, lists[i], json_array(), e);
	for (size_t i = 0; i < r->n_conflicts && code == ERR_OK; i++) {
		const struct conflict *c = &r->conflicts[i];
		const char *list = list_of(c);

		if (!conflict_is_open(c))
			continue;
		if (strcmp(list, "reviews") == 0)
			code = json_add_take(json_object_get(out, "review"),
			    json_string(c->path), e);
		if (code == ERR_OK)
			code = json_add_take(json_object_get(out, list),
			    json_string(id_print(c->id).s), e);
	}
	return code;
}

static enum err_code
put_transport(const struct record_view *v, json_t *out, struct err *e)
{
	json_t *receipt = json_null();
	enum err_code code =
	    json_put_str(out, "transport", transport_word(v->transport), e);

	if (code == ERR_OK && v->has_receipt)
		code = receipt_to_json(&v->receipt, false, &receipt, e);
	if (code == ERR_OK)
		code = json_put_take(out, "receipt", receipt, e);
	if (code == ERR_OK)
		code = put_text_or_null(out, "outcome",
		    v->has_outcome ? outcome_word(v->outcome.kind) : NULL, e);
	if (code == ERR_OK)
		code = put_text_or_null(out, "reason",
		    v->has_outcome && v->outcome.reason[0] != '\0'
		        ? v->outcome.reason
		        : NULL,
		    e);
	if (code == ERR_OK)
		code = put_text_or_null(out, "reason_path",
		    v->has_outcome && v->outcome.path[0] != '\0'
		        ? v->outcome.path
		        : NULL,
		    e);
	if (code == ERR_OK)
		code = json_put_take(out, "closed", json_incref(v->closed), e);
	if (code == ERR_OK)
		code = json_put_take(out, "held", json_incref(v->held), e);
	if (code == ERR_OK)
		code = json_put_int(out, "seq", (int64_t)v->confirmed.seq, e);
	if (code == ERR_OK)
		code = json_put_int(out, "counter", (int64_t)v->counter, e);
	return code;
}

/* Who removed the record and when by their clock, or null. */
static enum err_code
put_removed(const struct record *r, json_t *out, struct err *e)
{
	const struct path_state *whole = record_path(r, "");
	const struct setter *last;
	json_t *removed;
	enum err_code code;

	if (whole == NULL || !whole->is_removed)
		return json_put_take(out, "removed", json_null(), e);
	last = &whole->setters[whole->n_setters - 1];
	removed = json_object();
	if ((code = json_put_id(removed, "by", last->author, e)) == ERR_OK)
		code = json_put_int(removed, "at", (int64_t)last->made_at, e);
	if (code == ERR_OK)
		code = json_put_int(
		    removed, "clock_offset", last->clock_offset, e);
	if (code == ERR_OK)
		return json_put_take(out, "removed", removed, e);
	json_decref(removed);
	return code;
}

enum err_code
view_to_json(const struct schema_type *type, const struct record_view *v,
    uint64_t now_ms, json_t *out, struct err *e)
{
	const struct record *r = &v->record;
	const char *content;
	enum err_code code;

	if ((code = json_put_id(out, "id", r->id, e)) != ERR_OK ||
	    (code = json_put_str(out, "type", r->type, e)) != ERR_OK ||
	    (code = json_put_id(out, "author", r->author, e)) != ERR_OK ||
	    (code = put_removed(r, out, e)) != ERR_OK)
		return code;
	/* What is not there any more is in no state. */
	content = json_is_null(json_object_get(out, "removed"))
	    ? content_word(type, r->doc)
	    : NULL;
	if ((code = put_text_or_null(out, "content", content, e)) != ERR_OK ||
	    (code = put_transport(v, out, e)) != ERR_OK ||
	    (code = put_value(out, "doc", r->doc, e)) != ERR_OK ||
	    (code = signed_to_json(type, r, out, e)) != ERR_OK ||
	    (code = written_to_json(r, now_ms, out, e)) != ERR_OK)
		return code;
	return put_conflicts(r, out, e);
}

enum err_code
summary_to_json(const struct schema_type *type, const struct record_summary *r,
    json_t **out, struct err *e)
{
	json_t *line = json_object();
	enum err_code code;

	if ((code = json_put_id(line, "id", r->id, e)) != ERR_OK ||
	    (code = put_text_or_null(line, "content",
	         r->is_removed ? NULL : content_of_state(type, r->content),
	         e)) != ERR_OK ||
	    (code = json_put_bool(line, "removed", r->is_removed, e)) !=
	        ERR_OK ||
	    (code = json_put_str(line, "transport",
	         transport_word(r->transport), e)) != ERR_OK ||
	    (code = json_put_int(line, "seq", (int64_t)r->version.seq, e)) !=
	        ERR_OK ||
	    (code = json_put_str(line, "title", r->title, e)) != ERR_OK ||
	    (code = json_put_take(line, "received_at",
	         r->received_ms != 0 ? json_integer((json_int_t)r->received_ms)
	                             : json_null(),
	         e)) != ERR_OK ||
	    (code = json_put_int(
	         line, "conflicts", (int64_t)r->open_conflicts, e)) != ERR_OK) {
		json_decref(line);
		return code;
	}
	*out = line;
	return ERR_OK;
}
