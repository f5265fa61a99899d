/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Until when a case is kept, as it is told.
 */
#include "common/core/retention.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/core/human.h"
#include "common/core/workdays.h"
#include "common/sys/json.h"

#define WHY_MAX ((size_t)1024)

static void
put_text(void *arg, const char *text)
{
	(void)buf_add_str(arg, text);
}

static void
why_of(const struct schema *s, const char *key, int64_t years, int64_t start,
    struct buf *out)
{
	const struct human h = {
		.schema = s, .built_in = s, .put = put_text, .arg = out
	};
	char number[24], day[WORKDAY_TEXT_LEN + 1] = "";

	(void)snprintf(number, sizeof(number), "%lld", (long long)years);
	if (start != RETENTION_NO_DAY)
		workday_print(start, day);
	human_words(&h, key, "years", number, "day", day, NULL);
	/* The sentence alone, without its end of line. */
	if (out->len > 0 && out->ptr[out->len - 1] == '\n')
		out->ptr[--out->len] = '\0';
}

/* From when until when, and why. */
static void
why_due(
    const struct schema *s, const struct retention_due *due, struct buf *out)
{
	static const char *const keys[] = {
		[SCHEMA_CLOCK_END] = "retention.end",
		[SCHEMA_CLOCK_BIRTH] = "retention.birth",
		[SCHEMA_CLOCK_YEAR] = "retention.year",
	};

	const char *key = keys[due->rule->starts];

	if (due->is_by_death)
		key = "retention.death";
	else if (due->rule->starts == SCHEMA_CLOCK_END && due->years == 1)
		key = "retention.end.one";
	why_of(s, key, due->years, due->start, out);
}

static enum err_code
day_put(json_t *out, const char *key, int64_t day, struct err *e)
{
	char text[WORKDAY_TEXT_LEN + 1];

	if (day == RETENTION_NO_DAY)
		return json_put_take(out, key, json_null(), e);
	workday_print(day, text);
	return json_put_str(out, key, text, e);
}

static enum err_code
why_put(const struct schema *s, const struct retention_due *due,
    const char *otherwise, json_t *out, struct err *e)
{
	struct buf why;
	enum err_code code;

	buf_init(&why, WHY_MAX);
	if (due != NULL)
		why_due(s, due, &why);
	else
		why_of(s, otherwise, 0, RETENTION_NO_DAY, &why);
	code = json_put_str(out, "why", why.ptr == NULL ? "" : why.ptr, e);
	buf_fini(&why);
	return code;
}

/* One rule: what it is called, until when, and why. */
static enum err_code
due_put(const struct schema *s, const struct retention_due *due,
    const char *otherwise, json_t *out, struct err *e)
{
	const struct schema_list *classes = schema_list(s, "retention_class");
	enum err_code code;

	if ((code = json_put_take(out, "class",
	         due == NULL ? json_null() : json_string(due->rule->class),
	         e)) != ERR_OK ||
	    (code = json_put_take(out, "label",
	         due == NULL ? json_null()
	                     : json_string(schema_code_label(
	                           classes, due->rule->class)),
	         e)) != ERR_OK ||
	    (code = day_put(out, "due",
	         due == NULL ? RETENTION_NO_DAY : due->due, e)) != ERR_OK ||
	    (code = why_put(s, due, otherwise, out, e)) != ERR_OK)
		return code;
	return json_put_take(out, "source",
	    due == NULL ? json_null() : json_string(due->rule->source), e);
}

/* What started the clock. */
static enum err_code
started_put(const struct retention_clock *clock, json_t *out, struct err *e)
{
	static const char *const words[] = {
		[RETENTION_OPEN] = "open",
		[RETENTION_CLOSED] = "closed",
		[RETENTION_MARKED] = "marked",
		[RETENTION_WORK] = "work",
	};
	json_t *one;
	enum err_code code;

	if (clock->by == RETENTION_OPEN)
		return json_put_take(out, "started", json_null(), e);
	one = json_object();
	if ((code = json_put_str(one, "by", words[clock->by], e)) == ERR_OK &&
	    (code = day_put(one, "on", clock->day, e)) == ERR_OK &&
	    (code = json_put_take(one, "type",
	         clock->work == NULL ? json_null()
	                             : json_string(clock->work->as->type->name),
	         e)) == ERR_OK &&
	    (code = json_put_take(one, "label",
	         clock->work == NULL
	             ? json_null()
	             : json_string(clock->work->as->type->label),
	         e)) == ERR_OK &&
	    (code = json_put_take(one, "id",
	         clock->work == NULL ? json_null()
	                             : json_string(id_print(clock->work->id).s),
	         e)) == ERR_OK)
		code = json_put_take(out, "started", json_incref(one), e);
	json_decref(one);
	return code;
}

static enum err_code
also_put(const struct schema *s, const struct retention *found, json_t *out,
    struct err *e)
{
	json_t *list = json_array(), *one;
	enum err_code code = json_put_take(out, "also", list, e);

	for (size_t i = 1; i < found->n && code == ERR_OK; i++) {
		one = json_object();
		code = due_put(s, &found->list[i], NULL, one, e);
		if (code == ERR_OK)
			code = json_add_take(list, json_incref(one), e);
		json_decref(one);
	}
	return code;
}

/* What is to be asked before it goes, each sentence once. */
static enum err_code
ask_put(const struct retention_case *c, json_t *out, struct err *e)
{
	const struct schema_kept *k = c->type->kept;
	char today[WORKDAY_TEXT_LEN + 1];
	json_t *list = json_array();
	enum err_code code = json_put_take(out, "ask", list, e);

	workday_print(c->today, today);
	for (size_t i = 0; i < k->work_n && code == ERR_OK; i++) {
		bool is_asked = false;

		for (size_t j = 0; j < c->work_n && !is_asked; j++)
			is_asked = c->work[j].as == &k->work[i] &&
			    schema_whens_any(
			        &k->work[i].ask_when, c->work[j].doc, today);
		if (is_asked)
			code =
			    json_add_take(list, json_string(k->work[i].ask), e);
	}
	return code;
}

enum err_code
retention_to_json(const struct retention_case *c, json_t *out, struct err *e)
{
	const struct schema_kept *k = c->type->kept;
	const struct retention_clock clock = retention_clock_of(
	    c->type, c->record, c->work, c->work_n, c->today);
	struct retention_facts f = { .schema = c->schema,
		.type = c->type,
		.doc = c->record->doc,
		.today = c->today,
		.born = retention_day(c->person, k->born),
		.died = retention_day(c->person, k->died),
		.begun = retention_day(c->record->doc, k->begun),
		.ended = clock.day };
	struct retention found;
	enum err_code code;

	if (f.begun == RETENTION_NO_DAY)
		f.begun = workday_in_uk(id_time_ms(c->record->id));
	retention_find(&f, c->type->retention, &found);
	if ((code = due_put(c->schema, found.n > 0 ? &found.list[0] : NULL,
	         clock.by == RETENTION_OPEN ? "retention.open"
	                                    : "retention.none",
	         out, e)) != ERR_OK ||
	    (code = started_put(&clock, out, e)) != ERR_OK ||
	    (code = json_put_bool(out, "sure", found.is_sure, e)) != ERR_OK)
		return code;
	code = also_put(c->schema, &found, out, e);
	return code == ERR_OK ? ask_put(c, out, e) : code;
}
