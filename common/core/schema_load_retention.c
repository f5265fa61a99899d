/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of a bundle that say how long a class of records is kept, and types
 * whose records are cases.
 */
#include "common/core/schema_int.h"
#include "common/core/schema_retention.h"

#define YEARS_MAX 200
#define AGE_MAX 150
#define WORK_MAX 40

static enum err_code
read_class(const struct schema_where *w, json_t *def, const char *key,
    bool is_required, const char **out, struct err *e)
{
	const struct schema_list *classes =
	    schema_list(w->s, "retention_class");
	enum err_code rc = schema_read_line(w, def, key, is_required, out, e);

	if (rc != ERR_OK || *out == NULL)
		return rc;
	return classes != NULL && schema_code(classes, *out) != NULL
	    ? ERR_OK
	    : schema_bad(w, e,
	          "%s: \"%.40s\" is not in the list retention_class", key,
	          *out);
}

/* A number of years; 0 where it is missing. */
static enum err_code
read_years(const struct schema_where *w, json_t *def, const char *key,
    int64_t most, int64_t *out, struct err *e)
{
	enum err_code rc = schema_read_int(w, def, key, 0, out, e);

	if (rc != ERR_OK)
		return rc;
	return *out >= 0 && *out <= most
	    ? ERR_OK
	    : schema_bad(w, e, "%s must be a number of years", key);
}

/* The day of each year on which a financial year ends; no leap day. */
static enum err_code
read_year_end(
    const struct schema_where *w, json_t *def, const char **out, struct err *e)
{
	char day[16];
	enum err_code rc = schema_read_line(w, def, "year_ends", false, out, e);

	if (rc != ERR_OK || *out == NULL)
		return rc;
	(void)snprintf(day, sizeof(day), "2025-%.8s", *out);
	return schema_date_is_ok(day)
	    ? ERR_OK
	    : schema_bad(w, e, "year_ends must be a day such as 03-31");
}

static enum err_code
read_start(const struct schema_where *w, json_t *def,
    struct schema_retention *out, struct err *e)
{
	static const char *const words[] = { [SCHEMA_CLOCK_END] = "end",
		[SCHEMA_CLOCK_BIRTH] = "birth",
		[SCHEMA_CLOCK_YEAR] = "year" };
	const char *word = NULL;
	enum err_code rc;

	if ((rc = schema_read_line(w, def, "starts", true, &word, e)) !=
	        ERR_OK ||
	    (rc = read_years(w, def, "years", YEARS_MAX, &out->years, e)) !=
	        ERR_OK ||
	    (rc = read_year_end(w, def, &out->year_ends, e)) != ERR_OK)
		return rc;
	for (size_t i = 1; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], word) == 0)
			out->starts = (enum schema_clock)i;
	if (out->starts == 0)
		return schema_bad(w, e, "starts must be end, birth or year");
	if (out->years == 0)
		return schema_bad(w, e, "years is missing");
	return (out->starts == SCHEMA_CLOCK_YEAR) == (out->year_ends != NULL)
	    ? ERR_OK
	    : schema_bad(w, e, "year_ends goes with starts: year");
}

/* Whom the rule concerns, and for whom it is longer or shorter. */
static enum err_code
read_whom(const struct schema_where *w, json_t *def,
    struct schema_retention *out, struct err *e)
{
	const char *type = NULL;
	enum err_code rc;

	if ((rc = read_years(
	         w, def, "late_from", AGE_MAX, &out->late_from, e)) != ERR_OK ||
	    (rc = read_years(w, def, "late_years", YEARS_MAX, &out->late_years,
	         e)) != ERR_OK ||
	    (rc = read_years(w, def, "death_years", YEARS_MAX,
	         &out->death_years, e)) != ERR_OK ||
	    (rc = read_years(w, def, "begun_under", AGE_MAX, &out->begun_under,
	         e)) != ERR_OK ||
	    (rc = read_years(w, def, "ended_from", AGE_MAX, &out->ended_from,
	         e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "type", false, &type, e)) != ERR_OK)
		return rc;
	if ((out->late_from > 0) != (out->late_years > 0))
		return schema_bad(w, e, "late_from and late_years go together");
	if ((type != NULL) != (json_object_get(def, "when") != NULL))
		return schema_bad(w, e, "type and when go together");
	if (type == NULL)
		return ERR_OK;
	out->type = schema_type(w->s, type);
	if (out->type == NULL)
		return schema_bad(w, e, "there is no type \"%.60s\"", type);
	return schema_load_whens(
	    w, json_object_get(def, "when"), out->type, false, &out->when, e);
}

static enum err_code
load_retention(struct schema_where *w, json_t *def, void *item, struct err *e)
{
	static const char *const keys[] = { "retention", "version", "class",
		"part_of", "as", "help", "source", "from", "to", "starts",
		"years", "year_ends", "late_from", "late_years", "death_years",
		"begun_under", "ended_from", "type", "when" };
	struct schema_retention *out = item;
	enum err_code rc;

	if ((rc = schema_read_head(w, def, keys, sizeof(keys) / sizeof(keys[0]),
	         &out->name, e)) != ERR_OK ||
	    (rc = read_class(w, def, "class", true, &out->class, e)) !=
	        ERR_OK ||
	    (rc = read_class(w, def, "part_of", false, &out->part_of, e)) !=
	        ERR_OK ||
	    (rc = read_class(w, def, "as", false, &out->as, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "help", true, &out->help, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "source", true, &out->source, e)) !=
	        ERR_OK ||
	    (rc = schema_read_dates(
	         w, def, out->name, &out->from, &out->to, e)) != ERR_OK)
		return rc;
	if (out->as != NULL)
		return json_object_get(def, "starts") == NULL &&
		        json_object_get(def, "years") == NULL
		    ? ERR_OK
		    : schema_bad(w, e, "as goes with neither starts nor years");
	rc = read_start(w, def, out, e);
	return rc != ERR_OK ? rc : read_whom(w, def, out, e);
}

enum err_code
schema_load_retentions(struct schema *s, json_t *defs, struct err *e)
{
	static const struct schema_folder folder = { "retention",
		sizeof(struct schema_retention), load_retention };
	void *items = NULL;
	enum err_code rc = schema_load_folder(s, &folder, defs, &items, e);

	if (rc != ERR_OK)
		return rc;
	s->retentions = items;
	s->retentions_n = json_object_size(defs);
	return ERR_OK;
}

size_t
schema_retentions_n(const struct schema *s)
{
	return s->retentions_n;
}

const struct schema_retention *
schema_retention_at(const struct schema *s, size_t i)
{
	return &s->retentions[i];
}

/* ---- cases ---- */

static enum err_code
load_work(const struct schema_where *w, json_t *def,
    const struct schema_type *type, struct schema_work *out, struct err *e)
{
	static const char *const keys[] = { "type", "case", "on", "unless",
		"ask", "ask_when" };
	const unsigned refs =
	    SCHEMA_KIND_BIT(SCHEMA_REF) | SCHEMA_KIND_BIT(SCHEMA_REFS);
	const unsigned days =
	    SCHEMA_KIND_BIT(SCHEMA_DATE) | SCHEMA_KIND_BIT(SCHEMA_TIME);
	const struct schema_field *f = NULL;
	const char *name = NULL;
	enum err_code rc;

	if (!json_is_object(def))
		return schema_bad(w, e, "kept: work is not an object");
	if ((rc = schema_read_keys(
	         w, def, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "type", true, &name, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "case", true, &out->of_case, e)) !=
	        ERR_OK ||
	    (rc = schema_read_line(w, def, "on", true, &out->on, e)) != ERR_OK)
		return rc;
	out->type = schema_type(w->s, name);
	if (out->type == NULL)
		return schema_bad(
		    w, e, "kept: there is no type \"%.60s\"", name);
	if ((rc = schema_own_field(w, "kept: case", out->type, out->of_case,
	         refs, &f, e)) != ERR_OK)
		return rc;
	if (strcmp(f->ref, type->name) != 0)
		return schema_bad(w, e, "kept: %s names a %s", f->name, f->ref);
	if (strcmp(out->on, SCHEMA_TITLE_MADE) != 0 &&
	    (rc = schema_check_field(w, "kept: on",
	         schema_plain_field(out->type, out->on), days, e)) != ERR_OK)
		return rc;
	if ((rc = schema_load_whens(w, json_object_get(def, "unless"),
	         out->type, false, &out->unless, e)) != ERR_OK ||
	    (rc = schema_read_line(w, def, "ask", false, &out->ask, e)) !=
	        ERR_OK ||
	    (rc = schema_load_whens(w, json_object_get(def, "ask_when"),
	         out->type, false, &out->ask_when, e)) != ERR_OK)
		return rc;
	return (out->ask != NULL) == (out->ask_when.n > 0)
	    ? ERR_OK
	    : schema_bad(w, e, "kept: ask and ask_when go together");
}

static enum err_code
load_works(const struct schema_where *w, json_t *defs,
    const struct schema_type *type, struct schema_kept *out, struct err *e)
{
	const size_t n = json_array_size(defs);
	struct schema_work *list;
	enum err_code rc = ERR_OK;

	if (n == 0 || n > WORK_MAX)
		return schema_bad(
		    w, e, "kept: work must be a list of 1 to %d", WORK_MAX);
	list = schema_alloc(w->s, n, sizeof(*list));
	if (list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n && rc == ERR_OK; i++)
		rc = load_work(w, json_array_get(defs, i), type, &list[i], e);
	out->work = list;
	out->work_n = n;
	return rc;
}

enum err_code
schema_load_kept(struct schema_where *w, json_t *def, struct schema_type *type,
    struct err *e)
{
	static const char *const keys[] = { "person", "born", "died", "begun",
		"status", "closed", "ended", "work" };
	json_t *kept = json_object_get(def, "kept");
	struct schema_kept *out;
	enum err_code rc;

	if (kept == NULL)
		return ERR_OK;
	if (!json_is_object(kept))
		return schema_bad(w, e, "kept is not an object");
	out = schema_alloc(w->s, 1, sizeof(*out));
	if (out == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	const struct schema_named names[] = {
		{ "person", &out->person, SCHEMA_REF, true },
		{ "begun", &out->begun, SCHEMA_DATE, true },
		{ "status", &out->status, SCHEMA_CODE, true },
		{ "ended", &out->ended, SCHEMA_DATE, true },
	};
	const struct schema_named of_person[] = {
		{ "born", &out->born, SCHEMA_DATE, false },
		{ "died", &out->died, SCHEMA_DATE, false },
	};

	if ((rc = schema_read_keys(
	         w, kept, keys, sizeof(keys) / sizeof(keys[0]), e)) != ERR_OK ||
	    (rc = schema_read_names(w, kept, type, NULL, names,
	         sizeof(names) / sizeof(names[0]), e)) != ERR_OK)
		return rc;
	out->of_person =
	    schema_type(w->s, schema_find_field(type, out->person)->ref);
	out->closed = json_object_get(kept, "closed");
	if ((rc = schema_read_names(
	         w, kept, out->of_person, NULL, of_person, 2, e)) != ERR_OK ||
	    (rc = schema_check_codes(w, "kept: closed", out->closed,
	         schema_find_field(type, out->status), e)) != ERR_OK ||
	    (rc = load_works(w, json_object_get(kept, "work"), type, out, e)) !=
	        ERR_OK)
		return rc;
	type->kept = out;
	return ERR_OK;
}
