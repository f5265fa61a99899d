/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Among the facts of a type: what a record begins with, what is asked before
 * somebody is given its work, and how it is answered and becomes a case.
 */
#include "tools/dictionary_when.h"

#include <stdio.h>
#include <string.h>

#include "common/core/schema_template.h"

#define LABELS_MAX ((size_t)8192)

/* Labels of codes in a field's list; the buffer is the caller's to end. */
static const char *
labels_of(const struct dictionary *d, const struct schema_type *type,
    const char *field, const json_t *codes, struct buf *out)
{
	const struct schema_field *f =
	    type == NULL ? NULL : schema_find_field(type, field);

	buf_init(out, LABELS_MAX);
	dictionary_labels(d, f == NULL ? NULL : f->codes, codes, out);
	return out->ptr;
}

static const char *
code_label(const struct schema_type *type, const char *field, const char *code)
{
	const struct schema_field *f = schema_find_field(type, field);

	return f == NULL || f->codes == NULL
	    ? code
	    : schema_code_label(f->codes, code);
}

/* ---- templates ---- */

static void
write_begun(const struct dictionary *d, const struct schema_type *type)
{
	size_t n = 0;

	for (size_t i = 0; i < schema_templates_n(d->schema); i++) {
		const struct schema_template *t =
		    schema_template_at(d->schema, i);

		if (t->type != type)
			continue;
		if (n++ == 0) {
			dictionary_fact(d, "dictionary.begun");
			dictionary_html(d, "\n<ul>\n");
		}
		dictionary_html(d, "<li><a href=\"#template-%s\">", t->name);
		dictionary_text(d, t->label);
		dictionary_html(d, "</a></li>\n");
	}
	if (n > 0) {
		dictionary_html(d, "</ul>\n");
		dictionary_fact_end(d);
	}
}

/* ---- before somebody is given its work ---- */

static void
write_interest(const struct dictionary *d, const struct schema_type *type)
{
	const struct schema_interest *in = &type->grants.interest;
	const struct schema_field *rows, *answer;
	struct buf clear;

	if (in->rows == NULL)
		return;
	rows = schema_find_field(type, in->rows);
	answer = rows == NULL ? NULL : schema_child(rows, in->answer);
	buf_init(&clear, LABELS_MAX);
	dictionary_labels(
	    d, answer == NULL ? NULL : answer->codes, in->clear, &clear);
	dictionary_html(d, "<li>");
	dictionary_words(d, "dictionary.given.interest", "rows",
	    rows == NULL ? "" : rows->label, "clear", clear.ptr, NULL);
	dictionary_html(d, "</li>\n");
	buf_fini(&clear);
}

static void
write_given(const struct dictionary *d, const struct schema_type *type)
{
	const struct schema_grants *g = &type->grants;

	if (g->interest.rows == NULL && g->needs_n == 0)
		return;
	dictionary_fact(d, "dictionary.given");
	dictionary_html(d, "\n<ul>\n");
	write_interest(d, type);
	for (size_t i = 0; i < g->needs_n; i++) {
		const struct schema_need *need = &g->needs[i];

		dictionary_html(d, "<li>");
		dictionary_words(d, "dictionary.given.need", "competence",
		    schema_code_label(need->list, need->competence), NULL);
		dictionary_whens(d, type, need->when, need->when_n);
		dictionary_html(d, "</li>\n");
	}
	dictionary_html(d, "</ul>\n");
	dictionary_fact_end(d);
}

static void
write_competences(const struct dictionary *d, const struct schema_type *type)
{
	const char *rows = type->account.competences.rows;

	if (rows == NULL)
		return;
	dictionary_fact(d, "dictionary.competences");
	dictionary_words(d, "dictionary.competences.help", "rows",
	    dictionary_label_of(type, rows), NULL);
	dictionary_fact_end(d);
}

/* ---- intake ---- */

/* The type whose one record says how the service works. */
static const struct schema_type *
service_type(const struct dictionary *d)
{
	for (size_t i = 0; i < schema_types_n(d->schema); i++)
		if (schema_type_at(d->schema, i)->deciding.author != NULL)
			return schema_type_at(d->schema, i);
	return NULL;
}

static void
write_event(const struct dictionary *d, const struct schema_intake_step *s)
{
	const struct schema_type *type = schema_type(d->schema, s->type);
	struct buf in;

	if (type == NULL)
		return;
	dictionary_text(d, " ");
	dictionary_words(d, "dictionary.intake.event", "type", type->label,
	    "field", dictionary_label_of(type, s->result), "values",
	    labels_of(d, type, s->result, s->in, &in), NULL);
	buf_fini(&in);
}

static void
write_step(const struct dictionary *d, const struct schema_type *type,
    const struct schema_intake_step *s)
{
	const struct schema_type *service = service_type(d);

	dictionary_html(d, "<li>");
	dictionary_words(d, "dictionary.intake.step", "field",
	    dictionary_label_of(type, s->field), NULL);
	if (s->is_granted) {
		dictionary_text(d, " ");
		dictionary_word(d, "dictionary.intake.granted");
	}
	if (s->type != NULL)
		write_event(d, s);
	if (s->within != NULL && service != NULL) {
		dictionary_text(d, " ");
		dictionary_words(d, "dictionary.intake.within", "field",
		    dictionary_label_of(service, s->within), "type",
		    service->label, NULL);
	}
	dictionary_html(d, "</li>\n");
}

static void
write_answers(const struct dictionary *d, const struct schema_type *type)
{
	const struct schema_intake *in = &type->intake;
	const char *why;
	json_t *status;
	struct buf waits;

	dictionary_html(d, "<li>");
	dictionary_words(d, "dictionary.intake.waits", "field",
	    dictionary_label_of(type, in->status), "values",
	    labels_of(d, type, in->status, in->waits, &waits), NULL);
	buf_fini(&waits);
	dictionary_html(d, "</li>\n<li>");
	dictionary_words(d, "dictionary.intake.answers", "accepted",
	    code_label(type, in->status, in->accepted), "declined",
	    code_label(type, in->status, in->declined), "because",
	    dictionary_label_of(type, in->because), NULL);
	json_object_foreach((json_t *)(uintptr_t)in->declined_as, why, status)
	{
		dictionary_text(d, " ");
		dictionary_words(d, "dictionary.intake.declined_as", "because",
		    code_label(type, in->because, why), "status",
		    code_label(type, in->status, json_string_value(status)),
		    NULL);
	}
	dictionary_html(d, "</li>\n<li>");
	dictionary_words(d, "dictionary.intake.counted", "received",
	    dictionary_label_of(type, in->received), "needed_by",
	    dictionary_label_of(type, in->needed_by), NULL);
	dictionary_html(d, "</li>\n");
}

/* What the case has of it, and beside it. */
static void
write_made(const struct dictionary *d, const struct schema_type *type)
{
	const struct schema_intake *in = &type->intake;
	const struct schema_field *ref = schema_find_field(type, in->of_case);
	const struct schema_type *made =
	    ref == NULL ? NULL : schema_type(d->schema, ref->ref);
	struct buf labels;

	if (made == NULL)
		return;
	buf_init(&labels, LABELS_MAX);
	for (size_t i = 0; i < json_array_size(in->copied); i++)
		(void)buf_printf(&labels, "%s%s", i > 0 ? ", " : "",
		    dictionary_label_of(type,
		        json_string_value(json_array_get(in->copied, i))));
	dictionary_html(d, "<li>");
	dictionary_words(d, "dictionary.intake.makes", "type", made->label,
	    "fields", labels.ptr, NULL);
	dictionary_html(d, "</li>\n");
	buf_fini(&labels);
	for (size_t i = 0; i < in->parts_n; i++) {
		const struct schema_intake_part *part = &in->parts[i];

		dictionary_html(d, "<li>");
		dictionary_words(d, "dictionary.intake.part", "type",
		    dictionary_type_label(d, part->type), "field",
		    dictionary_label_of(made, in->part_by), "values",
		    labels_of(d, made, in->part_by, part->in, &labels), NULL);
		buf_fini(&labels);
		dictionary_html(d, "</li>\n");
	}
}

static void
write_intake(const struct dictionary *d, const struct schema_type *type)
{
	const struct schema_intake *in = &type->intake;

	if (in->of_case == NULL)
		return;
	dictionary_fact(d, "dictionary.intake");
	dictionary_html(d, "\n<ul>\n");
	write_answers(d, type);
	write_made(d, type);
	for (size_t i = 0; i < in->steps_n; i++)
		write_step(d, type, &in->steps[i]);
	dictionary_html(d, "</ul>\n");
	dictionary_fact_end(d);
}

void
dictionary_work(const struct dictionary *d, const struct schema_type *type)
{
	write_begun(d, type);
	write_given(d, type);
	write_competences(d, type);
	write_intake(d, type);
}
