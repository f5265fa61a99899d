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
a_list_has_a_line_for_each_and_says_how_it_goes_on(void **state)
{
	const char *answer =
	    "{\"notes\":[{\"id\":\"n1\",\"content\":\"draft\"},"
	    "{\"id\":\"n2\",\"content\":\"signed\"}],\"next\":\"n2\"}";

	(void)state;
	assert_says("note list", answer, "n1  draft\nn2  signed\n");
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_list_is_a_sentence),
		cmocka_unit_test(
		    a_list_has_a_line_for_each_and_says_how_it_goes_on),
		cmocka_unit_test(a_time_is_given_as_people_write_it),
		cmocka_unit_test(what_does_not_add_up_is_said_first),
		cmocka_unit_test(an_answer_without_a_form_is_shown_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
