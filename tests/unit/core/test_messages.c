/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/file.h"
#include "common/core/device_command.h"
#include "common/core/history.h"
#include "common/core/limits.h"
#include "common/core/renew.h"
#include "common/sys/json.h"
#include "tests/support/golden_again.h"
#include "tests/support/total.h"

static struct golden *golden;

static int
set_up(void **state)
{
	(void)state;
	golden = golden_make();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	golden_free(golden);
	return 0;
}

static total_again
decoder(const struct golden_message *m)
{
	return golden_again(golden, m->kind);
}

static void
assert_file(const char *name, const char *want, size_t len)
{
	char path[512];
	struct buf got;
	struct err e;

	(void)snprintf(path, sizeof(path), "%s/schema/messages/%s",
	    VISITBOOK_SOURCE_DIR, name);
	buf_init(&got, LIMIT_BODY_BYTES);
	assert_ok(file_load(path, &got, &e), &e);
	if (got.len != len || memcmp(got.ptr, want, len) != 0)
		fail_msg("%s is not what the program says: run make_messages,"
		         " and look at the difference",
		    name);
	buf_fini(&got);
}

static void
the_files_are_those_that_the_code_makes(void **state)
{
	struct buf manifest;

	(void)state;
	golden_manifest(golden, &manifest);
	assert_file("manifest.json", manifest.ptr, manifest.len);
	buf_fini(&manifest);
	assert_file(
	    "signatures.json", golden->vectors.ptr, golden->vectors.len);
	for (size_t i = 0; i < golden->n; i++)
		assert_file(golden->messages[i].file, golden->messages[i].text,
		    golden->messages[i].len);
}

static void
reading_every_good_message_is_total(void **state)
{
	struct rng r = rng_make(check_seed(__func__));

	(void)state;
	for (size_t i = 0; i < golden->n; i++) {
		const struct golden_message *m = &golden->messages[i];

		/* A receipt's full form and a problem repeat members that
		 * nothing is read out of; they are tried with a test of their
		 * own kind. */
		if (m->error != ERR_OK || strcmp(m->kind, "receipt") == 0 ||
		    strcmp(m->kind, "problem") == 0)
			continue;
		(void)assert_total(m->text, m->len, decoder(m), &r, 10000);
	}
}

static enum err_code
commands_judge(const json_t *json, struct err *e)
{
	const struct sign_pub pub = sign_pub_of(&golden->command_key);
	struct commands_answer a;
	enum err_code code = ERR_OK;

	assert_ok(commands_answer_from_json(json, &a, e), e);
	for (size_t i = 0; i < a.n && code == ERR_OK; i++)
		code = device_command_check(&a.list[i], &pub,
		    golden->device.office, golden->device.device, e);
	commands_answer_fini(&a);
	return code;
}

/* What is found wrong with a message when it is read and proved. */
static enum err_code
judge(const struct golden_message *m, const json_t *json, struct err *e)
{
	json_t *out = NULL;
	enum err_code code = decoder(m)(json, &out, e);

	json_decref(out);
	if (code == ERR_OK && strcmp(m->kind, "batch") == 0) {
		struct batch b;

		assert_ok(batch_from_json(json, &b, e), e);
		code = batch_check(&b, golden->device.office,
		    &golden->device.pub, journal_lookup, &golden->full, e);
		batch_fini(&b);
	}
	if (code == ERR_OK && strcmp(m->kind, "courier_request") == 0) {
		struct courier_request r;
		struct batch b;

		assert_ok(courier_request_from_json(json, &r, e), e);
		code = envelope_open(
		    &r.envelopes[0], r.device, &golden->sealing_key, &b, e);
		if (code == ERR_OK)
			batch_fini(&b);
		courier_request_fini(&r);
	}
	if (code == ERR_OK && strcmp(m->kind, "receipt") == 0) {
		struct sign_pub pub = sign_pub_of(&golden->receipt_key);
		struct receipt r;

		assert_ok(receipt_from_json(json, &r, e), e);
		code = receipt_check(
		    &r, &pub, golden->device.office, golden->device.device, e);
		receipt_fini(&r);
	}
	if (code == ERR_OK && strcmp(m->kind, "commands_answer") == 0)
		code = commands_judge(json, e);
	return code;
}

static void
of_each_message_is_said_what_the_manifest_says(void **state)
{
	static const struct json_limits limits = {
		.bytes_max = LIMIT_BODY_BYTES,
		.tokens_max = LIMIT_JSON_TOKENS,
		.depth_max = LIMIT_JSON_DEPTH,
	};

	(void)state;
	for (size_t i = 0; i < golden->n; i++) {
		const struct golden_message *m = &golden->messages[i];
		json_t *json = NULL;
		struct err e = { 0 };
		enum err_code code =
		    json_parse(m->text, m->len, &limits, &json, &e);

		if (code == ERR_OK)
			code = judge(m, json, &e);
		if (code != m->error)
			fail_msg("%s: %s (%s) and not %s", m->file,
			    err_word(code), e.msg, err_word(m->error));
		json_decref(json);
	}
}

static void
every_message_fits_the_limits_on_nesting(void **state)
{
	(void)state;
	for (size_t i = 0; i < golden->n; i++) {
		const struct golden_message *m = &golden->messages[i];
		unsigned depth = 0, deepest = 0;
		bool in_text = false;

		for (size_t k = 0; k < m->len; k++) {
			char c = m->text[k];

			if (c == '"' && (k == 0 || m->text[k - 1] != '\\'))
				in_text = !in_text;
			if (!in_text && (c == '{' || c == '['))
				depth++;
			if (!in_text && (c == '}' || c == ']'))
				depth--;
			if (depth > deepest)
				deepest = depth;
		}
		assert_true(deepest <= 12);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_files_are_those_that_the_code_makes),
		cmocka_unit_test(
		    of_each_message_is_said_what_the_manifest_says),
		cmocka_unit_test(every_message_fits_the_limits_on_nesting),
		cmocka_unit_test(reading_every_good_message_is_total),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
