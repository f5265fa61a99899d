/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One bit turned, one row gone or two rows exchanged in any table of a device's
 * is found and named; or it is in the list of what is not, which says why.  The
 * cases come from the database: a new table is covered by existing.  The tables
 * behind the search index take no writes at all; what is in it is compared.
 */
#include "tests/support/check.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/file.h"
#include "common/store/device_content.h"
#include "common/sys/db.h"
#include "tests/support/engine_file.h"
#include "tests/support/real_device.h"
#include "tests/support/row_flips.h"

static const struct row_exempt exempt[] = {
	{ "content", "with_office", NULL,
	    "what was sent: the office tells what it has not got, and says"
	    " it again in its next epoch" },
	{ "draft", NULL, NULL, "what autosave holds and nobody has cut yet" },
	{ "journal", "", NULL,
	    "the last one: it is taken back from its envelope" },
	{ "journal", "saved_at", NULL,
	    "this device's clock; made_at, in the change, is signed" },
	{ "meta", NULL, "last_outcome",
	    "how the last attempt went, also one that reached nobody" },
	{ "meta", NULL, "taken_told",
	    "of how many records that left its user was told" },
	{ "meta", NULL, "views_by",
	    "where it is another, all views are made again first" },
	{ "page_read", NULL, NULL,
	    "when its user last read a page: what is marked there as new" },
};
#define EXEMPT_N (sizeof(exempt) / sizeof(exempt[0]))

/* ---- a device that everything has happened to once ---- */

struct scene {
	struct world w;
	struct dev owner, first; /* whose case it is; what the folder was */
	struct real r;
	struct id person, of_case;
};

/* Two photos, of which none was sent. */
static void
files_put(struct scene *s)
{
	for (int first = '1'; first <= '2'; first++) {
		static struct test_file f;
		const struct content_file file = { f.bytes, sizeof(f.bytes) };
		struct save_result saved;
		json_t *hash, *size, *kind = json_string("scan");
		struct edit edits[3] = { { .path = "kind", .now = kind } };
		struct err e;

		test_file_make(&f, (char)first, sizeof(f.bytes));
		hash = json_string(f.sha256);
		size = json_integer((json_int_t)sizeof(f.bytes));
		edits[1] = (struct edit){ .path = "sha256", .now = hash };
		edits[2] = (struct edit){ .path = "size", .now = size };
		assert_ok(device_store_attach(s->r.store, "attachment", edits,
		              3, &file, &saved, &e),
		    &e);
		save_result_fini(&saved);
		json_decref(hash);
		json_decref(size);
		json_decref(kind);
	}
}

static void
draft_put(struct scene *s)
{
	json_t *draft = json_pack("{s:s}", "summary", "He said");
	struct err e;

	assert_ok(device_store_draft_put(s->r.store, "new", draft, &e), &e);
	json_decref(draft);
}

static void
page_put(struct scene *s)
{
	const struct page_read read = { .at = 1, .heard = { 1, 1 } };
	struct err e;

	assert_ok(device_store_page_read_put(
	              s->r.store, "before_visit", s->person, &read, &e),
	    &e);
	assert_ok(device_store_taken_told(s->r.store, 1, &e), &e);
}

static bool
each_hit(void *arg, const struct search_hit *hit)
{
	(void)arg;
	(void)hit;
	return true;
}

/* It becomes another device, with a change that the office never had. */
static void
become(struct scene *s)
{
	struct device_identity fresh;
	struct device_store *before;
	struct dev second;
	uint64_t n;
	struct err e;

	(void)real_save(&s->r, NULL, "person", "full_name", "'Dafydd'");
	dev_start(&second, &s->w, s->r.dev.user, DEVICE_ACTIVE);
	before = s->r.store;
	fresh = *device_store_identity(before);
	fresh.device = second.id;
	fresh.sign_key = second.sign_key;
	assert_ok(
	    device_store_again(s->r.folder.path, &s->r.key, &fresh, &n, &e),
	    &e);
	device_store_close(before);
	assert_ok(
	    device_store_open(s->r.folder.path, &s->r.key, &s->r.store, &e),
	    &e);
	s->first = s->r.dev;
	s->r.dev = second;
}

/* On another device they set what only the office may set, and a person there
 * closes it. */
static void
close_of_phone(struct scene *s)
{
	struct office_store *o = engine_store(s->w.g);
	struct held_step step = { .actor = s->owner.user,
		.close = true,
		.reason = "It stays open." };
	struct dev phone;
	struct outcome out;
	struct err e;

	dev_start(&phone, &s->w, s->r.dev.user, DEVICE_ACTIVE);
	dev_begin(&phone, s->of_case, "case");
	dev_set(&phone, "status", NULL, "'closed'");
	(void)dev_cut(&phone);
	dev_push(&phone);
	step.device = phone.id;
	step.counter = 1;
	assert_ok(store_begin(o, &e), &e);
	assert_ok(engine_held(s->w.g, &step, &out, &e), &e);
	assert_ok(store_commit(o, &e), &e);
	dev_end(&phone);
}

/* More than one page's worth that the device has not seen: it stops after the
 * first. */
static void
stop_between_pages(struct scene *s)
{
	static char text[90003];
	char of_case[ID_TEXT_LEN + 3];

	memset(text, 'x', sizeof(text) - 1);
	for (size_t i = 0; i < sizeof(text) - 1; i += 10)
		text[i] = ' ';
	text[0] = text[sizeof(text) - 2] = '\'';
	(void)snprintf(
	    of_case, sizeof(of_case), "'%s'", id_print(s->of_case).s);
	for (int i = 0; i < 9; i++) {
		(void)dev_begin_new(&s->owner, "note");
		dev_set(&s->owner, "case", NULL, of_case);
		dev_set(&s->owner, "summary", NULL, text);
		dev_set(&s->owner, "content", NULL, "'signed'");
		(void)dev_cut(&s->owner);
		dev_sync(&s->owner);
	}
	assert_true(real_round(&s->r));
	assert_true(real_number(&s->r, "SELECT count(*) FROM staged") > 1);
}

static void
scene_start(struct scene *s)
{
	char scope[64], other[64];
	struct id theirs;
	struct err e;

	world_start(&s->w);
	dev_start(&s->owner, &s->w, world_user(&s->w, "Nia"), DEVICE_ACTIVE);
	s->person = dev_person(&s->owner, "Betty");
	s->of_case = dev_case(&s->owner, s->person);
	theirs = dev_case(&s->owner, s->person);
	dev_sync(&s->owner);
	real_start(&s->r, &s->w, world_user(&s->w, "Amina"));
	(void)snprintf(scope, sizeof(scope), "case:%s", id_print(s->of_case).s);
	(void)snprintf(other, sizeof(other), "case:%s", id_print(theirs).s);
	world_grant(&s->w, s->r.dev.user, scope, false);
	world_grant(&s->w, s->r.dev.user, other, false);
	(void)real_sync(&s->r);
	(void)real_save(
	    &s->r, &s->person, "person", "how_i_communicate", "'Zwanziger'");
	(void)real_sync(&s->r);
	become(s);
	(void)real_sync(&s->r);
	(void)real_save(&s->r, &s->of_case, "case", "status", "'closed'");
	(void)real_note(&s->r, theirs, "He wept");
	(void)real_note(&s->r, theirs, "He slept");
	(void)real_note(&s->r, s->of_case, "He sang");
	(void)real_sync(&s->r);
	world_grant(&s->w, s->r.dev.user, other, true);
	(void)real_sync(&s->r);
	world_erase(&s->w, s->person, "how_i_communicate");
	close_of_phone(s);
	(void)real_sync(&s->r);
	stop_between_pages(s);
	draft_put(s);
	files_put(s);
	page_put(s);
	assert_ok(
	    device_store_search(s->r.store, "sang", 0, 10, each_hit, NULL, &e),
	    &e);
	(void)real_note(&s->r, s->of_case, "He rests");
	assert_ok(device_store_note_outcome(s->r.store, "timeout", &e), &e);
	device_store_close(s->r.store);
	s->r.store = NULL;
}

static void
scene_end(struct scene *s)
{
	dev_end(&s->first);
	real_end(&s->r);
	dev_end(&s->owner);
	world_end(&s->w);
}

/* ---- a copy, damaged ---- */

static void
copy_folder(const char *from, const char *to)
{
	DIR *dir = opendir(from);
	const struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		char a[FILE_PATH_MAX], b[FILE_PATH_MAX];
		struct stat st;
		struct buf bytes;
		FILE *copy;
		struct err e;

		if (entry->d_name[0] == '.')
			continue;
		assert_true(file_join(a, from, entry->d_name));
		assert_true(file_join(b, to, entry->d_name));
		assert_int_equal(lstat(a, &st), 0);
		if (S_ISDIR(st.st_mode)) {
			assert_ok(file_make_folder(b, &e), &e);
			copy_folder(a, b);
		}
		if (!S_ISREG(st.st_mode))
			continue;
		buf_init(&bytes, (size_t)64 * 1024 * 1024);
		assert_ok(file_load(a, &bytes, &e), &e);
		copy = fopen(b, "wb");
		assert_non_null(copy);
		assert_int_equal(
		    fwrite(bytes.ptr, 1, bytes.len, copy), bytes.len);
		assert_int_equal(fclose(copy), 0);
		buf_fini(&bytes);
	}
	(void)closedir(dir);
}

static struct db *
open_notes(const char *folder, const struct secret_key *key)
{
	char path[FILE_PATH_MAX];
	const struct db_options o = {
		.path = path, .key = key, .application_id = 0x56426476
	};
	struct db *db = NULL;
	struct err e = { 0 };

	assert_true(file_join(path, folder, "notes.db"));
	assert_ok(db_open(&o, &db, &e), &e);
	return db;
}

/* What verify says of a copy of the folder with this damage (NULL: none); ""
 * when it sees nothing.  False: there is no such damage. */
static bool
said_of(void *scene, const struct row_flip *f, char said[static ROW_SAID_MAX])
{
	const struct scene *s = scene;
	struct check_folder copy = check_folder_new();
	struct device_store *store;
	struct verify_result v;
	bool done = true;
	struct err e = { 0 };

	copy_folder(s->r.folder.path, copy.path);
	if (f != NULL) {
		struct db *db = open_notes(copy.path, &s->r.key);

		assert_ok(db_run(db, "PRAGMA synchronous = OFF", &e), &e);
		done = row_flip_do(db, f);
		db_close(db);
	}
	said[0] = '\0';
	if (done &&
	    device_store_open(copy.path, &s->r.key, &store, &e) != ERR_OK) {
		(void)snprintf(said, ROW_SAID_MAX, "not opened: %s", e.msg);
	} else if (done) {
		if (device_store_verify(store, &v, &e) != ERR_OK)
			fail_msg("%s: verify failed: %s",
			    f != NULL ? f->said : "", e.msg);
		if (!v.ok)
			(void)snprintf(said, ROW_SAID_MAX, "%s", v.first_bad);
		device_store_close(store);
	}
	check_folder_end(&copy);
	return done;
}

static void
any_small_damage_of_any_table_is_named(void **state)
{
	struct scene s;
	char said[ROW_SAID_MAX];

	(void)state;
	scene_start(&s);
	assert_true(said_of(&s, NULL, said));
	assert_string_equal(said, "");
	row_flips_check(open_notes(s.r.folder.path, &s.r.key), said_of, &s,
	    exempt, EXEMPT_N);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_small_damage_of_any_table_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
