/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Epochs begin.  An office whose store was put back without `restore` (a
 * machine's snapshot, a file copied by hand, a disk that lost what it had
 * confirmed) does not know it; devices do, and have its own word for it.
 */
#include "daemon/central/engine/engine_epoch.h"

#include "common/base/clock.h"
#include "common/core/change.h"
#include "common/sys/log.h"
#include "daemon/central/engine/engine_int.h"
#include "daemon/central/engine/meta_names.h"

/* A journal of its own for what the office does from now on. */
static enum err_code
engine_renew(struct office_store *s, struct id office,
    const struct epoch_engine *fresh, uint64_t now_ms, struct err *e)
{
	struct office_device device = { .id = fresh->device,
		.label = "office",
		.state = DEVICE_ENGINE,
		.enrolled_at = now_ms,
		.last_seen = now_ms,
		.sign_pub = sign_pub_of(&fresh->key),
		.link = change_link_start(office, fresh->device) };
	enum err_code code = store_device_put(s, &device, e);

	if (code == ERR_OK)
		code = store_meta_put(s, META_ENGINE_DEVICE,
		    id_print(fresh->device).s, ID_TEXT_LEN, e);
	return code != ERR_OK ? code
	                      : store_meta_put(s, META_ENGINE_SIGN_KEY,
	                            fresh->key.b, SIGN_KEY_LEN, e);
}

enum err_code
epoch_begin(struct office_store *s, struct id office, uint64_t epoch,
    struct epoch_engine *out, struct err *e)
{
	const uint64_t now_ms = clock_unix_ms();
	char text[24];
	int n = snprintf(text, sizeof(text), "%llu", (unsigned long long)epoch);
	enum err_code code;

	sign_key_make(&out->key);
	out->device = id_fresh(now_ms);
	if ((code = store_meta_put(s, META_ACCESS, "closed", 6, e)) != ERR_OK ||
	    (code = store_meta_put(s, META_EPOCH, text, (size_t)n, e)) !=
	        ERR_OK)
		return code;
	return engine_renew(s, office, out, now_ms, e);
}

/* Whether a head that this office signed is none of its log, and of no epoch
 * that a later one has followed. */
static enum err_code
is_lost(struct engine *g, const struct log_head *h, bool *out, struct err *e)
{
	struct hash32 link;
	enum err_code code;

	*out = h->at.epoch > g->epoch;
	if (h->at.epoch != g->epoch)
		return ERR_OK;
	code = store_log_link_at(g->store, h->at.seq, &link, e);
	*out = code == ERR_NOTFOUND ||
	    (code == ERR_OK && !hash32_equal(link, h->link));
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

/* Whether the device has no such number yet, or its journal no such change:
 * both are there for ever, also where the log had nothing new. */
static enum err_code
is_intake_lost(
    struct engine *g, const struct receipt *r, bool *out, struct err *e)
{
	struct office_device d;
	struct intake_change c;
	enum err_code code = store_device_get(g->store, r->device, &d, e);

	*out = code == ERR_NOTFOUND || (code == ERR_OK && d.intake < r->intake);
	if (code != ERR_OK || *out)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	code = store_intake_get(g->store, r->device, r->counter, &c, e);
	*out = code == ERR_NOTFOUND ||
	    (code == ERR_OK && !hash32_equal(c.link, r->link));
	if (code == ERR_OK)
		intake_change_fini(&c);
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

/* The same of a receipt. */
static enum err_code
is_receipt_lost(
    struct engine *g, const struct receipt *r, bool *out, struct err *e)
{
	const struct log_head head = { .at = { r->epoch, r->audit_seq },
		.link = r->audit_link };
	enum err_code code = is_lost(g, &head, out, e);

	return code != ERR_OK || *out || r->epoch != g->epoch
	    ? code
	    : is_intake_lost(g, r, out, e);
}

/* Whether a device that does not prove it saw more than this log has. */
static enum err_code
is_ahead(struct engine *g, const struct job *j, bool *out, struct err *e)
{
	const struct sync_request *r = &j->sync;
	const struct log_head seen = { .at = { r->cursor.epoch, r->head_seq },
		.link = r->head_link };

	*out = false;
	return !r->has_cursor || r->head_seq == 0 ? ERR_OK
	                                          : is_lost(g, &seen, out, e);
}

static void
become(struct engine *g, const struct epoch_engine *engine, uint64_t epoch)
{
	g->device = engine->device;
	g->sign_key = engine->key;
	g->epoch = epoch;
}

/* What a device proves: that there was this epoch, 0 for nothing, and which
 * erasures may have been in the history that it knows: those above are of what
 * the office did after its store was put back. */
struct proven {
	uint64_t epoch;
	struct version erased;
};

/* The epoch after the one that was proven to have been. */
static enum err_code
begin_after(struct engine *g, const struct job *j, const struct proven *proven,
    struct err *e)
{
	const struct id_text device = id_print(j->device.id);
	const struct audit_entry entry = { .actor = j->device.user,
		.action = "epoch.begin",
		.object = device.s,
		.reason = "the office's store was put back without restore" };
	const uint64_t epoch = proven->epoch + 1, last = g->epoch;
	struct epoch_engine before = { g->device, g->sign_key };
	struct epoch_engine fresh;
	struct log_entry logged;
	enum err_code code;

	if ((code = store_begin(g->store, e)) != ERR_OK)
		return code;
	code = epoch_begin(g->store, g->office, epoch, &fresh, e);
	if (code == ERR_OK) {
		become(g, &fresh, epoch);
		code = engine_audit(g, &entry, &logged, e);
		if (code == ERR_OK)
			code = access_erase_above(g, proven->erased, e);
		if (code == ERR_OK)
			code = store_commit(g->store, e);
	}
	if (code == ERR_OK) {
		g->is_access_open = false;
		g->wakes_all = true;
	} else {
		become(g, &before, last);
	}
	store_rollback(g->store);
	secret_wipe(&fresh, sizeof(fresh));
	secret_wipe(&before, sizeof(before));
	return code;
}

/* Is it this office's own word, and of what its store lacks?  With a head come
 * all erasures up to it, or the device has said that it lacks some. */
static enum err_code
what_is_proven(
    struct engine *g, const struct job *j, struct proven *out, struct err *e)
{
	const struct sync_request *r = &j->sync;
	const struct sign_pub pub = signer_pub(g->receipt_signer);
	bool head = r->has_proof && log_head_check(&r->proof, &pub, g->office);
	bool receipt = r->has_receipt &&
	    receipt_check(&r->receipt, &pub, g->office, j->device.id, NULL) ==
	        ERR_OK;
	enum err_code code;

	*out = (struct proven){ .epoch = 0 };
	if (!head && !receipt)
		return ERR_OK;
	if ((code = store_begin_read(g->store, e)) != ERR_OK)
		return code;
	if (head)
		code = is_lost(g, &r->proof, &head, e);
	if (code == ERR_OK && receipt)
		code = is_receipt_lost(g, &r->receipt, &receipt, e);
	store_rollback(g->store);
	if (code == ERR_OK && head)
		*out = (struct proven){ r->proof.at.epoch, r->erased_upto };
	if (code == ERR_OK && receipt && r->receipt.epoch > out->epoch)
		*out = (struct proven){ r->receipt.epoch,
			{ r->receipt.epoch, r->receipt.audit_seq } };
	return code;
}

/* A device's proof that this store is older than what was told out of it. */
static enum err_code
prove(struct engine *g, const struct job *j, struct err *e)
{
	struct proven proven;
	enum err_code code = what_is_proven(g, j, &proven, e);

	if (code != ERR_OK || proven.epoch == 0)
		return code;
	if ((code = begin_after(g, j, &proven, e)) == ERR_OK)
		log_line(LOG_LEVEL_ERROR, "engine",
		    "the store was put back without restore: a new epoch, and "
		    "no pages before access is confirmed",
		    "epoch=%llu device=%s", (unsigned long long)g->epoch,
		    id_print(j->device.id).s);
	return code;
}

/* Who shows its head is received from, whatever else it says that it saw: its
 * own notes of that may be damaged. */
static void
stop_those_ahead(struct engine *g, struct job *list)
{
	struct err e;
	enum err_code begun = store_begin_read(g->store, &e);

	for (struct job *j = list; j != NULL; j = j->next) {
		if (j->is_answered || j->kind != WIRE_SYNC || j->sync.has_proof)
			continue;
		if (begun != ERR_OK ||
		    is_ahead(g, j, &j->is_ahead, &e) != ERR_OK) {
			reply_error(g, j, &e);
		} else if (j->is_ahead) {
			j->has_refusal = true;
			j->refusal = WORD_EPOCH;
		}
	}
	store_rollback(g->store);
}

void
epoch_look_all(struct engine *g, struct job *list)
{
	struct err e;

	for (struct job *j = list; j != NULL; j = j->next)
		if (!j->is_answered && j->kind == WIRE_SYNC &&
		    (prove(g, j, &e) != ERR_OK ||
		        access_take_shown(g, &j->sync, &e) != ERR_OK))
			reply_error(g, j, &e);
	stop_those_ahead(g, list);
}
