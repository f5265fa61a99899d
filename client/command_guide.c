/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guides of the schema: a record begun in a hurry, and whom to phone then.
 */
#include <poll.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/draft.h"
#include "client/given.h"
#include "client/guide.h"
#include "client/output.h"
#include "client/save.h"
#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/sys/json.h"

/* How long words may take to come in from another program. */
#define WAITING_MS 200

static void
random_bytes(uint8_t out[static 10])
{
	rng_fill(out, 10);
}

/* The guide as the notes' bundle has it, or else the program's own. */
static const struct schema_guide *
guide_of(const struct client *c)
{
	const struct schema_guide *kept =
	    schema_guide(c->schema, c->guide->name);

	return kept != NULL ? kept : c->guide;
}

/* Write down that the numbers were shown.  The record and the numbers are there
 * whatever comes of it. */
static void
save_shown(struct client *c, const struct schema_guide *guide, struct id id)
{
	struct edits edits;
	json_t *saved = json_object();
	struct err why;

	edits_init(&edits, c->type, NULL);
	edits.now_ms = clock_unix_ms();
	if (edits_set(&edits, guide->shown->name, "now", 3, EDIT_ARGUMENT,
	        &why) != ERR_OK ||
	    save_collected(c, &id, &edits, false, saved, &why) != ERR_OK)
		(void)fprintf(stderr,
		    "visitbook: That the numbers were shown could not be "
		    "written down: %s.\n",
		    why.msg);
	json_decref(saved);
	edits_fini(&edits);
}

static void
tell_call(const struct human *h, size_t n, const json_t *call)
{
	const json_t *numbers = json_object_get(call, "numbers");

	human_put(h, "%zu. %s\n", n, human_str(call, "label"));
	if (json_is_string(json_object_get(call, "missing")))
		human_put(h, "   %s\n", human_str(call, "missing"));
	for (size_t i = 0; i < json_array_size(numbers); i++) {
		const json_t *one = json_array_get(numbers, i);
		const json_t *lines = json_object_get(one, "lines");

		human_put(h, "   %s", human_str(one, "number"));
		for (size_t k = 0; k < json_array_size(lines); k++)
			human_put(h, ", %s",
			    json_string_value(json_array_get(lines, k)));
		human_put(h, "\n");
	}
}

static void
tell_calls(struct client *c, const json_t *result)
{
	const struct human h = output_human(c);
	const json_t *calls = json_object_get(result, "calls");

	human_words(&h, "guide.calls", NULL);
	for (size_t i = 0; i < json_array_size(calls); i++)
		tell_call(&h, i + 1, json_array_get(calls, i));
}

/* Whom to phone does not wait until what was written can be saved. */
static void
tell_unsaved(struct client *c, const struct schema_guide *guide,
    const struct edits *edits)
{
	json_t *result = json_object();
	struct err why;

	if (!c->json && guide_calls(c, guide, edits, result, &why) == ERR_OK)
		tell_calls(c, result);
	(void)output_end();
	json_decref(result);
}

/* Without a terminal nothing is asked; words that wait on standard input are
 * the answer to the first question that takes words. */
static void
take_waiting(
    struct client *c, const struct schema_guide *guide, struct given *g)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	const struct schema_field *f = NULL;

	for (size_t i = 0; i < guide->ask_n && f == NULL; i++)
		if (guide->ask[i]->kind == SCHEMA_TEXT)
			f = guide->ask[i];
	if (f == NULL || edits_touch(&g->edits, f->name) ||
	    isatty(STDIN_FILENO) == 1 || given_reads_input(c) ||
	    poll(&in, 1, WAITING_MS) != 1 || (in.revents & POLLIN) == 0)
		return;
	given_take_text(c, g, f->name, "-");
}

/* Save what was given and asked; what is refused is kept, and the numbers are
 * told all the same. */
static enum err_code
save_given(struct client *c, const struct schema_guide *guide, struct given *g,
    json_t *result, struct err *e)
{
	struct id id;
	enum err_code code = g->why.code;

	if (code != ERR_OK)
		*e = g->why;
	if (code == ERR_OK && client_has_terminal(c))
		code = guide_ask(c, guide, &g->edits, e);
	if (code == ERR_OK)
		code = guide_fill(c, guide, &g->edits, e);
	if (code == ERR_OK)
		code = save_collected(c, NULL, &g->edits, false, result, e);
	if (code != ERR_OK) {
		draft_keep(c,
		    &(struct draft_what){
		        .edits = &g->edits, .refused = g->refused });
		tell_unsaved(c, guide, &g->edits);
		return code;
	}
	code = guide_calls(c, guide, &g->edits, result, e);
	if (code == ERR_OK &&
	    id_parse(json_string_value(json_object_get(result, "id")), &id))
		save_shown(c, guide, id);
	return code;
}

enum err_code
guide_run(struct client *c, json_t *result, struct err *e)
{
	struct given g = { .refused = json_object() };
	const struct schema_guide *guide;
	enum err_code code;

	c->type = c->guide->type;
	code = client_open(c, e);
	if (code == ERR_OK) {
		guide = guide_of(c);
		edits_init(&g.edits, c->type, NULL);
		g.edits.now_ms = clock_unix_ms();
		g.edits.random = random_bytes;
		given_take(c, &g, true);
		take_waiting(c, guide, &g);
		code = save_given(c, guide, &g, result, e);
		edits_fini(&g.edits);
	} else {
		edits_init(&g.edits, c->type, NULL);
		tell_unsaved(c, c->guide, &g.edits);
		edits_fini(&g.edits);
	}
	json_decref(g.refused);
	return code;
}

void
guide_human(struct client *c, const json_t *result)
{
	const struct human h = output_human(c);
	char key[80];

	saved_human(c, result);
	human_put(&h, "\n");
	tell_calls(c, result);
	human_put(&h, "\n");
	(void)snprintf(key, sizeof(key), "guide.%.60s.after", c->guide->name);
	if (*human_word(&h, key) != '\0')
		human_words(&h, key, "type", c->type->name, "id",
		    human_str(result, "id"), NULL);
}
