/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The days on which nobody works, by nation.
 */
#include "common/core/schema_int.h"

#include "common/core/workdays.h"

#define DAYS_MAX 2000

/* Two lists do not say what holds in one nation. */
static enum err_code
check_nations(const struct schema_where *w, const struct schema_holidays *list,
    struct err *e)
{
	const struct schema_list *known = schema_list(w->s, "nation");
	const json_t *nation;
	size_t i;

	if (json_array_size(list->nations) == 0)
		return schema_bad(w, e, "nation must be a list of codes");
	json_array_foreach(list->nations, i, nation)
	{
		const char *code = json_string_value(nation);

		if (code == NULL || known == NULL ||
		    schema_code(known, code) == NULL)
			return schema_bad(
			    w, e, "a nation is not in the list \"nation\"");
		if (schema_holidays(w->s, code) != NULL)
			return schema_bad(w, e, "%s has a list already", code);
	}
	return ERR_OK;
}

static enum err_code
load_date(const struct schema_where *w, json_t *obj, const char *key,
    int64_t *out, struct err *e)
{
	const char *text = NULL;
	enum err_code rc = schema_read_line(w, obj, key, true, &text, e);

	if (rc != ERR_OK)
		return rc;
	return workday_parse(text, out)
	    ? ERR_OK
	    : schema_bad(w, e, "%s must be a date such as 2026-11-21", key);
}

static enum err_code
load_days(const struct schema_where *w, json_t *defs,
    struct schema_holidays *list, struct err *e)
{
	static const char *const keys[] = { "on", "label" };
	const size_t n = json_array_size(defs);
	struct schema_holiday *days;
	enum err_code rc;

	if (n == 0 || n > DAYS_MAX)
		return schema_bad(
		    w, e, "days must be a list of 1 to %d days", DAYS_MAX);
	days = schema_alloc(w->s, n, sizeof(*days));
	if (days == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n; i++) {
		json_t *def = json_array_get(defs, i);

		if (!json_is_object(def))
			return schema_bad(w, e, "a day is not an object");
		if ((rc = schema_read_keys(w, def, keys, 2, e)) != ERR_OK ||
		    (rc = load_date(w, def, "on", &days[i].day, e)) != ERR_OK ||
		    (rc = schema_read_line(
		         w, def, "label", true, &days[i].label, e)) != ERR_OK)
			return rc;
		if (days[i].day < list->from || days[i].day > list->to ||
		    (i > 0 && days[i].day <= days[i - 1].day))
			return schema_bad(w, e,
			    "%s is not between from and to, or not behind the "
			    "day before it",
			    json_string_value(json_object_get(def, "on")));
		if (!workday_is(NULL, days[i].day))
			return schema_bad(w, e,
			    "%s is a Saturday or a Sunday: name the day that "
			    "is kept instead",
			    json_string_value(json_object_get(def, "on")));
	}
	list->days = days;
	list->days_n = n;
	return ERR_OK;
}

static enum err_code
load_list(struct schema_where *w, json_t *def, void *item, struct err *e)
{
	static const char *const keys[] = { "list", "version", "label",
		"source", "nation", "from", "to", "days" };
	struct schema_holidays *list = item;
	enum err_code rc;

	if ((rc = schema_read_head(w, def, keys, sizeof(keys) / sizeof(keys[0]),
	         &list->name, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "label", true, &list->label, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "source", true, &list->source, e)) !=
	        ERR_OK ||
	    (rc = load_date(w, def, "from", &list->from, e)) != ERR_OK ||
	    (rc = load_date(w, def, "to", &list->to, e)) != ERR_OK)
		return rc;
	list->nations = json_object_get(def, "nation");
	return load_days(w, json_object_get(def, "days"), list, e);
}

enum err_code
schema_load_holidays(struct schema *s, json_t *holidays, struct err *e)
{
	static const struct schema_folder folder = { "holidays",
		sizeof(struct schema_holidays), load_list };
	const size_t n = json_object_size(holidays);
	void *items = NULL;
	enum err_code rc = schema_load_folder(s, &folder, holidays, &items, e);

	if (rc == ERR_OK)
		s->holidays = items;
	/* Each against those before it. */
	for (size_t i = 0; i < n && rc == ERR_OK; i++) {
		const struct schema_holidays *list = &s->holidays[i];
		const struct schema_where w = { s, "holidays", list->name, "",
			"" };

		rc = check_nations(&w, list, e);
		s->holidays_n++;
	}
	return rc;
}

const struct schema_holidays *
schema_holidays(const struct schema *s, const char *nation)
{
	const json_t *one;
	size_t k;

	for (size_t i = 0; i < s->holidays_n && nation != NULL; i++) {
		json_array_foreach(
		    s->holidays[i].nations, k, one) if (json_is_string(one) &&
		    strcmp(json_string_value(one), nation) ==
		        0) return &s->holidays[i];
	}
	return NULL;
}
