/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Works on what opens a folder: it is made, its passphrase and recovery key
 * change, it is wiped.
 */
#include <dirent.h>
#include <stdio.h>

#include "common/store/keyslot.h"
#include "common/store/outside.h"
#include "common/store/wipe.h"
#include "tests/prove/folder.h"
#include "tests/support/keyslot_world.h"

/* ---- enrolling ---- */

static void
enrolling(struct folder *f)
{
	folder_enrol(f);
	disk_mark(1);
}

/* Before it counts as enrolled nothing was promised. */
static const char *
enrolling_check(struct folder *f, const char *home)
{
	char office[FILE_PATH_MAX];
	struct device_store *store = NULL;
	struct err e;
	enum err_code code;

	if (!file_join(office, home, "outside/office.json") ||
	    !file_exists(office))
		return f->told >= 1 ? "it is not enrolled any more" : NULL;
	if (!folder_opens(f, home, FOLDER_OLD_WORDS))
		return "it counts as enrolled, and no passphrase opens it";
	code = device_store_open(home, &f->page_key, &store, &e);
	device_store_close(store);
	return code == ERR_OK ? NULL
	                      : "it counts as enrolled, and does not open";
}

const struct folder_work folder_enrolling = { .name = "enrolling",
	.event = "enrolments",
	.work = enrolling,
	.check = enrolling_check };

/* ---- another passphrase ---- */

static const char *const words[] = { FOLDER_OLD_WORDS, "new words",
	"third words" };

/* Marks: 1 new words, 2 no recovery key, 3 another one, 4 third words. */
static void
passphrase(struct folder *f)
{
	const struct keyslot_pass second = floor_pass(words[1]);
	const struct keyslot_pass third = floor_pass(words[2]);
	const struct seal_pub pub = seal_pub_of(&f->recovery_new);
	char path[FILE_PATH_MAX];
	struct err e;

	assert_true(file_join(path, f->home.path, "slots"));
	assert_ok(keyslot_change_passphrase(
	              path, crypto_part_str(words[0]), &second, &e),
	    &e);
	disk_mark(1);
	assert_ok(keyslot_set_recovery(path, &f->dbkey, NULL, 0, &e), &e);
	disk_mark(2);
	assert_ok(keyslot_set_recovery(
	              path, &f->dbkey, &pub, FLOOR_PASS_CREATED_MS, &e),
	    &e);
	disk_mark(3);
	assert_ok(keyslot_set_passphrase(path, &f->dbkey, &third, &e), &e);
	disk_mark(4);
}

static bool
recovers(
    const struct folder *f, const char *home, const struct seal_key *recovery)
{
	char path[FILE_PATH_MAX];
	struct secret_key key;
	struct err e;

	return file_join(path, home, "slots") &&
	    keyslot_recover(path, recovery, &key, &e) == ERR_OK &&
	    memcmp(&key, &f->dbkey, sizeof(key)) == 0;
}

static const char *
passphrase_check(struct folder *f, const char *home)
{
	const size_t now = f->told >= 4 ? 2 : f->told >= 1 ? 1 : 0;
	const bool may_change = f->told == 0 || f->told == 3;
	bool opens[3];

	for (size_t i = 0; i < 3; i++)
		opens[i] = folder_opens(f, home, words[i]);
	if (!opens[now] && !(may_change && opens[now + 1]))
		return "neither the old passphrase nor the new opens it";
	for (size_t i = 0; i < now; i++)
		if (opens[i])
			return "a passphrase that was replaced opens it";
	if (opens[0] + opens[1] + opens[2] != 1)
		return "two passphrases open it";
	if (f->told == 0 && !recovers(f, home, &f->recovery))
		return "the recovery key does not open it";
	if (f->told >= 2 && recovers(f, home, &f->recovery))
		return "a recovery key that was taken out opens it";
	if (f->told >= 3 && !recovers(f, home, &f->recovery_new))
		return "the new recovery key does not open it";
	return folder_notes_whole(f, home);
}

const struct folder_work folder_passphrase = { .name = "a new passphrase",
	.event = "passphrases",
	.before = folder_make,
	.work = passphrase,
	.check = passphrase_check };

/* ---- wiping ---- */

/* A change of the passphrase was interrupted some time ago, and left a whole
 * file of slots beside the one that counts. */
static void
wipe_before(struct folder *f)
{
	char from[FILE_PATH_MAX], to[FILE_PATH_MAX];
	struct buf slots;
	struct err e;

	folder_make(f);
	buf_init(&slots, (size_t)64 * 1024);
	assert_true(file_join(from, f->home.path, "slots"));
	assert_true(file_join(to, f->home.path, "slots.4711.tmp"));
	assert_ok(file_load(from, &slots, &e), &e);
	assert_ok(file_save(to, slots.ptr, slots.len, &e), &e);
	buf_fini(&slots);
}

static void
wipe(struct folder *f)
{
	struct err e;

	assert_ok(device_wipe(f->home.path, &e), &e);
	disk_mark(1);
}

/* No file there, whatever its name, is slots that the passphrase opens. */
static bool
some_slots_open(const struct folder *f, const char *home)
{
	DIR *dir = opendir(home);
	const struct dirent *entry;
	bool found = false;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char path[FILE_PATH_MAX];
		struct secret_key key;
		struct err e;

		found = found ||
		    (entry->d_type == DT_REG &&
		        file_join(path, home, entry->d_name) &&
		        keyslot_open(path, crypto_part_str(FOLDER_OLD_WORDS),
		            &key, NULL, &e) == ERR_OK &&
		        memcmp(&key, &f->dbkey, sizeof(key)) == 0);
	}
	if (dir != NULL)
		(void)closedir(dir);
	return found;
}

static const char *
wipe_check(struct folder *f, const char *home)
{
	const char *bad = NULL;
	char notes[FILE_PATH_MAX];
	struct err e;

	/* Begun and not told: the next start ends it. */
	if (f->told < 1 && device_wipe(home, &e) != ERR_OK)
		bad = "a wipe that was cut cannot be ended";
	else if (!device_is_wiped(home))
		bad = "it is not known to be wiped";
	else if (some_slots_open(f, home))
		bad = "the passphrase still opens a file of slots";
	else if (!file_join(notes, home, "notes.db") || file_exists(notes))
		bad = "the notes are still there";
	return bad != NULL ? bad : folder_sealed_whole(home, 0, FOLDER_SAVES);
}

const struct folder_work folder_wipe = { .name = "wiping",
	.event = "wipes",
	.before = wipe_before,
	.work = wipe,
	.check = wipe_check };
