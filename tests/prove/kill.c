/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real programs are killed at any moment of their work: what was told
 * through a pipe is there afterwards, what has the office's receipt is with the
 * office for ever, all that was saved comes through, and everything adds up.
 *
 * The moment is measured in the victim's own progress, the CPU time that it
 * uses: a share, drawn from the seed, of what the same work takes when nothing
 * is killed.  A kill counts when it is what the victim died of.
 */
#include "tests/prove/kill_world.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/sys/json.h"
#include "tests/prove/prove.h"

#define KILLS 50 /* of a seed */
#define MEASURES 3
#define SAVES_MAX ((size_t)4 * KILLS)
#define TEXT_ROOM 64
#define PATIENCE_MS 30000
/* A server that has used no more of its time for so long has done its work. */
#define QUIET_MS 150

enum victim { WRITER, DAEMON, ENGINE, FRONT, PARENT, VICTIMS_N };

/* ENGINE and FRONT are children of PARENT, and have names of their own. */
static const struct {
	const char *event, *child;
	enum victim clock; /* whose progress says when */
} victims[VICTIMS_N] = {
	[WRITER] = { "visitbook", NULL, WRITER },
	[DAEMON] = { "visitbookd", NULL, DAEMON },
	[ENGINE] = { "visitbook-central: engine", "engine", ENGINE },
	[FRONT] = { "visitbook-central: front", "devices", FRONT },
	[PARENT] = { "visitbook-central: parent", NULL, ENGINE },
};

/* A save that was told to be done. */
struct told {
	char id[40], text[TEXT_ROOM];
};

struct scene {
	struct kill_world w;
	struct prove *prove;
	uint64_t seed;
	struct rng rng;
	struct told told[SAVES_MAX];
	size_t n_told;
	size_t n_tried;     /* saves begun */
	size_t n_lied;      /* that were taken as done, and were not told */
	uint64_t receipted; /* the most that the device ever showed */
	uint64_t whole[VICTIMS_N]; /* progress of undisturbed work, ns */
};

/* ---- saving ---- */

struct saving {
	struct kill_run run;
	char text[TEXT_ROOM];
};

static struct saving
save_begin(struct scene *s)
{
	struct saving saving;
	char words[128];

	(void)snprintf(saving.text, sizeof(saving.text),
	    "She would like to sit in the garden on day %zu.", ++s->n_tried);
	(void)snprintf(words, sizeof(words),
	    "issue|new|--set|case=%s|--set|wanted=-", s->w.of_case);
	saving.run = kill_run(&s->w, &s->w.writer, words, saving.text);
	return saving;
}

/* What it told before its end, if it told anything: its wait status. */
static int
save_end(struct scene *s, struct saving *saving)
{
	int status = -1;
	json_t *said = kill_run_end(&saving->run, &status);
	const char *id = json_string_value(json_object_get(said, "id"));

	if (id != NULL && s->n_told < SAVES_MAX) {
		struct told *t = &s->told[s->n_told++];

		(void)snprintf(t->id, sizeof(t->id), "%s", id);
		memcpy(t->text, saving->text, sizeof(t->text));
	} else if (prove_lies(s->prove) > 0 &&
	    s->n_tried % prove_lies(s->prove) == 0) {
		s->n_lied++; /* as if it had been told */
	}
	json_decref(said);
	return status;
}

/* ---- progress ---- */

static pid_t
pid_of(const struct scene *s, enum victim v, const struct saving *saving)
{
	switch (v) {
	case WRITER:
		return saving == NULL ? 0 : saving->run.pid;
	case DAEMON:
		return s->w.writer.daemon;
	case PARENT:
		return s->w.office.pid;
	case ENGINE:
	case FRONT:
		return served_child(&s->w.office, victims[v].child);
	case VICTIMS_N:
		break;
	}
	return 0;
}

static uint64_t
number(struct scene *s, const char *words, const char *member)
{
	json_t *said = kill_ask(&s->w, &s->w.writer, words);
	const uint64_t n =
	    (uint64_t)json_integer_value(json_object_get(said, member));

	json_decref(said);
	return n;
}

/* Sync until the office has everything. */
static bool
sync_all(struct scene *s)
{
	for (unsigned i = 0; i < 10; i++) {
		struct kill_run r = kill_run(
		    &s->w, &s->w.writer, "sync|--wait|--timeout|20", NULL);
		int status;

		json_decref(kill_run_end(&r, &status));
		if (status == 0 && number(s, "status", "unsent") == 0)
			return true;
		served_pause(100);
	}
	return false;
}

/* What a save, and the sync that follows it, takes of each. */
static void
measure(struct scene *s)
{
	for (unsigned i = 0; i < MEASURES; i++) {
		uint64_t before[VICTIMS_N] = { 0 }, after = 0;
		struct saving saving;

		for (enum victim v = DAEMON; v < VICTIMS_N; v++)
			(void)kill_progress(
			    pid_of(s, victims[v].clock, NULL), &before[v]);
		saving = save_begin(s);
		while (!kill_run_is_over(&saving.run))
			served_pause(1);
		if (kill_progress(saving.run.pid, &after) &&
		    after > s->whole[WRITER])
			s->whole[WRITER] = after;
		if (save_end(s, &saving) != 0 || !sync_all(s))
			fail_msg("%s", "what nothing kills does not succeed");
		for (enum victim v = DAEMON; v < VICTIMS_N; v++)
			if (kill_progress(
			        pid_of(s, victims[v].clock, NULL), &after) &&
			    after - before[v] > s->whole[v])
				s->whole[v] = after - before[v];
	}
}

/* ---- a kill ---- */

/* Wait until the clock process has come as far as that, or has nothing more to
 * do.  A command (or NULL) does nothing more when it is over. */
static void
await(pid_t clock, uint64_t target, const struct kill_run *command)
{
	const uint64_t end = clock_mono_ms() + PATIENCE_MS;
	uint64_t now = 0, last = 0, since = clock_mono_ms();

	while (kill_progress(clock, &now) && now < target &&
	    clock_mono_ms() < end) {
		const struct timespec moment = { .tv_nsec = 20000 };

		if (now != last)
			since = clock_mono_ms();
		else if (command == NULL ? clock_mono_ms() - since > QUIET_MS
		                         : kill_run_is_over(command))
			break;
		last = now;
		(void)nanosleep(&moment, NULL);
	}
}

/* Wait until the parent has another child of this name. */
static bool
child_returns(const struct scene *s, enum victim v, pid_t gone)
{
	const uint64_t end = clock_mono_ms() + PATIENCE_MS;

	while (clock_mono_ms() < end) {
		const pid_t pid = pid_of(s, v, NULL);

		if (pid != 0 && pid != gone)
			return true;
		served_pause(5);
	}
	return false;
}

/* Kill it and put in its place what a person or a service manager would; true
 * when it was alive. */
static bool
kill_and_restart(struct scene *s, enum victim v, pid_t pid)
{
	const pid_t children[] = { pid_of(s, ENGINE, NULL),
		pid_of(s, FRONT, NULL), served_child(&s->w.office, "people") };
	const bool was_sent = pid > 0 && kill(pid, SIGKILL) == 0;
	int status = 0;

	if (v == DAEMON) {
		(void)waitpid(pid, &status, 0);
		kill_daemon_start(&s->w, &s->w.writer);
		return WIFSIGNALED(status);
	}
	if (v == PARENT) {
		kill_office_again(
		    &s->w, children, sizeof(children) / sizeof(children[0]));
		return was_sent;
	}
	if (!was_sent)
		return false;
	if (!child_returns(s, v, pid))
		prove_violation(s->prove, s->seed, "%s does not come back",
		    victims[v].event);
	return true;
}

/* The office's receipts are for ever, and the device's too. */
static void
check_receipts(struct scene *s, const char *event)
{
	const uint64_t shown = number(s, "status", "receipted");
	json_t *answer =
	    kill_office_ask(&s->w, json_pack("{s:s}", "do", "device list"));
	const json_t *list = json_object_get(answer, "devices");
	uint64_t held = 0;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (strcmp(json_string_value(json_object_get(one, "device")),
		        s->w.writer.id) == 0)
			held = (uint64_t)json_integer_value(
			    json_object_get(one, "counter"));
	}
	json_decref(answer);
	if (shown < s->receipted)
		prove_violation(s->prove, s->seed,
		    "%s killed: a receipt is gone from the device", event);
	if (held < shown || held < s->receipted)
		prove_violation(s->prove, s->seed,
		    "%s killed: what has a receipt is gone", event);
	s->receipted = shown > s->receipted ? shown : s->receipted;
}

static void
check_told(struct scene *s, const struct told *t, const char *event)
{
	char words[64];
	struct kill_run r;
	int status;
	json_t *said;
	const char *text;

	(void)snprintf(words, sizeof(words), "issue|show|%s", t->id);
	r = kill_run(&s->w, &s->w.writer, words, NULL);
	said = kill_run_end(&r, &status);
	text = json_string_value(
	    json_object_get(json_object_get(said, "doc"), "wanted"));
	if (status != 0 || text == NULL || strcmp(text, t->text) != 0)
		prove_violation(s->prove, s->seed,
		    "%s killed: what was told to be saved is gone", event);
	json_decref(said);
}

static void
kill_one(struct scene *s, enum victim v)
{
	const uint64_t share = rng_below(&s->rng, 1000);
	const pid_t server = v == WRITER ? 0 : pid_of(s, v, NULL);
	const pid_t clock_server =
	    v == WRITER ? 0 : pid_of(s, victims[v].clock, NULL);
	uint64_t before = 0;
	struct saving saving;
	bool was_alive;
	int status;

	if (v != WRITER)
		(void)kill_progress(clock_server, &before);
	saving = save_begin(s);
	await(v == WRITER ? saving.run.pid : clock_server,
	    before + s->whole[v] * share / 1000,
	    v == WRITER ? &saving.run : NULL);
	if (v == WRITER)
		(void)kill(saving.run.pid, SIGKILL);
	was_alive = v != WRITER && kill_and_restart(s, v, server);
	status = save_end(s, &saving);
	if (v == WRITER)
		was_alive = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	prove_changes(s->prove, 1);
	if (was_alive) {
		prove_point(s->prove, victims[v].event);
		prove_event(s->prove, victims[v].event);
	}
	check_receipts(s, victims[v].event);
	if (s->n_told > 0)
		check_told(s, &s->told[s->n_told - 1], victims[v].event);
}

/* ---- at the end ---- */

static json_t *
verified(struct scene *s, json_t *said, const char *who)
{
	const char *bad = json_string_value(json_object_get(said, "first_bad"));

	if (!json_is_true(json_object_get(said, "ok")))
		prove_violation(s->prove, s->seed, "%s: %s", who,
		    bad == NULL ? "it does not add up" : bad);
	return said;
}

/* The user's other device holds the same. */
static void
check_reader(struct scene *s)
{
	json_t *mine = kill_ask(&s->w, &s->w.writer, "status"), *others;

	json_decref(kill_ask(&s->w, &s->w.reader, "sync|--wait|--timeout|30"));
	others = kill_ask(&s->w, &s->w.reader, "status");
	if (!json_equal(json_object_get(mine, "digest"),
	        json_object_get(others, "digest")))
		prove_violation(
		    s->prove, s->seed, "two devices hold different records");
	json_decref(mine);
	json_decref(others);
}

static void
check_all(struct scene *s)
{
	json_t *said, *list;
	uint64_t written;

	if (!sync_all(s)) {
		prove_violation(
		    s->prove, s->seed, "what was saved does not get through");
		return;
	}
	for (size_t i = 0; i < s->n_told; i++)
		check_told(s, &s->told[i], "all");
	said =
	    verified(s, kill_ask(&s->w, &s->w.writer, "verify"), "visitbook");
	written =
	    (uint64_t)json_integer_value(json_object_get(said, "written"));
	json_decref(said);
	if (written > s->n_tried)
		prove_violation(
		    s->prove, s->seed, "it has changes that nobody made");
	list = kill_ask(&s->w, &s->w.writer, "issue|list");
	if (json_array_size(json_object_get(list, "issues")) <
	    s->n_told + s->n_lied)
		prove_violation(s->prove, s->seed,
		    "of %zu saves that were told %zu are there",
		    s->n_told + s->n_lied,
		    json_array_size(json_object_get(list, "issues")));
	json_decref(list);
	json_decref(verified(s,
	    kill_office_ask(&s->w, json_pack("{s:s}", "do", "verify")),
	    "the office"));
	check_receipts(s, "all");
	if (s->receipted != written)
		prove_violation(s->prove, s->seed,
		    "written %llu, with the office %llu",
		    (unsigned long long)written,
		    (unsigned long long)s->receipted);
	check_reader(s);
}

void
kill_seed(struct prove *p, uint64_t seed)
{
	static const enum victim turns[] = { WRITER, DAEMON, WRITER, ENGINE,
		WRITER, FRONT, DAEMON, WRITER, PARENT, WRITER };
	struct scene s = { .prove = p, .seed = seed, .rng = rng_make(seed) };

	kill_world_start(&s.w);
	measure(&s);
	for (unsigned i = 0; i < KILLS && !prove_is_done(p); i++)
		kill_one(&s, turns[i % (sizeof(turns) / sizeof(turns[0]))]);
	check_all(&s);
	kill_world_end(&s.w);
}
