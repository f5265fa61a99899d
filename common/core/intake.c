/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/intake.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/core/content.h"
#include "common/core/path.h"
#include "common/core/workdays.h"
#include "common/sys/json.h"

/* A day that may be unknown. */
struct day {
	bool is_known;
	int64_t n;
};

static struct day
day_of_value(const json_t *value)
{
	const char *text = json_string_value(value);
	struct day d = { 0 };

	d.is_known = text != NULL && workday_of(text, &d.n);
	return d;
}

static const char *
code_at(const json_t *doc, const char *path)
{
	return doc == NULL ? NULL : json_string_value(path_get(doc, path));
}

bool
intake_is_unanswered(const struct schema_type *type, const json_t *doc)
{
	const char *status = code_at(doc, type->intake.status);

	return status == NULL || json_list_has(type->intake.waits, status);
}

static void
take_earlier(struct day *d, struct day other)
{
	if (other.is_known && (!d->is_known || other.n < d->n))
		*d = other;
}

/* The first day that somebody had the case after it was received; who had it
 * already then has it from that day on. */
static struct day
granted_on(const struct intake_facts *f, struct day received)
{
	const struct schema_field *ref =
	    schema_find_field(f->type, f->type->intake.of_case);
	const struct schema_grants *g =
	    &schema_type(f->schema, ref->ref)->grants;
	const json_t *rows =
	    f->of_case == NULL ? NULL : path_get(f->of_case, g->rows);
	struct day first = { 0 };
	const char *id;
	json_t *row;

	json_object_foreach((json_t *)(uintptr_t)rows, id, row)
	{
		struct day from = day_of_value(json_object_get(row, g->from));
		const struct day to = g->to == NULL
		    ? (struct day){ 0 }
		    : day_of_value(json_object_get(row, g->to));

		if (json_object_get(row, g->user) == NULL ||
		    (received.is_known && to.is_known && to.n < received.n))
			continue;
		if (from.is_known && received.is_known && from.n < received.n)
			from.n = received.n;
		take_earlier(&first, from);
	}
	return first;
}

/* A record of what happened before it was received is about an older one, and
 * what is said to be of a day to come has not happened. */
static struct day
event_on(const struct intake_facts *f, const struct schema_intake_step *s,
    struct day received)
{
	struct day first = { 0 };

	for (size_t i = 0; i < f->events_n; i++) {
		const struct intake_event *v = &f->events[i];
		struct day on;

		if (strcmp(v->type->name, s->type) != 0 ||
		    content_is_error(v->type, content_word(v->type, v->doc)) ||
		    !json_list_has(s->in, code_at(v->doc, s->result)))
			continue;
		on = day_of_value(path_get(v->doc, s->at));
		if (on.n <= workday_in_uk(f->now_ms) &&
		    (!received.is_known || on.n >= received.n))
			take_earlier(&first, on);
	}
	return first;
}

static struct day
step_on(const struct intake_facts *f, const struct schema_intake_step *s,
    struct day received)
{
	struct day on = day_of_value(path_get(f->doc, s->field));

	if (s->is_granted)
		take_earlier(&on, granted_on(f, received));
	if (s->type != NULL)
		take_earlier(&on, event_on(f, s, received));
	return on;
}

static enum err_code
day_put(json_t *out, const char *key, struct day d, struct err *e)
{
	char text[WORKDAY_TEXT_LEN + 1];

	if (!d.is_known || d.n > WORKDAY_MAX)
		return json_put_take(out, key, json_null(), e);
	workday_print(d.n, text);
	return json_put_str(out, key, text, e);
}

/* Working days between two days, and whether that is sure; null where one of
 * the days is not known. */
static enum err_code
count_put(json_t *out, const char *const keys[2], struct workdays w,
    bool is_known, struct err *e)
{
	enum err_code code = is_known
	    ? json_put_int(out, keys[0], w.n, e)
	    : json_put_take(out, keys[0], json_null(), e);

	return code != ERR_OK
	    ? code
	    : json_put_bool(out, keys[1], is_known && w.is_sure, e);
}

/* What all of it is counted with. */
struct count {
	const struct schema_holidays *holidays;
	struct day received, needed_by, today;
	bool is_over; /* declined, withdrawn ...: nothing is waited for */
};

static enum err_code
step_put(const struct intake_facts *f, const struct count *k,
    const struct schema_intake_step *s, struct day on, json_t *out,
    struct err *e)
{
	static const char *const keys[] = { "days", "sure" };
	const json_t *within = s->within == NULL || f->settings == NULL
	    ? NULL
	    : path_get(f->settings, s->within);
	const struct day until = on.is_known ? on : k->today;
	const bool is_counted =
	    k->received.is_known && (on.is_known || !k->is_over);
	const struct workdays w =
	    workdays_between(k->holidays, k->received.n, until.n);
	enum err_code code;

	if ((code = json_put_str(out, "step", s->field, e)) != ERR_OK ||
	    (code = json_put_str(out, "label",
	         schema_find_field(f->type, s->field)->label, e)) != ERR_OK ||
	    (code = day_put(out, "on", on, e)) != ERR_OK ||
	    (code = count_put(out, keys, w, is_counted, e)) != ERR_OK ||
	    (code = json_put_take(out, "within",
	         json_is_integer(within)
	             ? json_integer(json_integer_value(within))
	             : json_null(),
	         e)) != ERR_OK)
		return code;
	return json_put_bool(out, "late",
	    is_counted && json_is_integer(within) &&
	        w.n > json_integer_value(within),
	    e);
}

/* All steps; the day of the last, and whether nobody was given the case. */
static enum err_code
steps_put(const struct intake_facts *f, const struct count *k,
    struct day *last_out, bool *is_ungiven_out, json_t *out, struct err *e)
{
	const struct schema_intake *in = &f->type->intake;
	json_t *list = json_array();
	enum err_code code = ERR_OK;

	*is_ungiven_out = false;
	for (size_t i = 0; i < in->steps_n && code == ERR_OK; i++) {
		json_t *one = json_object();

		*last_out = step_on(f, &in->steps[i], k->received);
		if (in->steps[i].is_granted && !last_out->is_known)
			*is_ungiven_out = true;
		code = step_put(f, k, &in->steps[i], *last_out, one, e);
		if (code == ERR_OK)
			code = json_add_take(list, one, e);
		else
			json_decref(one);
	}
	if (code == ERR_OK)
		return json_put_take(out, "steps", list, e);
	json_decref(list);
	return code;
}

enum err_code
intake_to_json(const struct intake_facts *f, json_t *out, struct err *e)
{
	static const char *const keys[] = { "lead_days", "lead_sure" };
	const struct schema_intake *in = &f->type->intake;
	const char *status = code_at(f->doc, in->status);
	const bool is_new = intake_is_unanswered(f->type, f->doc);
	const struct count k = {
		.holidays = schema_holidays(f->schema,
		    in->nation == NULL ? NULL
		                       : code_at(f->settings, in->nation)),
		.received = day_of_value(path_get(f->doc, in->received)),
		.needed_by = day_of_value(path_get(f->doc, in->needed_by)),
		.today = { true, workday_in_uk(f->now_ms) },
		.is_over = !is_new && strcmp(status, in->accepted) != 0,
	};
	const struct workdays lead =
	    workdays_between(k.holidays, k.received.n, k.needed_by.n);
	struct day contact = { 0 };
	bool is_ungiven;
	enum err_code code;

	if ((code = json_put_take(out, "status",
	         status == NULL ? json_null() : json_string(status), e)) !=
	        ERR_OK ||
	    (code = json_put_bool(out, "unanswered", is_new, e)) != ERR_OK ||
	    (code = day_put(out, "received", k.received, e)) != ERR_OK ||
	    (code = day_put(out, "needed_by", k.needed_by, e)) != ERR_OK ||
	    (code = count_put(out, keys, lead,
	         k.received.is_known && k.needed_by.is_known, e)) != ERR_OK ||
	    (code = steps_put(f, &k, &contact, &is_ungiven, out, e)) !=
	        ERR_OK ||
	    (code = json_put_bool(
	         out, "waits", !k.is_over && !contact.is_known, e)) != ERR_OK ||
	    (code = json_put_bool(
	         out, "unallocated", !k.is_over && is_ungiven, e)) != ERR_OK)
		return code;
	return json_put_bool(out, "decision_first",
	    !k.is_over && k.needed_by.is_known &&
	        k.needed_by.n < (contact.is_known ? contact : k.today).n,
	    e);
}

bool
intake_is_asked(const struct schema_intake *in, size_t step)
{
	const struct schema_intake_step *s = &in->steps[step];

	for (size_t i = 0; i < step; i++)
		if (in->steps[i].type != NULL &&
		    strcmp(in->steps[i].type, s->type) == 0 &&
		    strcmp(in->steps[i].of_case, s->of_case) == 0)
			return true;
	return false;
}
