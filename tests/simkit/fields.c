/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simkit/fields.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/id.h"
#include "common/core/path.h"

/* Those of a type follow each other. */
static const struct field_choice choices[] = {
	{ .type = "site", .path = "name", .form = FORM_LINE },
	{ .type = "site", .path = "door_notes", .form = FORM_TEXT },
	{ .type = "site",
	    .path = "address",
	    .form = FORM_GROUP,
	    .codes = "line_1" },
	{ .type = "person", .path = "full_name", .form = FORM_LINE },
	{ .type = "person", .path = "contact_rules", .form = FORM_TEXT },
	{ .type = "person", .path = "what_matters", .form = FORM_TEXT },
	{ .type = "person",
	    .path = "safe_to_contact",
	    .form = FORM_CODE,
	    .codes = "any_way agreed_ways through_someone do_not_contact" },
	{ .type = "person", .path = "restricted", .form = FORM_YES_NO },
	{ .type = "person",
	    .path = "client_group",
	    .form = FORM_MEMBER,
	    .codes = "dementia autism mental_health" },
	{ .type = "person",
	    .path = "location",
	    .form = FORM_GROUP,
	    .codes = "room" },
	{ .type = "person",
	    .path = "phones",
	    .form = FORM_ROW,
	    .codes = "note",
	    .column = FORM_LINE },
	{ .type = "case", .path = "commissioner", .form = FORM_LINE },
	{ .type = "case",
	    .path = "model",
	    .form = FORM_CODE,
	    .codes = "professional volunteer peer" },
	{ .type = "case",
	    .path = "instructed_mode",
	    .form = FORM_CODE,
	    .codes = "instructed non_instructed mixed" },
	{ .type = "case",
	    .path = "handling",
	    .form = FORM_MEMBER,
	    .codes = "restricted legal_hold media_interest" },
	{ .type = "case",
	    .path = "status", /* the office's to say: held */
	    .form = FORM_CODE,
	    .codes = "open on_hold closing" },
	{ .type = "note", .path = "summary", .form = FORM_TEXT },
	{ .type = "note",
	    .path = "mode",
	    .form = FORM_CODE,
	    .codes = "instructed non_instructed mixed" },
	{ .type = "note",
	    .path = "safeguarding",
	    .form = FORM_CODE,
	    .codes = "no_concern unsure concern" },
	{ .type = "note",
	    .path = "statements",
	    .form = FORM_ROW,
	    .codes = "text",
	    .column = FORM_TEXT },
	{ .type = "note",
	    .path = "actions",
	    .form = FORM_ROW,
	    .codes = "done",
	    .column = FORM_YES_NO },
	{ .type = "issue", .path = "title", .form = FORM_LINE },
	{ .type = "issue", .path = "wanted", .form = FORM_TEXT },
	{ .type = "issue", .path = "rating_before", .form = FORM_NUMBER },
	{ .type = "issue",
	    .path = "status",
	    .form = FORM_CODE,
	    .codes = "open in_progress waiting finished" },
	{ .type = "visit", .path = "purpose", .form = FORM_LINE },
	{ .type = "visit", .path = "direct_minutes", .form = FORM_NUMBER },
	{ .type = "visit",
	    .path = "result",
	    .form = FORM_CODE,
	    .codes = "done no_access" },
};
/* The time in the ids of rows. */
#define ROW_ID_MS UINT64_C(1795219200000)
#define CHOICES (sizeof(choices) / sizeof(choices[0]))

size_t
word_print(unsigned n, char out[static 16])
{
	size_t digits = 4, len;

	for (unsigned k = n / 10000; k > 0; k /= 10)
		digits++;
	len = 1 + digits;
	out[0] = 'w';
	out[len] = '\0';
	for (; digits > 0; n /= 10)
		out[digits--] = (char)('0' + n % 10);
	return len;
}

void
word_new(struct words *w, char out[static 16])
{
	(void)word_print(++w->n, out);
}

/* One word of a list that spaces divide. */
static void
pick_code(struct rng *dice, const char *codes, char out[static 40])
{
	size_t n = 1;
	uint64_t k;

	for (const char *p = codes; *p != '\0'; p++)
		n += *p == ' ' ? 1 : 0;
	for (k = rng_below(dice, n); k > 0; k--)
		codes = strchr(codes, ' ') + 1;
	n = strcspn(codes, " ");
	memcpy(out, codes, n);
	out[n] = '\0';
}

/* Texts change by a new sentence somewhere, or in place of a word, so that
 * merges find something to do. */
static json_t *
new_text(struct words *w, struct rng *dice, const json_t *old)
{
	const char *text = json_is_string(old) ? json_string_value(old) : "";
	const size_t len = strlen(text);
	size_t at = len > 0 ? (size_t)rng_below(dice, len + 1) : 0, end;
	char word[16];

	word_new(w, word);
	if (len == 0 || len > 400)
		return json_sprintf("They said %s. They are not sure. Next"
		                    " week.",
		    word);
	while (at > 0 && text[at] != ' ')
		at--;
	end = at;
	if (rng_below(dice, 3) == 0) { /* in place of the next word */
		end += text[end] == ' ' ? 1 : 0;
		while (text[end] != '\0' && text[end] != ' ')
			end++;
	}
	return json_sprintf("%.*s %s%s", (int)at, text, word,
	    text[end] == '\0' ? "." : text + end);
}

static json_t *
new_value(struct words *w, struct rng *dice, const struct field_choice *c,
    enum field_form form, const char *codes, const json_t *old)
{
	char word[40];

	switch (form) {
	case FORM_TEXT:
		return new_text(w, dice, old);
	case FORM_LINE:
		word_new(w, word);
		return json_sprintf("%s %s", c->path, word);
	case FORM_CODE:
		pick_code(dice, codes, word);
		return json_string(word);
	case FORM_YES_NO:
		return json_boolean(rng_below(dice, 2) == 0);
	case FORM_NUMBER:
		return json_integer(1 + (json_int_t)rng_below(dice, 5));
	case FORM_GROUP:
		word_new(w, word);
		return json_pack("{s:s}", codes, word);
	case FORM_MEMBER:
	case FORM_ROW:
		break;
	}
	return NULL;
}

/* A row that is there, or a new one. */
static void
pick_row(
    struct rng *dice, const json_t *rows, char out[static 40], bool *is_new)
{
	const size_t n = json_object_size(rows);
	uint8_t random[10];
	const char *key;
	json_t *value;
	uint64_t k;

	*is_new = n == 0 || rng_below(dice, 3) == 0;
	if (*is_new) {
		rng_bytes(dice, random, sizeof(random));
		(void)snprintf(
		    out, 40, "%s", id_print(id_make(ROW_ID_MS, random)).s);
		return;
	}
	k = rng_below(dice, n);
	json_object_foreach((json_t *)(uintptr_t)rows, key, value)
	{
		if (k-- == 0)
			(void)snprintf(out, 40, "%s", key);
	}
}

static void
choose_row(struct words *w, struct rng *dice, const struct field_choice *c,
    const json_t *doc, struct field_edit *out)
{
	const json_t *rows = json_object_get(doc, c->path);
	char row[40];
	bool is_new;

	pick_row(dice, rows, row, &is_new);
	if (!is_new && rng_below(dice, 4) == 0) { /* remove the row */
		(void)snprintf(
		    out->path, sizeof(out->path), "%s/%s", c->path, row);
		out->now = NULL;
		return;
	}
	(void)snprintf(
	    out->path, sizeof(out->path), "%s/%s/%s", c->path, row, c->codes);
	out->now = new_value(
	    w, dice, c, c->column, c->column_codes, path_get(doc, out->path));
}

bool
field_choose(struct words *w, struct rng *dice, const char *type,
    const json_t *doc, struct field_edit *out)
{
	const struct field_choice *c = choices, *end = choices + CHOICES;
	size_t n = 0;
	char word[40];

	while (c < end && strcmp(c->type, type) != 0)
		c++;
	while (c + n < end && strcmp(c[n].type, type) == 0)
		n++;
	if (n == 0)
		return false;
	c += rng_below(dice, n);
	memcpy(out->path, c->path, strlen(c->path) + 1);
	if (c->form == FORM_ROW) {
		choose_row(w, dice, c, doc, out);
	} else if (c->form == FORM_MEMBER) {
		pick_code(dice, c->codes, word);
		(void)snprintf(
		    out->path, sizeof(out->path), "%s/%s", c->path, word);
		out->now =
		    path_get(doc, out->path) != NULL ? NULL : json_true();
	} else {
		out->now = new_value(
		    w, dice, c, c->form, c->codes, path_get(doc, c->path));
		/* Now and then somebody empties it. */
		if (rng_below(dice, 12) == 0 &&
		    path_get(doc, c->path) != NULL) {
			json_decref(out->now);
			out->now = NULL;
		}
	}
	return true;
}
