/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All sequences of up to three operations, in the order of their numbers: seed
 * 1 is the first of one operation.  Each is played undisturbed, and then cut at
 * every durable step of the device and of the office, once with what was not
 * sure kept and once with it lost.  However it was cut, in the end the same is
 * with the office and on the screens, and then nothing moves any more.
 *
 * Cuts that nothing tells apart any more are played on as one (branch.h). Which
 * those are after the first operation, or the first two, is found out once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prove/prove.h"
#include "tests/sequences/play.h"
#include "tests/sim/template.h"

#define PLAYERS 2

static const char *const event_words[EVENT_N] = { "conflicts", "held", "epochs",
	"decisions", "drops" };

static uint64_t every = 1; /* of so many cuts one is played */

struct sequence {
	enum play_op ops[PLAY_OPS_MAX];
	size_t n;
	char text[80];
};

/* False: there is none of this number. */
static bool
sequence_of(uint64_t number, struct sequence *out)
{
	uint64_t of_length = OP_N, rest = number - 1;
	int len = 0;

	*out = (struct sequence){ .n = 1 };
	while (rest >= of_length) {
		rest -= of_length;
		of_length *= OP_N;
		if (++out->n > PLAY_OPS_MAX)
			return false;
	}
	for (size_t i = out->n; i-- > 0; rest /= OP_N)
		out->ops[i] = (enum play_op)(rest % OP_N);
	for (size_t i = 0; i < out->n; i++)
		len +=
		    snprintf(out->text + len, sizeof(out->text) - (size_t)len,
		        "%s%s", i > 0 ? ", " : "", play_op_word(out->ops[i]));
	return true;
}

/* The first line in which two ends differ, of both. */
static const char *
first_other(const char *a, const char *b, char *line, size_t cap)
{
	size_t at = 0, begin = 0;

	while (a[at] != '\0' && a[at] == b[at])
		if (b[at++] == '\n')
			begin = at;
	(void)snprintf(line, cap, "%.*s and not%.*s",
	    (int)strcspn(b + begin, "\n"), b + begin,
	    (int)strcspn(a + begin, "\n"), a + begin);
	return line;
}

/* ---- cuts of a beginning that go on as others of it ---- */

struct known_cuts {
	bool is_found;
	struct play_cut *of;
	size_t n;
};
#define BEGINNINGS (OP_N + OP_N * OP_N)
static struct known_cuts beginnings[BEGINNINGS];

static struct known_cuts *
known_of(const enum play_op *ops, size_t n)
{
	return n == 1 ? &beginnings[ops[0]]
	              : &beginnings[OP_N + (size_t)ops[0] * OP_N + ops[1]];
}

static bool
is_known(const struct known_cuts *k, const struct play_cut *cut)
{
	for (size_t i = 0; k != NULL && i < k->n; i++)
		if (k->of[i].side == cut->side && k->of[i].step == cut->step &&
		    k->of[i].loses == cut->loses)
			return true;
	return false;
}

static void
keep_known(const enum play_op *ops, size_t n, const struct play_result *r)
{
	struct known_cuts *k = known_of(ops, n);

	if (k->is_found)
		return;
	*k = (struct known_cuts){ .is_found = true,
		.of = calloc(r->n_branches + 1, sizeof(*k->of)) };
	if (k->of == NULL)
		abort();
	for (size_t i = 0; i < r->n_branches; i++)
		if (r->branches[i].end == BRANCH_SAME_STATE ||
		    r->branches[i].end == BRANCH_KNOWN)
			k->of[k->n++] = r->branches[i].cut;
}

/* ---- one sequence ---- */

/* With --every N, each N-th, and others for the next sequence. */
static enum play_wanted
wanted(const struct play_plan *plan, const struct play_cut *cut)
{
	const uint64_t place = 2 * cut->step + (cut->loses ? 1 : 0);

	if ((place + plan->number) % every != 0)
		return CUT_UNWANTED;
	return is_known(plan->known, cut) ? CUT_KNOWN : CUT_WANTED;
}

static void
play_sequence(
    const struct sequence *s, uint64_t number, struct play_result *out)
{
	struct play_plan plan = {
		.ops = s->ops, .n = s->n, .wanted = wanted, .number = number
	};
	const struct sequence beginning = { .n = s->n - 1,
		.ops = { s->ops[0], s->ops[1] } };
	struct play_result first;

	/* All of a beginning's cuts are played here too, or none is known. */
	if (every == 1 && s->n > 1) {
		plan.known = known_of(beginning.ops, beginning.n);
		if (!plan.known->is_found) {
			play_sequence(&beginning, 0, &first);
			play_result_fini(&first);
		}
	}
	play(&plan, out);
	if (every == 1 && s->n < PLAY_OPS_MAX)
		keep_known(s->ops, s->n, out);
}

/* ---- what is told of it ---- */

static const char *const cut_words[SIDE_N][2] = {
	{ "device kept", "device lost" }, { "office kept", "office lost" }
};
static const char *const end_words[] = { [BRANCH_KNOWN] =
	                                     "goes on as another of before",
	[BRANCH_SAME_DISK] = "leaves the same disks as another",
	[BRANCH_SAME_STATE] = "goes on as another from an operation's end",
	[BRANCH_SAME_END] = "goes on as another from the last operation's end",
	[BRANCH_ENDED] = "played to its end",
	[BRANCH_VIOLATED] = "violated" };

static void
tell_events(struct prove *p, const unsigned *events)
{
	for (unsigned i = 0; i < EVENT_N; i++)
		if (events[i] > 0)
			prove_event(p, event_words[i]);
}

static void
tell_branch(struct prove *p, uint64_t number, const struct sequence *s,
    const struct branch *b, const char *end)
{
	const struct play_cut *cut = &b->cut;
	const char *word = cut_words[cut->side][cut->loses ? 1 : 0];
	char line[800];

	prove_fault(p, word);
	prove_event(p, end_words[b->end]);
	prove_changes(p, b->changes);
	tell_events(p, b->events);
	if (b->end == BRANCH_VIOLATED)
		prove_violation(p, number, "%s, cut at step %llu (%s): %s",
		    s->text, (unsigned long long)cut->step, word, b->text);
	else if (b->end == BRANCH_ENDED && strcmp(end, b->text) != 0)
		prove_violation(p, number,
		    "%s, cut at step %llu (%s): it ends otherwise: %s", s->text,
		    (unsigned long long)cut->step, word,
		    first_other(end, b->text, line, sizeof(line)));
}

static void
sequence_seed(struct prove *p, uint64_t seed)
{
	static bool is_made;
	struct play_result r;
	struct sequence s;

	if (!is_made && !template_make(PLAYERS))
		abort();
	is_made = true;
	every = prove_every(p);
	if (!sequence_of(seed, &s)) {
		prove_violation(
		    p, seed, "there are no more sequences; ask for fewer");
		prove_point(p, "beyond the last");
		return;
	}
	play_sequence(&s, seed, &r);
	prove_point(p, "undisturbed");
	tell_events(p, r.events);
	if (r.is_violated)
		prove_violation(
		    p, seed, "%s, undisturbed: %s", s.text, r.violation);
	for (size_t i = 0; i < r.n_branches && !r.is_violated; i++)
		tell_branch(p, seed, &s, &r.branches[i], r.end);
	play_result_fini(&r);
}

bool
prove_plays(int argc, char *argv[], int *status_out)
{
	(void)argc;
	(void)argv;
	(void)status_out;
	return false;
}

const struct prove_kind prove_kinds[] = {
	{ .word = "sequences",
	    .seed = sequence_seed,
	    .events = { "epochs", "conflicts", "decisions" } },
	{ .word = NULL },
};
