/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_SCHEMA_RETENTION_H
#define CORE_SCHEMA_RETENTION_H

#include "common/core/schema.h"
#include "common/core/schema_when.h"

/*
 * schema_retention -- how long records are kept, as the bundle defines it
 * (schema/README.md, "Retention").  Types and fields name a class; rules say
 * what a class means, and retention.h counts by them.  All of it is borrowed
 * from the schema.
 */

/* From when the years are counted. */
enum schema_clock {
	SCHEMA_CLOCK_END = 1, /* the day on which the work ended */
	SCHEMA_CLOCK_BIRTH,   /* the day of birth */
	SCHEMA_CLOCK_YEAR,    /* the end of the year in which that day is */
};

struct schema_retention {
	const char *name;
	const char *class;   /* a code of the list "retention_class" */
	const char *part_of; /* a class that this rule counts for too, or NULL;
	                        the longest of a class's rules stands */
	const char *as;      /* kept as this class is; then nothing below counts
	                        but its days.  Else NULL */
	const char *help, *source;
	const char *from, *to; /* in force; NULL: always */
	enum schema_clock starts;
	int64_t years;
	const char *year_ends; /* of CLOCK_YEAR: "03-31" */
	/* Of CLOCK_BIRTH: whoever was so old when the work ended has so many
	 * years; 0: nobody. */
	int64_t late_from, late_years;
	int64_t death_years; /* ends so long after the death, if that is before;
	                        0: it says nothing of that */
	/* Ages of those whom it concerns; 0: everybody. */
	int64_t begun_under, ended_from;
	struct schema_whens when; /* all hold of the record, of `type` */
	const struct schema_type *type;
};

/* Records of a type that are work: they name the case in `of_case`, and are of
 * the day at `on`. */
struct schema_work {
	const struct schema_type *type;
	const char *of_case;        /* ref or refs */
	const char *on;             /* a date or time, also of a group, or
	                               SCHEMA_TITLE_MADE */
	struct schema_whens unless; /* any holds: it is no work of its own */
	/* Where any of these holds, somebody has to be asked before the case
	 * goes: with this sentence; or NULL. */
	struct schema_whens ask_when;
	const char *ask;
};

/* A type whose records are cases: what says when its work began and ended, and
 * whose it is. */
struct schema_kept {
	const char *person; /* ref, NULL: it has none */
	const struct schema_type *of_person;
	const char *born, *died; /* dates of the person, or NULL */
	const char *begun;       /* date */
	const char *status;      /* code; one of `closed` once it has ended */
	const json_t *closed;
	const char *ended; /* date */
	const struct schema_work *work;
	size_t work_n;
};

/* By position (i < count), sorted by name. */
size_t schema_retentions_n(const struct schema *s);
const struct schema_retention *schema_retention_at(
    const struct schema *s, size_t i);

#endif
