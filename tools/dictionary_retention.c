/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long records are kept, and from when that is counted.
 */
#include "common/core/schema_retention.h"
#include "tools/dictionary_field.h"
#include "tools/dictionary_when.h"

#include <stdio.h>
#include <string.h>

static void
write_years(
    const struct dictionary *d, const char *word, int64_t years, int64_t age)
{
	char n[24], at[24];

	(void)snprintf(n, sizeof(n), "%lld", (long long)years);
	(void)snprintf(at, sizeof(at), "%lld", (long long)age);
	dictionary_text(d, " ");
	dictionary_words(d, word, "years", n, "age", at, NULL);
}

static void
write_period(const struct dictionary *d, const struct schema_retention *r)
{
	static const char *const words[] = {
		[SCHEMA_CLOCK_END] = "dictionary.retention.end",
		[SCHEMA_CLOCK_BIRTH] = "dictionary.retention.birth",
		[SCHEMA_CLOCK_YEAR] = "dictionary.retention.year",
	};

	if (r->as != NULL) {
		dictionary_word(d, "dictionary.retention.as");
		dictionary_text(d, " ");
		dictionary_retention(d, r->as, false);
		return;
	}
	write_years(d,
	    r->years == 1 && r->starts == SCHEMA_CLOCK_END
	        ? "dictionary.retention.end.one"
	        : words[r->starts],
	    r->years, 0);
	if (r->late_from > 0)
		write_years(d, "dictionary.retention.late", r->late_years,
		    r->late_from);
	if (r->death_years > 0)
		write_years(d, "dictionary.retention.death", r->death_years, 0);
}

static void
write_whom(const struct dictionary *d, const struct schema_retention *r)
{
	dictionary_text(d, r->help);
	if (r->begun_under > 0)
		write_years(d, "dictionary.retention.under", r->begun_under, 0);
	if (r->ended_from > 0)
		write_years(d, "dictionary.retention.from", r->ended_from, 0);
	if (r->when.n > 0) {
		dictionary_word_in(d, "p", "dictionary.when");
		dictionary_whens(d, r->type, r->when.list, r->when.n);
	}
}

static void
write_rule(const struct dictionary *d, const struct schema_retention *r)
{
	dictionary_html(
	    d, "<tr><th scope=\"row\" id=\"retention-%s\">", r->name);
	dictionary_retention(d, r->class, false);
	if (r->part_of != NULL) {
		dictionary_text(d, " (");
		dictionary_retention(d, r->part_of, false);
		dictionary_text(d, ")");
	}
	dictionary_html(d, "</th>\n<td>");
	write_period(d, r);
	dictionary_html(d, "</td>\n<td>");
	write_whom(d, r);
	dictionary_html(d, "</td>\n<td>");
	dictionary_text(d, r->source);
	dictionary_html(d, "</td>\n<td>");
	dictionary_days(d, r->from, r->to);
	dictionary_html(d, "</td></tr>\n");
}

/* What counts as the work of a case. */
static void
write_work(const struct dictionary *d, const struct schema_type *type)
{
	const struct schema_kept *k = type->kept;
	char place[DICTIONARY_PLACE_MAX];

	dictionary_html(d, "<p>");
	dictionary_words(d, "dictionary.retention.work", "type", type->plural,
	    "field", dictionary_label_of(type, k->ended), NULL);
	dictionary_html(d, "</p>\n<ul>\n");
	for (size_t i = 0; i < k->work_n; i++) {
		const struct schema_work *w = &k->work[i];

		dictionary_html(d, "<li><a href=\"#type-%s\">", w->type->name);
		dictionary_text(d, w->type->label);
		dictionary_html(d, "</a>: ");
		if (strcmp(w->on, SCHEMA_TITLE_MADE) == 0) {
			dictionary_word(d, "dictionary.titled.made");
		} else {
			dictionary_place(w->type, w->on, place);
			dictionary_text(d, place);
		}
		if (w->unless.n > 0) {
			dictionary_text(d, ". ");
			dictionary_word(d, "dictionary.unless");
			dictionary_whens(
			    d, w->type, w->unless.list, w->unless.n);
		}
		if (w->ask != NULL) {
			dictionary_text(d, ". ");
			dictionary_text(d, w->ask);
			dictionary_text(d, " ");
			dictionary_word(d, "dictionary.retention.ask");
			dictionary_whens(
			    d, w->type, w->ask_when.list, w->ask_when.n);
		}
		dictionary_html(d, "</li>\n");
	}
	dictionary_html(d, "</ul>\n");
}

void
dictionary_retentions(const struct dictionary *d)
{
	static const char *const heads[] = { "dictionary.head.class",
		"dictionary.head.kept", "dictionary.head.whom",
		"dictionary.head.ground", "dictionary.head.force", NULL };

	dictionary_word_in(d, "p", "dictionary.retentions.help");
	dictionary_table(
	    d, "retentions", "dictionary.retentions.rules", "", heads);
	for (size_t i = 0; i < schema_retentions_n(d->schema); i++)
		write_rule(d, schema_retention_at(d->schema, i));
	dictionary_table_end(d);
	for (size_t i = 0; i < schema_types_n(d->schema); i++)
		if (schema_type_at(d->schema, i)->kept != NULL)
			write_work(d, schema_type_at(d->schema, i));
}
