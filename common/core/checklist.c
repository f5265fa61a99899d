/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/checklist.h"

#include "common/core/schema_int.h"
#include "common/sys/json.h"

size_t
schema_checklists_n(const struct schema *s)
{
	return s->checklists_n;
}

const struct schema_checklist *
schema_checklist_at(const struct schema *s, size_t i)
{
	return &s->checklists[i];
}

/* UNSURE: a record that says so is not here. */
enum answer { NO, YES, UNSURE };

static enum answer
any_matches(const struct schema_when *w, const json_t *docs, const char *day)
{
	for (size_t i = 0; i < json_array_size(docs); i++)
		if (schema_when_matches(w, json_array_get(docs, i), day))
			return YES;
	return NO;
}

/* Of the records that refer to the one with this id. */
static enum err_code
ask_referring(const struct checklist_of *of, const struct schema_when *w,
    const char *id, enum answer *out, struct err *e)
{
	json_t *docs = NULL;
	enum err_code rc =
	    of->look->referring(of->look->arg, w->of, w->by, id, &docs, e);

	if (rc == ERR_OK)
		*out = any_matches(w, docs, of->day);
	json_decref(docs);
	return rc;
}

/* What the condition says, before its `is_not`. */
static enum err_code
ask_plain(const struct checklist_of *of, const struct schema_when *w,
    enum answer *out, struct err *e)
{
	const char *id = of->id;
	json_t *other = NULL;
	enum err_code rc = ERR_OK;

	if (w->at != NULL) {
		id = json_string_value(json_object_get(of->doc, w->at));
		*out = NO;
		if (id == NULL)
			return ERR_OK;
	}
	if (w->of != NULL)
		return ask_referring(of, w, id, out, e);
	if (w->at != NULL) {
		rc = of->look->get(of->look->arg, id, &other, e);
		if (rc == ERR_OK && other == NULL)
			*out = UNSURE;
	}
	if (rc == ERR_OK && (w->at == NULL || other != NULL))
		*out = schema_when_matches(
		           w, other != NULL ? other : of->doc, of->day)
		    ? YES
		    : NO;
	json_decref(other);
	return rc;
}

static enum err_code
ask(const struct checklist_of *of, const struct schema_when *w,
    enum answer *out, struct err *e)
{
	enum answer said = NO;
	enum err_code rc = ask_plain(of, w, &said, e);

	if (rc == ERR_OK)
		*out = said == UNSURE || !w->is_not ? said
		    : said == YES                   ? NO
		                                    : YES;
	return rc;
}

/* NO, unless every one of them holds. */
static enum err_code
ask_all(const struct checklist_of *of, const struct schema_whens *whens,
    enum answer *out, struct err *e)
{
	enum err_code rc = ERR_OK;

	*out = YES;
	for (size_t i = 0; i < whens->n && rc == ERR_OK && *out == YES; i++)
		rc = ask(of, &whens->list[i], out, e);
	return rc;
}

/* YES where one of them holds, and UNSURE where one of them might. */
static enum err_code
ask_any(const struct checklist_of *of, const struct schema_whens *whens,
    enum answer *out, struct err *e)
{
	enum answer one = NO;
	enum err_code rc = ERR_OK;

	*out = NO;
	for (size_t i = 0; i < whens->n && rc == ERR_OK && *out != YES; i++) {
		rc = ask(of, &whens->list[i], &one, e);
		if (one != NO)
			*out = one;
	}
	return rc;
}

static bool
is_in_force(const struct checklist_of *of, const struct checklist_item *item)
{
	const struct schema_code dated = {
		.from = item->from, .to = item->to, .nations = item->nations
	};

	return schema_code_is_current(&dated, of->day, of->nation);
}

static enum err_code
warn(const struct schema_checklist *c, const struct checklist_item *item,
    json_t *out, struct err *e)
{
	json_t *one = json_object();
	enum err_code rc;

	if ((rc = json_put_str(one, "checklist", c->name, e)) == ERR_OK &&
	    (rc = json_put_str(one, "item", item->name, e)) == ERR_OK &&
	    (rc = json_put_str(one, "label", item->label, e)) == ERR_OK &&
	    (rc = json_put_str(one, "reason", item->reason, e)) == ERR_OK &&
	    (rc = json_put_str(one, "source", item->source, e)) == ERR_OK &&
	    item->nations != NULL)
		rc = json_put_take(
		    one, "nation", json_deep_copy_all(item->nations), e);
	if (rc == ERR_OK)
		return json_add_take(out, one, e);
	json_decref(one);
	return rc;
}

static enum err_code
check_item(const struct checklist_of *of, const struct schema_checklist *c,
    const struct checklist_item *item, json_t *out, struct err *e)
{
	enum answer concerned = NO, met = YES;
	enum err_code rc;

	if (!is_in_force(of, item))
		return ERR_OK;
	if ((rc = ask_all(of, &item->when, &concerned, e)) == ERR_OK &&
	    concerned == YES)
		rc = ask_any(of, &item->met, &met, e);
	return rc == ERR_OK && met == NO ? warn(c, item, out, e) : rc;
}

enum err_code
checklist_check(const struct checklist_of *of, json_t *out, struct err *e)
{
	enum err_code rc = ERR_OK;

	for (size_t i = 0; i < of->schema->checklists_n && rc == ERR_OK; i++) {
		const struct schema_checklist *c = &of->schema->checklists[i];
		enum answer concerned = NO;

		if (c->type == of->type)
			rc = ask_all(of, &c->when, &concerned, e);
		for (size_t k = 0;
		     k < c->items_n && rc == ERR_OK && concerned == YES; k++)
			rc = check_item(of, c, &c->items[k], out, e);
	}
	return rc;
}
