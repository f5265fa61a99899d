/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/cli/cli_record.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/terminal.h"
#include "common/core/fields.h"
#include "common/core/human.h"
#include "common/sys/json.h"
#include "schema/schema_bundle.h"

static void
put(void *arg, const char *text)
{
	(void)arg;
	terminal_put(stdout, text);
}

static void
name(void *arg, const char *id_text, char out[static HUMAN_NAME_MAX])
{
	const char *title = human_str(arg, id_text);
	struct id id;

	if (id_parse(id_text, &id) && id_is_zero(id))
		title = "the office";
	(void)snprintf(
	    out, HUMAN_NAME_MAX, "%s", *title != '\0' ? title : id_text);
}

/* The last word of a command: "show" of "note show". */
static const char *
verb_of(const char *words)
{
	const char *verb = strrchr(words, ' ');

	return verb == NULL ? words : verb + 1;
}

const json_t *
cli_lines(const json_t *answer)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)answer, key, value)
	{
		if (json_is_array(value))
			return value;
	}
	return NULL;
}

static void
say_more(const struct human *h, const json_t *answer)
{
	human_left_out(h, answer);
	if (json_is_string(json_object_get(answer, "next")))
		human_put(h, "There are more: --after %s\n",
		    human_str(answer, "next"));
}

/* "ID  TITLE (draft), 2 to decide" */
static void
say_list(const struct human *h, const json_t *answer)
{
	const json_t *list = cli_lines(answer);
	size_t shown = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		const char *title = human_str(one, "title");
		const char *content = human_str(one, "content");
		const uint64_t asked = human_num(one, "conflicts");

		if (json_is_true(json_object_get(one, "removed")))
			continue;
		shown++;
		human_put(h, "%s", human_str(one, "id"));
		if (*title != '\0')
			human_put(h, "  %s", title);
		if (*content != '\0')
			human_put(h, "  (%s)", content);
		if (asked > 0)
			human_put(
			    h, "  %llu to decide", (unsigned long long)asked);
		if (json_is_false(
		        json_object_get(json_object_get(one, "file"), "here")))
			human_put(h, "  (its file has not come yet)");
		human_put(h, "\n");
	}
	if (shown == 0)
		human_put(h, "There is none.\n");
	say_more(h, answer);
}

/* What wants to be read and nothing more. */
static void
say_to_read(const struct human *h, const json_t *one)
{
	char title[HUMAN_NAME_MAX];

	h->name(h->arg, human_str(one, "record"), title);
	human_put(h, "    \"%s\" of %s: %s conflict show %s\n",
	    human_str(one, "label"), title, h->program, human_str(one, "id"));
}

/* What asks for an answer first, then what wants to be read. */
static void
say_conflicts(const struct human *h, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "conflicts");
	const size_t asked = human_conflicts(h, list);

	if (asked == 0)
		human_put(h, "Nothing waits for a decision.\n");
	if (asked == json_array_size(list))
		return;
	human_put(h, "To be read:\n");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (human_is_review(json_array_get(list, i)))
			say_to_read(h, json_array_get(list, i));
}

/* What was done although the person had said no, and whose it is to look. */
static void
say_against(const struct human *h, const json_t *one)
{
	const json_t *seen = json_object_get(one, "seen");
	const char *by = human_str(seen, "by");
	char title[HUMAN_NAME_MAX];

	human_put(h, "%s %s: %s\n", human_str(one, "label"),
	    human_str(one, "record"), human_str(one, "title"));
	human_put(h, "    ");
	human_words(h, "review.agreed", "against",
	    human_str(one, "against_title"), NULL);
	human_put(h, "    ");
	if (*by == '\0') {
		human_words(h, "review.for", "role",
		    human_str(one, "role_label"), "command", h->program, "id",
		    human_str(one, "id"), NULL);
		return;
	}
	h->name(h->arg, by, title);
	human_words(h, "review.looked", "who", title, NULL);
	if (*human_str(seen, "reason") != '\0')
		human_text(h, human_str(seen, "reason"), "    ");
}

static void
say_reviews(const struct human *h, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "reviews");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (strcmp(human_str(one, "kind"), "agreed") == 0)
			say_against(h, one);
		else
			say_to_read(h, one);
	}
	if (json_array_size(list) == 0)
		human_put(h, "Nothing waits to be looked at.\n");
}

static void
say_seen(const struct human *h, const json_t *answer)
{
	(void)answer;
	human_words(h, "review.seen", NULL);
}

/* Each with what it is about, whose it is, why, and what to do. */
static void
say_held(const struct human *h, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "held");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		const char *reason = human_str(one, "reason");
		char key[80], title[HUMAN_NAME_MAX];

		h->name(h->arg, human_str(one, "record"), title);
		human_put(
		    h, "%s  of %s\n    ", human_str(one, "change"), title);
		(void)snprintf(key, sizeof(key), "held.%.60s", reason);
		if (*human_word(h, key) == '\0')
			human_put(h, "%s\n", reason);
		else
			human_words(h, key, "field", "one of its values", NULL);
	}
	if (json_array_size(list) == 0)
		human_put(h, "No change is held.\n");
	else
		human_put(h,
		    "Next: %s held show CHANGE, then held retry, or held "
		    "close with a reason.\n",
		    h->program);
}

static void
say_saved(const struct human *h, const json_t *answer)
{
	human_put(h, "The file is written to %s.\n", human_str(answer, "file"));
}

bool
cli_record(const char *words, const json_t *answer)
{
	static const struct {
		const char *words; /* "* show": of every type */
		void (*say)(const struct human *h, const json_t *answer);
	} forms[] = {
		{ "conflict list", say_conflicts },
		{ "conflict show", human_conflict },
		{ "review list", say_reviews },
		{ "review seen", say_seen },
		{ "held list", say_held },
		{ "waiting", human_waiting },
		{ "* show", human_record },
		{ "* list", say_list },
		{ "* save", say_saved },
		{ "* fields", fields_tell },
		{ "* check", human_check },
	};
	struct schema *schema;
	struct human h = { .program = "visitbook-central",
		.now_ms = clock_unix_ms(),
		.put = put,
		.name = name,
		.arg = json_object_get(answer, "names") };
	size_t i = 0;

	if (schema_parse(schema_bundle_bytes, schema_bundle_len, &schema,
	        NULL) != ERR_OK)
		return false;
	h.schema = h.built_in = schema;
	/* Of a type: the first word is one, as in "note show". */
	for (; i < sizeof(forms) / sizeof(forms[0]); i++) {
		char type[65];

		(void)snprintf(type, sizeof(type), "%.*s",
		    (int)strcspn(words, " "), words);
		if (strcmp(forms[i].words, words) == 0 ||
		    (forms[i].words[0] == '*' &&
		        strcmp(forms[i].words + 2, verb_of(words)) == 0 &&
		        schema_type(schema, type) != NULL &&
		        schema_type(schema, type)->account.name == NULL))
			break;
	}
	if (i < sizeof(forms) / sizeof(forms[0]))
		forms[i].say(&h, answer);
	schema_free(schema);
	return i < sizeof(forms) / sizeof(forms[0]);
}
