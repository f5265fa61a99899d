/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sign-off, looked at again: the words that were signed, and the signature
 * of the device that signed them over its journal.
 */
#include "common/core/limits.h"
#include "common/core/signed.h"
#include "daemon/central/engine/engine_int.h"

/* The link of a stored change, or of before the first. */
static enum err_code
link_before(struct engine *g, struct id device, uint64_t counter,
    struct hash32 *out, struct err *e)
{
	struct intake_change before;
	enum err_code code;

	if (counter == 1) {
		*out = change_link_start(g->office, device);
		return ERR_OK;
	}
	intake_change_init(&before);
	code = store_intake_get(g->store, device, counter - 1, &before, e);
	if (code == ERR_OK)
		*out = before.link;
	intake_change_fini(&before);
	return code;
}

/* On the way through a journal to the signature that covers a change. */
struct walk {
	struct hash32 link; /* of the last one */
	bool has_sig;       /* which the device signed */
	bool ok;            /* and all so far adds up */
};

static enum err_code
step(struct engine *g, const struct office_device *d, uint64_t counter,
    struct walk *w, struct err *e)
{
	struct intake_change stored;
	struct change c;
	enum err_code code;

	intake_change_init(&stored);
	code = store_intake_get(g->store, d->id, counter, &stored, e);
	if (code == ERR_OK &&
	    (code = intake_change_read(&stored, &c, e)) == ERR_OK) {
		code = change_link_next(w->link, &c, &w->link, e);
		change_fini(&c);
	}
	if (code == ERR_OK) {
		w->has_sig = stored.has_sig;
		w->ok = hash32_equal(w->link, stored.link) &&
		    (!stored.has_sig ||
		        change_sig_ok(&d->sign_pub, g->office, d->id, counter,
		            stored.link, &stored.sig));
	}
	intake_change_fini(&stored);
	return code;
}

/* Whether the device signed its journal from this change on, up to the next
 * signature, which covers all before it. */
static enum err_code
signature_ok(struct engine *g, const struct office_device *d, uint64_t counter,
    bool *out, struct err *e)
{
	struct walk w = { .ok = true };
	enum err_code code = link_before(g, d->id, counter, &w.link, e);

	for (size_t i = 0; code == ERR_OK && w.ok && !w.has_sig &&
	     i < LIMIT_BATCH_CHANGES && counter + i <= d->counter;
	     i++)
		code = step(g, d, counter + i, &w, e);
	if (code == ERR_OK)
		*out = w.ok && w.has_sig;
	return code;
}

/* Whether what the change signed is what stands. */
static enum err_code
words_same(struct engine *g, const struct record *r, const struct setter *by,
    bool *same_out, bool *author_out, struct err *e)
{
	const struct schema_type *type = schema_type(engine_schema(g), r->type);
	struct hash32 signed_then, stands;
	struct intake_change stored;
	struct change c;
	enum err_code code;

	*same_out = false;
	intake_change_init(&stored);
	code = store_intake_get(g->store, by->device, by->counter, &stored, e);
	if (code == ERR_OK &&
	    (code = intake_change_read(&stored, &c, e)) == ERR_OK) {
		*author_out =
		    id_equal(c.author, by->author) && id_equal(c.record, r->id);
		code = signed_hash_of_change(type, &c, &signed_then, e);
		change_fini(&c);
		if (code == ERR_OK &&
		    (code = signed_hash(type, r->doc, &stands, e)) == ERR_OK)
			*same_out = hash32_equal(signed_then, stands);
	}
	intake_change_fini(&stored);
	return code == ERR_INVALID ? ERR_OK : code;
}

enum err_code
engine_signed_check(struct engine *g, const struct record *r,
    struct signed_check *out, struct err *e)
{
	const struct schema_type *type = schema_type(engine_schema(g), r->type);
	struct signed_check check = { 0 };
	const struct setter *by;
	struct office_device d;
	bool is_author = false;
	enum err_code code;

	if (!signed_by(type, r, &by)) {
		*out = check;
		return ERR_OK;
	}
	check.is_signed = true;
	code = store_device_get(g->store, by->device, &d, e);
	if (code == ERR_OK &&
	    (code = words_same(g, r, by, &check.same, &is_author, e)) == ERR_OK)
		code = signature_ok(g, &d, by->counter, &check.signature_ok, e);
	if (code == ERR_NOTFOUND || code == ERR_CORRUPT)
		code = ERR_OK; /* it is not there to be checked */
	check.signature_ok =
	    check.signature_ok && is_author && id_equal(d.user, by->author);
	if (code == ERR_OK)
		*out = check;
	return code;
}
