/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/cli/cli_record.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/terminal.h"
#include "common/core/fields.h"
#include "common/core/human.h"
#include "common/sys/json.h"
#include "daemon/central/cli/cli_held.h"
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

static void
say_saved(const struct human *h, const json_t *answer)
{
	human_put(h, "The file is written to %s.\n", human_str(answer, "file"));
}

/* Who works here, and as what. */
static void
say_users(const struct human *h, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "users"), *one;
	const struct schema_type *type = schema_account_type(h->schema);
	const struct schema_field *role =
	    schema_find_field(type, type->account.role);
	size_t i;

	json_array_foreach(list, i, one) human_put(h, "%s  %s, %s%s\n",
	    human_str(one, "user"), human_str(one, "name"),
	    schema_code_label(role->codes, human_str(one, "role")),
	    json_is_false(json_object_get(one, "active")) ? ", has left" : "");
	if (json_array_size(list) == 0)
		human_put(h, "Nobody works here yet.\n");
}

/* The type of which one person may have two records. */
static const struct schema_type *
twofold(const struct schema *schema)
{
	for (size_t i = 0; i < schema_types_n(schema); i++)
		if (schema_type_at(schema, i)->same.field != NULL)
			return schema_type_at(schema, i);
	return NULL;
}

static void
say_side(const struct human *h, const json_t *one, const char *key,
    const char *whose)
{
	const struct schema_type *type = twofold(h->schema);
	const json_t *value = json_object_get(one, key);

	human_put(h, "    %s:\n", whose);
	if (value == NULL || json_is_null(value))
		human_put(h, "      nothing\n");
	else
		human_value(h,
		    type == NULL
		        ? NULL
		        : schema_find_field(type, human_str(one, "path")),
		    value, "      ");
}

/* Two records beside each other, and what to do if they are of one person. */
static void
say_pair(const struct human *h, const json_t *answer)
{
	const json_t *list = json_object_get(answer, "reasons"), *one;
	const char *keep = human_str(answer, "id");
	const char *other = human_str(answer, "other");
	size_t i;

	human_put(h, "1. %s  %s\n2. %s  %s\n", keep, human_str(answer, "title"),
	    other, human_str(answer, "other_title"));
	json_array_foreach(list, i, one)
	    human_put(h, "%s%s", i == 0 ? "  " : ", ", json_string_value(one));
	human_put(h, "%s", json_array_size(list) > 0 ? "\n" : "");
	list = json_object_get(answer, "differs");
	human_put(h,
	    json_array_size(list) > 0
	        ? "What the second has that the first has not, or has "
	          "otherwise:\n"
	        : "The second has nothing that the first has not.\n");
	json_array_foreach(list, i, one)
	{
		human_put(h, "  %s\n", human_str(one, "label"));
		say_side(h, one, "value", "1");
		say_side(h, one, "other_value", "2");
	}
	if (json_is_true(json_object_get(answer, "merged")))
		human_put(h, "The first stands for the second.\n");
	else
		human_put(h,
		    "If they are one person: %s duplicates merge %s %s "
		    "--reason WHY, and a second person confirms it.\n",
		    h->program, keep, other);
}

static void
say_removed(const struct human *h, const json_t *answer)
{
	human_put(h,
	    "Removed: %s. What was in it stays in the office's history.\n",
	    human_str(answer, "id"));
}

static void
say_acknowledged(const struct human *h, const json_t *answer)
{
	human_put(h, "Acknowledged: %s\n", human_str(answer, "id"));
}

static void
say_declined(const struct human *h, const json_t *answer)
{
	human_put(h, "Declined: %s\n", human_str(answer, "id"));
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
		{ "held list", cli_held_list },
		{ "held show", cli_held_show },
		{ "waiting", human_waiting },
		{ "user list", say_users },
		{ "duplicates show", say_pair },
		{ "* remove", say_removed },
		{ "* acknowledge", say_acknowledged },
		{ "* decline", say_declined },
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
