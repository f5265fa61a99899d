/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came out clean and should be read all the same: texts that were put
 * together, and answers of which the more careful one was kept.  Having looked
 * is a decision that changes nothing: it closes the sides that were seen and
 * stays in the record with who looked and when.
 */
#include "client/commands.h"
#include "client/conflict.h"
#include "client/output.h"
#include "client/save.h"

static bool
is_review(const struct conflict *conflict)
{
	return conflict->kind == CONFLICT_REVIEW ||
	    conflict->kind == CONFLICT_NOTICE;
}

enum err_code
review_list_run(struct client *c, json_t *result, struct err *e)
{
	return conflict_list(c, is_review, "reviews", result, e);
}

void
review_list_human(struct client *c, const json_t *result)
{
	const json_t *list = json_object_get(result, "reviews");
	char title[TITLE_MAX];

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		bool is_open = strcmp(human_str(one, "state"), "open") == 0;

		output_words(c,
		    strcmp(human_str(one, "kind"), "notice") == 0
		        ? "review.notice"
		        : "review.merged",
		    "field", human_str(one, "label"), NULL);
		record_title(c, human_str(one, "record"), title);
		output("    %s %s: %s\n", human_str(one, "type"),
		    human_str(one, "record"), title);
		if (is_open)
			output("    See both: visitbook conflict show %s\n"
			       "    It is right: visitbook review seen %s\n",
			    human_str(one, "id"), human_str(one, "id"));
		else
			output("    Looked at: visitbook conflict show %s\n",
			    human_str(one, "id"));
	}
	if (json_array_size(list) == 0)
		output("Nothing waits to be looked at.\n");
}

enum err_code
review_seen_run(struct client *c, json_t *result, struct err *e)
{
	const struct conflict_decision seen = { .reason = args_get(
		                                    c->args, "reason") };
	const struct conflict *conflict;
	struct conflict_found f;
	enum err_code code = conflict_find(c, &f, e);

	if (code != ERR_OK)
		return code;
	conflict = record_conflict(&f.shown.view, f.id);
	if (!is_review(conflict)) {
		client_next(c, "visitbook conflict show %s shows them.",
		    c->args->operands[0]);
		code =
		    client_fail(c, ERR_CONFLICT, STATUS_ANSWER, "conflict", e,
		        "these are two versions, and someone has to say which "
		        "stands");
	} else if (!conflict_is_open(conflict)) {
		client_next(c, "Nothing more is to be done.");
		code = client_fail(c, ERR_CONFLICT, STATUS_REFUSED, "closed", e,
		    "this was looked at already");
	} else {
		code = conflict_save(c, &f, &seen, result, e);
	}
	record_shown_fini(&f.shown);
	return code;
}

void
review_seen_human(struct client *c, const json_t *result)
{
	output_words(c, "review.seen", NULL);
	saved_human(c, result);
}
