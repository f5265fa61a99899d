/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a change cannot be applied now, and giving outcomes.  Held is not final:
 * the change is stored whole, its device is told, and it is tried again when
 * what holds it has gone.
 */
#include "common/core/waits.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_int.h"

/* Who sent it: a device that may not, or another author than its user. */
static const char *
sender_reason(const struct applying *a)
{
	const struct office_device *d = a->device;
	struct change_key of;

	if (d->state == DEVICE_PENDING)
		return d->enrolled_at == 0 ? "device_unknown"
		                           : "pending_approval";
	if (d->state == DEVICE_REVOKED)
		return "revoked";
	if (d->state != DEVICE_ENGINE &&
	    !id_equal(a->change->author, d->user) &&
	    !proposal_of(a->change, &of))
		return "wrong_author";
	return NULL;
}

/* Beyond so many held changes of one device on one record they are not read
 * one by one: whatever was written after the first of them waits. */
#define HELD_READ_MAX ((size_t)64)

/* True in *out if it builds on one of the counters in held, which are of the
 * device's journal. */
static enum err_code
builds_on(const struct applying *a, struct id device, const json_t *held,
    bool *out, struct err *e)
{
	const struct change *c = a->change;
	uint64_t own = waits_reach(c, device);
	enum err_code code = ERR_OK;

	*out = json_array_size(held) > HELD_READ_MAX &&
	    own >= (uint64_t)json_integer_value(json_array_get(held, 0));
	for (size_t i = 0; i < json_array_size(held) && !*out; i++) {
		uint64_t counter =
		    (uint64_t)json_integer_value(json_array_get(held, i));
		struct intake_change stored;
		struct change earlier;

		if (counter > own)
			break;
		code = store_intake_get(
		    a->round->g->store, device, counter, &stored, e);
		if (code != ERR_OK)
			return code;
		/* One that does not read is held for that, and waited for. */
		code = intake_change_read(&stored, &earlier, e);
		intake_change_fini(&stored);
		if (code == ERR_NOMEM)
			return code;
		*out = code != ERR_OK || waits_on(c, &earlier);
		if (code == ERR_OK)
			change_fini(&earlier);
		code = ERR_OK;
	}
	return code;
}

/* Does it wait for a change of this journal below the counter? */
static enum err_code
waits_for(const struct applying *a, const struct change_name *below,
    bool existing, bool *out, struct err *e)
{
	const struct change *c = a->change;
	json_t *held = json_array();
	enum err_code code;

	if (held == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = store_held_below(a->round->g->store, below->device, c->record,
	    below->counter, held, e);
	if (code == ERR_OK && existing)
		code = builds_on(a, below->device, held, out, e);
	else if (code == ERR_OK)
		*out = json_array_size(held) > 0 || !waits_is_creation(c);
	json_decref(held);
	return code;
}

/* It waits if its base uses an earlier change of its device that is held, or
 * if its record is not here and something else is to make it: a change that
 * was written before, or one that has not come.  One that was cut again may
 * also use what the device that it came from wrote before they parted. */
static enum err_code
must_wait(const struct applying *a, bool existing, bool *out, struct err *e)
{
	const struct change *c = a->change;
	const struct change_name own = { c->device, c->counter };
	const struct change_name old = { c->recut_device,
		c->recut_counter > c->counter
		    ? c->recut_counter - c->counter + 1
		    : 0 };
	enum err_code code = waits_for(a, &own, existing, out, e);

	if (code == ERR_OK && !*out && c->recut_counter != 0)
		code = waits_for(a, &old, existing, out, e);
	return code;
}

/* A change cut again whose first form is here: it came after all, or another
 * copy brought it, and once is enough. */
static enum err_code
is_here_already(
    const struct change *c, const struct applying *a, bool *out, struct err *e)
{
	struct intake_change stored;
	enum err_code code;

	*out = false;
	if (c->recut_counter == 0)
		return ERR_OK;
	code = store_intake_get(
	    a->round->g->store, c->recut_device, c->recut_counter, &stored, e);
	if (code != ERR_OK)
		return code == ERR_NOTFOUND ? ERR_OK : code;
	*out = hash32_equal(stored.link, c->recut_link);
	intake_change_fini(&stored);
	return ERR_OK;
}

/* Who could ever see the record may write to it: work done before a case was
 * handed over counts.  What stays with the office nobody can see, and who began
 * it may put it right. */
static enum err_code
may_write(
    const struct applying *a, const struct record *r, bool *out, struct err *e)
{
	const struct schema_type *type =
	    schema_type(a->round->g->schema, r->type);

	if (type != NULL && schema_stays_at_office(type) &&
	    id_equal(r->author, a->change->author)) {
		*out = true;
		return ERR_OK;
	}
	return store_user_sees(
	    a->round->g->store, a->change->author, r->id, true, out, e);
}

enum err_code
hold_reason(const struct applying *a, const struct record *existing,
    const char **reason_out, struct err *e)
{
	bool waits = false, sees = true, twice = false, erased = false;
	bool kept = false;
	enum err_code code;

	*reason_out = a->is_vouched ? NULL : sender_reason(a);
	/* To apply it would say that all of it was done. */
	if (json_object_get(a->change->extra, CHANGE_SEALED) != NULL ||
	    json_object_get(a->change->extra, CHANGE_SEALED_OLD) != NULL)
		*reason_out = "sealed";
	if (*reason_out != NULL)
		return ERR_OK;
	code = proposal_reason(a, reason_out, e);
	if (code != ERR_OK || *reason_out != NULL || a->is_vouched)
		return code;
	if ((code = is_here_already(a->change, a, &twice, e)) != ERR_OK)
		return code;
	if (twice) {
		*reason_out = "here_already";
		return ERR_OK;
	}
	if ((code = must_wait(a, existing != NULL, &waits, e)) != ERR_OK)
		return code;
	if (waits) {
		*reason_out = "waits";
		return ERR_OK;
	}
	if (existing != NULL &&
	    (code = hold_is_kept(a, existing, &kept, e)) != ERR_OK)
		return code;
	if (kept) {
		*reason_out = "with_signed";
		return ERR_OK;
	}
	if (a->device->state == DEVICE_ENGINE)
		return ERR_OK;
	if (existing != NULL)
		code = may_write(a, existing, &sees, e);
	if (code == ERR_OK && sees)
		code = hold_is_erased(a, &erased, e);
	if (code == ERR_OK && (!sees || erased))
		*reason_out = sees ? HELD_ERASED : "not_yours";
	return code;
}

enum err_code
outcome_hash(struct id device, const struct outcome *o, struct hash32 *out,
    struct err *e)
{
	json_t *json = json_object();
	struct buf text;
	enum err_code code;

	buf_init(&text, 4096);
	if ((code = json_put_id(json, "device", device, e)) == ERR_OK &&
	    (code = json_put_int(json, "counter", (int64_t)o->counter, e)) ==
	        ERR_OK &&
	    (code = json_put_str(json, "kind", outcome_word(o->kind), e)) ==
	        ERR_OK &&
	    (code = json_put_take(
	         json, "version", version_to_json(o->version), e)) == ERR_OK &&
	    (code = json_put_str(json, "reason", o->reason, e)) == ERR_OK &&
	    (code = json_put_str(json, "path", o->path, e)) == ERR_OK &&
	    (code = json_print(json, &text, e)) == ERR_OK)
		*out = crypto_sha256(text.ptr, text.len);
	json_decref(json);
	buf_fini(&text);
	return code;
}

uint64_t
outcome_no_base(uint64_t epoch)
{
	return (epoch - 1) << 32;
}

enum err_code
outcome_give(const struct applying *a, struct outcome *o, struct err *e)
{
	struct engine *g = a->round->g;
	struct intake_change *stored = a->stored;
	uint64_t last = a->device->outcome_no;
	enum err_code code;

	if (last < outcome_no_base(g->epoch))
		last = outcome_no_base(g->epoch);
	o->no = last + 1;
	o->counter = stored->counter;
	stored->version = o->version;
	(void)snprintf(stored->reason, sizeof(stored->reason), "%s", o->reason);
	if (o->kind == OUTCOME_HELD)
		stored->state = CHANGE_HELD;
	else if (o->kind == OUTCOME_CLOSED)
		stored->state = CHANGE_CLOSED;
	else
		stored->state = CHANGE_DONE;
	if ((code = store_intake_mark(g->store, stored, e)) != ERR_OK ||
	    (code = store_outcome_put(g->store, stored->device, o, e)) !=
	        ERR_OK)
		return code;
	a->device->outcome_no = o->no;
	return ERR_OK;
}

enum err_code
hold_put(const struct applying *a, const char *reason, const char *path,
    struct outcome *out, struct err *e)
{
	struct outcome o = { .kind = OUTCOME_HELD,
		.counter = a->stored->counter };
	bool is_told = a->stored->state == CHANGE_HELD &&
	    strcmp(a->stored->reason, reason) == 0;
	enum err_code code = ERR_OK;

	(void)snprintf(o.reason, sizeof(o.reason), "%s", reason);
	(void)snprintf(o.path, sizeof(o.path), "%s", path);
	/* A further try with the same end is nothing new to anybody. */
	if (!is_told) {
		code = outcome_give(a, &o, e);
		a->round->g->counts.changes_held++;
	}
	if (code == ERR_OK)
		*out = o;
	return code;
}
