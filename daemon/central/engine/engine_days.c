/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new day: rows of records that give a scope from that day on, or did until
 * the day before.  They are walked a piece at a time, so that nobody waits for
 * it; what was done is remembered when all is done, and doing it again after a
 * crash gives and ends nothing twice.
 *
 * Days that the clock leaves out are those in which the office was off, or it
 * has run ahead.  So the last day before them is remembered: a clock that is
 * back among them was ahead, and what it gave too early or ended too soon is
 * put right.  One that is back further is wrong now, and undoes nothing; nor
 * does one that is back by a day, which puts itself right.
 */
#include <string.h>

#include "daemon/central/engine/engine_int.h"
#include "daemon/central/engine/meta_names.h"

#define PIECE 64 /* records */

#define DAY_LEN 10U /* 2026-11-21 */
#define DAY_MS ((int64_t)24 * 3600 * 1000)

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

/* The last day before those that were left out, once today is done. */
static const char *
jumped_then(const struct engine *g)
{
	const int64_t later = days_between(g->days.last, g->days.today);

	if (later > 1)
		return g->days.last;
	return later < 0 ? "" : g->days.jumped;
}

/* Remember that today is done. */
static enum err_code
day_save(struct engine *g, struct err *e)
{
	const char *jumped = jumped_then(g);
	char text[2 * CLOCK_DAY_MAX];

	(void)snprintf(text, sizeof(text), "%s%s%s", g->days.today,
	    *jumped != '\0' ? " " : "", jumped);
	return store_meta_put(g->store, META_DAY, text, strlen(text), e);
}

/* Read it. */
static void
day_read(struct engine *g, const char *text)
{
	const char *jumped = strchr(text, ' ');

	(void)snprintf(
	    g->days.last, sizeof(g->days.last), "%.*s", (int)DAY_LEN, text);
	(void)snprintf(g->days.jumped, sizeof(g->days.jumped), "%s",
	    jumped == NULL ? "" : jumped + 1);
}

static enum err_code
day_load(struct engine *g, const char *today, struct err *e)
{
	struct buf text;
	enum err_code code;

	buf_init(&text, sizeof(g->days.last) + sizeof(g->days.jumped));
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
		const char *jumped = jumped_then(g);

		memmove(g->days.jumped, jumped, strlen(jumped) + 1);
		memcpy(g->days.last, g->days.today, sizeof(g->days.last));
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
	return g->days.jumped[0] != '\0' &&
	    strcmp(today, g->days.jumped) >= 0 &&
	    days_between(today, g->days.last) > 1;
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
