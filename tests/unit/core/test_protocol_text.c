/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema/protocol.md is held to the code and to the golden messages: what is
 * there is written down, and the commands that it shows work.
 */
#include "tests/support/check.h"

#include <sys/wait.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/core/limits.h"
#include "common/core/value.h"
#include "tests/support/golden.h"

static struct buf doc;
static struct golden *golden;

static int
set_up(void **state)
{
	struct err e;

	(void)state;
	buf_init(&doc, 1 << 20);
	assert_ok(
	    file_load(VISITBOOK_SOURCE_DIR "/schema/protocol.md", &doc, &e),
	    &e);
	golden = golden_make();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	buf_fini(&doc);
	golden_free(golden);
	return 0;
}

static void
assert_written(const char *before, const char *what, const char *after)
{
	char text[200];

	(void)snprintf(text, sizeof(text), "%s%s%s", before, what, after);
	if (strstr(doc.ptr, text) == NULL)
		fail_msg("protocol.md does not have %s", text);
}

static void
every_word_stands_with_its_status(void **state)
{
	(void)state;
	for (int i = 0; i < WORD_N; i++) {
		char status[16];

		(void)snprintf(status, sizeof(status), "` | %d |",
		    protocol_word_status((enum protocol_word)i));
		assert_written(
		    "| `", protocol_word((enum protocol_word)i), status);
	}
	for (int i = 0; i < OUTCOME_N; i++)
		assert_written("`", outcome_word((enum outcome_kind)i), "`");
}

static void
every_limit_stands_with_its_number(void **state)
{
#define LIMIT(name)                                                            \
	{                                                                      \
#name, name                                                    \
	}
	static const struct {
		const char *name;
		size_t value;
	} limits[] = {
		LIMIT(LIMIT_TEXT_BYTES),
		LIMIT(LIMIT_LINE_BYTES),
		LIMIT(LIMIT_NAME_BYTES),
		LIMIT(LIMIT_PATH_BYTES),
		LIMIT(LIMIT_OPS),
		LIMIT(LIMIT_CHANGE_BYTES),
		LIMIT(LIMIT_RECORD_BYTES),
		LIMIT(LIMIT_BATCH_CHANGES),
		LIMIT(LIMIT_BATCHES),
		LIMIT(LIMIT_BODY_PACKED),
		LIMIT(LIMIT_BODY_BYTES),
		LIMIT(LIMIT_ANSWER_BYTES),
		LIMIT(LIMIT_PUSH_TARGET),
		LIMIT(LIMIT_PAGE_TARGET),
		LIMIT(LIMIT_JSON_DEPTH),
		LIMIT(LIMIT_JSON_TOKENS),
		LIMIT(LIMIT_ANSWER_TOKENS),
		LIMIT(LIMIT_WANTED),
		LIMIT(LIMIT_SIDES),
		LIMIT(LIMIT_ENVELOPES),
		LIMIT(LIMIT_BLOB_BYTES),
		LIMIT(LIMIT_BLOB_PIECE),
	};
#undef LIMIT

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		char number[32];

		(void)snprintf(
		    number, sizeof(number), "` | %zu |", limits[i].value);
		assert_written("| `", limits[i].name, number);
	}
}

/* Every key of the value is in the text, but for those of records, schemas
 * and a change's extra member, which are told of elsewhere. */
static void
assert_keys_written(const json_t *v)
{
	static const char *const elsewhere[] = { "whole", "delta", "schema",
		"weather", "names", "scopes", "ids" };
	const char *key;
	json_t *member;

	if (json_is_array(v)) {
		for (size_t i = 0; i < json_array_size(v); i++)
			assert_keys_written(json_array_get(v, i));
		return;
	}
	json_object_foreach(value_plain(v), key, member)
	{
		bool skip = false;
		const char *at = doc.ptr;

		for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]);
		     i++)
			skip |= strcmp(elsewhere[i], key) == 0;
		if (strcmp(key, "weather") == 0)
			continue;
		/* As a word of its own, in code or in a list of members. */
		for (; (at = strstr(at, key)) != NULL; at++)
			if (strchr("`{ \"", at[-1]) != NULL &&
			    strchr("`,}\":", at[strlen(key)]) != NULL)
				break;
		if (at == NULL)
			fail_msg("protocol.md does not have the key %s", key);
		if (!skip)
			assert_keys_written(member);
	}
}

static void
every_key_of_the_golden_messages_is_written_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < golden->n; i++) {
		const struct golden_message *m = &golden->messages[i];
		json_t *json;

		if (m->error != ERR_OK)
			continue;
		json = journal_parse(m->text, m->len);
		assert_keys_written(json);
		json_decref(json);
	}
}

static void
every_context_of_a_signature_is_written_down(void **state)
{
	static const char *const contexts[] = { "vb/change/v1", "vb/journal/v1",
		"vb/request/v1", "vb/answer/v1", "vb/receipt/v1",
		"vb/statement/v1", "vb/outbox/v1", "vb/command/v1",
		"vb/scopes/v1", "vb/enrol/v1", "vb/enrol/request/v1",
		"vb/enrol/answer/v1" };

	(void)state;
	for (size_t i = 0; i < sizeof(contexts) / sizeof(contexts[0]); i++)
		assert_written("\"", contexts[i], "\"");
}

/* Run a script with sh in schema/messages; its exit status. */
static int
run(const char *script, const char *scratch)
{
	int status;
	pid_t child = fork();

	assert_int_not_equal(child, -1);
	if (child == 0) {
		if (setenv("T", scratch, 1) != 0 ||
		    chdir(VISITBOOK_SOURCE_DIR "/schema/messages") != 0 ||
		    freopen("/dev/null", "w", stdout) == NULL)
			_exit(99);
		(void)execl("/bin/sh", "sh", "-e", "-c", script, (char *)NULL);
		_exit(99);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static void
the_commands_that_it_shows_work_and_notice_a_change(void **state)
{
	struct check_folder folder = check_folder_new();
	size_t n = 0;

	(void)state;
	if (run("command -v openssl zstd", folder.path) != 0) {
		check_folder_end(&folder);
		skip();
	}
	for (const char *at = doc.ptr; (at = strstr(at, "```sh\n")) != NULL;) {
		const char *end = strstr(at + 6, "```");
		struct buf script;

		assert_non_null(end);
		buf_init(&script, 65536);
		(void)buf_add(&script, at + 6, (size_t)(end - at - 6));
		if (run(script.ptr, folder.path) != 0)
			fail_msg("fails: %s", script.ptr);
		buf_fini(&script);
		at = end + 3;
		n++;
	}
	assert_int_equal(n, 3);
	/* The receipt was written out by the first; one letter more in it. */
	assert_int_not_equal(
	    run("printf x >> $T/signed; openssl pkeyutl -verify -rawin"
	        " -in $T/signed -sigfile $T/sig -pubin"
	        " -inkey keys/receipt_pub.pem",
	        folder.path),
	    0);
	check_folder_end(&folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_stands_with_its_status),
		cmocka_unit_test(every_limit_stands_with_its_number),
		cmocka_unit_test(
		    every_key_of_the_golden_messages_is_written_down),
		cmocka_unit_test(every_context_of_a_signature_is_written_down),
		cmocka_unit_test(
		    the_commands_that_it_shows_work_and_notice_a_change),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
