/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the shipped dictionaries are: known for ever, in the programs, and made
 * of nothing that anybody wrote about anybody.
 */
#include "tests/support/check.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>

#include "common/base/enc.h"
#include "common/base/file.h"
#include "common/core/body.h"
#include "common/sys/crypto_hash.h"

#define DICTIONARIES VISITBOOK_SOURCE_DIR "/schema/dictionary"
#define CASELOAD VISITBOOK_SOURCE_DIR "/tests/data/caseload"
#define FILE_MAX ((size_t)256 * 1024 * 1024)
/* As many bytes as no two texts have in common by chance; a few words. */
#define RUN_LEN ((size_t)24)

static struct buf
load(const char *folder, const char *name)
{
	char path[512];
	struct buf b;
	struct err e;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	buf_init(&b, FILE_MAX);
	assert_ok(file_load(path, &b, &e), &e);
	return b;
}

/* Call for each file of a folder whose name ends so; returns their number. */
static size_t
each_file(const char *folder, const char *ending,
    void (*call)(const char *name, const struct buf *bytes, void *arg),
    void *arg)
{
	DIR *dir = opendir(folder);
	const struct dirent *d;
	size_t n = 0;

	assert_non_null(dir);
	while ((d = readdir(dir)) != NULL) {
		const char *at = strstr(d->d_name, ending);
		struct buf b;

		if (at == NULL || strcmp(at, ending) != 0)
			continue;
		b = load(folder, d->d_name);
		call(d->d_name, &b, arg);
		buf_fini(&b);
		n++;
	}
	(void)closedir(dir);
	return n;
}

static void
assert_known(const char *name, const struct buf *bytes, void *arg)
{
	struct hash32 hash = crypto_sha256(bytes->ptr, bytes->len);
	char id[ENC_HEX_LEN(HASH32_LEN) + 1];

	(void)name;
	enc_hex(hash.b, HASH32_LEN, id);
	id[8] = '\0';
	if (!body_codec_knows(arg, id))
		fail_msg("%s is %s, which no program knows", name, id);
}

static void
every_dictionary_that_shipped_is_known_by_its_hash(void **state)
{
	struct body_codec *codec = NULL;
	struct err e;

	(void)state;
	assert_ok(body_codec_new(&codec, &e), &e);
	assert_true(
	    each_file(DICTIONARIES, ".zdict", assert_known, codec) >= 1);
	/* One line for each that ever shipped: they are named on the wire. */
	assert_true(body_codec_knows(codec, "afd6d3f8"));
	body_codec_free(codec);
}

static void
assert_in_programs(const char *name, const struct buf *bytes, void *arg)
{
	static const char *const programs[] = { CENTRAL_PROGRAM,
		VISITBOOKD_PROGRAM };

	(void)name;
	(void)arg;
	for (size_t i = 0; i < 2; i++) {
		struct buf program;
		struct err e;

		buf_init(&program, FILE_MAX);
		assert_ok(file_load(programs[i], &program, &e), &e);
		if (memmem(program.ptr, program.len, bytes->ptr, bytes->len) ==
		    NULL)
			fail_msg("%s is not in %s", name, programs[i]);
		buf_fini(&program);
	}
}

static void
the_programs_have_every_dictionary_in_them(void **state)
{
	(void)state;
	assert_true(
	    each_file(DICTIONARIES, ".zdict", assert_in_programs, NULL) >= 1);
}

/* The longest run of the text's bytes that is found elsewhere. */
static void
assert_no_run(const char *text, const struct buf *elsewhere, const char *where)
{
	const size_t len = strlen(text);

	(void)where;
	for (size_t i = 0; i + RUN_LEN <= len; i++)
		if (memmem(elsewhere->ptr, elsewhere->len, text + i, RUN_LEN) !=
		    NULL)
			fail_msg("\"%.*s\" of a note is in %s", (int)RUN_LEN,
			    text + i, where);
}

struct places {
	struct buf dictionary, samples;
	size_t texts;
};

/* Every text in a value that a person could have written: not an id, a code
 * or a date. */
static void
walk(json_t *v, struct places *p)
{
	const char *key;
	json_t *member;

	if (json_is_string(v)) {
		const char *text = json_string_value(v);

		if (strchr(text, ' ') == NULL)
			return;
		p->texts++;
		assert_no_run(text, &p->dictionary, "the dictionary");
		assert_no_run(text, &p->samples, "the samples' sentences");
	}
	for (size_t i = 0; i < json_array_size(v); i++)
		walk(json_array_get(v, i), p);
	json_object_foreach((json_t *)v, key, member) walk(member, p);
}

static void
walk_file(const char *name, const struct buf *bytes, void *arg)
{
	json_t *json = json_loadb(bytes->ptr, bytes->len, 0, NULL);

	(void)name;
	if (json == NULL)
		fail_msg("%s is no JSON", name);
	walk(json, arg);
	json_decref(json);
}

static void
no_note_of_the_demonstration_is_in_a_dictionary_or_its_samples(void **state)
{
	struct places p = {
		.dictionary = load(DICTIONARIES, "dictionary_1.zdict"),
		.samples =
		    load(VISITBOOK_SOURCE_DIR "/tests/tools", "make_samples.c"),
	};

	(void)state;
	assert_true(each_file(CASELOAD "/notes", ".json", walk_file, &p) > 10);
	assert_true(each_file(CASELOAD, ".json", walk_file, &p) > 3);
	assert_true(p.texts > 100);
	/* It would be found: a dictionary has its texts as they were. */
	assert_non_null(memmem(p.dictionary.ptr, p.dictionary.len,
	    "the medication is late", strlen("the medication is late")));
	buf_fini(&p.dictionary);
	buf_fini(&p.samples);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_dictionary_that_shipped_is_known_by_its_hash),
		cmocka_unit_test(the_programs_have_every_dictionary_in_them),
		cmocka_unit_test(
		    no_note_of_the_demonstration_is_in_a_dictionary_or_its_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
