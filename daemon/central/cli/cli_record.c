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
	human_errors(h, human_num(answer, "errors"));
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
		human_put(h, "\n");
	}
	if (shown == 0)
		human_put(h, "There is none.\n");
	say_more(h, answer);
}

/* What asks for an answer first, then what wants to be read. */
static void
say_conflicts(const struct human *h, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "conflicts");
	const size_t asked = human_conflicts(h, list);
	char title[HUMAN_NAME_MAX];

	if (asked == 0)
		human_put(h, "Nothing waits for a decision.\n");
	if (asked == json_array_size(list))
		return;
	human_put(h, "To be read:\n");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (!human_is_review(one))
			continue;
		h->name(h->arg, human_str(one, "record"), title);
		human_put(h, "    \"%s\" of %s: %s conflict show %s\n",
		    human_str(one, "label"), title, h->program,
		    human_str(one, "id"));
	}
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

bool
cli_record(const char *words, const json_t *answer)
{
	static const struct {
		const char *words; /* "* show": of every type */
		void (*say)(const struct human *h, const json_t *answer);
	} forms[] = {
		{ "conflict list", say_conflicts },
		{ "conflict show", human_conflict },
		{ "held list", say_held },
		{ "* show", human_record },
		{ "* list", say_list },
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
