/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a name means.
 */
#include "tests/support/check.h"
#include "tests/support/world_command.h"

#include <string.h>

static struct world w;

/* What the answer to a code for a device of this person says went wrong. */
static void
ask_code(const char *who, char out[static ERR_MSG_MAX])
{
	json_t *a = world_command(
	    &w, json_pack("{s:s, s:s}", "do", "device code", "user", who));
	const json_t *error = json_object_get(a, "error");

	(void)snprintf(out, ERR_MSG_MAX, "%s",
	    error == NULL ? ""
	                  : json_string_value(json_object_get(error, "text")));
	json_decref(a);
}

static void
two_of_one_name_are_told_apart_and_neither_is_taken(void **state)
{
	struct id first, second, third, fourth;
	char said[ERR_MSG_MAX];

	(void)state;
	world_start(&w);
	first = world_add_user(&w, "Ruth");
	ask_code("Ruth", said);
	assert_string_equal(said, "");
	second = world_colleague(&w, "Ruth", "SEN", NULL);
	ask_code("Ruth", said);
	assert_non_null(
	    strstr(said, "2 people are called Ruth; write the id of one: "));
	assert_non_null(strstr(said, id_print(first).s));
	assert_non_null(strstr(said, id_print(second).s));
	assert_non_null(strstr(said, "(Senior advocate or co-ordinator)"));
	/* By the id it goes. */
	ask_code(id_print(second).s, said);
	assert_string_equal(said, "");
	/* Of many, how many more there are. */
	third = world_add_user(&w, "Ruth");
	fourth = world_add_user(&w, "Ruth");
	ask_code("Ruth", said);
	assert_non_null(
	    strstr(said, "4 people are called Ruth; write the id of one: "));
	/* Who has left is not meant, while somebody of the name is here. */
	json_decref(world_done(&w,
	    json_pack(
	        "{s:s, s:s}", "do", "user end", "user", id_print(second).s)));
	json_decref(world_done(&w,
	    json_pack(
	        "{s:s, s:s}", "do", "user end", "user", id_print(third).s)));
	ask_code("Ruth", said);
	assert_non_null(
	    strstr(said, "2 people are called Ruth; write the id of one: "));
	assert_null(strstr(said, id_print(second).s));
	assert_non_null(strstr(said, id_print(fourth).s));
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    two_of_one_name_are_told_apart_and_neither_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
