/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person at the office reads: sentences, nothing left out.
 */
#include "tests/support/check.h"

#include <jansson.h>
#include <unistd.h>

#include "daemon/central/cli/cli_human.h"

/* What cli_human prints of this answer, in memory of the caller's. */
static void
said(const char *words, const char *answer, char *out, size_t room)
{
	json_t *json = json_loads(answer, 0, NULL);
	FILE *kept = tmpfile();
	const int was = dup(STDOUT_FILENO);
	size_t n;

	assert_non_null(json);
	assert_non_null(kept);
	assert_true(was >= 0);
	(void)fflush(stdout);
	assert_true(dup2(fileno(kept), STDOUT_FILENO) >= 0);
	cli_human(words, json);
	(void)fflush(stdout);
	assert_true(dup2(was, STDOUT_FILENO) >= 0);
	(void)close(was);
	rewind(kept);
	n = fread(out, 1, room - 1, kept);
	out[n] = '\0';
	(void)fclose(kept);
	json_decref(json);
}

static void
assert_says(const char *words, const char *answer, const char *part)
{
	char out[4096];

	said(words, answer, out, sizeof(out));
	if (strstr(out, part) == NULL)
		fail_msg("%s said: %s", words, out);
}

static void
an_empty_list_is_a_sentence(void **state)
{
	(void)state;
	assert_says("conflict list", "{\"conflicts\":[]}",
	    "Nothing waits for a decision.\n");
	assert_says("held list", "{\"held\":[]}", "No change is held.\n");
	assert_says(
	    "note list", "{\"notes\":[],\"next\":null}", "There is none.\n");
}

static void
a_proposal_says_what_it_would_do_and_until_when(void **state)
{
#define PROPOSAL(state)                                                        \
	"{\"proposals\":[{\"proposal\":\"P\",\"act\":\"entered_in_error\","    \
	"\"label\":\"Mark as entered in error\",\"title\":\"Note: 21 "         \
	"November\",\"about\":\"R\",\"state\":\"" state                        \
	"\",\"by_name\":\"Ama\",\"reason\":\"the wrong "                       \
	"person\",\"until\":1795000000000}]}"

	(void)state;
	assert_says("dual list", PROPOSAL("waits"),
	    "P  Mark as entered in error: Note: 21 November\n"
	    "  Proposed by Ama: the wrong person\n"
	    "  It waits for a second person until ");
	assert_says(
	    "dual list", PROPOSAL("expired"), "  Its time was over on ");
	assert_says(
	    "dual list", PROPOSAL("withdrawn"), "  It was withdrawn.\n");
#undef PROPOSAL
}

static void
two_records_stand_beside_each_other(void **state)
{
	static const char pair[] =
	    "{\"id\":\"A\",\"title\":\"Mary\",\"other\":\"B\","
	    "\"other_title\":\"Mair\",\"score\":6,\"merged\":false,"
	    "\"reasons\":[\"same name\"],\"differs\":[{\"path\":"
	    "\"date_of_birth\",\"label\":\"Date of birth\",\"value\":"
	    "null,\"other_value\":\"1940-05-06\"}]}";

	(void)state;
	assert_says("duplicates show", pair, "1. A  Mary\n2. B  Mair\n");
	assert_says("duplicates show", pair,
	    "  Date of birth\n    1:\n      nothing\n"
	    "    2:\n      6 May 1940\n");
	assert_says("duplicates show", pair, "duplicates merge A B --reason");
	assert_says("user list",
	    "{\"users\":[{\"user\":\"A\",\"name\":\"Ama\",\"role\":\"ADV\","
	    "\"active\":true}]}",
	    "A  Ama, Advocate\n");
	assert_says("person remove",
	    "{\"id\":\"A\",\"counter\":3,\"changed\":[\"\"]}", "Removed: A.");
}

static void
a_case_says_until_when_it_is_kept_and_why(void **state)
{
	static const char *const due =
	    "{\"retention\":[{\"id\":\"c1\",\"title\":\"Mrs Adler\","
	    "\"due\":\"2034-11-21\",\"label\":\"Mental health\",\"why\":"
	    "\"8 years.\",\"started\":{\"by\":\"work\",\"on\":"
	    "\"2026-11-21\",\"label\":\"Visit\",\"id\":\"v1\"},"
	    "\"also\":[{\"due\":\"2030-01-01\",\"label\":\"Adult\","
	    "\"why\":\"Less.\"}],\"ask\":[\"Ask first.\"],"
	    "\"sure\":false}]}";

	(void)state;
	assert_says("retention", due,
	    "c1  Mrs Adler\n  Until 2034-11-21 (Mental health): 8 years.\n"
	    "  The last work is of 2026-11-21: Visit v1.\n"
	    "  Also, until 2030-01-01 (Adult): Less.\n"
	    "  Nobody wrote down the date of birth: it may have to be kept "
	    "longer.\n  Ask first.\n");
	assert_says("retention",
	    "{\"retention\":[{\"id\":\"c1\",\"title\":\"Mrs Adler\","
	    "\"due\":null,\"why\":\"It is not closed.\","
	    "\"started\":null,\"also\":[],\"ask\":[],\"sure\":true}]}",
	    "c1  Mrs Adler\n  It is not closed.\n");
	assert_says("retention", "{\"retention\":[]}", "No case is due.\n");
}

static void
a_list_has_a_line_for_each_and_says_how_it_goes_on(void **state)
{
	const char *answer =
	    "{\"notes\":[{\"id\":\"n1\",\"content\":\"draft\"},"
	    "{\"id\":\"n2\",\"content\":\"signed\"}],\"next\":\"n2\"}";

	(void)state;
	assert_says("note list", answer, "n1  (draft)\nn2  (signed)\n");
	assert_says("note list", answer, "--after n2\n");
	assert_says("case list",
	    "{\"cases\":[{\"id\":\"c1\",\"content\":null}],\"next\":null}",
	    "c1\n");
}

static void
a_time_is_given_as_people_write_it(void **state)
{
	const char *answer = "{\"code\":\"AB12\",\"expires\":1795306043860}";
	char out[4096];

	(void)state;
	said("device code", answer, out, sizeof(out));
	assert_non_null(strstr(out, "AB12"));
	assert_non_null(strstr(out, "November 2026"));
	assert_null(strstr(out, "1795306043860"));
	assert_says("device list",
	    "{\"devices\":[{\"device\":\"d\",\"label\":\"l\",\"state\":"
	    "\"active\",\"counter\":3,\"last_seen\":0}]}",
	    "3 changes, last seen never\n");
}

static void
what_does_not_add_up_is_said_first(void **state)
{
	char out[4096];

	(void)state;
	said("verify",
	    "{\"ok\":false,\"seq\":9,\"head\":\"h\",\"epoch\":1,\"devices\":"
	    "[],\"first_bad\":\"log 7: its link is wrong\"}",
	    out, sizeof(out));
	assert_non_null(strstr(out, "log 7: its link is wrong"));
	assert_null(strstr(out, "Everything adds up"));
}

static void
an_answer_without_a_form_is_shown_whole(void **state)
{
	const char *answer = "{\"a\":\"one\",\"b\":{\"c\":2}}";

	(void)state;
	assert_says("receipt", answer, "a: one\n");
	assert_says("receipt", answer, "b: {\"c\":2}\n");
}

static void
a_record_is_told_in_words(void **state)
{
	static const char answer[] =
	    "{\"id\":\"01a2020f-5e5b-7ff6-b69b-0a660bf8c49f\",\"type\":"
	    "\"note\",\"content\":\"draft\",\"transport\":\"office\","
	    "\"doc\":{\"author\":\"01a2020f-5c34-7fd2-a16e-cd5918786713\","
	    "\"instructed\":\"instructed\",\"summary\":\"She slept.\"},"
	    "\"conflicts\":[\"c1\",\"c2\"],\"reviews\":[\"c2\"],"
	    "\"written\":{\"by\":\"01a2020f-5c34-7fd2-a16e-cd5918786713\","
	    "\"at\":1795306043860,\"clock_offset\":259200000,"
	    "\"uncertainty_s\":259200},\"names\":{"
	    "\"01a2020f-5c34-7fd2-a16e-cd5918786713\":\"Ama Boateng\","
	    "\"01a2020f-5e5b-7ff6-b69b-0a660bf8c49f\":\"Sam, Tuesday\"}}";
	char out[4096];

	(void)state;
	assert_says("note show", answer, "Note: Sam, Tuesday\n");
	assert_says("note show", answer, "\nSummary in two sentences:\n");
	assert_says("note show", answer, "Ama Boateng (01a2020f-5c34");
	assert_says("note show", answer, "Last written by Ama Boateng at ");
	assert_says("note show", answer,
	    " (time uncertain: device's clock, \u00b13 days: it was "
	    "behind)\n");
	assert_says("note show", answer,
	    "Two versions: visitbook-central conflict show c1\n");
	assert_says("note show", answer,
	    "Please read it: visitbook-central conflict show c2\n");
	said("note show", answer, out, sizeof(out));
	assert_null(
	    strstr(out, "versions: visitbook-central conflict show c2"));
	assert_null(strstr(out, "names"));
}

/* How often the words are in the text. */
static unsigned
times(const char *text, const char *words)
{
	unsigned n = 0;

	while ((text = strstr(text, words)) != NULL) {
		text += strlen(words);
		n++;
	}
	return n;
}

static void
versions_that_say_the_same_are_shown_as_one(void **state)
{
	static const char answer[] =
	    "{\"id\":\"c\",\"record\":\"r\",\"type\":\"person\",\"path\":"
	    "\"full_name\",\"label\":\"Full name\",\"kind\":\"ask\",\"state\":"
	    "\"open\",\"owner\":\"author\",\"ancestor\":null,\"current\":"
	    "\"Betty\",\"sides\":["
	    "{\"value\":\"Beth\",\"author\":\"a1\",\"open\":true,\"made_at\":1}"
	    ","
	    "{\"value\":\"Liz\",\"author\":\"a2\",\"open\":true,\"made_at\":2},"
	    "{\"value\":\"Beth\",\"author\":\"a3\",\"open\":true,\"made_at\":3}"
	    ","
	    "{\"value\":\"Beth\",\"author\":\"a4\",\"open\":false,"
	    "\"made_at\":4}],\"decisions\":[],"
	    "\"names\":{\"a1\":\"Ann\",\"a2\":\"Bob\",\"a3\":\"Cat\","
	    "\"a4\":\"Dee\"}}";
	char out[4096];
	const char *ann, *cat, *liz;

	(void)state;
	said("conflict show", answer, out, sizeof(out));
	/* Once for two who have it open, once where it is closed. */
	assert_int_equal(times(out, "  Beth\n"), 2);
	assert_int_equal(times(out, "  Liz\n"), 1);
	ann = strstr(out, "1. Ann");
	cat = strstr(out, "3. Cat");
	liz = strstr(out, "2. Bob");
	assert_true(ann != NULL && cat != NULL && liz != NULL);
	assert_true(ann < cat && cat < liz);
	assert_non_null(strstr(out, "4. Dee"));
}

static void
what_others_wrote_does_not_steer_the_terminal(void **state)
{
	char out[4096];

	(void)state;
	said("device list",
	    "{\"devices\":[{\"device\":\"d\",\"label\":\"\\u001b[2J\"}]}", out,
	    sizeof(out));
	assert_null(strchr(out, '\x1b'));
	said("note list",
	    "{\"notes\":[{\"id\":\"n\",\"title\":\"\\u009b2J\"}]}", out,
	    sizeof(out));
	assert_null(strstr(out, "\xC2\x9B"));
	/* "for" after what turns the direction round would read "rof". */
	said("note list",
	    "{\"notes\":[{\"id\":\"n\",\"title\":\"a \\u202erof\"}]}", out,
	    sizeof(out));
	assert_non_null(strstr(out, "a \xEF\xBF\xBDrof"));
	said("receipt", "{\"a\":\"\\u001b]0;x\\u0007\"}", out, sizeof(out));
	assert_null(strchr(out, '\x1b'));
}

static void
why_a_change_is_held_is_a_sentence(void **state)
{
	(void)state;
	assert_says("held list",
	    "{\"held\":[{\"change\":\"d/1\",\"record\":\"r\",\"reason\":"
	    "\"not_yours\"}]}",
	    "The case was given to someone else before this was written.\n");
}

static void
a_held_change_is_told_in_words(void **state)
{
#define HELD(state, more)                                                      \
	"{\"change\":\"d/7\",\"record\":\"r\",\"reason\":\"office_only\","     \
	"\"state\":\"" state "\",\"names\":{\"r\":\"Betty\",\"u\":\"Mair\"},"  \
	"\"content\":{\"author\":\"u\",\"type\":\"person\",\"made_at\":"       \
	"1795000000000," more "}}"
#define OPS                                                                    \
	"\"ops\":[{\"path\":\"full_name\",\"base\":{},\"salt\":\"AA==\","      \
	"\"was\":\"Betty\",\"now\":\"Betty Ann\"},"                            \
	"{\"path\":\"date_of_birth\",\"now\":\"1940-05-06\"},"                 \
	"{\"path\":\"how_i_communicate\",\"was\":\"She signs.\"},"             \
	"{\"path\":\"nhs_number\",\"erased\":[\"00\",\"00\"]}]"
	char out[4096];

	(void)state;
	said("held show", HELD("held", OPS), out, sizeof(out));
	assert_non_null(strstr(out, "d/7  of Betty\n    Only the office may"));
	assert_non_null(strstr(out, "  Written by Mair at "));
	assert_non_null(strstr(out,
	    "  Full name:\n    Betty Ann\n  where its author saw:\n"
	    "    Betty\n  Date of birth:\n    6 May 1940\n"));
	assert_non_null(strstr(
	    out, "    Removed\n  where its author saw:\n    She signs."));
	assert_non_null(
	    strstr(out, "  NHS number:\n    (its words were erased)\n"));
	assert_non_null(strstr(out, "Next: visitbook-central held retry d/7"));
	/* Nothing as the machines write it. */
	assert_null(strchr(out, '{'));
	assert_null(strstr(out, "AA=="));
	assert_says("held show", HELD("closed", OPS),
	    "It was closed and not applied.\n");
	assert_says("held show",
	    HELD("held",
	        "\"resolve\":[{\"conflict\":\"c\",\"why\":[\"AA==\","
	        "\"She said so.\"]}]"),
	    "  It decides: visitbook-central conflict show c\n"
	    "    She said so.\n");
#undef OPS
#undef HELD
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_case_says_until_when_it_is_kept_and_why),
		cmocka_unit_test(an_empty_list_is_a_sentence),
		cmocka_unit_test(
		    a_proposal_says_what_it_would_do_and_until_when),
		cmocka_unit_test(two_records_stand_beside_each_other),
		cmocka_unit_test(
		    a_list_has_a_line_for_each_and_says_how_it_goes_on),
		cmocka_unit_test(a_time_is_given_as_people_write_it),
		cmocka_unit_test(what_does_not_add_up_is_said_first),
		cmocka_unit_test(an_answer_without_a_form_is_shown_whole),
		cmocka_unit_test(a_record_is_told_in_words),
		cmocka_unit_test(versions_that_say_the_same_are_shown_as_one),
		cmocka_unit_test(what_others_wrote_does_not_steer_the_terminal),
		cmocka_unit_test(why_a_change_is_held_is_a_sentence),
		cmocka_unit_test(a_held_change_is_told_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
