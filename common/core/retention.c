/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/retention.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/core/content.h"
#include "common/core/path.h"
#include "common/core/workdays.h"

/* A class that is kept as another, which may be so again. */
#define CLASS_DEPTH 4

/* ---- days ---- */

int64_t
retention_day(const json_t *doc, const char *path)
{
	const char *text = doc == NULL || path == NULL
	    ? NULL
	    : json_string_value(path_get(doc, path));
	int64_t day;

	return text != NULL && workday_of(text, &day) ? day : RETENTION_NO_DAY;
}

/* The same day so many years later; who was born on a 29 February has their
 * birthday on 1 March where there is none. */
static int64_t
years_after(int64_t day, int64_t years)
{
	char text[WORKDAY_TEXT_LEN + 1];
	char later[16];
	int64_t out = WORKDAY_MAX;
	int64_t year;

	workday_print(day, text);
	year = strtoll(text, NULL, 10) + years;
	if (year > 9999)
		return WORKDAY_MAX;
	(void)snprintf(
	    later, sizeof(later), "%04u%.6s", (unsigned)year, text + 4);
	if (!workday_parse(later, &out)) {
		(void)snprintf(
		    later, sizeof(later), "%04u-03-01", (unsigned)year);
		(void)workday_parse(later, &out);
	}
	return out;
}

static bool
is_of_age(int64_t born, int64_t day, int64_t age)
{
	return years_after(born, age) <= day;
}

/* The end of the year in which a day is, that ends on "03-31". */
static int64_t
year_end(int64_t day, const char *ends)
{
	char text[WORKDAY_TEXT_LEN + 1];
	int64_t end = day;

	workday_print(day, text);
	(void)snprintf(text + 5, sizeof(text) - 5, "%.5s", ends);
	(void)workday_parse(text, &end);
	return end >= day ? end : years_after(end, 1);
}

/* ---- when it ended ---- */

static bool
is_closed(const struct schema_kept *k, const json_t *doc)
{
	const char *status = json_string_value(path_get(doc, k->status));

	for (size_t i = 0; status != NULL && i < json_array_size(k->closed);
	     i++)
		if (strcmp(json_string_value(json_array_get(k->closed, i)),
		        status) == 0)
			return true;
	return false;
}

/* The day on which the path got the value that it has. */
static int64_t
day_set(const struct record *r, const char *path)
{
	const struct path_state *p = record_path(r, path);
	const struct setter *last;

	if (p == NULL || p->n_setters == 0)
		return RETENTION_NO_DAY;
	last = &p->setters[p->n_setters - 1];
	return workday_in_uk(
	    (uint64_t)((int64_t)last->made_at + last->clock_offset));
}

static int64_t
work_day(const struct retention_work *w, const char *today)
{
	const struct schema_type *type = w->as->type;

	if (content_is_error(type, content_word(type, w->doc)) ||
	    schema_whens_any(&w->as->unless, w->doc, today))
		return RETENTION_NO_DAY;
	if (strcmp(w->as->on, SCHEMA_TITLE_MADE) == 0)
		return workday_in_uk(id_time_ms(w->id));
	return retention_day(w->doc, w->as->on);
}

struct retention_clock
retention_clock_of(const struct schema_type *type, const struct record *r,
    const struct retention_work *work, size_t n, int64_t today)
{
	const struct schema_kept *k = type->kept;
	const struct version marked = record_path_version(r, k->status);
	struct retention_clock c = { RETENTION_OPEN, RETENTION_NO_DAY, NULL };
	char day[WORKDAY_TEXT_LEN + 1];

	if (!is_closed(k, r->doc))
		return c;
	workday_print(today, day);
	c.by = RETENTION_CLOSED;
	c.day = retention_day(r->doc, k->ended);
	if ((c.day == RETENTION_NO_DAY ||
	        version_compare(marked, record_path_version(r, k->ended)) >
	            0) &&
	    day_set(r, k->status) > c.day) {
		c.by = RETENTION_MARKED;
		c.day = day_set(r, k->status);
	}
	for (size_t i = 0; i < n; i++) {
		const int64_t on = work_day(&work[i], day);

		if (on <= c.day || on > today)
			continue;
		c = (struct retention_clock){ RETENTION_WORK, on, &work[i] };
	}
	return c;
}

/* ---- until when ---- */

static bool
is_in_force(const struct schema_retention *rule, const char *day)
{
	return (rule->from == NULL || strcmp(rule->from, day) <= 0) &&
	    (rule->to == NULL || strcmp(day, rule->to) <= 0);
}

/* Does the rule concern the record?  Where an age is not known, what may be
 * longer for the young is not counted, and *is_sure says so. */
static bool
concerns(const struct schema_retention *rule, const struct retention_facts *f,
    const char *day, bool *is_sure)
{
	const bool is_known = f->born != RETENTION_NO_DAY;
	const int64_t begun =
	    f->begun == RETENTION_NO_DAY ? f->ended : f->begun;

	if (rule->type != NULL &&
	    (rule->type != f->type ||
	        !schema_whens_hold(&rule->when, f->doc, day)))
		return false;
	if (!is_known &&
	    (rule->begun_under > 0 || rule->ended_from > 0 ||
	        rule->starts == SCHEMA_CLOCK_BIRTH)) {
		*is_sure = false;
		return rule->begun_under == 0 &&
		    rule->starts != SCHEMA_CLOCK_BIRTH;
	}
	if (rule->begun_under > 0 &&
	    is_of_age(f->born, begun, rule->begun_under))
		return false;
	return rule->ended_from == 0 ||
	    is_of_age(f->born, f->ended, rule->ended_from);
}

static struct retention_due
count(const struct schema_retention *rule, const struct retention_facts *f)
{
	struct retention_due d = { .rule = rule, .years = rule->years };

	switch (rule->starts) {
	case SCHEMA_CLOCK_END:
		d.start = f->ended;
		break;
	case SCHEMA_CLOCK_BIRTH:
		d.start = f->born;
		if (rule->late_from > 0 &&
		    is_of_age(f->born, f->ended, rule->late_from))
			d.years = rule->late_years;
		break;
	case SCHEMA_CLOCK_YEAR:
		d.start = year_end(f->ended, rule->year_ends);
		break;
	}
	d.due = years_after(d.start, d.years);
	if (rule->death_years > 0 && f->died != RETENTION_NO_DAY &&
	    years_after(f->died, rule->death_years) < d.due) {
		d.start = f->died;
		d.years = rule->death_years;
		d.is_by_death = true;
		d.due = years_after(d.start, d.years);
	}
	return d;
}

static void
add(struct retention *out, struct retention_due d)
{
	size_t at = out->n;

	if (at == RETENTION_DUE_MAX)
		at--;
	else
		out->n++;
	while (at > 0 && out->list[at - 1].due < d.due) {
		out->list[at] = out->list[at - 1];
		at--;
	}
	out->list[at] = d;
}

static void
find(const struct retention_facts *f, const char *class, const char *day,
    unsigned depth, struct retention *out)
{
	for (size_t i = 0; i < schema_retentions_n(f->schema); i++) {
		const struct schema_retention *rule =
		    schema_retention_at(f->schema, i);

		if (!is_in_force(rule, day) ||
		    (strcmp(rule->class, class) != 0 &&
		        (rule->part_of == NULL ||
		            strcmp(rule->part_of, class) != 0)))
			continue;
		if (rule->as != NULL && depth < CLASS_DEPTH)
			find(f, rule->as, day, depth + 1, out);
		else if (rule->as == NULL &&
		    concerns(rule, f, day, &out->is_sure))
			add(out, count(rule, f));
	}
}

void
retention_find(
    const struct retention_facts *f, const char *class, struct retention *out)
{
	char day[WORKDAY_TEXT_LEN + 1];

	*out = (struct retention){ .is_sure = true };
	if (f->ended == RETENTION_NO_DAY)
		return;
	workday_print(f->today, day);
	find(f, class, day, 0, out);
}
