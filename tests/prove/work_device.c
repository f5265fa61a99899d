/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person and their device do with its store.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/sys/json.h"
#include "schema/schema_bundle.h"
#include "tests/prove/stage_device.h"

#define STORE stage_dev.device.store

/* ---- beginning ---- */

static enum err_code
work_open(struct err *e)
{
	struct device *d = &stage_dev.device;

	return device_store_open(d->folder.path, &d->key, &d->store, e);
}

static const struct json_limits bundle_limits = {
	.bytes_max = (size_t)4 * 1024 * 1024,
	.tokens_max = 1000000,
	.depth_max = 32,
};

/* Nothing is there yet. */
static void
prepare_create(void)
{
	struct device *d = &stage_dev.device;
	struct err e;

	device_store_close(d->store);
	d->store = NULL;
	stage_dev.value = NULL;
	check_folder_end(&d->folder);
	d->folder = check_folder_new();
	assert_ok(json_parse((const char *)schema_bundle_bytes,
	              schema_bundle_len, &bundle_limits, &stage_dev.value, &e),
	    &e);
}

/* What an earlier try left is no device's; who enrols puts it aside. */
static enum err_code
work_create(struct err *e)
{
	struct device *d = &stage_dev.device;

	torture_pause();
	folder_restore(&stage_dev.kept, d->folder.path);
	torture_resume();
	return device_store_create(
	    d->folder.path, &d->key, &d->identity, stage_dev.value, e);
}

/* ---- saving ---- */

/* The caller's own value may be what memory is refused for. */
static enum err_code
save_value(const struct id *record, const char *type, const char *path,
    json_t *value, struct err *e)
{
	return value == NULL ? err_set(e, ERR_NOMEM, 0, "no memory")
	                     : stage_save(record, type, path, value, e);
}

static enum err_code
save_new(struct err *e)
{
	return save_value(
	    NULL, "person", "full_name", json_string("Carwyn Ellis"), e);
}

static enum err_code
save_edit(struct err *e)
{
	return save_value(&stage_dev.note, "note", "summary",
	    json_string("Betty said that she wants to go home soon. She is not "
	                "in pain."),
	    e);
}

static enum err_code
save_row(struct err *e)
{
	return save_value(&stage_dev.person, "person",
	    "phones/0190a0f0-0000-7000-8000-000000000001",
	    json_pack("{s:s}", "number", "01792 555000"), e);
}

static enum err_code
save_several(struct err *e)
{
	json_t *texts[] = { json_string("Beti"),
		json_string("betty@example.org"), json_string("Likes tea") };
	const struct edit edits[] = {
		{ .path = "preferred_name", .now = texts[0] },
		{ .path = "email", .now = texts[1] },
		{ .path = "what_helps", .now = texts[2] },
	};
	struct save_result saved;
	const enum err_code code =
	    texts[0] == NULL || texts[1] == NULL || texts[2] == NULL
	    ? err_set(e, ERR_NOMEM, 0, "no memory")
	    : device_store_save(STORE, &stage_dev.person, "person", edits, 3,
	          NULL, &saved, e);

	for (size_t i = 0; i < 3; i++)
		json_decref(texts[i]);
	if (code == ERR_OK)
		save_result_fini(&saved);
	return code;
}

static enum err_code
save_removal(struct err *e)
{
	return stage_save(&stage_dev.note, "note", "summary", NULL, e);
}

static enum err_code
save_record_removal(struct err *e)
{
	return stage_save(&stage_dev.person, "person", "", NULL, e);
}

/* The words that the signer saw, and the state. */
static enum err_code
save_signature(struct err *e)
{
	struct save_result saved;
	json_t *content = json_string("signed");
	json_t *summary = json_string(
	    "Betty said that she wants to go home. She is not in pain.");
	const struct edit edits[] = {
		{ .path = "summary", .now = summary, .restate = true },
		{ .path = "content", .now = content },
	};
	const enum err_code code = content == NULL || summary == NULL
	    ? err_set(e, ERR_NOMEM, 0, "no memory")
	    : device_store_save(
	          STORE, &stage_dev.note, "note", edits, 2, NULL, &saved, e);

	json_decref(content);
	json_decref(summary);
	if (code == ERR_OK)
		save_result_fini(&saved);
	return code;
}

/* ---- two versions ---- */

static void
prepare_conflict(void)
{
	struct device_stage *s = &stage_dev;

	device_edit_text(&s->device, s->person, "full_name", "Betty A. Hughes");
	device_edit_text(&s->other, s->person, "full_name", "Beti Hughes");
	(void)small_office_sync(s->office, s->other.store);
	(void)small_office_sync(s->office, s->device.store);
}

/* What Nia saw of it. */
static struct change_resolve seen;
static char side_key[60];

static bool
see(void *arg, struct id record, const char *type, const struct conflict *c,
    const struct record *r)
{
	const struct conflict_side *side = &c->sides[0];

	(void)arg;
	(void)record;
	(void)type;
	(void)snprintf(side_key, sizeof(side_key), "%s", side->key);
	seen = (struct change_resolve){ .conflict = c->id,
		.current = record_path_version(r, c->path) };
	seen.sides =
	    json_pack("[[s, o]]", side->key, version_to_json(side->version));
	assert_non_null(seen.sides);
	return false;
}

static void
prepare_decision(void)
{
	struct err e;

	prepare_conflict();
	assert_ok(device_store_conflicts(STORE, false, see, NULL, &e), &e);
	assert_non_null(seen.sides);
}

static enum err_code
save_decision(struct err *e)
{
	json_t *name = json_string("Betty Ann Hughes");
	const struct edit edit = {
		.path = "full_name", .now = name, .restate = true
	};
	struct save_result saved;
	const enum err_code code = name == NULL
	    ? err_set(e, ERR_NOMEM, 0, "no memory")
	    : device_store_save(STORE, &stage_dev.person, "person", &edit, 1,
	          &seen, &saved, e);

	json_decref(name);
	if (code == ERR_OK)
		save_result_fini(&saved);
	return code;
}

static enum err_code
save_side(struct err *e)
{
	json_t *name = json_string("Betty Anne Hughes");
	const struct edit edit = {
		.path = "full_name", .now = name, .side = side_key
	};
	struct save_result saved;
	const enum err_code code = name == NULL
	    ? err_set(e, ERR_NOMEM, 0, "no memory")
	    : device_store_save(STORE, &stage_dev.person, "person", &edit, 1,
	          NULL, &saved, e);

	json_decref(name);
	if (code == ERR_OK)
		save_result_fini(&saved);
	return code;
}

/* ---- drafts ---- */

static enum err_code
draft_put(struct err *e)
{
	json_t *draft = json_pack("{s:s}", "summary", "Betty sai");
	const enum err_code code = draft == NULL
	    ? err_set(e, ERR_NOMEM, 0, "no memory")
	    : device_store_draft_put(STORE, "new-note", draft, e);

	json_decref(draft);
	return code;
}

static void
prepare_draft(void)
{
	struct err e;

	assert_ok(draft_put(&e), &e);
}

static enum err_code
draft_get(struct err *e)
{
	json_t *draft = NULL;
	const enum err_code code =
	    device_store_draft_get(STORE, "new-note", &draft, e);

	if (code == ERR_OK && draft == NULL)
		return err_set(e, ERR_NOTFOUND, 0, "the draft is gone");
	json_decref(draft);
	return code;
}

static enum err_code
draft_remove(struct err *e)
{
	return device_store_draft_put(STORE, "new-note", NULL, e);
}

/* ---- reading ---- */

static bool
count_record(void *arg, const struct record_summary *r)
{
	(void)r;
	++*(size_t *)arg;
	return true;
}

static bool
count_hit(void *arg, const struct search_hit *hit)
{
	(void)hit;
	++*(size_t *)arg;
	return true;
}

static bool
count_conflict(void *arg, struct id record, const char *type,
    const struct conflict *c, const struct record *r)
{
	(void)record;
	(void)type;
	(void)c;
	(void)r;
	++*(size_t *)arg;
	return true;
}

static bool
count_line(void *arg, const char *line, size_t len)
{
	(void)line;
	(void)len;
	++*(size_t *)arg;
	return true;
}

/* Success with less than all of it would be a silent loss. */
static enum err_code
all_of(enum err_code code, size_t n, size_t want, struct err *e)
{
	return code == ERR_OK && n != want
	    ? err_set(e, ERR_NOTFOUND, 0, "told %zu of %zu", n, want)
	    : code;
}

static enum err_code
read_list(struct err *e)
{
	size_t n = 0;
	const enum err_code code =
	    device_store_list(STORE, NULL, NULL, 100, count_record, &n, e);

	return all_of(code, n, 2, e);
}

static enum err_code
read_record(struct err *e)
{
	struct record_view view;
	const enum err_code code =
	    device_store_get(STORE, stage_dev.note, &view, e);

	if (code == ERR_OK)
		record_view_fini(&view);
	return code;
}

static enum err_code
read_title(struct err *e)
{
	struct buf title;
	enum err_code code;

	buf_init(&title, 500);
	code = device_store_title(STORE, stage_dev.person, &title, e);
	buf_fini(&title);
	return code;
}

static enum err_code
read_search(struct err *e)
{
	size_t n = 0;
	const enum err_code code =
	    device_store_search(STORE, "home pain", 0, 10, count_hit, &n, e);

	return all_of(code, n, 1, e);
}

static enum err_code
read_conflicts(struct err *e)
{
	size_t n = 0;
	const enum err_code code =
	    device_store_conflicts(STORE, true, count_conflict, &n, e);

	return all_of(code, n, 1, e);
}

static enum err_code
read_status(struct err *e)
{
	struct store_status st;

	return device_store_status(STORE, &st, e);
}

/* What it says beside the lines of the export is for people. */
static enum err_code
read_export(struct err *e)
{
	size_t n = 0;
	const enum err_code code =
	    device_store_export(STORE, count_line, &n, e);

	return code == ERR_OK && n < 4
	    ? err_set(e, ERR_NOTFOUND, 0, "told %zu lines", n)
	    : code;
}

static enum err_code
read_verify(struct err *e)
{
	struct verify_result v;
	const enum err_code code = device_store_verify(STORE, &v, e);

	/* Want of memory is no reason to say that evidence is damaged. */
	return code == ERR_OK && !v.ok
	    ? err_set(e, ERR_CORRUPT, 0, "it accuses: %s", v.first_bad)
	    : code;
}

/* ---- what is done to the folder ---- */

static void
prepare_again(void)
{
	struct device_stage *s = &stage_dev;

	device_edit_text(&s->device, s->person, "full_name", "Beti Hughes");
	small_office_device(s->office, "Nia", &s->fresh);
	s->fresh.user = s->device.identity.user;
}

static enum err_code
work_again(struct err *e)
{
	struct device_stage *s = &stage_dev;
	uint64_t recut;

	return device_store_again(
	    s->device.folder.path, &s->device.key, &s->fresh, &recut, e);
}

static enum err_code
work_renew(struct err *e)
{
	const struct device_renewal r = { .tls_key_pem =
		                              crypto_part_str("new key"),
		.tls_cert_pem = crypto_part_str("new certificate"),
		.courier_key_pem = crypto_part_str("new courier's key"),
		.courier_cert_pem = crypto_part_str("new courier's"),
		.issuing_pem = crypto_part_str("issuing") };

	return device_store_renew(STORE, &r, e);
}

static enum err_code
work_note_outcome(struct err *e)
{
	return device_store_note_outcome(STORE, "office_down", e);
}

#define OPEN &device_open
#define CLOSED &device_closed

const struct torture_case torture_device[] = {
	{ TORTURE("a device is made", CLOSED, prepare_create, work_create),
	    .may_be_done = true },
	{ TORTURE("a device opens its notes", CLOSED, NULL, work_open) },
	{ TORTURE("a new record is saved", OPEN, NULL, save_new) },
	{ TORTURE("a note is edited", OPEN, NULL, save_edit) },
	{ TORTURE("a row is saved", OPEN, NULL, save_row) },
	{ TORTURE("several values are saved", OPEN, NULL, save_several) },
	{ TORTURE("a value is removed", OPEN, NULL, save_removal) },
	{ TORTURE("a record is removed", OPEN, NULL, save_record_removal) },
	{ TORTURE("a note is signed", OPEN, NULL, save_signature) },
	{ TORTURE(
	    "a decision is saved", OPEN, prepare_decision, save_decision) },
	{ TORTURE("a side is edited", OPEN, prepare_decision, save_side) },
	{ TORTURE("a draft is kept", OPEN, NULL, draft_put) },
	{ TORTURE("a draft is read", OPEN, prepare_draft, draft_get) },
	{ TORTURE("a draft is removed", OPEN, prepare_draft, draft_remove) },
	{ TORTURE("records are listed", OPEN, NULL, read_list) },
	{ TORTURE("a record is read", OPEN, NULL, read_record) },
	{ TORTURE("a title is made", OPEN, NULL, read_title) },
	{ TORTURE("notes are searched", OPEN, NULL, read_search) },
	{ TORTURE(
	    "conflicts are listed", OPEN, prepare_conflict, read_conflicts) },
	{ TORTURE("the status is told", OPEN, NULL, read_status) },
	{ TORTURE(
	    "everything is exported", OPEN, prepare_conflict, read_export) },
	{ TORTURE(
	    "a device verifies itself", OPEN, prepare_conflict, read_verify) },
	{ TORTURE(
	      "a copy is enrolled again", CLOSED, prepare_again, work_again),
	    .may_be_done = true },
	{ TORTURE("certificates are renewed", OPEN, NULL, work_renew),
	    .may_be_done = true },
	{ TORTURE("an outcome is noted", OPEN, NULL, work_note_outcome) },
	{ .name = NULL },
};
