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
load_list(const struct schema_where *w, json_t *def,
    struct schema_holidays *list, struct err *e)
{
	static const char *const keys[] = { "list", "version", "label",
		"source", "nation", "from", "to", "days" };
	int64_t version = 0;
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "is not an object");
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "list", true, &list->name, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "label", true, &list->label, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "source", true, &list->source, e)) !=
	        ERR_OK ||
	    (rc = schema_read_int(w, def, "version", 0, &version, e)) !=
	        ERR_OK ||
	    (rc = load_date(w, def, "from", &list->from, e)) != ERR_OK ||
	    (rc = load_date(w, def, "to", &list->to, e)) != ERR_OK)
		return rc;
	if (strcmp(list->name, w->file) != 0 || !schema_name_is_ok(list->name))
		return schema_bad(w, e,
		    "list \"%s\" must be the file's name, a-z 0-9 _",
		    list->name);
	if (version < 1)
		return schema_bad(w, e, "version must be 1 or more");
	list->nations = json_object_get(def, "nation");
	if ((rc = check_nations(w, list, e)) != ERR_OK)
		return rc;
	return load_days(w, json_object_get(def, "days"), list, e);
}

enum err_code
schema_load_holidays(struct schema *s, json_t *holidays, struct err *e)
{
	struct schema_where w = { s, "holidays", "", "", "" };
	const size_t n = json_object_size(holidays);
	struct schema_holidays *lists = schema_alloc(s, n + 1, sizeof(*lists));
	const char *key;
	json_t *def;
	enum err_code rc;

	if (lists == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	s->holidays = lists;
	json_object_foreach(holidays, key, def)
	{
		w.file = key;
		rc = load_list(&w, def, &lists[s->holidays_n], e);
		if (rc != ERR_OK)
			return rc;
		s->holidays_n++;
	}
	return ERR_OK;
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
