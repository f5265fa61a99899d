/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All sequences of up to three operations, in the order of their numbers: seed
 * 1 is the first of one operation.  Each is played undisturbed, and then cut at
 * every durable step of the device and of the office, once with what was not
 * sure kept and once with it lost.  However it was cut, in the end the same is
 * with the office and on the screens, and then nothing moves any more.
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

static const char *const cut_words[SIDE_N][2] = {
	{ "device kept", "device lost" }, { "office kept", "office lost" }
};

/* The first line in which two ends differ, of the second. */
static const char *
first_other(const char *a, const char *b, char *line, size_t cap)
{
	size_t at = 0, begin = 0;

	while (a[at] != '\0' && a[at] == b[at])
		if (b[at++] == '\n')
			begin = at;
	(void)snprintf(
	    line, cap, "%.*s", (int)strcspn(b + begin, "\n"), b + begin);
	return line;
}

static void
cut_at(struct prove *p, uint64_t number, const struct sequence *s,
    const struct play_cut *cut, const char *end)
{
	const char *word = cut_words[cut->side][cut->loses ? 1 : 0];
	struct play_result r;
	char line[400];

	play(s->ops, s->n, cut, &r);
	if (!r.was_cut) {
		prove_event(p, "not met");
		play_result_fini(&r);
		return;
	}
	prove_fault(p, word);
	prove_changes(p, r.changes);
	if (r.is_violated)
		prove_violation(p, number, "%s, cut at step %llu (%s): %s",
		    s->text, (unsigned long long)cut->step, word, r.violation);
	else if (strcmp(end, r.end) != 0)
		prove_violation(p, number,
		    "%s, cut at step %llu (%s): it ends otherwise: %s", s->text,
		    (unsigned long long)cut->step, word,
		    first_other(end, r.end, line, sizeof(line)));
	play_result_fini(&r);
}

/* With --every N, each N-th step, and others for the next sequence. */
static void
cut_everywhere(struct prove *p, uint64_t number, const struct sequence *s,
    const struct play_result *whole)
{
	const uint64_t every = prove_every(p);

	for (unsigned side = 0; side < SIDE_N; side++)
		for (uint64_t step = 1; step <= whole->steps[side]; step++)
			for (unsigned loses = 0; loses < 2; loses++) {
				const struct play_cut cut = {
					.side = (enum play_side)side,
					.step = step,
					.loses = loses == 1
				};

				if ((2 * step + loses + number) % every == 0)
					cut_at(p, number, s, &cut, whole->end);
			}
}

static void
sequence_seed(struct prove *p, uint64_t seed)
{
	static bool is_made;
	const struct play_cut none = { .step = 0 };
	struct play_result whole;
	struct sequence s;

	if (!is_made && !template_make(PLAYERS))
		abort();
	is_made = true;
	if (!sequence_of(seed, &s)) {
		prove_violation(
		    p, seed, "there are no more sequences; ask for fewer");
		prove_point(p, "beyond the last");
		return;
	}
	play(s.ops, s.n, &none, &whole);
	prove_point(p, "undisturbed");
	for (unsigned i = 0; i < EVENT_N; i++)
		if (whole.events[i] > 0)
			prove_event(p, event_words[i]);
	if (whole.is_violated)
		prove_violation(
		    p, seed, "%s, undisturbed: %s", s.text, whole.violation);
	else
		cut_everywhere(p, seed, &s, &whole);
	play_result_fini(&whole);
}

const struct prove_kind prove_kinds[] = {
	{ "sequences", sequence_seed, { "epochs", "conflicts", "decisions" } },
	{ NULL, NULL, { NULL } },
};
