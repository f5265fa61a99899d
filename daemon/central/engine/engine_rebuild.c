/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the values that a wire form left out.  A wrong find does no harm:
 * the links do not add up then, and the sender is asked for the full form.
 * Nothing is found where the sender's user may not look, or a batch that is
 * taken would confirm a guess.
 */
#include "common/core/path.h"
#include "daemon/central/engine/engine_int.h"

void
rebuild_init(struct rebuild *b, struct engine *g,
    const struct office_device *sender, const struct batch *batch)
{
	*b = (struct rebuild){ .g = g, .sender = sender, .batch = batch };
}

void
rebuild_fini(struct rebuild *b)
{
	if (b->has_record)
		record_fini(&b->record);
	json_decref(b->held);
	*b = (struct rebuild){ 0 };
}

/* Keep a new value (NULL: absent) alive for the caller of the lookup. */
static const json_t *
keep(struct rebuild *b, json_t *value)
{
	json_decref(b->held);
	b->held = value;
	return value;
}

/* What the change left at exactly this path; false if it did not set it. */
static bool
now_of(const struct change *c, const char *path, const json_t **out)
{
	for (size_t i = c->n_ops; i > 0; i--) {
		const struct change_op *op = &c->ops[i - 1];

		if (strcmp(op->path, path) == 0 && !op->was_omitted &&
		    !op->now_is_splice && !op->is_erased) {
			*out = op->now;
			return true;
		}
	}
	return false;
}

/* Is it a device of the same user's? */
static bool
is_of_user(const struct rebuild *b, struct id device)
{
	struct office_device other;

	return id_equal(device, b->sender->id) ||
	    (store_device_get(b->g->store, device, &other, NULL) == ERR_OK &&
	        id_equal(other.user, b->sender->user));
}

/* The device's own earlier change: in this batch, where those before are
 * rebuilt already unless they are held here, or received before. */
static bool
from_own(struct rebuild *b, const struct change *c, const struct change_op *op,
    const json_t **out)
{
	const struct change_name own = change_own_name(c, &op->base);
	const bool is_ours = id_equal(own.device, c->device);
	struct intake_change stored;
	struct change earlier;
	const json_t *now;
	bool found = false;

	if (is_ours && own.counter >= c->counter)
		return false;
	if (is_ours && own.counter >= b->batch->from &&
	    now_of(&b->batch->changes[own.counter - b->batch->from], op->path,
	        out))
		return true;
	if (!is_of_user(b, own.device) ||
	    store_intake_get(
	        b->g->store, own.device, own.counter, &stored, NULL) != ERR_OK)
		return false;
	if (intake_change_read(&stored, &earlier, NULL) == ERR_OK) {
		found = id_equal(earlier.record, c->record) &&
		    now_of(&earlier, op->path, &now);
		if (found)
			*out = keep(b, json_incref((json_t *)(uintptr_t)now));
		change_fini(&earlier);
	}
	intake_change_fini(&stored);
	return found;
}

/* The record as it is now, read once for the changes that follow each other.
 * NULL when it is not here, does not read, or is not the sender's to see. */
static const struct record *
record_now(struct rebuild *b, struct id id)
{
	bool sees = false;

	if (b->has_record && id_equal(b->record.id, id))
		return &b->record;
	if (b->has_record)
		record_fini(&b->record);
	b->has_record = store_user_sees(b->g->store, b->sender->user, id, false,
	                    &sees, NULL) == ERR_OK &&
	    sees &&
	    store_record_get(b->g->store, id, &b->record, NULL) == ERR_OK;
	return b->has_record ? &b->record : NULL;
}

static bool
from_side(const struct record *r, const char *key, const json_t **out)
{
	for (size_t i = 0; i < r->n_conflicts; i++)
		for (size_t k = 0; k < r->conflicts[i].n_sides; k++)
			if (strcmp(r->conflicts[i].sides[k].key, key) == 0) {
				*out = r->conflicts[i].sides[k].value;
				return true;
			}
	return false;
}

static bool
from_seen(struct rebuild *b, const struct record *r, const struct change *c,
    const struct change_op *op, const json_t **out)
{
	json_t *value;

	if (version_is_never(op->base.seen))
		return false;
	/* Nothing touched the path since: what is there is what was seen. */
	if (version_compare(
	        record_related_version(r, op->path), op->base.seen) <= 0) {
		*out = path_get(r->doc, op->path);
		return true;
	}
	if (store_value_at(b->g->store, c->record, op->path, op->base.seen,
	        &value, NULL) != ERR_OK)
		return false;
	*out = keep(b, value);
	return true;
}

bool
rebuild_lookup(void *arg, const struct change *c, const struct change_op *op,
    const json_t **out)
{
	struct rebuild *b = arg;
	const struct record *r;

	if (op->base.side[0] == '\0' && op->base.own != 0 &&
	    from_own(b, c, op, out))
		return true;
	r = record_now(b, c->record);
	if (r == NULL)
		return false;
	if (op->base.side[0] != '\0')
		return from_side(r, op->base.side, out);
	return from_seen(b, r, c, op, out);
}
