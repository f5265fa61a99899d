/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/decide.h"

#include "common/core/path.h"
#include "common/core/shown.h"
#include "common/sys/crypto.h"
#include "common/sys/json.h"

#define HOUR_MS ((uint64_t)3600 * 1000)
#define DAY_MS (24 * HOUR_MS)

struct id
decide_settings_id(struct id office)
{
	static const char context[] = "vb/settings/v1";
	struct hash32 hash = crypto_sha256_parts(
	    (const struct crypto_part[]){ crypto_part(context, sizeof(context)),
	        crypto_part(office.b, ID_LEN) },
	    2);

	return id_from_hash(hash.b);
}

static uint64_t
hours_of(const json_t *doc, const char *field, uint64_t otherwise)
{
	const json_t *value = json_object_get(doc, field);
	json_int_t n = json_integer_value(value);

	return json_is_integer(value) && n >= 0 && n <= DECIDE_HOURS_MAX
	    ? (uint64_t)n
	    : otherwise;
}

struct decide_limits
decide_limits_of(const struct schema *s, const json_t *doc)
{
	const struct schema_type *type = schema_deciding_type(s);
	const struct schema_deciding *d = type == NULL ? NULL : &type->deciding;
	const json_t *early;

	if (d == NULL)
		return (struct decide_limits){ 0 };
	early = json_object_get(doc, d->early);
	return (struct decide_limits){
		.author_hours = hours_of(doc, d->author, d->author_hours),
		.senior_hours = hours_of(doc, d->senior, d->senior_hours),
		.early = early != NULL ? json_is_true(early) : d->is_early,
	};
}

enum conflict_owner
decide_rung(const struct schema *s, const char *role)
{
	const struct schema_account *account = &schema_account_type(s)->account;

	if (json_list_has(account->administrators, role))
		return OWNER_ADMINISTRATOR;
	return json_list_has(account->seniors, role) ? OWNER_SENIOR
	                                             : OWNER_AUTHOR;
}

/* So many working hours after a moment.  1 January 1970 was a Thursday. */
static uint64_t
after_hours(uint64_t from_ms, uint64_t hours)
{
	uint64_t left = hours * HOUR_MS, at = from_ms;

	while (left > 0) {
		const uint64_t weekday = (at / DAY_MS + 4) % 7;
		const uint64_t rest = DAY_MS - at % DAY_MS;
		const bool is_free = weekday == 0 || weekday == 6;

		if (!is_free && left < rest)
			return at + left;
		left -= is_free ? 0 : rest;
		at += rest;
	}
	return at;
}

enum conflict_owner
decide_owner(const struct decide_limits *limits, const struct conflict *k,
    uint64_t now_ms)
{
	const uint64_t a = limits->author_hours, s = limits->senior_hours;

	if (k->owner == OWNER_ADMINISTRATOR || a == 0)
		return k->owner;
	if (s > 0 && now_ms >= after_hours(k->opened_at, a + s))
		return OWNER_ADMINISTRATOR;
	return now_ms >= after_hours(k->opened_at, a) ? OWNER_SENIOR : k->owner;
}

uint64_t
decide_until(const struct decide_limits *limits, const struct conflict *k,
    uint64_t now_ms)
{
	const uint64_t a = limits->author_hours, s = limits->senior_hours;

	switch (decide_owner(limits, k, now_ms)) {
	case OWNER_AUTHOR:
		return a == 0 ? 0 : after_hours(k->opened_at, a);
	case OWNER_SENIOR:
		return a == 0 || s == 0 ? 0 : after_hours(k->opened_at, a + s);
	case OWNER_ADMINISTRATOR:
		break;
	}
	return 0;
}

const struct setter *
decide_last_setter(const struct record *r, const char *path)
{
	const struct setter *last = NULL;

	for (size_t i = 0; i < r->n_paths; i++) {
		const struct path_state *ps = &r->paths[i];
		const struct setter *s = &ps->setters[ps->n_setters - 1];

		if (path_covers(ps->path, path) &&
		    (last == NULL ||
		        version_compare(s->version, last->version) > 0))
			last = s;
	}
	return last;
}

static void
rise(struct version *v, struct version to)
{
	if (to.epoch < SHOWN_EPOCH && version_compare(to, *v) > 0)
		*v = to;
}

/* The last version of all that the decision says that its author had seen. */
static struct version
seen_of(const struct deciding *d)
{
	const struct change_resolve *resolve = d->resolve;
	struct version v = { 0 }, side;

	rise(&v, resolve->current);
	for (size_t i = 0; i < json_array_size(resolve->sides); i++)
		if (version_from_json(
		        json_array_get(json_array_get(resolve->sides, i), 1),
		        &side, NULL) == ERR_OK)
			rise(&v, side);
	for (size_t i = 0; i < d->change->n_ops; i++)
		if (path_related(d->change->ops[i].path, d->conflict->path))
			rise(&v, d->change->ops[i].base.seen);
	return v;
}

static bool
was_seen(const struct deciding *d, struct version seen, const struct setter *s)
{
	if (id_equal(s->device, d->change->device))
		return s->counter < d->change->counter;
	return version_compare(s->version, seen) <= 0 ||
	    change_is_own(d->change, s->device, s->counter);
}

/* Who had last written there of those whose words the decision's author saw;
 * NULL: nobody. */
static const struct setter *
last_seen(const struct record *r, const struct deciding *d)
{
	const struct version seen = seen_of(d);
	const struct setter *last = NULL;

	for (size_t i = 0; i < r->n_paths; i++) {
		const struct path_state *ps = &r->paths[i];

		if (!path_covers(ps->path, d->conflict->path) ||
		    ps->setters == NULL)
			continue;
		for (size_t k = 0; k < ps->n_setters; k++)
			if (was_seen(d, seen, &ps->setters[k]) &&
			    (last == NULL ||
			        version_compare(
			            ps->setters[k].version, last->version) > 0))
				last = &ps->setters[k];
	}
	return last;
}

/* Has the user written there since that version? */
static bool
has_written_since(
    const struct record *r, const struct deciding *d, struct version version)
{
	for (size_t i = 0; i < r->n_paths; i++) {
		const struct path_state *ps = &r->paths[i];

		for (size_t k = 0; path_covers(ps->path, d->conflict->path) &&
		     k < ps->n_setters;
		     k++)
			if (id_equal(ps->setters[k].author, d->user) &&
			    version_compare(ps->setters[k].version, version) >
			        0)
				return true;
	}
	return false;
}

/* Had the user written what the decision's author saw standing?  Of each device
 * the last that it wrote is kept: if the version that was seen is nobody's any
 * more, who wrote it has written there anew, and of those who have nobody
 * knows which it was: each is taken to be its author. */
static bool
wrote_what_was_seen(const struct record *r, const struct deciding *d)
{
	const struct version current = d->resolve->current;
	const struct setter *last = last_seen(r, d);

	if (version_is_never(current) || current.epoch >= SHOWN_EPOCH ||
	    (last != NULL && version_compare(last->version, current) >= 0))
		return last != NULL && id_equal(last->author, d->user);
	return has_written_since(r, d, current);
}

/* Are they the user's words that stand?  Two may have said the same. */
static bool
wrote_what_stands(const struct record *r, const struct deciding *d)
{
	const char *path = d->conflict->path;
	const struct setter *last = decide_last_setter(r, path);

	for (size_t i = 0; last != NULL && i < r->n_paths; i++) {
		const struct path_state *ps = &r->paths[i];

		for (size_t k = 0;
		     path_covers(ps->path, path) && k < ps->n_setters; k++)
			if (id_equal(ps->setters[k].author, d->user) &&
			    version_compare(
			        ps->setters[k].version, last->version) == 0)
				return true;
	}
	return false;
}

/* The words of the conflict, or what stands instead of them, or did when the
 * decision was made, are the user's. */
static bool
is_author(const struct record *r, const struct deciding *d)
{
	const struct conflict *k = d->conflict;

	for (size_t i = 0; i < k->n_sides; i++)
		if (id_equal(k->sides[i].author, d->user))
			return true;
	if (wrote_what_stands(r, d))
		return true;
	return d->resolve != NULL && wrote_what_was_seen(r, d);
}

/* Has the conflict come up to this rung? */
static bool
has_come_to(enum conflict_owner rung, const struct decide_limits *limits,
    enum conflict_owner owner)
{
	if (limits->author_hours == 0)
		return true; /* nobody waits for anybody */
	/* Without a time of their own seniors and administrators come
	 * together. */
	return limits->senior_hours == 0 ? owner >= OWNER_SENIOR
	                                 : owner >= rung;
}

enum may_decide
decide_may(const struct decide_limits *limits, const struct record *r,
    const struct deciding *d)
{
	const struct conflict *k = d->conflict;

	/* What is only told may be put away by whoever reads it. */
	if (k->kind != CONFLICT_ASK || is_author(r, d))
		return MAY_DECIDE;
	if (d->rung == OWNER_AUTHOR)
		return MAY_NEVER_DECIDE;
	if ((limits->early && d->has_reason) ||
	    has_come_to(d->rung, limits, decide_owner(limits, k, d->now_ms)))
		return MAY_DECIDE;
	return MAY_DECIDE_LATER;
}
