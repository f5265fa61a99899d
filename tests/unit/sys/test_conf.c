/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/sys/conf.h"

struct settings {
	char office[32];
	int64_t port;
	int64_t every_ms;
	bool quiet;
};

static const struct conf_key keys[] = {
	CONF_KEY_STRING(settings, office, "office"),
	CONF_KEY_INT(settings, port, "port", 1, 65535),
	CONF_KEY_DURATION(settings, every_ms, "try-every", 1000, 86400000),
	CONF_KEY_BOOL(settings, quiet, "quiet"),
};
#define N (sizeof(keys) / sizeof(keys[0]))

static const struct settings defaults = { "none", 443, 60000, false };

static void
a_file_fills_its_fields_and_leaves_the_others(void **state)
{
	struct check_folder f = check_folder_new();
	static const char text[] = "# where it is\r\n"
	                           "\n"
	                           "  office =  a.example:1 # not a comment \n"
	                           "try-every=10 min\r\n"
	                           "quiet = yes";
	struct settings s = defaults;
	char path[300];
	struct err e;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/x.conf", f.path);
	assert_int_equal(conf_load(path, keys, N, &s, &e), ERR_NOTFOUND);
	assert_ok(file_save(path, text, sizeof(text) - 1, &e), &e);
	assert_ok(conf_load(path, keys, N, &s, &e), &e);
	assert_string_equal(s.office, "a.example:1 # not a comment");
	assert_int_equal(s.port, 443);
	assert_int_equal(s.every_ms, 600000);
	assert_true(s.quiet);
	assert_ok(file_save(path, "port\0= 1", 8, &e), &e);
	assert_int_equal(conf_load(path, keys, N, &s, &e), ERR_INVALID);
	check_folder_end(&f);
}

static void
a_mistake_is_one_sentence_with_its_line_and_changes_nothing(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} table[] = {
		{ "port = 1\nprot = 2\n",
		    "x:2: unknown key \"prot\"; did you mean \"port\"?" },
		{ "zebra = 2", "x:1: unknown key \"zebra\"" },
		{ "port = 1\n\nport = 2",
		    "x:3: port stands here for the second time" },
		{ "port = 0", "x:1: port is a whole number from 1 to 65535" },
		{ "port = 65536",
		    "x:1: port is a whole number from 1 to 65535" },
		{ "port = 80x", "x:1: port is a whole number from 1 to 65535" },
		{ "port = +80", "x:1: port is a whole number from 1 to 65535" },
		{ "port =", "x:1: port is a whole number from 1 to 65535" },
		{ "port = 99999999999999999999",
		    "x:1: port is a whole number from 1 to 65535" },
		{ "try-every = 10",
		    "x:1: try-every is a time from 1 s to 1 d, such as "
		    "\"10 min\"" },
		{ "try-every = 2 d",
		    "x:1: try-every is a time from 1 s to 1 d, such as "
		    "\"10 min\"" },
		{ "quiet = true", "x:1: quiet is yes or no" },
		{ "office = 0123456789abcdef0123456789abcdef",
		    "x:1: office is longer than 31 bytes" },
		{ "just words", "x:1: a line reads \"key = value\"" },
		{ "= 3", "x:1: a line reads \"key = value\"" },
		{ "office = \x1b[0m",
		    "x:1: a byte that is not printable UTF-8 text" },
		{ "office = \xff",
		    "x:1: a byte that is not printable UTF-8 text" },
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct settings s = defaults;

		assert_int_equal(
		    conf_parse("x", table[i].text, keys, N, &s, &e),
		    ERR_INVALID);
		assert_string_equal(e.msg, table[i].says);
		assert_int_equal(s.port, defaults.port);
		assert_string_equal(s.office, defaults.office);
	}
}

static void
durations_take_their_units_and_no_others(void **state)
{
	static const char *const bad[] = { "", "10", "min", "1.5 h", "-1 s",
		" 5 s", "5 s ", "5 S", "5 weeks", "9223372036854775807 d" };
	int64_t ms = 0;

	(void)state;
	assert_true(conf_parse_duration("250 ms", &ms) && ms == 250);
	assert_true(conf_parse_duration("0s", &ms) && ms == 0);
	assert_true(conf_parse_duration("90  s", &ms) && ms == 90000);
	assert_true(conf_parse_duration("10 min", &ms) && ms == 600000);
	assert_true(conf_parse_duration("2 h", &ms) && ms == 7200000);
	assert_true(conf_parse_duration("7 d", &ms) && ms == 604800000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(conf_parse_duration(bad[i], &ms));
	assert_int_equal(ms, 604800000);
}

static void
random_text_is_read_or_refused_and_nothing_else(void **state)
{
	static const char letters[] =
	    "port=quie try-vyesn o123456 min\n\n#\r\t";
	struct rng r = rng_make(check_seed("conf"));
	char text[200];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct settings s;
		size_t len = rng_below(&r, sizeof(text));

		memcpy(&s, &defaults, sizeof(s)); /* with its padding */
		for (size_t k = 0; k < len; k++)
			text[k] = letters[rng_below(&r, sizeof(letters) - 1)];
		text[len] = '\0';
		if (conf_parse("x", text, keys, N, &s, NULL) != ERR_OK)
			assert_memory_equal(&s, &defaults, sizeof(s));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_fills_its_fields_and_leaves_the_others),
		cmocka_unit_test(
		    a_mistake_is_one_sentence_with_its_line_and_changes_nothing),
		cmocka_unit_test(durations_take_their_units_and_no_others),
		cmocka_unit_test(
		    random_text_is_read_or_refused_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
