/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge-eval on the cases of this project: what comes of them is written down
 * here exactly, so that a rule cannot get worse, or better, unseen.
 */
#include "tests/support/check.h"

#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/sys/json.h"

#define CASES VISITBOOK_SOURCE_DIR "/tests/data/merges/"
#define OUT_BYTES_MAX ((size_t)1024 * 1024)

struct ran {
	struct check_folder folder;
	char path[320];
	struct buf out, complaint;
};

static void
ran_init(struct ran *r)
{
	r->folder = check_folder_new();
	buf_init(&r->out, OUT_BYTES_MAX);
	buf_init(&r->complaint, OUT_BYTES_MAX);
}

static void
ran_fini(struct ran *r)
{
	buf_fini(&r->out);
	buf_fini(&r->complaint);
	check_folder_end(&r->folder);
}

/* Run merge-eval; its exit status. */
static int
run(struct ran *r, const char *file, const char *option)
{
	char program[] = MERGE_EVAL_PROGRAM;
	char out[320], complaint[320], path[512], word[32];
	char *argv[] = { program, path, option == NULL ? NULL : word, NULL };
	char *envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	struct err e = { 0 };
	int status;
	pid_t pid;

	(void)snprintf(out, sizeof(out), "%s/out", r->folder.path);
	(void)snprintf(
	    complaint, sizeof(complaint), "%s/complaint", r->folder.path);
	(void)snprintf(path, sizeof(path), "%s", file);
	(void)snprintf(word, sizeof(word), "%s", option == NULL ? "" : option);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(posix_spawn_file_actions_addopen(&actions, 1, out,
	                     O_WRONLY | O_CREAT | O_TRUNC, 0600),
	    0);
	assert_int_equal(posix_spawn_file_actions_addopen(&actions, 2,
	                     complaint, O_WRONLY | O_CREAT | O_TRUNC, 0600),
	    0);
	assert_int_equal(
	    posix_spawn(&pid, program, &actions, NULL, argv, envp), 0);
	(void)posix_spawn_file_actions_destroy(&actions);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	buf_reset(&r->out);
	buf_reset(&r->complaint);
	assert_ok(file_load(out, &r->out, &e), &e);
	assert_ok(file_load(complaint, &r->complaint, &e), &e);
	return WEXITSTATUS(status);
}

/* A file of the folder that holds the text. */
static const char *
file_of(struct ran *r, const char *text)
{
	FILE *f;

	(void)snprintf(r->path, sizeof(r->path), "%s/cases", r->folder.path);
	f = fopen(r->path, "wb");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return r->path;
}

static void
own_cases_come_to_what_is_written_down(void **state)
{
	struct ran r;

	(void)state;
	ran_init(&r);
	assert_int_equal(run(&r, CASES "merges.jsonl", NULL), 0);
	assert_string_equal(r.out.ptr,
	    "{\"all\":{\"conflict\":6,\"right\":21,\"wrong\":1},"
	    "\"conflict_cases\":{\"conflict\":6,\"right\":17,\"wrong\":1},"
	    "\"review\":{\"false_alarm\":0,\"hit\":0,\"missed\":0,"
	    "\"quiet\":0}}\n");
	ran_fini(&r);
}

/* Those named "follows" were written to be missed, by what the rules did not
 * see: words put in the place of others, on none of the lists, and the sentence
 * after them, or one between and a word that points back.  The rules for these
 * were made with the first 40; of the last 40 they then found 18 of 20, with
 * two false alarms. */
static void
nothing_dangerous_is_missed_and_the_harmless_is_mostly_quiet(void **state)
{
	struct ran r;

	(void)state;
	ran_init(&r);
	assert_int_equal(run(&r, CASES "review.jsonl", NULL), 0);
	assert_non_null(strstr(r.out.ptr,
	    "\"review\":{\"false_alarm\":12,\"hit\":138,\"missed\":0,"
	    "\"quiet\":122}}\n"));
	ran_fini(&r);
}

/* Cases that were written without a look at the rules and the lists.  One of
 * the first set has taught a rule since, and the fourth set that an edit may
 * turn another with a sentence between them; the sixth and the seventh were
 * judged as well before any rule came of them.  The eighth (32 of 32 found, 6
 * of 32 false alarms) has taught that "the" and a capital change nothing; the
 * ninth was judged with that (32 and 4).  What is missed added to both of two
 * claims, or stands in two paragraphs or items of a list; what is a false alarm
 * mostly changed a number, or numbers of two things. */
static void
what_was_written_blind_is_judged_well(void **state)
{
	struct ran r;

	(void)state;
	ran_init(&r);
	assert_int_equal(run(&r, CASES "review_blind.jsonl", NULL), 0);
	assert_non_null(strstr(r.out.ptr,
	    "\"review\":{\"false_alarm\":25,\"hit\":271,\"missed\":3,"
	    "\"quiet\":249}}\n"));
	ran_fini(&r);
}

static void
every_case_is_told_on_request(void **state)
{
	static const char text[] =
	    "{\"id\":\"a\",\"base\":\"x y z\",\"ours\":\"X y z\","
	    "\"theirs\":\"x y Z\",\"merged\":\" X y\\nZ \",\"more\":[1]}\n"
	    "\n"
	    "{\"id\":\"b\",\"base\":\"x\",\"ours\":\"y\",\"theirs\":\"z\","
	    "\"merged\":\"y\",\"git\":\"conflict\",\"review\":true}\n"
	    "{\"id\":\"c\",\"base\":\"x\",\"ours\":\"x y\",\"theirs\":\"x\","
	    "\"merged\":\"xy\"}";
	struct ran r;

	(void)state;
	ran_init(&r);
	assert_int_equal(run(&r, file_of(&r, text), "--emit"), 0);
	assert_string_equal(r.out.ptr,
	    "{\"id\":\"a\",\"outcome\":\"merged\",\"review\":false,"
	    "\"text\":\"X y Z\"}\n"
	    "{\"id\":\"b\",\"outcome\":\"conflict\",\"review\":false,"
	    "\"text\":null}\n"
	    "{\"id\":\"c\",\"outcome\":\"merged\",\"review\":false,"
	    "\"text\":\"x y\"}\n"
	    "{\"all\":{\"conflict\":1,\"right\":1,\"wrong\":1},"
	    "\"conflict_cases\":{\"conflict\":1,\"right\":0,\"wrong\":0},"
	    "\"review\":{\"false_alarm\":0,\"hit\":1,\"missed\":0,"
	    "\"quiet\":0}}\n");
	ran_fini(&r);
}

static void
a_bad_line_is_named_and_there_is_no_sum(void **state)
{
	static const char bad_side[] = "{\"id\":\"a\",\"base\":\"x\","
	                               "\"ours\":7,\"theirs\":\"x\"}";
	static const char bad_review[] =
	    "{\"id\":\"a\",\"base\":\"x\",\"ours\":\"x\",\"theirs\":\"x\","
	    "\"review\":\"yes\"}";
	static const char *const bad[] = { "{", "[]", "7", "{\"id\":\"a\"}",
		bad_side, bad_review, "\xff" };
	char text[512];
	struct ran r;

	(void)state;
	ran_init(&r);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)snprintf(text, sizeof(text),
		    "{\"id\":\"a\",\"base\":\"\",\"ours\":\"\",\"theirs\":\"\"}"
		    "\n\n%s\n",
		    bad[i]);
		assert_int_equal(run(&r, file_of(&r, text), NULL), 4);
		assert_int_equal(r.out.len, 0);
		assert_ptr_equal(strstr(r.complaint.ptr,
		                     "merge-eval: line 3 is not a case: "),
		    r.complaint.ptr);
		assert_ptr_equal(strchr(r.complaint.ptr, '\n'),
		    r.complaint.ptr + r.complaint.len - 1);
	}
	assert_int_equal(run(&r, "/nonexistent", NULL), 3);
	assert_int_equal(run(&r, CASES "merges.jsonl", "--what"), 2);
	ran_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_cases_come_to_what_is_written_down),
		cmocka_unit_test(
		    nothing_dangerous_is_missed_and_the_harmless_is_mostly_quiet),
		cmocka_unit_test(what_was_written_blind_is_judged_well),
		cmocka_unit_test(every_case_is_told_on_request),
		cmocka_unit_test(a_bad_line_is_named_and_there_is_no_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
