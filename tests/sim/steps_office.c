/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/steps_office.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/erased.h"
#include "tests/sim/facts.h"
#include "tests/sim/kinds.h"
#include "tests/sim/marks.h"
#include "tests/sim/office.h"
#include "tests/sim/template.h"
#include "tests/sim/trace.h"
#include "tests/simkit/fields.h"

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text == NULL ? "" : text;
}

static bool
went_well(struct world *w, const char *what, const json_t *answer)
{
	const json_t *error = json_object_get(answer, "error");

	if (answer == NULL)
		return false;
	trace_say(w, "the office: %s%s%s", what, error != NULL ? ": " : "",
	    error != NULL ? text_of(error, "text") : "");
	return error == NULL;
}

static void
office_edits(struct world *w, struct sim_node *n, struct rng *dice)
{
	const uint64_t k = rng_below(dice, 4);
	const char *type = k == 0 ? "site" : k == 1 ? "case" : "person";
	const struct id id = k == 0 ? template.sites[0]
	    : k == 1                ? template.cases[0]
	                            : template.people[0];
	struct field_edit f = { .now = NULL };
	struct office_edit edit;
	const struct office_save save = { .author =
		                              template.users[SIM_USERS - 1],
		.record = &id,
		.type = type,
		.edits = &edit,
		.n_edits = 1 };
	struct office_saved saved;
	struct err e = { 0 };
	json_t *empty = json_object();
	enum err_code code;

	if (field_choose(&w->words, dice, type, empty, &f) && f.now != NULL) {
		edit = (struct office_edit){ .path = f.path, .now = f.now };
		enter_node(n);
		code = engine_save(n->engine, &save, &saved, &e);
		(void)engine_work(n->engine);
		leave();
		marks_saved(w, id);
		trace_say(w, "the office writes %s of a %s%s%s", f.path, type,
		    code == ERR_OK ? "" : ": ", code == ERR_OK ? "" : e.msg);
	}
	json_decref(f.now);
	json_decref(empty);
}

/* The k-th of a list in an answer, or NULL. */
static const json_t *
one_of(const json_t *answer, const char *key, struct rng *dice)
{
	const json_t *list = json_object_get(answer, key);
	const size_t n = json_array_size(list);

	return n == 0 ? NULL : json_array_get(list, rng_below(dice, n));
}

static json_t *
decision(const char *conflict, const char *user, struct rng *dice)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "do", "conflict decide",
	    "as", user, "conflict", conflict, "take", "current", "reason",
	    rng_below(dice, 2) == 0 ? "as it stands" : "they said so");
}

static void
office_decides(struct world *w, struct sim_node *n, struct rng *dice)
{
	json_t *list =
	    office_command(n, json_pack("{s:s}", "do", "conflict list"));
	const json_t *one = one_of(list, "conflicts", dice);
	const unsigned by = SIM_USERS - 1 - (unsigned)rng_below(dice, 2);
	json_t *answer;

	if (one != NULL && n->engine != NULL) {
		answer = office_command(n,
		    decision(text_of(one, "id"), id_print(template.users[by]).s,
		        dice));
		if (went_well(w, "a decision", answer))
			count_event(w, EVENT_DECISION);
		json_decref(answer);
	}
	json_decref(list);
}

/* Two administrators decide the same conflict, each at a node, neither having
 * seen the other's. */
static void
two_admins(struct world *w, struct rng *dice)
{
	struct sim_node *a = office_node(w), *b;
	json_t *list, *answer;
	const json_t *one;

	if (a == NULL)
		return;
	list = office_command(a, json_pack("{s:s}", "do", "conflict list"));
	one = one_of(list, "conflicts", dice);
	for (unsigned i = 0; one != NULL && i < SIM_ADMINS; i++) {
		b = &w->nodes[i % w->n_nodes];
		if (b->engine == NULL)
			continue;
		answer = office_command(b,
		    decision(text_of(one, "id"),
		        id_print(template.users[SIM_USERS - 1 - i]).s, dice));
		if (went_well(w, "an administrator's decision", answer))
			count_event(w, EVENT_DECISION);
		json_decref(answer);
		if (i == 1)
			count_fault(w, FAULT_TWO_ADMINS);
	}
	json_decref(list);
}

static void
office_closes(struct world *w, struct sim_node *n, struct rng *dice)
{
	json_t *list = office_command(n, json_pack("{s:s}", "do", "held list"));
	const json_t *one = one_of(list, "held", dice);
	const bool close = rng_below(dice, 2) == 0;
	json_t *answer;

	if (one != NULL && n->engine != NULL) {
		answer = office_command(n,
		    json_pack("{s:s, s:s, s:s, s:s}", "do",
		        close ? "held close" : "held retry", "as",
		        id_print(template.users[SIM_USERS - 1]).s, "change",
		        text_of(one, "change"), "reason", "not ours"));
		(void)went_well(w,
		    close ? "closes a held change" : "tries a held change",
		    answer);
		if (!close && w->n_let_go < 64)
			(void)snprintf(w->let_go[w->n_let_go++],
			    sizeof(w->let_go[0]), "%s", text_of(one, "change"));
		json_decref(answer);
	}
	json_decref(list);
}

static void
office_grants(struct world *w, struct sim_node *n, struct rng *dice, bool end)
{
	const unsigned user = (unsigned)rng_below(dice, 6);
	const unsigned k = (unsigned)rng_below(dice, SIM_CASES);
	char scope[64], what[80];
	json_t *answer;

	(void)snprintf(
	    scope, sizeof(scope), "case:%s", id_print(template.cases[k]).s);
	(void)snprintf(what, sizeof(what), "%s user %u's grant on case %u",
	    end ? "ends" : "gives", user, k);
	answer = office_command(n,
	    json_pack("{s:s, s:s, s:s, s:s}", "do",
	        end ? "grant end" : "grant add", "user",
	        id_print(template.users[user]).s, "scope", scope, "reason",
	        "so decided"));
	if (went_well(w, what, answer)) {
		w->grants[user][k] = !end;
		fact_grants(w);
		count_fault(w, FAULT_SCOPE);
	}
	json_decref(answer);
}

bool
step_office(struct world *w, const struct step *s, struct rng *dice)
{
	struct sim_node *n = office_node(w);

	if (s->kind != STEP_OFFICE_EDIT && s->kind != STEP_OFFICE_DECIDE &&
	    s->kind != STEP_OFFICE_CLOSE && s->kind != STEP_OFFICE_BACKUP &&
	    s->kind != STEP_RESTORE && s->kind != STEP_ROLL_BACK &&
	    s->kind != STEP_GRANT_END && s->kind != STEP_GRANT_ADD &&
	    s->kind != STEP_TWO_ADMINS && s->kind != STEP_ERASE)
		return false;
	if (s->kind == STEP_RESTORE || s->kind == STEP_ROLL_BACK) {
		(s->kind == STEP_RESTORE ? office_restore : office_roll_back)(
		    w);
		return true;
	}
	if (n == NULL)
		return true;
	if (s->kind == STEP_OFFICE_EDIT)
		office_edits(w, n, dice);
	else if (s->kind == STEP_OFFICE_DECIDE)
		office_decides(w, n, dice);
	else if (s->kind == STEP_OFFICE_CLOSE)
		office_closes(w, n, dice);
	else if (s->kind == STEP_OFFICE_BACKUP)
		office_backup(w);
	else if (s->kind == STEP_ERASE)
		erased_step(w, n, dice);
	else if (s->kind == STEP_TWO_ADMINS)
		two_admins(w, dice);
	else
		office_grants(w, n, dice, s->kind == STEP_GRANT_END);
	/* Whoever waits is told; what was set free is applied. */
	if (n->engine != NULL)
		node_work(n);
	return true;
}
