/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this device had pulled of others' work and a restored office has lost:
 * their devices may never return, so it is offered to an administrator, as own
 * changes that say whose they repeat.  They are in the journal before what the
 * office tells takes the place of what it told, and leave like any change.
 */
#include "common/base/rng.h"
#include "common/core/path.h"
#include "common/store/store_sync_int.h"

/* A proposal's values and those that they replace, at most; what is more goes
 * into another one for the same change. */
#define PROPOSAL_BYTES ((size_t)128 * 1024)

struct proposing {
	struct device_store *s;
	const struct record *old, *now; /* now NULL: there is none */
	size_t *n;
	/* The change that is repeated, and its repetition in the making. */
	struct setter of;
	struct change change;
	size_t bytes;
};

/* Is this change's mark still on the path, or a later one of its device? */
static bool
is_there(const struct record *now, const char *path, const struct setter *s)
{
	const struct path_state *ps =
	    now == NULL ? NULL : record_path(now, path);

	for (size_t i = 0; ps != NULL && i < ps->n_setters; i++)
		if (id_equal(ps->setters[i].device, s->device) &&
		    ps->setters[i].counter >= s->counter)
			return true;
	return false;
}

/* The last of others' changes that set the path and are lost, or NULL. */
static const struct setter *
lost_setter(const struct proposing *p, const struct path_state *ps)
{
	for (size_t i = ps->n_setters; i-- > 0;)
		if (!id_equal(ps->setters[i].device, p->s->identity.device) &&
		    !is_there(p->now, ps->path, &ps->setters[i]))
			return &ps->setters[i];
	return NULL;
}

static bool
is_same(const struct setter *a, const struct setter *b)
{
	return id_equal(a->device, b->device) && a->counter == b->counter;
}

/* A value beneath a removed row went with it. */
static bool
is_beneath_removed(const struct record *r, const char *path)
{
	for (size_t i = 0; i < r->n_paths; i++)
		if (r->paths[i].is_removed &&
		    strcmp(r->paths[i].path, path) != 0 &&
		    path_covers(r->paths[i].path, path))
			return true;
	return false;
}

static enum err_code
begin(struct proposing *p, struct err *e)
{
	struct change *c = &p->change;

	change_init(c);
	p->bytes = 0;
	c->author = p->of.author;
	c->made_at = p->of.made_at;
	c->clock_offset = p->of.clock_offset;
	c->record = p->old->id;
	(void)snprintf(c->type, sizeof(c->type), "%s", p->old->type);
	c->extra = json_pack("{s:{s:I, s:s}}", "proposal", "counter",
	    (json_int_t)p->of.counter, "device", id_print(p->of.device).s);
	return c->extra == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory")
	                        : ERR_OK;
}

static enum err_code
cut(struct proposing *p, struct err *e)
{
	struct envelope sealed = { 0 };
	enum err_code code;

	if (p->change.n_ops == 0)
		return ERR_OK;
	buf_init(&sealed.sealed, 0);
	code = journal_append(p->s, &p->change, &sealed, e);
	buf_fini(&sealed.sealed);
	if (code == ERR_OK)
		(*p->n)++;
	return code;
}

static enum err_code
add(struct proposing *p, const char *path, const struct change_base *base,
    const json_t *was, const json_t *now, struct err *e)
{
	uint8_t salt[CHANGE_SALT_LEN];
	enum err_code code = ERR_OK;

	if (p->bytes > PROPOSAL_BYTES) {
		code = cut(p, e);
		change_fini(&p->change);
		if (code == ERR_OK)
			code = begin(p, e);
	}
	if (code != ERR_OK)
		return code;
	p->bytes += json_string_length(was) + json_string_length(now) + 256;
	rng_fill(salt, sizeof(salt));
	return change_add_op(&p->change, path, base, was, now, salt, e);
}

/* Is the change's mark on the path, or above or beneath it? */
static bool
is_part(const struct record *r, const char *path, const struct setter *s)
{
	for (size_t i = 0; i < r->n_paths; i++)
		if (path_related(r->paths[i].path, path) &&
		    is_there(r, r->paths[i].path, s))
			return true;
	return false;
}

/* Is all that the office has there part of the value that it had before?  What
 * had lost to that value, or came after it, was seen by nobody who wrote it. */
static bool
is_all_part(const struct proposing *p, const char *path)
{
	for (size_t i = 0; i < p->now->n_paths; i++) {
		const struct path_state *ps = &p->now->paths[i];

		for (size_t k = 0;
		     path_related(ps->path, path) && k < ps->n_setters; k++)
			if (!is_part(p->old, path, &ps->setters[k]))
				return false;
	}
	return true;
}

/* An open side of a conflict that the change wrote. */
static bool
is_side_of(const struct setter *of, const struct conflict_side *side)
{
	return side->is_open && id_equal(side->device, of->device) &&
	    side->counter == of->counter;
}

/* Where what the change wrote is such a side, the value is somebody else's. */
static bool
has_side(const struct proposing *p, const char *path)
{
	const struct conflict *c = record_open_conflict(p->old, path);

	for (size_t i = 0; c != NULL && i < c->n_sides; i++)
		if (is_side_of(&p->of, &c->sides[i]))
			return true;
	return false;
}

/* Words that were erased are not lost work: a restored office erases them
 * again, and who wrote there since is not to be overruled by that. */
static enum err_code
is_erasure(
    const struct proposing *p, const struct setter *s, bool *out, struct err *e)
{
	int64_t n = 0;
	enum err_code code = db_get_int(p->s->db, &n, e,
	    "SELECT count(*) FROM erasure WHERE record = ? AND epoch = ?"
	    " AND seq = ?",
	    "dii", p->old->id, (int64_t)s->version.epoch,
	    (int64_t)s->version.seq);

	*out = n > 0;
	return code;
}

/* The paths that the change was the last to set. */
static enum err_code
add_paths(struct proposing *p, struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < p->old->n_paths && code == ERR_OK; i++) {
		const struct path_state *ps = &p->old->paths[i];
		const struct setter *lost = lost_setter(p, ps);
		struct change_base base = { 0 };
		const json_t *was = NULL, *value;
		bool erased;

		if (lost == NULL || !is_same(lost, &p->of) ||
		    is_beneath_removed(p->old, ps->path) ||
		    has_side(p, ps->path))
			continue;
		code = is_erasure(p, lost, &erased, e);
		if (code != ERR_OK || erased)
			continue;
		value = path_get(p->old->doc, ps->path);
		was = p->now == NULL ? NULL : path_get(p->now->doc, ps->path);
		if (path_equal(was, value))
			continue;
		if (p->now != NULL && is_all_part(p, ps->path))
			base.seen = record_related_version(p->now, ps->path);
		else
			was = NULL;
		code = add(p, ps->path, &base, was, value, e);
	}
	return code;
}

/* Sides of conflicts that it wrote: as from somebody who saw what was there
 * before either. */
static enum err_code
add_sides(struct proposing *p, struct err *e)
{
	const struct change_base nothing_seen = { 0 };
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < p->old->n_conflicts; i++) {
		const struct conflict *c = &p->old->conflicts[i];

		for (size_t k = 0; k < c->n_sides && code == ERR_OK; k++)
			if (is_side_of(&p->of, &c->sides[k]))
				code = add(p, c->path, &nothing_seen,
				    c->ancestor, c->sides[k].value, e);
	}
	return code;
}

/* Repeat one lost change, unless that was done. */
static enum err_code
propose(struct proposing *p, struct setter *done, size_t *n_done,
    const struct setter *of, struct err *e)
{
	enum err_code code;

	for (size_t i = 0; i < *n_done; i++)
		if (is_same(&done[i], of))
			return ERR_OK;
	done[(*n_done)++] = *of;
	p->of = *of;
	code = begin(p, e);
	if (code == ERR_OK && (code = add_paths(p, e)) == ERR_OK &&
	    (code = add_sides(p, e)) == ERR_OK)
		code = cut(p, e);
	change_fini(&p->change);
	return code;
}

/* Who wrote a side that the office has lost. */
static bool
side_lost(const struct proposing *p, const struct conflict_side *side,
    struct setter *out)
{
	if (!side->is_open || id_equal(side->device, p->s->identity.device))
		return false;
	for (size_t i = 0; p->now != NULL && i < p->now->n_conflicts; i++)
		for (size_t k = 0; k < p->now->conflicts[i].n_sides; k++)
			if (strcmp(p->now->conflicts[i].sides[k].key,
			        side->key) == 0)
				return false;
	*out = (struct setter){ .device = side->device,
		.counter = side->counter,
		.author = side->author,
		.made_at = side->made_at,
		.clock_offset = side->clock_offset };
	return true;
}

static size_t
sides_of(const struct record *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_conflicts; i++)
		n += r->conflicts[i].n_sides;
	return n;
}

enum err_code
propose_lost(struct device_store *s, const struct record *old,
    const struct record *now, size_t *n, struct err *e)
{
	struct proposing p = { .s = s, .old = old, .now = now, .n = n };
	struct setter *done =
	    calloc(old->n_paths + sides_of(old) + 1, sizeof(*done));
	struct setter of;
	size_t n_done = 0;
	enum err_code code = ERR_OK;

	if (done == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < old->n_paths && code == ERR_OK; i++) {
		const struct setter *lost = lost_setter(&p, &old->paths[i]);

		if (lost != NULL)
			code = propose(&p, done, &n_done, lost, e);
	}
	for (size_t i = 0; i < old->n_conflicts; i++)
		for (size_t k = 0;
		     k < old->conflicts[i].n_sides && code == ERR_OK; k++)
			if (side_lost(&p, &old->conflicts[i].sides[k], &of))
				code = propose(&p, done, &n_done, &of, e);
	free(done);
	return code;
}

/* Whether the author of this device wrote something here that the office does
 * not hold: then it stays in view. */
static enum err_code
has_unsent(struct device_store *s, struct id id, bool *out, struct err *e)
{
	uint64_t receipted;
	int64_t n = 0;
	enum err_code code = receipted_upto(s, &receipted, e);

	if (code == ERR_OK)
		code = db_get_int(s->db, &n, e,
		    "SELECT count(*) FROM journal WHERE record = ?"
		    " AND counter > ?",
		    "di", id, (int64_t)receipted);
	*out = n > 0;
	return code;
}

static enum err_code
missing_one(struct device_store *s, struct id id, void *arg, struct err *e)
{
	size_t *n = arg;
	const size_t before = *n;
	struct confirmed old;
	bool unsent;
	enum err_code code = has_unsent(s, id, &unsent, e);

	if (code != ERR_OK || (code = confirmed_get(s, id, &old, e)) != ERR_OK)
		return code;
	code = propose_lost(s, &old.record, NULL, n, e);
	confirmed_fini(&old);
	if (code == ERR_OK)
		code = unsent || *n > before ? confirmed_forget(s, id, e)
		                             : confirmed_drop(s, id, e);
	return code == ERR_OK ? view_rebuild(s, id, e) : code;
}

enum err_code
propose_replaced(struct device_store *s, uint64_t counter, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT record FROM journal j WHERE counter = ? AND NOT EXISTS"
	    " (SELECT 1 FROM confirmed c WHERE c.record = j.record)",
	    "i", (int64_t)counter);

	return code == ERR_OK ? records_drop(s, q, e) : code;
}

enum err_code
propose_missing(struct device_store *s, size_t *n, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT record FROM confirmed WHERE epoch > 0 AND epoch < ?"
	    " ORDER BY record",
	    "i", (int64_t)s->told_epoch);

	return code == ERR_OK ? records_each(s, q, missing_one, n, e) : code;
}
