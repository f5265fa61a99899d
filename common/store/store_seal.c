/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journal and envelopes keep each other whole.  A save is durable by its
 * envelope alone, so after a power cut the database may lack what was saved
 * last: it is taken back out of the envelopes.  And a program that was killed
 * between its commit and its envelope leaves an entry that is not sealed.
 */
#include "common/base/rng.h"
#include "common/core/limits.h"
#include "common/store/store_sealed_int.h"

/* meta: what opens this device's envelopes on this device. */
#define ENVELOPE_KEY "envelope_key"

enum err_code
envelope_key_renew(struct db *db, struct err *e)
{
	struct secret_key key;
	enum err_code code;

	rng_fill(key.b, sizeof(key.b));
	code = stored_meta_put(db, ENVELOPE_KEY, key.b, sizeof(key.b), e);
	secret_wipe(&key, sizeof(key));
	return code;
}

enum err_code
journal_seal(struct device_store *s, struct change *c,
    const struct standing *at, struct envelope *out, struct err *e)
{
	struct batch one = { .device = s->identity.device,
		.from = c->counter,
		.to = c->counter,
		.before = at->before,
		.link = at->link,
		.sig = at->sig,
		.changes = c,
		.n_changes = 1 };
	struct secret_key key;
	enum err_code code =
	    meta_get_bytes(s->db, ENVELOPE_KEY, key.b, sizeof(key.b), e);

	if (code == ERR_OK)
		code =
		    envelope_seal(&one, &s->identity.sealing_pub, &key, out, e);
	secret_wipe(&key, sizeof(key));
	return code;
}

enum err_code
journal_seal_entry(struct device_store *s, uint64_t counter,
    struct envelope *out, struct err *e)
{
	struct db_stmt *q;
	struct standing at;
	struct change c;
	const void *body;
	size_t len;
	bool row;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT j.body, j.link, p.link, j.sig FROM journal j"
	    " LEFT JOIN journal p ON p.counter = j.counter - 1"
	    " WHERE j.counter = ?",
	    "i", (int64_t)counter);

	if (code != ERR_OK)
		return code;
	code = db_step(q, &row, e);
	if (code == ERR_OK && !row)
		code = err_set(e, ERR_CORRUPT, 0, "the journal has a gap");
	if (code == ERR_OK)
		code = db_col_bytes(q, 1, at.link.b, HASH32_LEN, e);
	if (code == ERR_OK)
		code = db_col_bytes(q, 3, at.sig.b, SIGN_SIG_LEN, e);
	at.before = change_link_start(s->identity.office, s->identity.device);
	if (code == ERR_OK && !db_col_is_null(q, 2))
		code = db_col_bytes(q, 2, at.before.b, HASH32_LEN, e);
	if (code == ERR_OK) {
		body = db_col_blob(q, 0, &len);
		code = stored_change(body, len, &c, e);
	}
	db_done(q);
	if (code != ERR_OK)
		return code;
	code = journal_seal(s, &c, &at, out, e);
	change_fini(&c);
	return code;
}

/* The envelope of any entry: of one whose words are erased it was kept, unless
 * a backup of the office's has it (ERR_NOTFOUND). */
static enum err_code
envelope_of(struct device_store *s, uint64_t counter, struct envelope *out,
    struct err *e)
{
	int64_t erased = 0;
	enum err_code code = db_get_int(s->db, &erased, e,
	    "SELECT erased FROM journal WHERE counter = ?", "i",
	    (int64_t)counter);

	if (code != ERR_OK)
		return code;
	return erased != 0 ? sealed_get(s, counter, out, e)
	                   : journal_seal_entry(s, counter, out, e);
}

enum err_code
device_store_envelopes(struct device_store *s, uint64_t after,
    struct envelope **out, size_t *n_out, struct err *e)
{
	struct envelope *list = calloc(LIMIT_ENVELOPES, sizeof(*list));
	struct hash32 link;
	uint64_t last = 0;
	size_t n = 0, bytes = 0;
	enum err_code code;

	if (list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = db_begin_read(s->db, e);
	if (code == ERR_OK)
		code = journal_head(s, &last, &link, e);
	while (code == ERR_OK && n < LIMIT_ENVELOPES &&
	    bytes < LIMIT_PUSH_TARGET && after + n < last) {
		code = envelope_of(s, after + n + 1, &list[n], e);
		if (code == ERR_OK)
			bytes += list[n++].sealed.len;
	}
	db_rollback(s->db);
	if (code != ERR_OK && code != ERR_NOTFOUND) {
		outside_envelopes_free(list, n);
		return code;
	}
	*out = list;
	*n_out = n;
	return ERR_OK;
}

/* Add the envelope of the journal entry at counter to the spool.  Of one whose
 * words are erased it is there already, or a backup of the office's has it. */
static enum err_code
seal_again(struct device_store *s, uint64_t counter, struct err *e)
{
	struct envelope env = { 0 };
	enum err_code code = envelope_of(s, counter, &env, e);

	if (code == ERR_OK)
		code = outside_envelope_add(s->outside, &env, e);
	else if (code == ERR_NOTFOUND)
		code = ERR_OK;
	buf_fini(&env.sealed);
	return code;
}

/* The first counter that is neither sealed nor receipted, and the last. */
static enum err_code
missing(
    struct device_store *s, uint64_t *from_out, uint64_t *to_out, struct err *e)
{
	uint64_t last, sealed, receipted;
	struct hash32 link;
	enum err_code code;

	if ((code = journal_head(s, &last, &link, e)) != ERR_OK ||
	    (code = outside_envelopes_last(s->outside, &sealed, e)) != ERR_OK ||
	    (code = receipted_upto(s, &receipted, e)) != ERR_OK)
		return code;
	*from_out = (sealed > receipted ? sealed : receipted) + 1;
	*to_out = last;
	return ERR_OK;
}

enum err_code
journal_seal_missing(struct device_store *s, struct err *e)
{
	const bool was_held = outside_is_held(s->outside);
	uint64_t from, to;
	enum err_code code = missing(s, &from, &to, e);

	if (code != ERR_OK)
		return code;
	if (from > to)
		return outside_unsealed_set(s->outside, false, e);
	/* Another program may be about to add it: look again without it. */
	if (!was_held && (code = outside_hold(s->outside, e)) == ERR_OK)
		code = missing(s, &from, &to, e);
	for (uint64_t n = from; code == ERR_OK && n <= to; n++)
		code = seal_again(s, n, e);
	if (!was_held)
		outside_release(s->outside);
	return code == ERR_OK ? outside_unsealed_set(s->outside, false, e)
	                      : code;
}

/* One envelope as the journal's next entry, if it is that: *is_next says. */
static enum err_code
take_back_one(struct device_store *s, const struct envelope *env,
    const struct secret_key *key, struct standing *at, bool *is_next,
    struct err *e)
{
	const struct sign_pub pub = signer_pub(s->signer);
	struct err why; /* it is not ours to take, whatever the reason */
	struct batch b;
	enum err_code code = ERR_OK;

	*is_next = false;
	if (envelope_open_kept(env, s->identity.device, key, &b, &why) !=
	    ERR_OK)
		return ERR_OK;
	if (hash32_equal(b.before, at->before) &&
	    batch_check(&b, s->identity.office, &pub, NULL, NULL, &why) ==
	        ERR_OK) {
		*is_next = true;
		at->link = b.link;
		at->sig = b.sig;
		code = journal_insert(
		    s, &b.changes[0], at, b.changes[0].made_at, e);
		if (code == ERR_OK)
			code = view_rebuild(s, b.changes[0].record, e);
		at->before = b.link;
	}
	batch_fini(&b);
	return code;
}

/* In a transaction: all that follows the journal's last entry. */
static enum err_code
take_back_all(struct device_store *s, const struct secret_key *key,
    size_t *n_out, struct err *e)
{
	struct standing at;
	struct envelope *list = NULL;
	uint64_t last;
	size_t n = 0;
	bool goes_on = true;
	enum err_code code = journal_head(s, &last, &at.before, e);

	if (code == ERR_OK)
		code =
		    outside_envelopes(s->outside, last, SIZE_MAX, &list, &n, e);
	for (size_t i = 0; i < n && code == ERR_OK && goes_on; i++) {
		if (list[i].counter != last + 1)
			continue;
		code = take_back_one(s, &list[i], key, &at, &goes_on, e);
		if (code == ERR_OK && goes_on) {
			last++;
			++*n_out;
		}
	}
	outside_envelopes_free(list, n);
	return code;
}

enum err_code
journal_take_back(struct device_store *s, struct err *e)
{
	struct secret_key key;
	struct hash32 link;
	uint64_t last, sealed;
	size_t n = 0;
	enum err_code code;

	if ((code = journal_head(s, &last, &link, e)) != ERR_OK ||
	    (code = outside_envelopes_last(s->outside, &sealed, e)) != ERR_OK ||
	    sealed <= last)
		return code;
	code = meta_get_bytes(s->db, ENVELOPE_KEY, key.b, sizeof(key.b), e);
	if (code == ERR_OK)
		code = db_begin(s->db, e);
	if (code == ERR_OK)
		code = take_back_all(s, &key, &n, e);
	if (code == ERR_OK && n > 0)
		code = db_commit(s->db, e);
	db_rollback(s->db);
	secret_wipe(&key, sizeof(key));
	return code;
}
