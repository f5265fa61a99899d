/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder that the office found to be a copy becomes a device of its own: its
 * journal is put by as it is, and what the office does not hold of it is cut
 * again as the first changes of a new one.  One transaction; what lies outside
 * the database follows it, also after a power cut.
 */
#include "common/core/limits.h"
#include "common/core/member.h"
#include "common/store/outside_int.h"
#include "common/store/store_again_int.h"
#include "common/store/store_sealed_int.h"
#include "common/store/store_told_int.h"

/* One journal on its way into another. */
struct recut {
	struct device_store *s; /* of the new device already */
	struct id device;       /* the old one */
	uint64_t life, fork;    /* of the old one */
};

/* ---- names that the old changes gave each other ---- */

/* The key of a side that a change above the fork made, under its new name. */
static void
rename_key(const struct recut *r, char *key, size_t cap)
{
	struct id_text old = id_print(r->device);
	char *end;
	unsigned long long counter;

	if (strncmp(key, old.s, ID_TEXT_LEN) != 0 || key[ID_TEXT_LEN] != '/')
		return;
	counter = strtoull(key + ID_TEXT_LEN + 1, &end, 10);
	if (*end != '\0' || counter <= r->fork)
		return;
	(void)snprintf(key, cap, "%s/%llu", id_print(r->s->identity.device).s,
	    (unsigned long long)(counter - r->fork));
}

/* Did this old change open the conflict, in its author's own view?  Then it
 * has the id that the change gives it which repeats it. */
static void
rename_conflict(
    const struct recut *r, const struct change *old, struct id *conflict)
{
	for (size_t i = 0; i < old->n_ops; i++) {
		const char *path = old->ops[i].path;
		struct id id = apply_conflict_id(
		    old->record, path, r->device, old->counter);

		if (id_equal(id, *conflict))
			*conflict = apply_conflict_id(old->record, path,
			    r->s->identity.device, old->counter - r->fork);
	}
}

/* A decision names conflicts and sides. */
static enum err_code
rename_resolve(const struct recut *r, const struct change *c,
    struct change_resolve *d, struct err *e)
{
	struct db_stmt *q;
	bool row;
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < json_array_size(d->sides); i++) {
		json_t *pair = json_array_get(d->sides, i);
		char key[60];

		(void)snprintf(key, sizeof(key), "%s",
		    json_string_value(json_array_get(pair, 0)));
		rename_key(r, key, sizeof(key));
		if (json_array_set_new(pair, 0, json_string(key)) != 0)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	code = db_query(r->s->db, &q, e,
	    "SELECT body FROM past_journal WHERE life = ? AND record = ?"
	    " AND counter > ? AND counter < ? AND NOT erased",
	    "idii", (int64_t)r->life, c->record, (int64_t)r->fork,
	    (int64_t)c->counter);
	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		struct change old;
		size_t len;
		const void *body = db_col_blob(q, 0, &len);

		code = stored_change(body, len, &old, e);
		if (code != ERR_OK)
			break;
		rename_conflict(r, &old, &d->conflict);
		change_fini(&old);
	}
	db_done(q);
	return code;
}

/* ---- cutting again ---- */

/* An own counter of the journal that is put by; what the change has of one
 * further back cannot be said any more, and is merged like anybody's. */
static uint64_t
own_in_old(const struct recut *r, const struct change *c,
    const struct change_base *base)
{
	struct change_name name = change_own_name(c, base);

	return id_equal(name.device, r->device) ? name.counter : 0;
}

/* The change whose words are erased here: it repeats what the office alone can
 * read, and brings that sealed. */
static enum err_code
sealed_change(const struct recut *r, uint64_t counter, const json_t *form,
    struct change *out, struct err *e)
{
	struct envelope env = { 0 };
	struct change c;
	const char *type;
	json_t *sealed = NULL;
	enum err_code code;

	change_init(&c);
	c.counter = counter;
	if ((code = json_get_id(form, "author", &c.author, e)) != ERR_OK ||
	    (code = json_get_id(form, "record", &c.record, e)) != ERR_OK ||
	    (code = json_get_uint(form, "made_at", &c.made_at, e)) != ERR_OK ||
	    (code = json_get_int(form, "clock_offset", &c.clock_offset, e)) !=
	        ERR_OK ||
	    (code = member_count(form, "clock_within", &c.clock_within, e)) !=
	        ERR_OK ||
	    (code = json_get_str(form, "type", &type, NULL, e)) != ERR_OK)
		goto out;
	(void)snprintf(c.type, sizeof(c.type), "%s", type);
	code = sealed_get(r->s, counter, &env, e);
	if (code == ERR_OK)
		code = envelope_member(&env, &sealed, e);
	if (code == ERR_OK)
		c.extra = json_pack("{s:o}", CHANGE_SEALED, sealed);
	/* What a backup has is here without. */
	if (code == ERR_NOTFOUND)
		code = ERR_OK;
	buf_fini(&env.sealed);
out:
	if (code == ERR_OK)
		*out = c;
	else
		change_fini(&c);
	return stored_damage(code, e);
}

/* The old change of a row link, body, counter, erased. */
static enum err_code
old_change(
    const struct recut *r, struct db_stmt *q, struct change *out, struct err *e)
{
	json_t *form = NULL;
	size_t len;
	const void *body = db_col_blob(q, 1, &len);
	enum err_code code;

	if (db_col_int(q, 3) == 0)
		return stored_change(body, len, out, e);
	code = stored_json(body, len, &form, e);
	if (code == ERR_OK)
		code =
		    sealed_change(r, (uint64_t)db_col_int(q, 2), form, out, e);
	json_decref(form);
	return code;
}

static enum err_code
recut_one(const struct recut *r, struct db_stmt *q, struct err *e)
{
	struct envelope sealed = { 0 };
	struct hash32 link;
	struct change c;
	enum err_code code = db_col_bytes(q, 0, link.b, HASH32_LEN, e);

	if (code != ERR_OK || (code = old_change(r, q, &c, e)) != ERR_OK)
		return code;
	for (size_t i = 0; i < c.n_ops; i++) {
		struct change_base *base = &c.ops[i].base;

		base->own = own_in_old(r, &c, base);
		rename_key(r, base->side, sizeof(base->side));
	}
	for (size_t i = 0; i < c.n_resolves && code == ERR_OK; i++)
		code = rename_resolve(r, &c, &c.resolves[i], e);
	c.recut_device = r->device;
	c.recut_counter = c.counter;
	c.recut_link = link;
	buf_init(&sealed.sealed, 0);
	/* The envelope is made when what lies outside has followed. */
	if (code == ERR_OK)
		code = journal_append(r->s, &c, &sealed, e);
	buf_fini(&sealed.sealed);
	change_fini(&c);
	return code;
}

static enum err_code
recut_all(const struct recut *r, uint64_t *n_out, struct err *e)
{
	struct db_stmt *q;
	uint64_t n = 0;
	bool row;
	enum err_code code = db_query(r->s->db, &q, e,
	    "SELECT link, body, counter, erased FROM past_journal"
	    " WHERE life = ?"
	    " AND counter > ? ORDER BY counter",
	    "ii", (int64_t)r->life, (int64_t)r->fork);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		code = recut_one(r, q, e);
		if (code != ERR_OK)
			break;
		n++;
	}
	db_done(q);
	/* They are in the journal now; of what the office holds, the old
	 * device's twin keeps its own. */
	if (code == ERR_OK)
		code = db_exec(r->s->db, e, "DELETE FROM sealed", "");
	if (code == ERR_OK)
		*n_out = n;
	return code;
}

/* ---- the transaction ---- */

/* Put the life by that ends, as it is. */
static enum err_code
put_by(const struct recut *r, const struct sign_pub *pub, struct err *e)
{
	static const char journal[] =
	    "INSERT INTO past_journal SELECT ?, counter, record, link, sig,"
	    " body, erased, saved_at FROM journal";
	static const char receipts[] =
	    "INSERT INTO past_receipt SELECT ?, counter, epoch, intake,"
	    " signed, sig FROM receipt";
	static const char outcomes[] =
	    "INSERT INTO past_outcome SELECT ?, no, counter, kind, v_epoch,"
	    " v_seq, reason, path, words FROM outcome";
	static const char names[] =
	    "DELETE FROM meta WHERE name IN ('cursor', 'repair', 'push_expect',"
	    " 'forked')";
	const char *const moves[] = { journal, receipts, outcomes };
	const char *const clears[] = { "DELETE FROM journal",
		"DELETE FROM receipt", "DELETE FROM outcome",
		"DELETE FROM staged", names };
	struct db *db = r->s->db;
	enum err_code code = db_exec(db, e,
	    "INSERT INTO past (life, device, sign_pub, fork)"
	    " VALUES (?, ?, ?, ?)",
	    "idbi", (int64_t)r->life, r->device, pub->b, sizeof(pub->b),
	    (int64_t)r->fork);

	for (size_t i = 0;
	     code == ERR_OK && i < sizeof(moves) / sizeof(moves[0]); i++)
		code = db_exec(db, e, moves[i], "i", (int64_t)r->life);
	for (size_t i = 0;
	     code == ERR_OK && i < sizeof(clears) / sizeof(clears[0]); i++)
		code = db_exec(db, e, clears[i], "");
	return code;
}

/* What the user sees stays as it is, on the new changes. */
static enum err_code
rebuild_views(const struct recut *r, struct err *e)
{
	struct db_stmt *q;
	struct id id;
	bool row;
	enum err_code code = db_query(r->s->db, &q, e,
	    "SELECT DISTINCT record FROM past_journal WHERE life = ?", "i",
	    (int64_t)r->life);

	if (code != ERR_OK)
		return code;
	while ((code = db_step(q, &row, e)) == ERR_OK && row) {
		if ((code = db_col_id(q, 0, &id, e)) != ERR_OK ||
		    (code = view_rebuild(r->s, id, e)) != ERR_OK)
			break;
	}
	db_done(q);
	return code;
}

/* Everything in one: the store is the new device's when it returns ERR_OK. */
static enum err_code
become(struct device_store *s, const struct device_identity *fresh,
    uint64_t *recut_out, struct err *e)
{
	const struct device_identity old = s->identity;
	const struct sign_pub pub = sign_pub_of(&old.sign_key);
	struct signer *signer = s->signer;
	struct recut r = { .s = s, .device = old.device, .life = s->life };
	enum err_code code = db_begin(s->db, e);

	if (code != ERR_OK)
		return code;
	s->identity = *fresh;
	s->signer = signer_new(&fresh->sign_key);
	s->life++;
	if ((code = receipted_upto(s, &r.fork, e)) == ERR_OK &&
	    (code = put_by(&r, &pub, e)) == ERR_OK &&
	    (code = identity_save(s->db, fresh, e)) == ERR_OK &&
	    (code = meta_put_int(s->db, "life", (int64_t)s->life, e)) ==
	        ERR_OK &&
	    (code = recut_all(&r, recut_out, e)) == ERR_OK &&
	    (code = rebuild_views(&r, e)) == ERR_OK &&
	    (code = told_again(s, e)) == ERR_OK)
		code = db_commit(s->db, e);
	db_rollback(s->db);
	/* The fresh one is the caller's; who goes on opens the store anew. */
	signer_free(s->signer);
	s->signer = signer;
	s->identity = old;
	s->life = r.life;
	return code;
}

enum err_code
again_follow(struct device_store *s, struct err *e)
{
	enum err_code code;

	/* In this order: while office.json names the old device, all of this
	 * is done over at the next open. */
	if ((code = outside_envelopes_drop(s->outside, UINT64_MAX, e)) !=
	        ERR_OK ||
	    (code = outside_receipts_clear(s->outside, e)) != ERR_OK ||
	    (code = outside_identity(s->home, &s->identity, e)) != ERR_OK)
		return code;
	outside_close(s->outside);
	s->outside = NULL;
	return outside_open(s->home, &s->outside, e);
}

enum err_code
again_check(struct device_store *s, struct err *e)
{
	struct id now;
	enum err_code code =
	    meta_get_bytes(s->db, "device", now.b, sizeof(now.b), e);

	if (code == ERR_OK && !id_equal(now, s->identity.device))
		code = err_set(
		    e, ERR_BUSY, 0, "this folder was enrolled again meanwhile");
	return code;
}

enum err_code
device_store_again(const char *home, const struct secret_key *page_key,
    const struct device_identity *fresh, uint64_t *recut_out, struct err *e)
{
	struct device_store *s;
	enum err_code code = device_store_open(home, page_key, &s, e);

	if (code != ERR_OK)
		return code;
	if (!id_equal(fresh->office, s->identity.office) ||
	    !id_equal(fresh->user, s->identity.user) ||
	    id_equal(fresh->device, s->identity.device))
		code = err_set(e, ERR_INVALID, 0,
		    "these notes are another user's, or another office's");
	if (code == ERR_OK)
		code = become(s, fresh, recut_out, e);
	device_store_close(s);
	if (code != ERR_OK)
		return code;
	/* Opening it makes what lies outside follow.  Where the disk refuses,
	 * the next one does it. */
	if (device_store_open(home, page_key, &s, NULL) == ERR_OK)
		device_store_close(s);
	return ERR_OK;
}
