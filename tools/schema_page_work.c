/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Among the facts of a type: what a record begins with, what is asked before
 * somebody is given its work, and how it is answered and becomes a case.
 */
#include "tools/schema_page_when.h"

#include <stdio.h>
#include <string.h>

#include "common/core/schema_template.h"

#define LABELS_MAX ((size_t)8192)

/* Labels of codes in a field's list; the buffer is the caller's to end. */
static const char *
labels_of(const struct page *p, const struct schema_type *type,
    const char *field, const json_t *codes, struct buf *out)
{
	const struct schema_field *f =
	    type == NULL ? NULL : schema_find_field(type, field);

	buf_init(out, LABELS_MAX);
	page_labels(p, f == NULL ? NULL : f->codes, codes, out);
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
write_begun(const struct page *p, const struct schema_type *type)
{
	size_t n = 0;

	for (size_t i = 0; i < schema_templates_n(p->schema); i++) {
		const struct schema_template *t =
		    schema_template_at(p->schema, i);

		if (t->type != type)
			continue;
		if (n++ == 0) {
			page_fact(p, "dictionary.begun");
			page_html(p, "\n<ul>\n");
		}
		page_html(p, "<li><a href=\"#template-%s\">", t->name);
		page_text(p, t->label);
		page_html(p, "</a></li>\n");
	}
	if (n > 0) {
		page_html(p, "</ul>\n");
		page_fact_end(p);
	}
}

/* ---- before somebody is given its work ---- */

static void
write_interest(const struct page *p, const struct schema_type *type)
{
	const struct schema_interest *in = &type->grants.interest;
	const struct schema_field *rows, *answer;
	struct buf clear;

	if (in->rows == NULL)
		return;
	rows = schema_find_field(type, in->rows);
	answer = rows == NULL ? NULL : schema_child(rows, in->answer);
	buf_init(&clear, LABELS_MAX);
	page_labels(
	    p, answer == NULL ? NULL : answer->codes, in->clear, &clear);
	page_html(p, "<li>");
	page_words(p, "dictionary.given.interest", "rows",
	    rows == NULL ? "" : rows->label, "clear", clear.ptr, NULL);
	page_html(p, "</li>\n");
	buf_fini(&clear);
}

static void
write_given(const struct page *p, const struct schema_type *type)
{
	const struct schema_grants *g = &type->grants;

	if (g->interest.rows == NULL && g->needs_n == 0)
		return;
	page_fact(p, "dictionary.given");
	page_html(p, "\n<ul>\n");
	write_interest(p, type);
	for (size_t i = 0; i < g->needs_n; i++) {
		const struct schema_need *need = &g->needs[i];

		page_html(p, "<li>");
		page_words(p, "dictionary.given.need", "competence",
		    schema_code_label(need->list, need->competence), NULL);
		page_whens(p, type, need->when, need->when_n);
		page_html(p, "</li>\n");
	}
	page_html(p, "</ul>\n");
	page_fact_end(p);
}

static void
write_competences(const struct page *p, const struct schema_type *type)
{
	const char *rows = type->account.competences.rows;

	if (rows == NULL)
		return;
	page_fact(p, "dictionary.competences");
	page_words(p, "dictionary.competences.help", "rows",
	    page_label_of(type, rows), NULL);
	page_fact_end(p);
}

/* ---- intake ---- */

/* The type whose one record says how the service works. */
static const struct schema_type *
service_type(const struct page *p)
{
	for (size_t i = 0; i < schema_types_n(p->schema); i++)
		if (schema_type_at(p->schema, i)->deciding.author != NULL)
			return schema_type_at(p->schema, i);
	return NULL;
}

static void
write_event(const struct page *p, const struct schema_intake_step *s)
{
	const struct schema_type *type = schema_type(p->schema, s->type);
	struct buf in;

	if (type == NULL)
		return;
	page_text(p, " ");
	page_words(p, "dictionary.intake.event", "type", type->label, "field",
	    page_label_of(type, s->result), "values",
	    labels_of(p, type, s->result, s->in, &in), NULL);
	buf_fini(&in);
}

static void
write_step(const struct page *p, const struct schema_type *type,
    const struct schema_intake_step *s)
{
	const struct schema_type *service = service_type(p);

	page_html(p, "<li>");
	page_words(p, "dictionary.intake.step", "field",
	    page_label_of(type, s->field), NULL);
	if (s->is_granted) {
		page_text(p, " ");
		page_word(p, "dictionary.intake.granted");
	}
	if (s->type != NULL)
		write_event(p, s);
	if (s->within != NULL && service != NULL) {
		page_text(p, " ");
		page_words(p, "dictionary.intake.within", "field",
		    page_label_of(service, s->within), "type", service->label,
		    NULL);
	}
	page_html(p, "</li>\n");
}

static void
write_answers(const struct page *p, const struct schema_type *type)
{
	const struct schema_intake *in = &type->intake;
	const char *why;
	json_t *status;
	struct buf waits;

	page_html(p, "<li>");
	page_words(p, "dictionary.intake.waits", "field",
	    page_label_of(type, in->status), "values",
	    labels_of(p, type, in->status, in->waits, &waits), NULL);
	buf_fini(&waits);
	page_html(p, "</li>\n<li>");
	page_words(p, "dictionary.intake.answers", "accepted",
	    code_label(type, in->status, in->accepted), "declined",
	    code_label(type, in->status, in->declined), "because",
	    page_label_of(type, in->because), NULL);
	json_object_foreach((json_t *)(uintptr_t)in->declined_as, why, status)
	{
		page_text(p, " ");
		page_words(p, "dictionary.intake.declined_as", "because",
		    code_label(type, in->because, why), "status",
		    code_label(type, in->status, json_string_value(status)),
		    NULL);
	}
	page_html(p, "</li>\n<li>");
	page_words(p, "dictionary.intake.counted", "received",
	    page_label_of(type, in->received), "needed_by",
	    page_label_of(type, in->needed_by), NULL);
	page_html(p, "</li>\n");
}

/* What the case has of it, and beside it. */
static void
write_made(const struct page *p, const struct schema_type *type)
{
	const struct schema_intake *in = &type->intake;
	const struct schema_field *ref = schema_find_field(type, in->of_case);
	const struct schema_type *made =
	    ref == NULL ? NULL : schema_type(p->schema, ref->ref);
	struct buf labels;

	if (made == NULL)
		return;
	buf_init(&labels, LABELS_MAX);
	for (size_t i = 0; i < json_array_size(in->copied); i++)
		(void)buf_printf(&labels, "%s%s", i > 0 ? ", " : "",
		    page_label_of(type,
		        json_string_value(json_array_get(in->copied, i))));
	page_html(p, "<li>");
	page_words(p, "dictionary.intake.makes", "type", made->label, "fields",
	    labels.ptr, NULL);
	page_html(p, "</li>\n");
	buf_fini(&labels);
	for (size_t i = 0; i < in->parts_n; i++) {
		const struct schema_intake_part *part = &in->parts[i];

		page_html(p, "<li>");
		page_words(p, "dictionary.intake.part", "type",
		    page_type_label(p, part->type), "field",
		    page_label_of(made, in->part_by), "values",
		    labels_of(p, made, in->part_by, part->in, &labels), NULL);
		buf_fini(&labels);
		page_html(p, "</li>\n");
	}
}

static void
write_intake(const struct page *p, const struct schema_type *type)
{
	const struct schema_intake *in = &type->intake;

	if (in->of_case == NULL)
		return;
	page_fact(p, "dictionary.intake");
	page_html(p, "\n<ul>\n");
	write_answers(p, type);
	write_made(p, type);
	for (size_t i = 0; i < in->steps_n; i++)
		write_step(p, type, &in->steps[i]);
	page_html(p, "</ul>\n");
	page_fact_end(p);
}

void
page_work(const struct page *p, const struct schema_type *type)
{
	write_begun(p, type);
	write_given(p, type);
	write_competences(p, type);
	write_intake(p, type);
}
