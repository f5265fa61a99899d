/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_RETENTION_H
#define CORE_RETENTION_H

#include "common/core/record.h"
#include "common/core/schema_retention.h"

/*
 * retention -- until when a record is kept, by the rules of the schema: what
 * started its clock, when it is due, and why.
 *
 * retention_clock_of says when the work of a case ended, retention_find counts
 * from there.  Nothing is kept of either, and nothing is done: all of it is
 * derived from the records each time, so two copies that hold the same say the
 * same.  Days are those of workdays.h.  Pure.
 */
#define RETENTION_NO_DAY INT64_MIN
/* The day at a path of a document; doc or path may be NULL. */
int64_t retention_day(const json_t *doc, const char *path);

/* A record that names the case and is not removed. */
struct retention_work {
	struct id id;
	const struct schema_work *as; /* of the case's type */
	const json_t *doc;
};

enum retention_by {
	RETENTION_OPEN,   /* the case is not closed: nothing started */
	RETENTION_CLOSED, /* on the day that it says */
	RETENTION_MARKED, /* when its status was set, which was after that day
	                     had been written: closed again, it may be */
	RETENTION_WORK    /* work that is later than both */
};
struct retention_clock {
	enum retention_by by;
	int64_t day; /* RETENTION_NO_DAY: with OPEN, and where nobody says */
	const struct retention_work *work; /* with WORK */
};
/* When the work of a case ended: r is of a type with `kept`.  Only the days
 * that records tell of count, not when they came or were changed; a record
 * entered in error, one that is no work of its own, and a day after today tell
 * nothing. */
struct retention_clock retention_clock_of(const struct schema_type *type,
    const struct record *r, const struct retention_work *work, size_t n,
    int64_t today);

/* What the rules look at; days may be RETENTION_NO_DAY. */
struct retention_facts {
	const struct schema *schema;
	const struct schema_type *type; /* the record's, and what it holds */
	const json_t *doc;
	int64_t today;
	int64_t born, died; /* of the person */
	int64_t begun;      /* first day of the work */
	int64_t ended;      /* last day of it, or the one day that a record is
	                       of; without it nothing is due */
};
#define RETENTION_DUE_MAX 16
struct retention_due {
	const struct schema_retention *rule;
	int64_t start, due;
	int64_t years;
	bool is_by_death; /* start is the day of the death */
};
struct retention {
	struct retention_due list[RETENTION_DUE_MAX]; /* the longest first: it
	                                                 stands */
	size_t n;     /* 0: no rule says anything */
	bool is_sure; /* false: a rule looks at an age that is not known */
};
void retention_find(
    const struct retention_facts *f, const char *class, struct retention *out);

/* A case and all that is known of it; everything is borrowed. */
struct retention_case {
	const struct schema *schema;
	const struct schema_type *type;
	const struct record *record;
	const json_t *person; /* document, or NULL */
	const struct retention_work *work;
	size_t work_n;
	int64_t today;
};
/* Put into out (schema/cli.md, "central retention"): "class", "label",
 * "started", "due", "why", "source", "sure", "also", "ask".  ERR_NOMEM. */
enum err_code retention_to_json(
    const struct retention_case *c, json_t *out, struct err *e) ERR_CHECKED;

#endif
