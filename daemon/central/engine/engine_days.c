/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new day: rows of records that give a scope from that day on, or did until
 * the day before.  They are walked a piece at a time, so that nobody waits for
 * it; what was done is remembered when all is done, and doing it again after a
 * crash gives and ends nothing twice.
 *
 * Days that the clock leaves out are those in which the office was off, or it
 * has run ahead.  So the days before and after them are remembered: a clock
 * that is back among them, or anywhere behind the last that were left out, was
 * ahead, and what it gave too early or ended too soon is put right.  One that
 * is back elsewhere is wrong now, and undoes nothing; nor does one that is back
 * by a day, which puts itself right.
 */
#include <string.h>

#include "daemon/central/engine/engine_int.h"
#include "daemon/central/engine/meta_names.h"

#define PIECE 64 /* records */

#define DAY_LEN 10U /* 2026-11-21 */
#define DAY_MS ((int64_t)24 * 3600 * 1000)
/* As it is remembered: the last day, and " from/to" of each gap. */
#define DAY_TEXT_MAX (CLOCK_DAY_MAX + (size_t)DAY_GAPS_MAX * 2 * CLOCK_DAY_MAX)

/* How many days b is after a; 0 where one is no day. */
static int64_t
days_between(const char *a, const char *b)
{
	char text[CLOCK_DAY_MAX + 16];
	uint64_t from, to;

	(void)snprintf(text, sizeof(text), "%sT00:00:00Z", a);
	if (!clock_parse(text, &from))
		return 0;
	(void)snprintf(text, sizeof(text), "%sT00:00:00Z", b);
	if (!clock_parse(text, &to))
		return 0;
	return ((int64_t)to - (int64_t)from) / DAY_MS;
}

/* Today is done. */
static void
day_done(struct day_state *days)
{
	const int64_t later = days_between(days->last, days->today);
	struct day_gap *gaps = days->gaps;

	if (later < 0)
		days->n_gaps = 0;
	if (later > 1) {
		if (days->n_gaps == DAY_GAPS_MAX)
			memmove(gaps, gaps + 1, --days->n_gaps * sizeof(*gaps));
		gaps += days->n_gaps++;
		memcpy(gaps->from, days->last, sizeof(gaps->from));
		memcpy(gaps->to, days->today, sizeof(gaps->to));
	}
	memcpy(days->last, days->today, sizeof(days->last));
}

/* Remember that today is done. */
static enum err_code
day_save(struct engine *g, struct err *e)
{
	struct day_state then = g->days;
	char text[DAY_TEXT_MAX];
	size_t len;

	day_done(&then);
	len = (size_t)snprintf(text, sizeof(text), "%s", then.last);
	for (size_t i = 0; i < then.n_gaps; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    " %s/%s", then.gaps[i].from, then.gaps[i].to);
	return store_meta_put(g->store, META_DAY, text, len, e);
}

/* Read it. */
static void
day_read(struct engine *g, const char *text)
{
	(void)snprintf(
	    g->days.last, sizeof(g->days.last), "%.*s", (int)DAY_LEN, text);
	g->days.n_gaps = 0;
	while ((text = strchr(text, ' ')) != NULL &&
	    g->days.n_gaps < DAY_GAPS_MAX) {
		struct day_gap *gap = &g->days.gaps[g->days.n_gaps++];

		(void)snprintf(
		    gap->from, sizeof(gap->from), "%.*s", (int)DAY_LEN, ++text);
		/* One that has no end is an earlier program's, the last. */
		text += strnlen(text, DAY_LEN);
		(void)snprintf(gap->to, sizeof(gap->to), "%.*s", (int)DAY_LEN,
		    *text == '/' ? text + 1 : g->days.last);
	}
}

static enum err_code
day_load(struct engine *g, const char *today, struct err *e)
{
	struct buf text;
	enum err_code code;

	buf_init(&text, DAY_TEXT_MAX);
	code = store_meta_get(g->store, META_DAY, &text, e);
	if (code == ERR_OK) {
		day_read(g, text.ptr);
	} else if (code == ERR_NOTFOUND) {
		/* The first day of all. */
		code =
		    store_meta_put(g->store, META_DAY, today, strlen(today), e);
		if (code == ERR_OK)
			(void)snprintf(
			    g->days.last, sizeof(g->days.last), "%s", today);
	}
	buf_fini(&text);
	return code;
}

struct piece {
	struct id ids[PIECE];
	size_t n;
};

static bool
collect(void *arg, struct id id, const char *type, struct version version)
{
	struct piece *p = arg;

	(void)type;
	(void)version;
	p->ids[p->n++] = id;
	return p->n < PIECE;
}

static enum err_code
turn_one(struct round *r, struct id id, struct err *e)
{
	struct engine *g = r->g;
	struct record record;
	enum err_code code = store_record_get(g->store, id, &record, e);

	if (code != ERR_OK)
		return code;
	code = grants_turn(r, &record, g->days.last, g->days.today, e);
	record_fini(&record);
	return code;
}

/* The next records of the type that is at work; *more_out: of types too. */
static enum err_code
piece_do(struct round *r, struct piece *p, bool *more_out, struct err *e)
{
	struct engine *g = r->g;
	const struct schema_type *type;
	enum err_code code;

	while (g->days.type < schema_types_n(g->schema) &&
	    schema_type_at(g->schema, g->days.type)->grants.rows == NULL)
		g->days.type++;
	*more_out = g->days.type < schema_types_n(g->schema);
	if (!*more_out)
		return day_save(g, e);
	type = schema_type_at(g->schema, g->days.type);
	code = store_records(g->store, type->name,
	    id_is_zero(g->days.after) ? NULL : &g->days.after, PIECE, collect,
	    p, e);
	for (size_t i = 0; i < p->n && code == ERR_OK; i++)
		code = turn_one(r, p->ids[i], e);
	return code;
}

/* What was committed is not done again. */
static void
go_on(struct engine *g, const struct piece *p, bool more)
{
	if (!more) {
		day_done(&g->days);
		g->days.today[0] = '\0';
	} else if (p->n < PIECE) {
		g->days.type++;
		g->days.after = (struct id){ { 0 } };
	} else {
		g->days.after = p->ids[p->n - 1];
	}
}

/* Had the clock run ahead of a day that it says now? */
static bool
was_ahead(const struct engine *g, const char *today)
{
	const struct day_gap *gaps = g->days.gaps;
	const size_t n = g->days.n_gaps;

	if (days_between(today, g->days.last) <= 1)
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(today, gaps[i].from) >= 0 &&
		    (i + 1 == n || strcmp(today, gaps[i].to) < 0))
			return true;
	return false;
}

static bool
is_idle(struct engine *g, const char *today)
{
	if (g->days.last[0] == '\0' || g->days.today[0] != '\0')
		return false;
	if (strcmp(today, g->days.last) <= 0 && !was_ahead(g, today))
		return true;
	(void)snprintf(g->days.today, sizeof(g->days.today), "%s", today);
	g->days.type = 0;
	g->days.after = (struct id){ { 0 } };
	return false;
}

enum err_code
days_step(struct engine *g, const char *today, bool *more_out, struct err *e)
{
	struct round r;
	struct piece p = { .n = 0 };
	bool more = false;
	enum err_code code;

	*more_out = false;
	if (is_idle(g, today))
		return ERR_OK;
	round_init(&r, g);
	code = store_begin(g->store, e);
	if (code == ERR_OK && g->days.last[0] == '\0')
		code = day_load(g, today, e);
	else if (code == ERR_OK)
		code = piece_do(&r, &p, &more, e);
	if (code == ERR_OK && (code = round_flush(&r, e)) == ERR_OK)
		code = store_commit(g->store, e);
	store_rollback(g->store);
	round_fini(&r);
	if (code == ERR_OK && g->days.today[0] != '\0')
		go_on(g, &p, more);
	*more_out = code == ERR_OK &&
	    (g->days.today[0] != '\0' || strcmp(today, g->days.last) > 0 ||
	        was_ahead(g, today));
	return code;
}
