/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages of the schema: what is to be read about one record, put together
 * from what is on this device.
 */
#include "client/commands.h"
#include "client/output.h"
#include "client/page.h"
#include "client/save.h"
#include "client/stands.h"
#include "common/core/content.h"
#include "common/sys/json.h"

/* The page as the notes' bundle has it, or else the program's own. */
static const struct schema_page *
page_of(const struct client *c)
{
	const struct schema_page *kept = schema_page(c->schema, c->page->name);

	return kept != NULL ? kept : c->page;
}

enum err_code
page_run(struct client *c, json_t *result, struct err *e)
{
	struct record_view view;
	struct id subject;
	enum err_code code;

	c->type = c->page->type;
	if ((code = record_open_standing(c, c->args->operands[0], &view, e)) !=
	    ERR_OK)
		return code;
	code = stands_for(c, c->type, view.record.id, &subject, e);
	if (code == ERR_OK && !id_equal(subject, view.record.id))
		code = json_put_id(result, "asked", view.record.id, e);
	record_view_fini(&view);
	return code != ERR_OK ? code
	                      : page_make(c, page_of(c), subject, result, e);
}

/* What is beside a field of one record: who changed it since, and what about
 * it is not settled. */
static void
tell_marks(const struct human *h, const json_t *entry, const char *field)
{
	const json_t *changed = json_object_get(entry, "changed");
	const json_t *open = json_object_get(entry, "open");
	const size_t len = strlen(field);
	char who[HUMAN_NAME_MAX], when[HUMAN_TIME_MAX];

	for (size_t i = 0; i < json_array_size(changed); i++) {
		const json_t *one = json_array_get(changed, i);

		if (strcmp(human_str(one, "field"), field) != 0)
			continue;
		human_who(h, human_str(one, "by"), who);
		human_when(h, human_num(one, "at"), when);
		human_put(h, "    ");
		human_words(h, "page.changed", "who", who, "time", when, NULL);
	}
	for (size_t i = 0; i < json_array_size(open); i++) {
		const json_t *one = json_array_get(open, i);
		const char *path = human_str(one, "path");

		if (len == 0 ? *path != '\0'
		             : strncmp(path, field, len) != 0 ||
		            (path[len] != '\0' && path[len] != '/'))
			continue;
		human_put(h, "    ");
		human_words(h,
		    human_is_review(one) ? "page.review" : "page.open", "id",
		    human_str(one, "id"), NULL);
	}
}

static void
tell_entry(
    const struct human *h, const struct schema_section *s, const json_t *entry)
{
	const json_t *doc = json_object_get(entry, "doc");

	tell_marks(h, entry, "");
	for (size_t i = 0; i < s->fields_n; i++) {
		const struct schema_field *f = s->fields[i];
		const json_t *value = json_object_get(doc, f->name);

		if (value != NULL) {
			human_put(h, "  %s:\n", f->label);
			human_value(h, f, value, "    ");
		}
		tell_marks(h, entry, f->name);
	}
}

static void
tell_section(const struct human *h, const struct schema_section *s,
    const json_t *section)
{
	const json_t *records = json_object_get(section, "records");
	const size_t n = json_array_size(records);
	char key[80];

	if (n == 0 && s->empty == NULL)
		return;
	human_put(h, "\n%s\n", s->label);
	if (n == 0)
		human_put(h, "  %s\n", s->empty);
	for (size_t i = 0; i < n; i++) {
		const json_t *entry = json_array_get(records, i);
		const char *content = human_str(entry, "content");

		if (s->link_n > 0 || s->from != NULL)
			human_put(h, "- %s\n", human_str(entry, "title"));
		(void)snprintf(key, sizeof(key), "page.content.%.60s", content);
		if (*content != '\0' && *human_word(h, key) != '\0') {
			human_put(h, "  ");
			human_words(h, key, NULL);
		}
		tell_entry(h, s, entry);
	}
	if (json_is_true(json_object_get(section, "more")))
		human_words(h, "page.more", NULL);
}

void
page_human(struct client *c, const json_t *result)
{
	const struct schema_page *page = page_of(c);
	const struct human h = output_human(c);
	const json_t *sections = json_object_get(result, "sections");
	char when[HUMAN_TIME_MAX], n[24];

	human_put(&h, "%s: %s\n", page->label, human_str(result, "title"));
	if (json_is_string(json_object_get(result, "asked")))
		human_words(&h, "page.asked", NULL);
	if (json_is_integer(json_object_get(result, "read_before"))) {
		human_when(&h, human_num(result, "read_before"), when);
		(void)snprintf(n, sizeof(n), "%llu",
		    (unsigned long long)human_num(result, "changed"));
		human_words(&h, "page.since", "time", when, "n", n, NULL);
	} else {
		human_words(&h, "page.first", NULL);
	}
	if (human_num(result, "open") > 0)
		human_words(&h, "page.unsettled", NULL);
	for (size_t i = 0; i < page->sections_n; i++)
		tell_section(
		    &h, &page->sections[i], json_array_get(sections, i));
}
