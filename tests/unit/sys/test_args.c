/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/near.h"
#include "common/base/rng.h"
#include "common/sys/args.h"

enum { NOTE_NEW, NOTE_SHOW, SYNC };

static const struct args_option globals[] = { ARGS_HOME, ARGS_JSON,
	ARGS_PASSPHRASE_FD, ARGS_QUIET, ARGS_END };
static const struct args_option new_options[] = {
	{ "case", "ID", "the case that the note belongs to", false, true },
	{ "set", "PATH=VALUE", "a field and its value", true, false },
	ARGS_END,
};
static const struct args_option sync_options[] = {
	{ "wait", NULL, "return when the office has answered", false, false },
	{ "timeout", "S", "give up after S seconds", false, false },
	ARGS_END,
};
static const struct args_command commands[] = {
	{ "note new", NULL, 0, 0, "begin a note", new_options, NOTE_NEW },
	{ "note show", "ID", 1, 1, "show one note", NULL, NOTE_SHOW },
	{ "sync", NULL, 0, 0, "meet the office now", sync_options, SYNC },
};
static const struct args_program program = { "visitbook",
	"notes of visits, kept on this machine and brought to the office",
	globals, commands, 3, NULL, false };

static const struct args_option daemon_globals[] = { ARGS_HOME, ARGS_READY_FD,
	ARGS_END };
static const struct args_command daemon_commands[] = {
	{ "", NULL, 0, 0, "run", NULL, 0 },
};
static const struct args_program daemon_program = { "visitbookd",
	"brings notes to the office", daemon_globals, daemon_commands, 1, NULL,
	false };

#define ARGV_MAX 12

/* Parse words split at '|'. */
static enum err_code
parse(const struct args_program *p, const char *line, struct args *a,
    struct err *e)
{
	static char room[512];
	char *argv[ARGV_MAX + 1] = { room };
	int argc = 1;

	(void)snprintf(room, sizeof(room), "program|%s", line);
	for (char *s = room; (s = strchr(s, '|')) != NULL;) {
		*s++ = '\0';
		assert_true(argc < ARGV_MAX);
		argv[argc++] = s;
	}
	return args_parse(p, argc, argv, a, e);
}

static void
options_and_operands_may_stand_in_any_order(void **state)
{
	static const char *const lines[] = {
		"--home|/h|note|show|ID|--json",
		"note|--json|show|--home=/h|ID",
		"--json|note|show|--home|/h|--|ID",
	};
	struct args a;
	struct err e;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_ok(parse(&program, lines[i], &a, &e), &e);
		assert_int_equal(a.command->id, NOTE_SHOW);
		assert_string_equal(args_get(&a, "home"), "/h");
		assert_true(args_has(&a, "json"));
		assert_false(args_has(&a, "quiet"));
		assert_null(args_get(&a, "quiet"));
		assert_int_equal(a.operand_n, 1);
		assert_string_equal(a.operands[0], "ID");
	}
	assert_ok(parse(&daemon_program, "--ready-fd|3", &a, &e), &e);
	assert_string_equal(args_get(&a, "ready-fd"), "3");
}

static void
the_word_behind_a_command_may_make_it_another(void **state)
{
	static const struct args_command two[] = {
		{ "read", "FILE", 1, 1, "read one", NULL, 1 },
		{ "read list", NULL, 0, 0, "what was read", NULL, 2 },
	};
	const struct args_program p = { "reader", "reads", globals, two, 2,
		NULL, false };
	struct args a;
	struct err e;

	(void)state;
	assert_ok(parse(&p, "read|list", &a, &e), &e);
	assert_int_equal(a.command->id, 2);
	assert_string_equal(a.words, "read list");
	assert_ok(parse(&p, "read|./list", &a, &e), &e);
	assert_int_equal(a.command->id, 1);
	assert_string_equal(a.operands[0], "./list");
	assert_ok(parse(&p, "read|--json|list", &a, &e), &e);
	assert_int_equal(a.command->id, 2);
	assert_int_equal(parse(&p, "read", &a, &e), ERR_INVALID);
	assert_int_equal(parse(&p, "read|x|list", &a, &e), ERR_INVALID);
}

static void
repeated_options_keep_their_order(void **state)
{
	struct args a;
	struct err e;
	size_t i = 0;

	(void)state;
	assert_ok(parse(&program,
	              "note|new|--set|b=-|--case=C|--set|a=x=y|--set=c=--d|"
	              "--set=",
	              &a, &e),
	    &e);
	assert_string_equal(args_next(&a, &i, "set"), "b=-");
	assert_string_equal(args_next(&a, &i, "set"), "a=x=y");
	assert_string_equal(args_next(&a, &i, "set"), "c=--d");
	assert_string_equal(args_next(&a, &i, "set"), "");
	assert_null(args_next(&a, &i, "set"));
	assert_ok(
	    parse(&program, "sync|--passphrase-fd|3|--passphrase-fd|4", &a, &e),
	    &e);
	i = 0;
	assert_string_equal(args_next(&a, &i, "passphrase-fd"), "3");
	assert_string_equal(args_next(&a, &i, "passphrase-fd"), "4");
}

static void
a_mistake_is_one_sentence_that_helps(void **state)
{
	static const struct {
		const char *line;
		const char *says;
	} table[] = {
		{ "--hme|x|sync",
		    "unknown option --hme; did you mean --home?" },
		{ "sync|--pass|3",
		    "unknown option --pass; did you mean --passphrase-fd?" },
		{ "sync|--frobnicate=1",
		    "unknown option --frobnicate; "
		    "visitbook sync --help lists what there is" },
		{ "--wait|sync",
		    "unknown option --wait; "
		    "visitbook --help lists what there is" },
		{ "-x",
		    "unknown option -x; options are words, such as "
		    "--help" },
		{ "sync|--json=1", "--json takes no value" },
		{ "sync|--home", "--home needs its DIR behind it" },
		{ "sync|--home|--json", "--home needs its DIR behind it" },
		{ "sync|--json|--json", "--json was given twice" },
		{ "snyc", "unknown command \"snyc\"; did you mean \"sync\"?" },
		{ "note|shwo|ID",
		    "unknown command \"note shwo\"; did you "
		    "mean \"note show\"?" },
		{ "dance",
		    "unknown command \"dance\"; visitbook --help "
		    "lists what there is" },
		{ "note", "\"note\" needs one of these behind it: new, show" },
		{ "--json",
		    "say what to do; visitbook --help lists what "
		    "there is" },
		{ "note|show", "visitbook note show needs ID" },
		{ "note|show|A|B",
		    "\"B\" is more than visitbook note show takes" },
		{ "note|new", "visitbook note new needs --case ID" },
	};
	struct args a;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_int_equal(
		    parse(&program, table[i].line, &a, &e), ERR_INVALID);
		assert_string_equal(e.msg, table[i].says);
	}
	/* Known even so: how to print the mistake. */
	assert_int_equal(
	    parse(&program, "--json|note|shwo", &a, &e), ERR_INVALID);
	assert_true(args_has(&a, "json"));
	assert_int_equal(parse(&daemon_program, "start", &a, &e), ERR_INVALID);
	assert_string_equal(e.msg, "\"start\" is more than visitbookd takes");
}

static void
numbers_are_read_within_their_range(void **state)
{
	static const char *const bad[] = { "sync|--timeout|0",
		"sync|--timeout|61", "sync|--timeout|1x",
		"sync|--timeout=", "sync|--timeout|+5", "sync|--timeout| 5",
		"sync|--timeout|99999999999999999999" };
	struct args a;
	struct err e;
	int64_t s = 7;

	(void)state;
	assert_ok(parse(&program, "sync", &a, &e), &e);
	assert_ok(args_get_int(&a, "timeout", 1, 60, &s, &e), &e);
	assert_int_equal(s, 7);
	assert_ok(parse(&program, "sync|--timeout|60", &a, &e), &e);
	assert_ok(args_get_int(&a, "timeout", 1, 60, &s, &e), &e);
	assert_int_equal(s, 60);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_ok(parse(&program, bad[i], &a, &e), &e);
		assert_int_equal(
		    args_get_int(&a, "timeout", 1, 60, &s, &e), ERR_INVALID);
		assert_string_equal(
		    e.msg, "--timeout is a whole number from 1 to 60");
	}
	assert_int_equal(s, 60);
}

static void
help_names_every_command_and_option(void **state)
{
	struct args a;
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 8192);
	assert_ok(parse(&program, "-h", &a, &e), &e);
	assert_true(a.help && a.command == NULL);
	args_usage(&program, a.command, &b);
	assert_string_equal(b.ptr,
	    "Usage: visitbook COMMAND [option ...]\n"
	    "\n"
	    "Notes of visits, kept on this machine and brought to the "
	    "office.\n"
	    "\n"
	    "Commands:\n"
	    "  note new                  begin a note\n"
	    "  note show ID              show one note\n"
	    "  sync                      meet the office now\n"
	    "\n"
	    "Options of every command:\n"
	    "  --home DIR                the folder of your notes\n"
	    "  --json                    print one JSON object and nothing "
	    "else\n"
	    "  --passphrase-fd N ...     read the passphrase from descriptor "
	    "N\n"
	    "  --quiet                   print nothing but errors\n"
	    "  -h, --help                print this help\n"
	    "\n"
	    "visitbook COMMAND --help says more about a command.\n");
	buf_reset(&b);
	assert_ok(parse(&program, "note|new|--help", &a, &e), &e);
	assert_true(a.help);
	args_usage(&program, a.command, &b);
	assert_memory_equal(b.ptr,
	    "Usage: visitbook note new --case ID [option ...]\n"
	    "\n"
	    "Begin a note.\n"
	    "\n"
	    "Options:\n"
	    "  --case ID                 the case that the note belongs to\n"
	    "  --set PATH=VALUE ...      a field and its value\n",
	    100);
	buf_fini(&b);
}

/* "note ..." in the program's help, and each of them in its own. */
static void
commands_of_one_kind_are_one_line_of_the_help(void **state)
{
	static const char *const kinds[] = { "Notes", "Notes", NULL };
	struct args_program with = program, room;
	struct args a;
	struct buf b;
	struct err e;

	(void)state;
	with.kinds = kinds;
	buf_init(&b, 8192);
	args_usage(&with, NULL, &b);
	assert_non_null(strstr(b.ptr,
	    "Commands:\n"
	    "  note ...                  Notes\n"
	    "  sync                      meet the office now\n\n"));
	buf_reset(&b);
	assert_ok(parse(&with, "note|--help", &a, &e), &e);
	assert_string_equal(a.words, "note");
	assert_ptr_equal(args_group(&with, a.words, &room), &room);
	args_usage(&room, NULL, &b);
	assert_non_null(strstr(b.ptr,
	    "Commands:\n"
	    "  note new                  begin a note\n"
	    "  note show ID              show one note\n\n"));
	assert_ptr_equal(args_group(&with, "", &room), &with);
	assert_ptr_equal(args_group(&with, "sync", &room), &with);
	buf_fini(&b);
}

static void
any_words_are_read_or_refused(void **state)
{
	static const char *const words[] = { "note", "new", "show", "sync",
		"--home", "--home=x", "--set", "--case", "--json", "--", "-",
		"-h", "--help", "", "x", "--=", "---", "--timeout" };
	struct rng r = rng_make(check_seed("args"));
	struct args a;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char *argv[ARGV_MAX];
		char room[ARGV_MAX][16];
		int argc = (int)rng_below(&r, ARGV_MAX);

		for (int k = 0; k < argc; k++) {
			(void)snprintf(room[k], sizeof(room[k]), "%s",
			    words[rng_below(
			        &r, sizeof(words) / sizeof(words[0]))]);
			argv[k] = room[k];
		}
		if (args_parse(&program, argc, argv, &a, NULL) == ERR_OK)
			assert_true(a.help || a.command != NULL);
	}
}

static void
the_nearest_word_is_found_and_a_far_one_is_not(void **state)
{
	static const char *const known[] = { "home", "json", "quiet",
		"passphrase-fd" };
	static const struct {
		const char *asked;
		const char *nearest;
	} table[] = { { "hme", "home" }, { "jsno", "json" },
		{ "quite", "quiet" }, { "pass", "passphrase-fd" },
		{ "passphrase", "passphrase-fd" }, { "zzz", NULL },
		{ "", NULL } };

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct near n = { .word = NULL };

		for (size_t k = 0; k < 4; k++)
			near_offer(&n, table[i].asked, known[k]);
		if (table[i].nearest == NULL)
			assert_null(n.word);
		else
			assert_string_equal(n.word, table[i].nearest);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_operands_may_stand_in_any_order),
		cmocka_unit_test(the_word_behind_a_command_may_make_it_another),
		cmocka_unit_test(repeated_options_keep_their_order),
		cmocka_unit_test(a_mistake_is_one_sentence_that_helps),
		cmocka_unit_test(numbers_are_read_within_their_range),
		cmocka_unit_test(help_names_every_command_and_option),
		cmocka_unit_test(commands_of_one_kind_are_one_line_of_the_help),
		cmocka_unit_test(any_words_are_read_or_refused),
		cmocka_unit_test(
		    the_nearest_word_is_found_and_a_far_one_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
