/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who decides between two versions, and when: the people whose words they are
 * first, then a senior, then an administrator.  Time, and being asked, only
 * let more people act; what anybody decides counts the same.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/path.h"
#include "daemon/central/engine/engine_int.h"
#include "daemon/central/engine/meta_names.h"

#define HOUR_MS ((uint64_t)3600 * 1000)

enum err_code
engine_limits(struct engine *g, struct decide_limits *out, struct err *e)
{
	struct buf text;
	char *end = NULL;
	enum err_code code;

	buf_init(&text, 40);
	code = store_meta_get(g->store, META_DECIDE, &text, e);
	if (code == ERR_OK) {
		errno = 0;
		out->author_hours = strtoull(text.ptr, &end, 10);
		out->senior_hours = strtoull(end, &end, 10);
		if (errno != 0 || *end != '\0' ||
		    out->author_hours > DECIDE_HOURS_MAX ||
		    out->senior_hours > DECIDE_HOURS_MAX)
			code = err_set(e, ERR_CORRUPT, 0, "%s: not two numbers",
			    META_DECIDE);
	} else if (code == ERR_NOTFOUND) {
		*out = (struct decide_limits){ 0, 0 };
		code = ERR_OK;
	}
	buf_fini(&text);
	return code;
}

enum err_code
engine_limits_set(
    struct engine *g, const struct decide_limits *limits, struct err *e)
{
	char text[48];

	if (limits->author_hours > DECIDE_HOURS_MAX ||
	    limits->senior_hours > DECIDE_HOURS_MAX)
		return err_set(e, ERR_INVALID, 0,
		    "a time limit is at most %d hours", DECIDE_HOURS_MAX);
	(void)snprintf(text, sizeof(text), "%llu %llu",
	    (unsigned long long)limits->author_hours,
	    (unsigned long long)limits->senior_hours);
	return store_meta_put(g->store, META_DECIDE, text, strlen(text), e);
}

enum conflict_owner
decide_owner(const struct decide_limits *limits, const struct conflict *k,
    uint64_t now_ms)
{
	uint64_t since_ms = now_ms > k->opened_at ? now_ms - k->opened_at : 0;
	uint64_t senior_ms = limits->author_hours * HOUR_MS;
	uint64_t administrator_ms = senior_ms + limits->senior_hours * HOUR_MS;

	if (k->owner == OWNER_ADMINISTRATOR || senior_ms == 0)
		return k->owner;
	if (limits->senior_hours > 0 && since_ms >= administrator_ms)
		return OWNER_ADMINISTRATOR;
	return since_ms >= senior_ms ? OWNER_SENIOR : k->owner;
}

/* Who last set the path, or what it lies in; NULL: nobody did. */
static const struct setter *
last_setter(const struct record *r, const char *path)
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

/* The words, or what stands instead of them, are the user's. */
static bool
is_author(const struct record *r, const struct conflict *k, struct id user)
{
	const struct setter *last = last_setter(r, k->path);

	for (size_t i = 0; i < k->n_sides; i++)
		if (id_equal(k->sides[i].author, user))
			return true;
	return last != NULL && id_equal(last->author, user);
}

/* The rung that a role stands on; OWNER_AUTHOR: none of its own. */
static enum conflict_owner
rung_of(const char *role)
{
	if (strcmp(role, "RES") == 0)
		return OWNER_ADMINISTRATOR;
	return strcmp(role, "SEN") == 0 || strcmp(role, "MGR") == 0
	    ? OWNER_SENIOR
	    : OWNER_AUTHOR;
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

enum err_code
engine_may_decide(struct engine *g, const struct record *r,
    const struct deciding *d, enum may_decide *out, struct err *e)
{
	struct decide_limits limits;
	struct office_user u;
	enum conflict_owner rung = OWNER_AUTHOR;
	enum err_code code = engine_limits(g, &limits, e);

	if (code != ERR_OK)
		return code;
	/* What is only told may be put away by whoever reads it. */
	if (d->conflict->kind != CONFLICT_ASK ||
	    is_author(r, d->conflict, d->user)) {
		*out = MAY_DECIDE;
		return ERR_OK;
	}
	code = store_user_get(g->store, d->user, &u, e);
	if (code == ERR_OK && u.is_active)
		rung = rung_of(u.role);
	else if (code == ERR_NOTFOUND)
		code = ERR_OK;
	if (code != ERR_OK)
		return code;
	if (rung == OWNER_AUTHOR)
		*out = MAY_NEVER_DECIDE;
	else
		*out = has_come_to(rung, &limits,
		           decide_owner(&limits, d->conflict, d->now_ms))
		    ? MAY_DECIDE
		    : MAY_DECIDE_LATER;
	return ERR_OK;
}

enum err_code
decide_reason(const struct applying *a, const struct record *r,
    const char **reason_out, struct err *e)
{
	const struct change *c = a->change;
	struct deciding d = { .user = c->author, .now_ms = a->round->now_ms };
	enum may_decide may = MAY_DECIDE;
	enum err_code code = ERR_OK;

	/* The console asks before it cuts a change. */
	if (a->is_vouched || a->device->state == DEVICE_ENGINE)
		return ERR_OK;
	for (size_t i = 0;
	     i < c->n_resolves && code == ERR_OK && may == MAY_DECIDE; i++) {
		d.conflict = record_conflict(r, c->resolves[i].conflict);
		if (d.conflict != NULL)
			code = engine_may_decide(a->round->g, r, &d, &may, e);
	}
	if (code == ERR_OK && may != MAY_DECIDE)
		*reason_out = "not_decider";
	return code;
}
