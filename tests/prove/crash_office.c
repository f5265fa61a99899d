/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power goes while something rare is done at an office: it is set up, a
 * backup is made, it goes back to one, and its operator gives commands.  There
 * is an office or there is none; what was acknowledged is in its log; and a
 * backup that was told of restores.
 */
#include "tests/prove/crash_office.h"

#include <stdio.h>
#include <string.h>

#include "common/base/file.h"
#include "daemon/central/engine/engine.h"
#include "daemon/central/engine/meta_names.h"
#include "daemon/central/setup/offline.h"
#include "daemon/central/setup/restore.h"
#include "daemon/central/setup/setup.h"
#include "daemon/central/setup/store_key.h"
#include "tests/prove/crash_walk.h"
#include "tests/support/check.h"

#define PASS_ONE "the first of two admins"
#define PASS_TWO "the second of two admins"
#define BACKUP "backup.db"
#define PEOPLE_MAX 8

struct office {
	struct check_folder folder; /* holds "office" and the backup */
	char data[FILE_PATH_MAX], backup[FILE_PATH_MAX];
	struct id id;
	struct secret_key key;
	struct engine *g;
	uint64_t seq; /* head of the log before the work */
	uint64_t told;
	struct prove *prove;
};

struct office_work {
	const char *name, *event;
	void (*before)(struct office *o); /* not recorded; may be NULL */
	void (*work)(struct office *o);
	const char *(*check)(struct office *o, const char *folder);
};

/* ---- an office ---- */

static enum err_code
set_up(const char *data, struct setup_result *out, struct err *e)
{
	const struct setup_options options = { .data = data,
		.name = "Office",
		.admins = { { "Ada", crypto_part_str(PASS_ONE) },
		    { "Bo", crypto_part_str(PASS_TWO) } } };

	return setup_office(&options, out, e);
}

static enum err_code
open_at(const char *data, struct engine **out, struct err *e)
{
	struct engine_options options = { .data = data };
	struct secret_key key;
	enum err_code code = store_key_load(data, &key, e);

	options.key = &key;
	return code == ERR_OK ? engine_open(&options, out, e) : code;
}

static uint64_t
head_of(struct engine *g)
{
	struct hash32 link;
	uint64_t seq = 0;
	struct err e;

	if (store_begin_read(engine_store(g), &e) == ERR_OK)
		(void)!store_log_head(engine_store(g), &seq, &link, &e);
	store_rollback(engine_store(g));
	return seq;
}

static uint64_t
epoch_of(struct engine *g)
{
	uint64_t epoch = 0;
	struct buf text;
	struct err e;

	buf_init(&text, 64);
	if (store_begin_read(engine_store(g), &e) == ERR_OK &&
	    store_meta_get(engine_store(g), META_EPOCH, &text, &e) == ERR_OK)
		epoch = strtoull(text.ptr, NULL, 10);
	store_rollback(engine_store(g));
	buf_fini(&text);
	return epoch;
}

static json_t *
command(struct engine *g, json_t *request)
{
	json_t *answer = NULL;
	struct err e;

	assert_ok(engine_command(g, request, &answer, &e), &e);
	json_decref(request);
	if (json_object_get(answer, "error") != NULL)
		fail_msg("%s", json_dumps(answer, 0));
	(void)engine_work(g);
	return answer;
}

static json_t *
new_record(struct engine *g, const char *type, json_t *set)
{
	return command(g,
	    json_pack("{s:s, s:s, s:[o]}", "do", "record new", "type", type,
	        "set", set));
}

static void
new_person(struct engine *g, const char *name)
{
	json_decref(new_record(g, "person",
	    json_pack("{s:s, s:s}", "path", "full_name", "value", name)));
}

static void
make(struct office *o)
{
	struct setup_result result;
	struct err e;

	assert_ok(set_up(o->data, &result, &e), &e);
	o->id = result.office;
	assert_ok(store_key_load(o->data, &o->key, &e), &e);
}

static void
open_office(struct office *o)
{
	struct err e;

	assert_ok(open_at(o->data, &o->g, &e), &e);
}

static void
close_office(struct office *o)
{
	engine_close(o->g);
	o->g = NULL;
}

/* NULL when it opens, adds up, and has at least so much in its log; *epoch_out
 * may be NULL. */
static const char *
office_whole(const char *folder, uint64_t seq, uint64_t *epoch_out)
{
	char data[FILE_PATH_MAX];
	struct engine *g = NULL;
	json_t *result = NULL;
	const char *bad = NULL;
	struct err e;

	if (!file_join(data, folder, "office") ||
	    open_at(data, &g, &e) != ERR_OK)
		return "the office does not open";
	if (epoch_out != NULL)
		*epoch_out = epoch_of(g);
	if (head_of(g) < seq)
		bad = "what was acknowledged is not in the log";
	else if (engine_verify(g, &result, &e) != ERR_OK)
		bad = "it cannot be verified";
	else if (!json_is_true(json_object_get(result, "ok")))
		bad = "it does not add up";
	json_decref(result);
	engine_close(g);
	return bad;
}

/* ---- setting up ---- */

static void
setting_up(struct office *o)
{
	make(o);
	disk_mark(1);
}

static const char *
setting_up_check(struct office *o, const char *folder)
{
	char data[FILE_PATH_MAX], key[FILE_PATH_MAX];
	struct setup_result again;
	struct buf content;
	const char *bad;
	struct err e;

	if (!file_join(data, folder, "office") ||
	    !file_join(key, data, "offline/root.key"))
		return "the path is too long";
	if (!file_exists(data)) {
		if (o->told >= 1)
			return "an office that was set up is gone";
		return set_up(data, &again, &e) == ERR_OK
		    ? NULL
		    : "a set-up that was cut cannot be begun again";
	}
	bad = office_whole(folder, o->seq, NULL);
	buf_init(&content, OFFLINE_CONTENT_MAX);
	if (bad == NULL && o->told >= 1 &&
	    offline_load(key, "root key", o->id, crypto_part_str(PASS_TWO),
	        &content, &e) != ERR_OK)
		bad = "the root's key cannot be opened";
	buf_wipe(&content);
	return bad;
}

static const struct office_work setting_up_work = { .name = "setting up",
	.event = "offices set up",
	.work = setting_up,
	.check = setting_up_check };

/* ---- a backup ---- */

static void
some_people(struct office *o)
{
	make(o);
	open_office(o);
	new_person(o->g, "Ann");
	o->seq = head_of(o->g);
	close_office(o);
}

static void
back_up(struct office *o)
{
	struct err e;

	open_office(o);
	assert_ok(office_store_backup(engine_store(o->g), o->backup, &e), &e);
	disk_mark(1);
	new_person(o->g, "Ben");
	assert_ok(office_store_backup(engine_store(o->g), o->backup, &e), &e);
	disk_mark(2);
}

/* A backup that was told of, or the one that takes its place, restores. */
static const char *
back_up_check(struct office *o, const char *folder)
{
	char data[FILE_PATH_MAX], backup[FILE_PATH_MAX];
	const char *bad = office_whole(folder, o->seq, NULL);
	struct restored restored;
	uint64_t epoch = 0;
	struct err e;

	if (bad != NULL || o->told < 1)
		return bad;
	if (!file_join(data, folder, "office") ||
	    !file_join(backup, folder, BACKUP))
		return "the path is too long";
	if (restore_backup(data, backup, &o->key, &restored, &e) != ERR_OK)
		return "a backup that was told of does not restore";
	if (restored.seq < o->seq + (o->told >= 2 ? 1 : 0))
		return "the backup lacks what was there when it was made";
	bad = office_whole(folder, restored.seq, &epoch);
	return bad != NULL || epoch == restored.epoch ? bad
	                                              : "it has no new epoch";
}

static const struct office_work back_up_work = { .name = "a backup",
	.event = "backups",
	.before = some_people,
	.work = back_up,
	.check = back_up_check };

/* ---- going back to one ---- */

/* The office was killed: its last work is in the log of its database. */
static void
killed_after_backup(struct office *o)
{
	static const char *const names[] = { "office.db", "office.db-wal" };
	struct buf kept[2];
	char path[FILE_PATH_MAX];
	struct err e;

	some_people(o);
	open_office(o);
	assert_ok(office_store_backup(engine_store(o->g), o->backup, &e), &e);
	new_person(o->g, "Ben");
	o->seq = head_of(o->g);
	for (size_t i = 0; i < 2; i++) {
		buf_init(&kept[i], (size_t)64 * 1024 * 1024);
		assert_true(file_join(path, o->data, names[i]));
		assert_ok(file_load(path, &kept[i], &e), &e);
	}
	close_office(o);
	for (size_t i = 0; i < 2; i++) {
		assert_true(file_join(path, o->data, names[i]));
		assert_ok(file_save(path, kept[i].ptr, kept[i].len, &e), &e);
		buf_fini(&kept[i]);
	}
}

static void
go_back(struct office *o)
{
	struct restored restored;
	struct err e;

	assert_ok(
	    restore_backup(o->data, o->backup, &o->key, &restored, &e), &e);
	disk_mark(1);
}

/* The office as it was, whole; or the backup's in a new epoch; or none, and
 * restoring is begun again. */
static const char *
go_back_check(struct office *o, const char *folder)
{
	char data[FILE_PATH_MAX], backup[FILE_PATH_MAX], db[FILE_PATH_MAX];
	struct restored restored;
	uint64_t epoch = 0;
	const char *bad;
	struct err e;

	if (!file_join(data, folder, "office") ||
	    !file_join(backup, folder, BACKUP) ||
	    !file_join(db, data, "office.db"))
		return "the path is too long";
	if (!file_exists(db)) {
		if (o->told >= 1)
			return "what was restored is gone";
		if (restore_backup(data, backup, &o->key, &restored, &e) !=
		    ERR_OK)
			return "restoring cannot be begun again";
		return office_whole(folder, restored.seq, NULL);
	}
	bad = office_whole(folder, 0, &epoch);
	if (bad != NULL)
		return bad;
	if (epoch > 1)
		return NULL;
	return o->told >= 1 ? "it is in its old epoch"
	                    : office_whole(folder, o->seq, NULL);
}

static const struct office_work go_back_work = { .name = "going back",
	.event = "restores",
	.before = killed_after_backup,
	.work = go_back,
	.check = go_back_check };

/* ---- commands ---- */

/* Marks: the head of the log after each. */
static void
commands(struct office *o)
{
	json_t *user, *person, *of_case;

	open_office(o);
	user = command(o->g,
	    json_pack("{s:s, s:s, s:s}", "do", "user add", "name", "Cy", "role",
	        "ADV"));
	disk_mark(head_of(o->g));
	person = new_record(o->g, "person",
	    json_pack("{s:s, s:s}", "path", "full_name", "value", "Dot"));
	disk_mark(head_of(o->g));
	of_case = new_record(o->g, "case",
	    json_pack("{s:s, s:O}", "path", "person", "value",
	        json_object_get(person, "id")));
	disk_mark(head_of(o->g));
	for (int i = 0; i < 2; i++) {
		json_decref(command(o->g,
		    json_pack("{s:s, s:O, s:O, s:s}", "do",
		        i == 0 ? "grant add" : "grant end", "user",
		        json_object_get(user, "user"), "scope",
		        json_object_get(of_case, "id"), "reason", "so")));
		disk_mark(head_of(o->g));
	}
	json_decref(command(o->g,
	    json_pack("{s:s, s:O}", "do", "device code", "user",
	        json_object_get(user, "user"))));
	disk_mark(head_of(o->g));
	json_decref(user);
	json_decref(person);
	json_decref(of_case);
}

static const char *
commands_check(struct office *o, const char *folder)
{
	return office_whole(folder, o->told > o->seq ? o->told : o->seq, NULL);
}

static const struct office_work commands_work = { .name = "commands",
	.event = "commands",
	.before = some_people,
	.work = commands,
	.check = commands_check };

/* ---- a seed ---- */

static const struct office_work *const works[] = { &go_back_work, &back_up_work,
	&commands_work, &setting_up_work };

struct walked {
	struct office *o;
	const struct office_work *work;
};

static void
start(void *arg, const char *folder)
{
	char data[FILE_PATH_MAX];
	struct engine *g = NULL;

	(void)arg;
	if (file_join(data, folder, "office") &&
	    open_at(data, &g, NULL) == ERR_OK)
		engine_close(g);
}

static const char *
check(void *arg, const char *folder)
{
	const struct walked *w = arg;

	return w->work->check(w->o, folder);
}

static void
walk_one(struct prove *p, uint64_t seed, const struct office_work *work)
{
	struct office o = { .folder = check_folder_new(), .prove = p };
	struct walked walked = { .o = &o, .work = work };
	const struct crash_work crash = { .prove = p,
		.seed = seed,
		.name = work->name,
		.arg = &walked,
		.last_mark = &o.told,
		.start = start,
		.check = check };
	struct disk_log *log;

	assert_true(file_join(o.data, o.folder.path, "office"));
	assert_true(file_join(o.backup, o.folder.path, BACKUP));
	if (work->before != NULL)
		work->before(&o);
	disk_record(o.folder.path);
	work->work(&o);
	close_office(&o);
	log = disk_record_end();
	prove_event(p, work->event);
	crash_walk(&crash, log);
	disk_log_free(log);
	check_folder_end(&o.folder);
}

/* Setting up makes keys at every place that it is begun again; it comes
 * last. */
void
crash_office(struct prove *p, uint64_t seed)
{
	for (size_t i = 0;
	     i < sizeof(works) / sizeof(works[0]) && !prove_is_done(p); i++)
		walk_one(p, seed, works[i]);
}
