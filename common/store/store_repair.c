/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do both sides hold the same?  After each complete pull the sums are
 * compared; where they differ the next request asks for the list of scopes,
 * then for the ids of those that differ, then for the records that do.
 */
#include "common/base/enc.h"
#include "common/store/store_sync_int.h"

/* Scopes that the office no longer lists go, and what was only in them. */
static enum err_code
forget_scopes(struct device_store *s, const json_t *listed, struct err *e)
{
	struct db_stmt *q;
	json_t *gone = json_array();
	bool row;
	enum err_code code =
	    db_query(s->db, &q, e, "SELECT scope FROM scope_digest", "");

	if (code != ERR_OK)
		goto out;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		const char *scope = db_col_text(q, 0, NULL);

		if (json_object_get(listed, scope) == NULL &&
		    (code = json_add_take(gone, json_string(scope), e)) !=
		        ERR_OK)
			break;
	}
	db_done(q);
	for (size_t i = 0; code == ERR_OK && i < json_array_size(gone); i++) {
		const char *scope = json_string_value(json_array_get(gone, i));

		code = db_exec(s->db, e,
		    "DELETE FROM confirmed_scope WHERE scope = ?", "s", scope);
		if (code == ERR_OK)
			code = db_exec(s->db, e,
			    "DELETE FROM scope_digest WHERE scope = ?", "s",
			    scope);
	}
	if (code == ERR_OK && json_array_size(gone) > 0)
		code = scopeless_drop(s, e);
out:
	json_decref(gone);
	return code;
}

/* Is this the sum of the scope here, perhaps after making it anew? */
static enum err_code
has_sum(struct device_store *s, const char *scope,
    const uint8_t theirs[static HASH32_LEN], bool *out, struct err *e)
{
	int64_t same = 0;
	enum err_code code = ERR_OK;

	for (int pass = 0; pass < 2 && same == 0 && code == ERR_OK; pass++) {
		if (pass == 1)
			code = scope_sum_again(s, scope, e);
		if (code == ERR_OK)
			code = db_get_int(s->db, &same, e,
			    "SELECT count(*) FROM scope_digest"
			    " WHERE scope = ? AND sum = ?",
			    "sb", scope, (const void *)theirs,
			    (size_t)HASH32_LEN);
	}
	if (code == ERR_OK)
		*out = same != 0;
	return code;
}

/* Take in the list of scopes held with the office's sums; *wanted gets the
 * names of those whose sums differ here. */
static enum err_code
take_scopes(
    struct device_store *s, json_t *listed, json_t *wanted, struct err *e)
{
	const char *scope;
	json_t *sum;
	enum err_code code = forget_scopes(s, listed, e);

	if (code != ERR_OK)
		return code;
	json_object_foreach(listed, scope, sum)
	{
		const char *hex = json_string_value(sum);
		uint8_t theirs[HASH32_LEN];
		bool same = false;

		if (hex == NULL ||
		    !enc_hex_parse(hex, strlen(hex), theirs, HASH32_LEN))
			return err_set(
			    e, ERR_MALFORMED, 0, "scopes: not a sum");
		code = has_sum(s, scope, theirs, &same, e);
		if (code == ERR_OK && !same)
			code = json_add_take(wanted, json_string(scope), e);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

/* Is the record here at this version, and in this scope? */
static enum err_code
is_at_version(struct device_store *s, const char *scope, const char *id,
    struct version v, bool *out, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_get_int(s->db, &n, e,
	    "SELECT count(*) FROM confirmed c JOIN confirmed_scope m"
	    " ON m.record = c.record AND m.scope = ?"
	    " WHERE c.record = ? AND c.v_epoch = ? AND c.v_seq = ?",
	    "ssii", scope, id, (int64_t)v.epoch, (int64_t)v.seq);

	*out = n > 0;
	return code;
}

/* A scope's list, or a part of it, as it is taken in. */
struct listing {
	const char *scope;
	const json_t *list;
	const char *after, *upto; /* ids that it lies between, the second in
	                           * it; "" and NULL: from the first, to the
	                           * last */
	json_t *keep;             /* object: who is listed */
	json_t *wanted;           /* array of ids */
};

/* What is left to ask for, as meta "repair" has it:
 *   ids      names of scopes whose lists are wanted
 *   after    {scope: id}: the list is taken in up to here
 *   found    {scope: true}: its list showed a record at another version
 *   all      {scope: true}: none did, though the sums differ, so every record
 *            of it is wanted, part by part
 *   records  ids of records wanted whole */
struct repair {
	json_t *ids, *after, *found, *all, *records;
	bool is_going; /* something was wanted */
};

static void
repair_fini(struct repair *r)
{
	json_decref(r->ids);
	json_decref(r->after);
	json_decref(r->found);
	json_decref(r->all);
	json_decref(r->records);
}

static json_t *
part_of(const json_t *repair, const char *key)
{
	return json_deep_copy(json_object_get(repair, key));
}

static enum err_code
repair_load(struct device_store *s, struct repair *r, struct err *e)
{
	json_t *json = NULL;
	enum err_code code = meta_get_json(s->db, "repair", &json, e);

	*r = (struct repair){ .ids = part_of(json, "ids"),
		.after = part_of(json, "after"),
		.found = part_of(json, "found"),
		.all = part_of(json, "all"),
		.records = part_of(json, "records"),
		.is_going = json != NULL };
	json_decref(json);
	return code;
}

static enum err_code
put_part(json_t *json, const char *key, json_t *part, struct err *e)
{
	if (json_array_size(part) == 0 && json_object_size(part) == 0)
		return ERR_OK;
	return json_put_take(json, key, json_incref(part), e);
}

/* Write down what the next request asks for; nothing clears it. */
static enum err_code
repair_put(
    struct device_store *s, const struct repair *r, bool scopes, struct err *e)
{
	json_t *json;
	enum err_code code = ERR_OK;

	if (!scopes && json_array_size(r->ids) == 0 &&
	    json_array_size(r->records) == 0)
		return db_exec(
		    s->db, e, "DELETE FROM meta WHERE name = ?", "s", "repair");
	json = json_object();
	if (scopes)
		code = json_put_bool(json, "scopes", true, e);
	if (code == ERR_OK &&
	    (code = put_part(json, "ids", r->ids, e)) == ERR_OK &&
	    (code = put_part(json, "after", r->after, e)) == ERR_OK &&
	    (code = put_part(json, "found", r->found, e)) == ERR_OK &&
	    (code = put_part(json, "all", r->all, e)) == ERR_OK &&
	    (code = put_part(json, "records", r->records, e)) == ERR_OK)
		code = meta_put_json(s->db, "repair", json, e);
	json_decref(json);
	return code;
}

/* Note who is listed, and want those that are not here as they are listed, or
 * all of them. */
static enum err_code
want_listed(
    struct device_store *s, const struct listing *l, bool all, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < json_array_size(l->list) && code == ERR_OK;
	     i++) {
		const json_t *pair = json_array_get(l->list, i);
		const char *id = json_string_value(json_array_get(pair, 0));
		struct version v;
		bool same = false;

		if (id == NULL)
			return err_set(
			    e, ERR_MALFORMED, 0, "ids: not of its form");
		if ((code = version_from_json(
		         json_array_get(pair, 1), &v, e)) == ERR_OK &&
		    (code = json_put_bool(l->keep, id, true, e)) == ERR_OK &&
		    !all)
			code = is_at_version(s, l->scope, id, v, &same, e);
		if (code == ERR_OK && !same)
			code = json_add_take(l->wanted, json_string(id), e);
	}
	return code;
}

/* What is not listed, in the part that the list is of, leaves the scope. */
static enum err_code
leave_scope(struct device_store *s, const struct listing *l, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT record FROM confirmed_scope WHERE scope = ?1"
	    " AND record > ?2 AND (?3 IS NULL OR record <= ?3)",
	    "sss", l->scope, l->after, l->upto);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		const char *id = db_col_text(q, 0, NULL);

		if (json_object_get(l->keep, id) != NULL)
			continue;
		code = db_exec(s->db, e,
		    "DELETE FROM confirmed_scope WHERE record = ?"
		    " AND scope = ?",
		    "ss", id, l->scope);
		if (code != ERR_OK)
			break;
	}
	db_done(q);
	return code == ERR_OK ? scope_sum_again(s, l->scope, e) : code;
}

/* Where the list goes on, or begins anew because none of it was at another
 * version though the sums differ; else the scope is done with. */
static enum err_code
list_on(struct repair *next, const struct listing *l, const struct repair *was,
    bool all, struct err *e)
{
	const bool found = json_array_size(l->wanted) > 0 ||
	    json_object_get(was->found, l->scope) != NULL;
	const bool again = l->upto == NULL && !found && !all;
	enum err_code code = ERR_OK;

	if (l->upto == NULL && !again)
		return ERR_OK;
	code = json_add_take(next->ids, json_string(l->scope), e);
	if (code == ERR_OK && l->upto != NULL)
		code = json_put_str(next->after, l->scope, l->upto, e);
	if (code == ERR_OK && found && !again)
		code = json_put_bool(next->found, l->scope, true, e);
	if (code == ERR_OK && (all || again))
		code = json_put_bool(next->all, l->scope, true, e);
	return code;
}

/* One scope's ids: what is not listed leaves the scope; what differs is
 * wanted. */
static enum err_code
take_ids(struct device_store *s, struct listing *l, const struct repair *was,
    struct repair *next, struct err *e)
{
	const bool all = json_object_get(was->all, l->scope) != NULL;
	const char *after =
	    json_string_value(json_object_get(was->after, l->scope));
	enum err_code code;

	l->after = after != NULL ? after : "";
	l->keep = json_object();
	l->wanted = json_array();
	if ((code = want_listed(s, l, all, e)) == ERR_OK &&
	    (code = leave_scope(s, l, e)) == ERR_OK &&
	    (code = list_on(next, l, was, all, e)) == ERR_OK &&
	    json_array_extend(next->records, l->wanted) != 0)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	json_decref(l->keep);
	json_decref(l->wanted);
	return code;
}

static enum err_code
take_all_ids(struct device_store *s, const struct sync_answer *a,
    const struct repair *was, struct repair *next, struct err *e)
{
	const char *scope;
	json_t *list;
	enum err_code code = ERR_OK;

	json_object_foreach(a->ids, scope, list)
	{
		struct listing l = { .scope = scope,
			.list = list,
			.upto = json_string_value(
			    json_object_get(a->ids_upto, scope)) };

		code = take_ids(s, &l, was, next, e);
		if (code != ERR_OK)
			return code;
	}
	return scopeless_drop(s, e);
}

/* The ids of records that came whole, or were told to be gone, as keys. */
static enum err_code
came_whole(const struct sync_answer *a, json_t *came, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < a->n_page && code == ERR_OK; i++)
		if (a->page[i].delta == NULL)
			code = json_put_bool(
			    came, id_print(a->page[i].record).s, true, e);
	return code;
}

enum err_code
repair_arrived(
    struct device_store *s, const struct sync_answer *a, struct err *e)
{
	json_t *repair = NULL, *came = NULL, *left = NULL;
	const json_t *records;
	enum err_code code = meta_get_json(s->db, "repair", &repair, e);

	records = json_object_get(repair, "records");
	if (code != ERR_OK || json_array_size(records) == 0)
		goto out;
	left = json_array();
	came = json_object();
	code = came_whole(a, came, e);
	for (size_t i = 0; i < json_array_size(records) && code == ERR_OK;
	     i++) {
		json_t *id = json_array_get(records, i);

		if (json_object_get(came, json_string_value(id)) == NULL)
			code = json_add_take(left, json_incref(id), e);
	}
	if (code == ERR_OK)
		code = json_put_take(repair, "records", json_incref(left), e);
	if (code == ERR_OK)
		code = meta_put_json(s->db, "repair", repair, e);
out:
	json_decref(left);
	json_decref(came);
	json_decref(repair);
	return code;
}

/* Is something left of what was asked for before: records, and, where the
 * scopes are not listed anew, parts of lists? */
static bool
goes_on(const struct repair *r, bool is_listed)
{
	return json_array_size(r->records) > 0 ||
	    (!is_listed &&
	        (json_object_size(r->all) > 0 ||
	            json_object_size(r->after) > 0));
}

static enum err_code
repair_next(struct device_store *s, const struct sync_answer *a,
    const struct repair *was, bool *differs_out, struct err *e)
{
	struct repair next = { json_array(), json_object(), json_object(),
		json_object(), json_array(), false };
	struct hash32 ours;
	enum err_code code = ERR_OK;

	if (a->scopes != NULL)
		code = take_scopes(s, a->scopes, next.ids, e);
	if (code == ERR_OK && a->ids != NULL)
		code = take_all_ids(s, a, was, &next, e);
	if (code == ERR_OK)
		code = scopes_hash(s, &ours, e);
	if (code != ERR_OK)
		goto out;
	*differs_out = !hash32_equal(ours, a->scopes_hash);
	if (!*differs_out) {
		/* A sum that was made anew settled it. */
		(void)json_array_clear(next.ids);
		(void)json_array_clear(next.records);
		if (was->is_going)
			code = repair_settle(s, a, differs_out, e);
	} else if (a->ids == NULL && goes_on(was, a->scopes != NULL)) {
		/* Records come before the next part of a list, and deltas that
		 * page_take has just found not to fit before anything: until
		 * they have come, sums that the office lists differ. */
		goto out;
	}
	if (code == ERR_OK)
		code = repair_put(s, &next,
		    *differs_out && json_array_size(next.ids) == 0 &&
		        json_array_size(next.records) == 0,
		    e);
out:
	repair_fini(&next);
	return code;
}

enum err_code
repair_step(struct device_store *s, const struct sync_answer *a,
    bool *differs_out, struct err *e)
{
	struct repair was;
	enum err_code code = repair_load(s, &was, e);

	if (code == ERR_OK)
		code = repair_next(s, a, &was, differs_out, e);
	repair_fini(&was);
	return code;
}
