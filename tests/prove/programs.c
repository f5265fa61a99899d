/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real programs with the calls that fail before the C library's: an
 * office's processes, visitbookd and every command of visitbook, each of whose
 * calls fails in turn while notes are unlocked, written, synced, verified and
 * locked.  What was told to be saved is there afterwards, whatever had ended is
 * started again by whoever starts it, and all of it then succeeds.
 */
#include "tests/prove/kill_world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/store/holder.h"
#include "tests/fault/calls.h"
#include "tests/prove/patience.h"
#include "tests/prove/prove.h"

#define TRIES 40 /* of a seed */
#define PASSPHRASE_EVERY 10
#define TEXT_ROOM 80
#define WORDS_ROOM 160
/* Longer than anything here takes, on a machine that is busy. */
#define PATIENCE_MS 60000
/* The engine comes back, though it ended more than once. */
#define RETURN_MS 20000

static const char *const children[] = { "engine", "devices", "people" };
#define CHILDREN_N (sizeof(children) / sizeof(children[0]))

struct scene {
	struct kill_world w;
	struct prove *prove;
	uint64_t seed;
	long place;
	unsigned n_tried;
	/* The note of the try under way. */
	char text[TEXT_ROOM], id[40];
	pid_t children[CHILDREN_N]; /* of the office's parent, before it */
	bool is_told, is_over;
};

static void
violated(struct scene *s, const char *what, const char *which)
{
	prove_violation(s->prove, s->seed, "%s: %s%s%s",
	    s->place < 0 ? "nothing failed" : fault_calls_name(s->place), what,
	    which[0] == '\0' ? "" : ": ", which);
}

/* ---- commands ---- */

static const char *const commands[] = { "unlock", "issue", "sync", "verify",
	"lock" };
#define COMMANDS_N (sizeof(commands) / sizeof(commands[0]))

static void
words_of(const struct scene *s, const char *command, char out[WORDS_ROOM])
{
	if (strcmp(command, "issue") == 0)
		(void)snprintf(out, WORDS_ROOM,
		    "issue|new|--set|case=%s|--set|wanted=-", s->w.of_case);
	else if (strcmp(command, "sync") == 0)
		(void)snprintf(out, WORDS_ROOM, "sync|--wait|--timeout|5");
	else
		(void)snprintf(out, WORDS_ROOM, "%s", command);
}

/* Run it to its end; what it said, or NULL.  A command that does not end, or
 * not by itself, is a violation. */
static json_t *
command(struct scene *s, const char *words, const char *input, int *status)
{
	const uint64_t end = clock_mono_ms() + patience_of(PATIENCE_MS);
	struct kill_run run = kill_run(&s->w, &s->w.writer, words, input);
	json_t *said;

	while (!kill_run_is_over(&run) && clock_mono_ms() < end)
		served_pause(2);
	if (!kill_run_is_over(&run)) {
		violated(s, "a command hangs", words);
		(void)kill(run.pid, SIGKILL);
	}
	said = kill_run_end(&run, status);
	if (WIFSIGNALED(*status) && WTERMSIG(*status) != SIGABRT &&
	    WTERMSIG(*status) != SIGKILL)
		violated(s, "a command crashes", words);
	return said;
}

static void look_at_all(struct scene *s);

/* The same with nothing failing, until it succeeds; NULL: a violation.  What
 * failed may end a program some time after. */
static json_t *
surely(struct scene *s, const char *words)
{
	const uint64_t end = clock_mono_ms() + patience_of(PATIENCE_MS);
	json_t *said = NULL;
	int status = -1;

	while (!s->is_over) {
		said = command(s, words, NULL, &status);
		if (status == 0 && said != NULL)
			return said;
		if (clock_mono_ms() > end)
			break;
		json_decref(said);
		served_pause(100);
		look_at_all(s);
	}
	if (!s->is_over)
		violated(s, "it does not succeed afterwards", words);
	s->is_over = true;
	return NULL;
}

/* ---- the scenario ---- */

/* True when every command succeeded. */
static bool
play(struct scene *s, bool with_passphrase)
{
	char words[WORDS_ROOM];
	int status = 0;

	s->is_told = false;
	(void)snprintf(s->text, sizeof(s->text),
	    "She would like to sit in the garden on day %u.", ++s->n_tried);
	for (size_t i = with_passphrase ? 0 : 1; i < COMMANDS_N && status == 0;
	     i++) {
		const bool is_note = strcmp(commands[i], "issue") == 0;
		json_t *said;
		const char *id;

		words_of(s, commands[i], words);
		said = command(s, words, is_note ? s->text : NULL, &status);
		id = json_string_value(json_object_get(said, "id"));
		if (is_note && id != NULL) {
			s->is_told = true;
			(void)snprintf(s->id, sizeof(s->id), "%s", id);
		}
		if (status == 0)
			prove_event(s->prove, commands[i]);
		json_decref(said);
	}
	return status == 0;
}

/* ---- afterwards ---- */

static void
look_at_daemon(struct scene *s)
{
	struct kill_device *d = &s->w.writer;
	int status;

	if (waitpid(d->daemon, &status, WNOHANG) != d->daemon)
		return;
	d->daemon = 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGABRT)
		violated(s, "visitbookd crashes", "");
	prove_event(s->prove, "visitbookd ended");
	kill_daemon_start(&s->w, d);
}

/* Without the passphrase, whose key takes seconds to make.  A visitbookd that
 * is just ending is started again. */
static void
hand_over_key(struct scene *s)
{
	const uint64_t end = clock_mono_ms() + patience_of(PATIENCE_MS);
	struct err e;

	while (holder_unlock(s->w.writer.home, &s->w.writer.key, 0, &e) !=
	    ERR_OK) {
		if (clock_mono_ms() > end) {
			violated(s, "the notes do not unlock", e.msg);
			s->is_over = true;
			return;
		}
		served_pause(20);
		look_at_daemon(s);
	}
}

static void
children_now(struct scene *s)
{
	for (size_t i = 0; i < CHILDREN_N; i++)
		s->children[i] = served_child(&s->w.office, children[i]);
}

/* The parent waits for twice as long each time before it starts one of its
 * own: who has seen that one came back starts all anew. */
static void
start_anew(struct scene *s)
{
	prove_event(s->prove, "a process of the office ended");
	if (served_end(&s->w.office) != 0)
		violated(s, "the office does not end well", "");
	served_start(&s->w.office);
}

/* Whoever runs the office's parent starts it again; its children are its own
 * to start. */
static void
look_at_office(struct scene *s)
{
	const uint64_t end = clock_mono_ms() + patience_of(RETURN_MS);
	bool is_changed = false;
	int status;

	if (waitpid(s->w.office.pid, &status, WNOHANG) == s->w.office.pid) {
		if (WIFSIGNALED(status) && WTERMSIG(status) != SIGABRT)
			violated(s, "the office's parent crashes", "");
		prove_event(s->prove, "the office ended");
		served_start(&s->w.office);
		return;
	}
	for (size_t i = 0; i < CHILDREN_N; i++) {
		while (served_child(&s->w.office, children[i]) == 0 &&
		    clock_mono_ms() < end)
			served_pause(10);
		if (served_child(&s->w.office, children[i]) == 0)
			violated(s, "a process of the office does not return",
			    children[i]);
		is_changed |=
		    served_child(&s->w.office, children[i]) != s->children[i];
	}
	if (is_changed)
		start_anew(s);
	children_now(s);
}

static void
look_at_all(struct scene *s)
{
	look_at_daemon(s);
	look_at_office(s);
	hand_over_key(s);
}

static bool
is_sound(json_t *said)
{
	const bool ok = json_is_true(json_object_get(said, "ok"));

	json_decref(said);
	return ok;
}

static void
look(struct scene *s)
{
	char words[WORDS_ROOM];
	json_t *said;
	const char *text;

	if (fault_calls_asserted() > 0)
		violated(s, "an assertion does not hold", "");
	look_at_all(s);
	json_decref(surely(s, "sync|--wait|--timeout|30"));
	if (s->is_told && !s->is_over) {
		(void)snprintf(words, sizeof(words), "issue|show|%s", s->id);
		said = surely(s, words);
		text = json_string_value(
		    json_object_get(json_object_get(said, "doc"), "wanted"));
		if (said != NULL &&
		    (text == NULL || strcmp(text, s->text) != 0))
			violated(
			    s, "what was told to be saved is not there", s->id);
		json_decref(said);
	}
	if (!s->is_over && !is_sound(surely(s, "verify")))
		violated(s, "the device does not add up", "");
	if (!s->is_over &&
	    !is_sound(
	        kill_office_ask(&s->w, json_pack("{s:s}", "do", "verify"))))
		violated(s, "the office does not add up", "");
	json_decref(surely(s, "lock"));
}

/* ---- a seed ---- */

static void
preload(void)
{
	char path[256];
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(path, sizeof(path), "%s/visitbook-programs-%ld",
	    tmp == NULL ? "/tmp" : tmp, (long)getpid());
	fault_calls_share(path);
	fault_calls_arm(-2);
	fault_calls_in_programs(true);
	if (setenv(FAULT_CALLS_ENV, path, 1) != 0 ||
	    setenv("LD_PRELOAD", FAULT_CALLS_LIBRARY, 1) != 0)
		abort();
}

static void
forget(void)
{
	const char *path = getenv(FAULT_CALLS_ENV);

	if (path != NULL)
		(void)unlink(path);
	(void)unsetenv(FAULT_CALLS_ENV);
	(void)unsetenv("LD_PRELOAD");
}

void
programs_seed(struct prove *p, uint64_t seed)
{
	struct scene s = { .prove = p, .seed = seed, .place = -1 };
	struct rng rng = rng_make(seed);
	long places;

	preload();
	kill_world_start(&s.w);
	children_now(&s);
	fault_calls_arm(-1);
	fault_calls_on(true);
	if (!play(&s, true))
		violated(&s, "it does not succeed by itself", "");
	fault_calls_on(false);
	places = fault_calls_places();
	look(&s);
	for (unsigned i = 0;
	     i < TRIES && places > 0 && !s.is_over && !prove_is_done(p); i++) {
		bool went;

		const bool with_passphrase = i % PASSPHRASE_EVERY == 0;

		s.place = (long)rng_below(&rng, (uint64_t)places);
		if (!with_passphrase)
			hand_over_key(&s);
		children_now(&s);
		fault_calls_arm(s.place);
		fault_calls_on(true);
		went = play(&s, with_passphrase);
		fault_calls_on(false);
		if (fault_calls_has_failed()) {
			prove_point(p, fault_calls_word(s.place));
			prove_event(p, went ? "rode over" : "refused");
		}
		fault_calls_arm(-2);
		look(&s);
	}
	kill_world_end(&s.w);
	forget();
}
