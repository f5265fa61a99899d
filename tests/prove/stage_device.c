/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/stage_device.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/file.h"
#include "common/sys/json.h"

struct device_stage stage_dev;

/* What the cipher says for want of memory (db.h). */
#define CIPHER (TORTURE_ERR(ERR_AUTH) | TORTURE_ERR(ERR_CORRUPT))

/* ---- folders ---- */

void
folder_keep_as_is(struct kept_folder *k, const char *path)
{
	disk_record(path);
	k->log = disk_record_end();
	k->disk = crash_disk_new(k->log, 0, NULL);
}

void
folder_restore(const struct kept_folder *k, const char *path)
{
	struct rng unused = rng_make(0);

	crash_image(k->disk, CRASH_KEPT, &unused, path);
}

void
folder_forget(struct kept_folder *k)
{
	crash_disk_free(k->disk);
	disk_log_free(k->log);
	*k = (struct kept_folder){ NULL, NULL };
}

/* ---- the device ---- */

enum err_code
stage_save(const struct id *record, const char *type, const char *path,
    json_t *value, struct err *e)
{
	const struct edit edit = { .path = path, .now = value };
	struct save_result saved;
	const enum err_code code = device_store_save(
	    stage_dev.device.store, record, type, &edit, 1, NULL, &saved, e);

	json_decref(value);
	if (code == ERR_OK)
		save_result_fini(&saved);
	return code;
}

static void
start(void)
{
	struct device_stage *s = &stage_dev;
	struct save_result saved;

	*s = (struct device_stage){ .office = small_office_new() };
	device_start(s->office, "Nia", &s->device);
	device_start(s->office, "Idris", &s->other);
	s->person = device_new_person(&s->device, "Betty Hughes");
	saved = device_save_text(&s->device, NULL, "note", "summary",
	    "Betty said that she wants to go home. She is not in pain.");
	s->note = saved.id;
	save_result_fini(&saved);
	(void)small_office_sync(s->office, s->device.store);
	(void)small_office_sync(s->office, s->other.store);
	sync_request_init(&s->request);
	sync_answer_init(&s->answer);
	device_identity_init(&s->fresh);
}

static void
open_store(void)
{
	struct device *d = &stage_dev.device;
	struct err e;

	device_store_close(d->store);
	d->store = NULL;
	assert_ok(
	    device_store_open(d->folder.path, &d->key, &d->store, &e), &e);
}

static void
shut(void)
{
	device_store_close(stage_dev.device.store);
	stage_dev.device.store = NULL;
}

static void
keep(void)
{
	device_store_close(stage_dev.other.store);
	stage_dev.other.store = NULL;
	folder_keep_as_is(&stage_dev.kept, stage_dev.device.folder.path);
}

static void
restore(void)
{
	folder_restore(&stage_dev.kept, stage_dev.device.folder.path);
}

const char *
stage_device_folder(void)
{
	return stage_dev.device.folder.path;
}

static void
end(void)
{
	struct device_stage *s = &stage_dev;

	folder_forget(&s->kept);
	sync_request_fini(&s->request);
	sync_answer_fini(&s->answer);
	device_identity_fini(&s->fresh);
	json_decref(s->value);
	device_end(&s->other);
	device_end(&s->device);
	small_office_free(s->office);
}

/* ---- what can be seen of it ---- */

static struct device_store *shown;

static bool
tell_record(void *arg, const struct record_summary *r)
{
	struct buf *out = arg;
	struct record_view view;
	json_t *json = NULL;
	struct err e;

	if (device_store_get(shown, r->id, &view, &e) != ERR_OK) {
		(void)buf_printf(
		    out, "BAD a record does not open: %s\n", e.msg);
		return true;
	}
	(void)buf_printf(out, "record %s \"%s\" %s, %zu conflicts, own %llu ",
	    r->type, r->title, transport_word(r->transport), r->open_conflicts,
	    (unsigned long long)view.counter);
	assert_ok(record_to_json(&view.record, &json, &e), &e);
	assert_ok(json_print(json, out, &e), &e);
	(void)buf_add_char(out, '\n');
	json_decref(json);
	record_view_fini(&view);
	return true;
}

static void
tell_draft(struct device_store *s, struct buf *out)
{
	json_t *draft = NULL;
	struct err e;

	if (device_store_draft_get(s, "new-note", &draft, &e) != ERR_OK ||
	    draft == NULL)
		return;
	(void)buf_add_str(out, "draft ");
	assert_ok(json_print(draft, out, &e), &e);
	(void)buf_add_char(out, '\n');
	json_decref(draft);
}

void
stage_tell(struct device_store *s, struct buf *out)
{
	struct verify_result v;
	struct store_status st;
	struct err e;

	shown = s;
	assert_ok(device_store_verify(s, &v, &e), &e);
	if (!v.ok)
		(void)buf_printf(
		    out, "BAD it does not add up: %s\n", v.first_bad);
	assert_ok(device_store_status(s, &st, &e), &e);
	(void)buf_printf(out,
	    "device %d, written %llu, receipted %llu, held %llu, unsent %llu, "
	    "conflicts %llu, cursor %llu/%llu/%llu, outcome %s, forked %d\n",
	    id_equal(device_store_identity(s)->device,
	        stage_dev.device.identity.device),
	    (unsigned long long)v.written, (unsigned long long)v.receipted,
	    (unsigned long long)v.held, (unsigned long long)st.unsent,
	    (unsigned long long)st.conflicts,
	    (unsigned long long)st.cursor.epoch,
	    (unsigned long long)st.cursor.floor,
	    (unsigned long long)st.cursor.position, st.last_outcome,
	    st.is_forked);
	(void)buf_printf(
	    out, "tls key %s\n", device_store_identity(s)->tls_key_pem.ptr);
	assert_ok(
	    device_store_list(s, NULL, NULL, 1000, tell_record, out, &e), &e);
	tell_draft(s, out);
}

static void
state(struct buf *out)
{
	struct device *d = &stage_dev.device;
	struct device_store *s = d->store;
	char office[FILE_PATH_MAX];
	struct err e;

	/* It counts as enrolled once that is there. */
	assert_true(file_join(office, d->folder.path, "outside/office.json"));
	if (!file_exists(office))
		return;
	if (s == NULL &&
	    device_store_open(d->folder.path, &d->key, &s, &e) != ERR_OK) {
		(void)buf_printf(out, "BAD it does not open: %s\n", e.msg);
		return;
	}
	stage_tell(s, out);
	if (d->store == NULL)
		device_store_close(s);
}

static void
nothing(void)
{
}

const struct torture_stage device_open = { .start = start,
	.end = end,
	.keep = keep,
	.restore = restore,
	.folder = stage_device_folder,
	.open = open_store,
	.shut = shut,
	.state = state,
	.errors = CIPHER,
	.is_open = true };

const struct torture_stage device_closed = { .start = start,
	.end = end,
	.keep = keep,
	.restore = restore,
	.folder = stage_device_folder,
	.open = nothing,
	.shut = shut,
	.state = state,
	.errors = CIPHER };
