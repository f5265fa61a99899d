/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry is played by the schema of its day, and by the merge of today, which
 * mostly comes to the same; where it does not, the log has the last word on
 * what an older merge came to, and verify says so.
 */
#include "common/core/merge.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_replay_int.h"
#include "daemon/central/engine/meta_names.h"

/* The bundle that an entry names becomes p->then; NULL there: this program does
 * not read it. */
static enum err_code
bundle_load(struct replay *p, const struct log_entry *l, struct err *e)
{
	struct verifying *v = p->v;
	struct hash32 sha256;
	struct buf text;
	struct err ignored;
	enum err_code code;

	buf_init(&text, META_VALUE_MAX);
	code = store_bundle_get(v->g->store, &l->schema, &text, e);
	if (code == ERR_OK) {
		sha256 = crypto_sha256(text.ptr, text.len);
		if (!hash32_equal(sha256, l->schema))
			verify_bad(v, "log %llu: its schema is another",
			    (unsigned long long)l->seq);
	}
	if (code == ERR_OK && !verify_is_bad(v) &&
	    (code = store_bundle_put(p->scratch.store, &l->schema, &text, e)) ==
	        ERR_OK) {
		schema_free(p->then);
		p->then = NULL;
		p->then_sha256 = l->schema;
		if (schema_parse(text.ptr, text.len, &p->then, &ignored) !=
		    ERR_OK)
			p->then = NULL;
	}
	buf_fini(&text);
	return code;
}

enum err_code
replay_rules(struct replay *p, const struct log_entry *l, struct err *e)
{
	enum err_code code = ERR_OK;

	if (l->has_schema &&
	    (p->then == NULL || !hash32_equal(p->then_sha256, l->schema)))
		code = bundle_load(p, l, e);
	p->is_exact = l->has_schema && p->then != NULL &&
	    l->merge_version == MERGE_VERSION;
	p->scratch.schema =
	    l->has_schema && p->then != NULL ? p->then : p->v->g->schema;
	return code;
}

/* Count the entry among those of its merge version, in the order of the log. */
static enum err_code
count(struct verifying *v, const struct log_entry *l, bool from_log,
    struct err *e)
{
	json_t *last =
	    json_array_get(v->merged, json_array_size(v->merged) - 1);
	int64_t n = 0, taken = 0;

	if (json_integer_value(json_object_get(last, "version")) !=
	    (json_int_t)l->merge_version) {
		last = json_object();
		if (json_array_append_new(v->merged, last) != 0)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	n = json_integer_value(json_object_get(last, "entries")) + 1;
	taken =
	    json_integer_value(json_object_get(last, "from_log")) + from_log;
	if (json_object_set_new(last, "version",
	        json_integer((json_int_t)l->merge_version)) != 0 ||
	    json_object_set_new(last, "entries", json_integer(n)) != 0 ||
	    json_object_set_new(last, "from_log", json_integer(taken)) != 0)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	return ERR_OK;
}

/* The record that is kept, if this is its last entry and it is what the log
 * says. */
static enum err_code
take_kept(struct replay *p, const struct log_entry *l, struct record *r,
    struct err *e)
{
	struct record kept;
	struct hash32 digest;
	enum err_code code =
	    store_record_get(p->v->g->store, l->record, &kept, e);

	if (code != ERR_OK)
		return code;
	if (kept.version.seq != l->seq) {
		record_fini(&kept);
		return ERR_OK;
	}
	code = record_digest(&kept, &digest, e);
	if (code == ERR_OK && hash32_equal(digest, l->state)) {
		record_fini(r);
		*r = kept;
		return ERR_OK;
	}
	record_fini(&kept);
	if (code == ERR_OK)
		verify_bad(p->v, "record %s: it is not what log %llu says",
		    id_print(l->record).s, (unsigned long long)l->seq);
	return code;
}

enum err_code
replay_came_to(struct replay *p, const struct log_entry *l, bool has_applied,
    struct record *r, struct err *e)
{
	const struct id_text id = id_print(l->record);
	struct hash32 digest;
	bool same, exact;
	enum err_code code = record_digest(r, &digest, e);

	if (code != ERR_OK)
		return code;
	same = has_applied && hash32_equal(digest, l->state);
	exact = p->is_exact && json_object_get(p->apart, id.s) == NULL;
	if (!same && exact) {
		verify_bad(p->v,
		    has_applied ? "log %llu: its change comes to another record"
		                : "log %llu: its change does not apply",
		    (unsigned long long)l->seq);
		return ERR_OK;
	}
	if ((code = count(p->v, l, !same, e)) != ERR_OK)
		return code;
	if (same) {
		(void)json_object_del(p->apart, id.s);
		return ERR_OK;
	}
	if (json_object_set_new(p->apart, id.s, json_true()) != 0 ||
	    json_object_set_new(p->ever_apart, id.s, json_true()) != 0)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	return take_kept(p, l, r, e);
}

void
replay_rules_end(struct replay *p)
{
	schema_free(p->then);
	p->then = NULL;
	json_decref(p->apart);
	json_decref(p->ever_apart);
	json_decref(p->lost);
}
