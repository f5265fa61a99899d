/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that an office's records say goes into a file, and into a new office.
 */
#include "tests/support/engine_rooms.h"

#include <string.h>
#include <sys/stat.h>

#include "common/base/file.h"
#include "common/sys/json.h"
#include "daemon/central/setup/passphrase.h"
#include "tests/support/engine_file.h"
#include "tests/support/world_command.h"

#define FILE_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define LINES 1200 /* more rows than one change has room for */
#define MANY "information_given"

static json_t *
ask(struct world *w, const char *words, const char *folder)
{
	return world_command(
	    w, json_pack("{s:s, s:s}", "do", words, "file", folder));
}

static json_t *
done(struct world *w, const char *words, const char *folder)
{
	return world_done(
	    w, json_pack("{s:s, s:s}", "do", words, "file", folder));
}

static void
assert_refused(struct world *w, const char *folder, const char *why)
{
	json_t *answer = ask(w, "import everything", folder);
	const char *text = json_string_value(
	    json_object_get(json_object_get(answer, "error"), "text"));

	if (text == NULL || strstr(text, why) == NULL)
		fail_msg("%s", text == NULL ? "it was taken" : text);
	json_decref(answer);
}

/* Give this passphrase; word: how it is refused, NULL: it is not. */
static void
passphrase_given(struct world *w, const char *who, const char *passphrase,
    const char *old, const char *word)
{
	json_t *request =
	    json_pack("{s:s, s:s, s:s, s:s*}", "do", "user passphrase", "user",
	        who, "passphrase", passphrase, "old", old);

	if (word == NULL)
		json_decref(world_done(w, request));
	else
		world_refused(w, request, word);
}

struct named {
	const char *name;
	struct id id;
};

static bool
take_named(void *arg, const struct office_user *u)
{
	struct named *n = arg;

	if (strcmp(u->name, n->name) == 0)
		n->id = u->id;
	return true;
}

/* Is it theirs? */
static bool
passphrase_opens(struct world *w, const char *who, const char *passphrase)
{
	struct office_store *store = engine_store(w->g);
	struct named n = { .name = who };
	enum err_code code;
	struct err e = { 0 };

	assert_ok(store_begin_read(store, &e), &e);
	assert_ok(store_users(store, take_named, &n, &e), &e);
	code = passphrase_check(store, n.id, crypto_part_str(passphrase), &e);
	store_rollback(store);
	return code == ERR_OK;
}

static const char *
digest_of(const json_t *answer)
{
	return json_string_value(json_object_get(answer, "digest"));
}

static void
folder_in(const struct check_folder *f, const char *name,
    char out[static FILE_PATH_MAX])
{
	assert_true(file_join(out, f->path, name));
}

/* A signed note with an addendum, whose rows need several changes. */
static void
note_signed(struct duo *s, struct id of_case)
{
	const struct id note = dev_note(&s->a, of_case, "She is well.");
	char path[60];

	dev_begin(&s->a, note, "note");
	for (int i = 0; i < LINES; i++) {
		if (i == LINES / 2) {
			(void)dev_cut(&s->a);
			dev_begin(&s->a, note, "note");
		}
		(void)snprintf(path, sizeof(path), "%s/r%d/topic", MANY, i);
		dev_set(&s->a, path, NULL, "'Words.'");
	}
	(void)dev_cut(&s->a);
	dev_begin(&s->a, note, "note");
	dev_set(&s->a, "summary", "'She is well.'", "'She is well.'");
	dev_set(&s->a, "content", NULL, "'signed'");
	(void)dev_cut(&s->a);
	dev_sync(&s->a);
	dev_begin(&s->a, note, "note");
	dev_set(&s->a, "addenda/a1/text", NULL, "'Her sister came.'");
	(void)dev_cut(&s->a);
	dev_sync(&s->a);
}

/* A photo beside a case. */
static void
photo_attached(struct duo *s, struct id of_case)
{
	static struct test_file photo;
	struct id record;

	test_file_make(&photo, '1', sizeof(photo.bytes));
	record = dev_attach(&s->a, of_case, &photo);
	dev_sync(&s->a);
	dev_put_whole(&s->a, record, &photo);
}

/* A person with values of every shape, two versions of a name, and a photo. */
static void
office_fill(struct duo *s)
{
	const struct id person = dev_person(&s->a, "Betty");
	const struct id of_case = dev_case(&s->a, person);

	(void)world_add_user(&s->w, "Ruth");
	dev_begin(&s->a, person, "person");
	dev_set(&s->a, "client_group/dementia", NULL, "true");
	dev_set(&s->a, "location", NULL, "{'room': '12'}");
	dev_set(&s->a, "phones/p1/number", NULL, "'01978 1'");
	(void)dev_cut(&s->a);
	dev_sync(&s->a);
	dev_sync(&s->b);
	dev_begin(&s->a, person, "person");
	dev_set(&s->a, "full_name", NULL, "'Betty Adler'");
	(void)dev_cut(&s->a);
	dev_begin(&s->b, person, "person");
	dev_set(&s->b, "full_name", NULL, "'Bettina Adler'");
	(void)dev_cut(&s->b);
	note_signed(s, of_case);
	photo_attached(s, of_case);
	dev_sync(&s->b);
}

static void
what_an_office_holds_is_the_same_in_a_new_one(void **state)
{
	struct check_folder f = check_folder_new();
	char first[FILE_PATH_MAX], second[FILE_PATH_MAX];
	struct duo s;
	struct world other;
	json_t *out, *in, *again;

	(void)state;
	folder_in(&f, "first", first);
	folder_in(&f, "second", second);
	duo_start(&s);
	office_fill(&s);
	out = done(&s.w, "export", first);
	assert_int_equal(json_integer_value(json_object_get(out, "open")), 1);
	assert_refused(&s.w, first, "has records already");
	world_start(&other);
	in = done(&other, "import everything", first);
	assert_string_equal(digest_of(in), digest_of(out));
	assert_int_equal(json_integer_value(json_object_get(in, "users")), 1);
	assert_int_equal(json_integer_value(json_object_get(out, "files")), 1);
	assert_int_equal(json_integer_value(json_object_get(in, "files")), 1);
	assert_int_equal(
	    world_number(&other, "SELECT count(*) FROM content"), 1);
	again = done(&other, "export", second);
	assert_string_equal(digest_of(again), digest_of(out));
	assert_true(json_equal(json_object_get(again, "records"),
	    json_object_get(out, "records")));
	json_decref(out);
	json_decref(in);
	json_decref(again);
	world_end(&other);
	duo_end(&s);
	check_folder_end(&f);
}

/* Replace the first `old` in the file by text of the same length, or cut the
 * file there (new NULL). */
static void
file_spoil(const char *folder, const char *old, const char *new)
{
	char path[FILE_PATH_MAX];
	struct buf text;
	struct err e = { 0 };
	char *at;

	assert_true(file_join(path, folder, "office.jsonl"));
	buf_init(&text, FILE_MAX_BYTES);
	assert_ok(file_load(path, &text, &e), &e);
	at = strstr(text.ptr, old);
	assert_non_null(at);
	if (new != NULL)
		memcpy(at, new, strlen(old));
	assert_ok(file_save(path, text.ptr,
	              new == NULL ? (size_t)(at - text.ptr) : text.len, &e),
	    &e);
	buf_fini(&text);
}

static void
a_file_that_is_not_as_it_was_written_is_refused_whole(void **state)
{
	struct check_folder f = check_folder_new();
	char folder[FILE_PATH_MAX], other_folder[FILE_PATH_MAX];
	struct duo s;
	struct world other;
	json_t *answer;

	(void)state;
	folder_in(&f, "first", folder);
	duo_start(&s);
	(void)dev_person(&s.a, "Betty");
	dev_sync(&s.a);
	json_decref(done(&s.w, "export", folder));
	answer = ask(&s.w, "export", folder);
	assert_string_equal(json_string_value(json_object_get(
	                        json_object_get(answer, "error"), "word")),
	    "conflict");
	json_decref(answer);
	world_start(&other);
	(void)world_add_user(&s.w, "Ruth");
	folder_in(&f, "second", other_folder);
	json_decref(done(&s.w, "export", other_folder));
	(void)world_add_user(&other, "Ruth");
	assert_refused(&other, other_folder, "called Ruth too");
	file_spoil(folder, "Betty", "Bessy");
	assert_refused(&other, folder, "its digest is another");
	file_spoil(folder, "{\"digest\"", NULL);
	assert_refused(&other, folder, "not whole");
	assert_refused(&other, f.path, "office.jsonl");
	assert_int_equal(
	    world_number(&other, "SELECT count(*) FROM record"), 1);
	world_end(&other);
	duo_end(&s);
	check_folder_end(&f);
}

/* Its bytes are another's, or a piece of it is gone: nothing is kept. */
static void
a_photo_that_is_not_what_its_record_says_is_refused(void **state)
{
	static const char *const spoils[][2] = {
		{ "{\"at\":0,\"bytes\":", "{\"at\":1,\"bytes\":" },
		{ "\"bytes\":\"M", "\"bytes\":\"N" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		struct check_folder f = check_folder_new();
		char folder[FILE_PATH_MAX];
		struct duo s;
		struct world other;

		folder_in(&f, "first", folder);
		duo_start(&s);
		office_fill(&s);
		json_decref(done(&s.w, "export", folder));
		file_spoil(folder, spoils[i][0], spoils[i][1]);
		world_start(&other);
		assert_refused(&other, folder,
		    i == 0 ? "no piece of a file" : "not what its record says");
		assert_int_equal(
		    world_number(&other, "SELECT count(*) FROM content_piece"),
		    0);
		world_end(&other);
		duo_end(&s);
		check_folder_end(&f);
	}
}

/* One who came with the file acts at the office as soon as somebody there has
 * given them a passphrase; nobody gets another in place of the one that they
 * have and did not say. */
static void
an_imported_colleague_is_given_a_passphrase_once(void **state)
{
	static const char *const first = "four words of her own",
	                         *const second = "four other words of hers";
	struct check_folder f = check_folder_new();
	char folder[FILE_PATH_MAX];
	struct duo s;
	struct world other;

	(void)state;
	folder_in(&f, "first", folder);
	duo_start(&s);
	(void)world_add_user(&s.w, "Ruth");
	json_decref(done(&s.w, "export", folder));
	world_start(&other);
	json_decref(done(&other, "import everything", folder));
	passphrase_given(&other, "Ruth", "too short", NULL, "invalid");
	passphrase_given(&other, "Ruth", first, second, "conflict");
	passphrase_given(&other, "Ruth", first, NULL, NULL);
	passphrase_given(&other, "Ruth", second, NULL, "conflict");
	passphrase_given(&other, "Ruth", second, second, "auth");
	assert_true(passphrase_opens(&other, "Ruth", first));
	passphrase_given(&other, "Ruth", second, first, NULL);
	assert_false(passphrase_opens(&other, "Ruth", first));
	assert_true(passphrase_opens(&other, "Ruth", second));
	passphrase_given(&other, "Nobody", first, NULL, "not_found");
	world_end(&other);
	duo_end(&s);
	check_folder_end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_office_holds_is_the_same_in_a_new_one),
		cmocka_unit_test(
		    a_file_that_is_not_as_it_was_written_is_refused_whole),
		cmocka_unit_test(
		    a_photo_that_is_not_what_its_record_says_is_refused),
		cmocka_unit_test(
		    an_imported_colleague_is_given_a_passphrase_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
