/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sequences/branch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sequences/state.h"
#include "tests/sim/disk.h"
#include "tests/sim/network.h"
#include "tests/sim/template.h"

#define BRANCHES_MAX 2048
#define BETWEENS_MAX 64
#define STATES_MAX 512
#define TEXT_BYTES ((size_t)32 * 1024 * 1024)
#define CHILD_SECONDS 60 /* of the processor: a machine may be held up */
#define BETWEEN_MS ((uint64_t)3600 * 1000)

/* What children leave to each other and to their parent. */
struct shared {
	struct branch told; /* by the last child */
	size_t n_states[BETWEENS_MAX];
	struct hash32 states[BETWEENS_MAX][STATES_MAX];
	size_t text_len;
	char text[TEXT_BYTES];
};
static struct shared *shared;

static struct {
	struct play *play; /* NULL: nothing is cut now */
	struct branch *of;
	struct hash32 disks[BRANCHES_MAX]; /* before the n-th */
	size_t n;
} tree;

void
branch_begin(struct play *p)
{
	if (shared == NULL)
		shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		abort();
	shared->text_len = 0;
	memset(shared->n_states, 0, sizeof(shared->n_states));
	tree.play = p;
	tree.n = 0;
	tree.of = calloc(BRANCHES_MAX, sizeof(*tree.of));
	if (tree.of == NULL)
		abort();
	seam.clock_step_ms = BETWEEN_MS;
}

void
branch_stop(void)
{
	tree.play = NULL;
}

struct branch *
branch_over(size_t *n)
{
	*n = tree.n;
	return tree.of;
}

/* ---- a cut ---- */

/* What the machine leaves, and whether anybody else has moved since. */
static struct hash32
name_of_cut(const struct disk_process *process, const struct play_cut *cut)
{
	const struct hash32 disk = disk_name(process, cut->loses);
	const struct crypto_part parts[] = { crypto_part(disk.b, HASH32_LEN),
		crypto_part(&seam.turns, sizeof(seam.turns)),
		crypto_part(&cut->side, sizeof(cut->side)) };

	return crypto_sha256_parts(parts, 3);
}

static bool
is_among(const struct hash32 *all, size_t n, struct hash32 one)
{
	for (size_t i = 0; i < n; i++)
		if (hash32_equal(all[i], one))
			return true;
	return false;
}

static void
wait_for(pid_t pid, struct branch *b)
{
	const struct play_cut cut = b->cut;
	int status = -1;

	if (waitpid(pid, &status, 0) == pid && status == 0)
		*b = shared->told;
	else
		*b = (struct branch){ .end = BRANCH_VIOLATED,
			.text = "the process of this play died" };
	b->cut = cut;
}

/* True in the child, whose machine dies here. */
static bool
cut_here(struct disk_process *process, const struct play_cut *cut)
{
	static const struct itimerval patience = {
		.it_value = { .tv_sec = CHILD_SECONDS }
	};
	struct play *p = tree.play;
	const enum play_wanted wanted = p->plan->wanted(p->plan, cut);
	struct branch *b = &tree.of[tree.n];
	pid_t pid;

	if (wanted == CUT_UNWANTED)
		return false;
	if (tree.n == BRANCHES_MAX)
		abort();
	*b = (struct branch){ .cut = *cut, .end = BRANCH_KNOWN };
	tree.disks[tree.n] = name_of_cut(process, cut);
	if (is_among(tree.disks, tree.n, tree.disks[tree.n]))
		b->end = BRANCH_SAME_DISK;
	tree.n++;
	if (b->end == BRANCH_SAME_DISK || wanted == CUT_KNOWN)
		return false;
	pid = fork();
	if (pid < 0)
		abort();
	if (pid > 0) {
		wait_for(pid, b);
		return false;
	}
	if (setitimer(ITIMER_PROF, &patience, NULL) != 0)
		abort();
	p->was_cut = true;
	p->is_dying = true;
	p->cut = *cut;
	branch_stop();
	return true;
}

bool
branch_dies(struct disk_process *process)
{
	struct play *p = tree.play;
	enum play_side side;

	if (p == NULL || !play_side_of(p, process, &side))
		return false;
	for (unsigned loses = 0; loses < 2; loses++) {
		const struct play_cut cut = { .side = side,
			.step = play_steps(p, side),
			.loses = loses == 1 };

		if (cut_here(process, &cut)) {
			process->loses = cut.loses;
			return true;
		}
	}
	return false;
}

/* ---- a child ---- */

void
branch_ended(const struct play *p, enum branch_end end, const char *text)
{
	struct branch *b = &shared->told;
	const size_t len = strlen(text) + 1;

	if (shared->text_len + len > TEXT_BYTES)
		abort();
	memcpy(shared->text + shared->text_len, text, len);
	*b = (struct branch){ .end = end,
		.text = shared->text + shared->text_len,
		.changes = p->w->counts.changes };
	for (unsigned i = 0; i < EVENT_N; i++)
		b->events[i] = (unsigned)p->w->counts.events[i];
	shared->text_len += len;
	_exit(0);
}

/* ---- between two operations ---- */

/* What was given up is still under way for a while. */
static void
let_arrive(struct play *p)
{
	struct network *net = network_of(p->w);

	while (!p->w->is_violated && network_next_ms(net) != UINT64_MAX) {
		const uint64_t next = network_next_ms(net);

		world_pass(p->w, next > seam.now_ms ? next - seam.now_ms : 0);
		(void)play_after(p);
	}
}

void
branch_between(struct play *p, unsigned number)
{
	struct hash32 name;
	size_t *n = &shared->n_states[number];

	let_arrive(p);
	if (number >= BETWEENS_MAX)
		abort();
	seam.now_ms = TEMPLATE_START_MS + (number + 1) * BETWEEN_MS;
	seam.rng = rng_make(100 + number);
	if (!state_name(p, &name) || !p->was_cut)
		return;
	if (is_among(shared->states[number], *n, name))
		branch_ended(p,
		    number < p->plan->n ? BRANCH_SAME_STATE : BRANCH_SAME_END,
		    "");
	if (*n < STATES_MAX)
		shared->states[number][(*n)++] = name;
}
