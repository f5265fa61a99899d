/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies outside the notes: key slots, envelopes, receipts and commands
 * that came while they were locked, the end of a folder.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/store/keyslot.h"
#include "common/store/outside.h"
#include "common/store/spool.h"
#include "common/store/wipe.h"
#include "daemon/sync/obey.h"
#include "tests/prove/stage_device.h"
#include "tests/support/keyslot_world.h"

/* ---- key slots ---- */

static struct keyslot_world slots;
static struct kept_folder kept;

static void
slots_start(void)
{
	slots = keyslot_world_new();
}

static void
slots_end(void)
{
	folder_forget(&kept);
	keyslot_world_end(&slots);
}

static void
slots_keep(void)
{
	folder_keep_as_is(&kept, slots.folder.path);
}

static void
slots_restore(void)
{
	folder_restore(&kept, slots.folder.path);
}

static const char *
slots_folder(void)
{
	return slots.folder.path;
}

static void
nothing(void)
{
}

/* Whoever opens the key has vouched for all of the file: the office, which is
 * quick, or the passphrase where it can no more. */
static void
slots_state(struct buf *out)
{
	struct keyslot_info info;
	struct secret_key key;
	struct err e;
	enum err_code code =
	    keyslot_recover(slots.path, &slots.recovery, &key, &e);

	(void)buf_printf(out, "recovery: %s\n", err_word(code));
	if (code == ERR_NOTFOUND && file_exists(slots.path))
		code = keyslot_open(
		    slots.path, crypto_part_str("old words"), &key, NULL, &e);
	if (!file_exists(slots.path))
		return;
	if (code != ERR_OK || memcmp(&key, &slots.dbkey, sizeof(key)) != 0)
		(void)buf_printf(out, "BAD the key does not open: %s\n", e.msg);
	assert_ok(keyslot_list(slots.path, &info, &e), &e);
	(void)buf_printf(out, "generation %llu, damage %d, passphrase of %d\n",
	    (unsigned long long)info.generation, info.has_damage,
	    (int)(info.slots[0].created_ms - FLOOR_PASS_CREATED_MS));
}

static enum err_code
slots_open(struct err *e)
{
	struct secret_key key;

	return keyslot_open(
	    slots.path, crypto_part_str("old words"), &key, NULL, e);
}

static enum err_code
slots_recover(struct err *e)
{
	struct secret_key key;

	return keyslot_recover(slots.path, &slots.recovery, &key, e);
}

static enum err_code
slots_change(struct err *e)
{
	struct keyslot_pass anew = floor_pass("new words");

	anew.created_ms++;
	return keyslot_set_passphrase(slots.path, &slots.dbkey, &anew, e);
}

static enum err_code
slots_no_recovery(struct err *e)
{
	return keyslot_set_recovery(slots.path, &slots.dbkey, NULL, 0, e);
}

static enum err_code
slots_list(struct err *e)
{
	struct keyslot_info info;

	return keyslot_list(slots.path, &info, e);
}

static enum err_code
slots_erase(struct err *e)
{
	return keyslot_erase(slots.path, e);
}

static const struct torture_stage stage_slots = { .start = slots_start,
	.end = slots_end,
	.keep = slots_keep,
	.restore = slots_restore,
	.folder = slots_folder,
	.open = nothing,
	.shut = nothing,
	.state = slots_state };

/* What is erased in part opens no more. */
static void
erased_state(struct buf *out)
{
	(void)buf_printf(out, "slots %d\n", file_exists(slots.path));
}

static const struct torture_stage stage_erase = { .start = slots_start,
	.end = slots_end,
	.keep = slots_keep,
	.restore = slots_restore,
	.folder = slots_folder,
	.open = nothing,
	.shut = nothing,
	.state = erased_state };

/* ---- outside ---- */

static struct outside *outside;

static void
outside_start(void)
{
	struct device *d = &stage_dev.device;

	device_open.start();
	device_edit_text(d, stage_dev.person, "full_name", "Beti Hughes");
	(void)device_new_person(d, "Carwyn Ellis");
}

static void
outside_begin(void)
{
	struct err e;

	device_open.open();
	assert_ok(outside_open(stage_dev.device.folder.path, &outside, &e), &e);
}

static void
outside_shut(void)
{
	outside_close(outside);
	outside = NULL;
	device_open.shut();
}

static void
outside_tell(struct buf *out)
{
	struct outside *o = NULL;
	struct outside_command c;
	uint64_t epoch;
	struct envelope *list = NULL;
	struct receipt *receipts = NULL;
	size_t n = 0, n_receipts = 0;
	struct err e;

	assert_ok(outside_open(stage_dev.device.folder.path, &o, &e), &e);
	assert_ok(outside_envelopes(o, 0, 100, &list, &n, &e), &e);
	for (size_t i = 0; i < n; i++)
		(void)buf_printf(out, "envelope %llu\n",
		    (unsigned long long)list[i].counter);
	outside_envelopes_free(list, n);
	assert_ok(outside_receipts(o, &receipts, &n_receipts, &e), &e);
	for (size_t i = 0; i < n_receipts; i++) {
		(void)buf_printf(out, "receipt %llu\n",
		    (unsigned long long)receipts[i].counter);
		receipt_fini(&receipts[i]);
	}
	free(receipts);
	assert_ok(outside_command_load(o, &c, &e), &e);
	assert_ok(outside_epoch(o, &epoch, &e), &e);
	(void)buf_printf(out,
	    "commands done %llu, waits %d, epoch %llu, command key %d\n",
	    (unsigned long long)c.done, c.waits, (unsigned long long)epoch,
	    outside_get(o)->has_command_pub);
	if (c.waits)
		device_command_fini(&c.command);
	outside_close(o);
}

static void
outside_state(struct buf *out)
{
	device_open.state(out);
	outside_tell(out);
}

static enum err_code
outside_is_opened(struct err *e)
{
	struct outside *o = NULL;
	const enum err_code code =
	    outside_open(stage_dev.device.folder.path, &o, e);

	if (code == ERR_OK)
		outside_close(o);
	return code;
}

/* What a courier hands over. */
static enum err_code
envelopes_are_read(struct err *e)
{
	struct courier_request r;
	json_t *json = NULL;
	enum err_code code;

	courier_request_init(&r);
	r.device = stage_dev.device.identity.device;
	code =
	    outside_envelopes(outside, 0, 100, &r.envelopes, &r.n_envelopes, e);
	if (code == ERR_OK && r.n_envelopes != 2)
		code = err_set(e, ERR_NOTFOUND, 0, "told %zu of 2 envelopes",
		    r.n_envelopes);
	if (code == ERR_OK)
		code = courier_request_to_json(&r, &json, e);
	json_decref(json);
	courier_request_fini(&r);
	return code;
}

static enum err_code
envelopes_are_dropped(struct err *e)
{
	return outside_envelopes_drop(outside, 3, e);
}

/* The receipt for the envelopes, which a courier brought. */
static void
prepare_receipt(void)
{
	struct device_stage *s = &stage_dev;
	struct err e;

	assert_ok(
	    device_store_sync_request(s->device.store, false, &s->request, &e),
	    &e);
	small_office_answer(
	    s->office, s->device.identity.device, &s->request, 0, &s->answer);
	assert_int_equal(s->answer.n_receipts, 1);
}

static enum err_code
receipt_is_kept(struct err *e)
{
	return outside_receipt_add(outside, &stage_dev.answer.receipts[0], e);
}

/* At the next unlock the store takes it in. */
static void
prepare_unlock(void)
{
	struct err e;

	prepare_receipt();
	assert_ok(receipt_is_kept(&e), &e);
}

static enum err_code
store_is_unlocked(struct err *e)
{
	struct device *d = &stage_dev.device;

	return device_store_open(d->folder.path, &d->key, &d->store, e);
}

static enum err_code
receipts_are_cleared(struct err *e)
{
	return outside_receipts_clear(outside, e);
}

static struct device_command command;

static void
command_is_made(uint64_t epoch)
{
	struct sign_key key;
	struct err e;

	sign_key_make(&key);
	device_command_init(&command);
	command.office = stage_dev.device.identity.office;
	command.device = stage_dev.device.identity.device;
	command.epoch = epoch;
	command.no = 1;
	command.kind = DEVICE_COMMAND_WIPE;
	command.time = 1795219200000U;
	command.expires = 1795819200000U;
	assert_ok(device_command_sign(&command, &key, &e), &e);
}

static void
prepare_command(void)
{
	command_is_made(1);
}

static enum err_code
command_is_kept(struct err *e)
{
	const struct outside_command c = {
		.done = 0, .waits = true, .command = command
	};

	return outside_command_save(outside, &c, e);
}

static enum err_code
epoch_is_kept(struct err *e)
{
	return outside_epoch_set(outside, 7, e);
}

/* The office was restored since it last had everything. */
static void
prepare_early(void)
{
	struct err e;

	command_is_made(2);
	assert_ok(command_is_kept(&e), &e);
	assert_ok(outside_epoch_set(outside, 1, &e), &e);
}

static enum err_code
wipe_waits(struct err *e)
{
	bool is_done = false;
	const enum err_code code = obey_next(
	    outside, stage_dev.device.folder.path, UINT64_MAX, &is_done, e);

	return code == ERR_OK && is_done
	    ? err_set(e, ERR_CORRUPT, 0, "it was wiped too early")
	    : code;
}

static enum err_code
folder_is_wiped(struct err *e)
{
	return device_wipe(stage_dev.device.folder.path, e);
}

static void
wipe_state(struct buf *out)
{
	static const char *const names[] = { "notes.db", "notes.db-wal",
		"slots", "outside/office.json", "outside/envelopes" };
	char path[FILE_PATH_MAX];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_true(
		    file_join(path, stage_dev.device.folder.path, names[i]));
		(void)buf_printf(out, "%s %d\n", names[i], file_exists(path));
	}
	outside_tell(out);
}

static void
device_keep(void)
{
	device_open.keep();
}

static void
device_restore(void)
{
	device_open.restore();
}

static void
device_end_all(void)
{
	device_open.end();
}

static void
store_shut(void)
{
	device_open.shut();
}

#define FOLDER(s)                                                              \
	.start = outside_start, .end = device_end_all, .keep = device_keep,    \
	.restore = device_restore, .folder = stage_device_folder,              \
	.state = (s),                                                          \
	.errors = TORTURE_ERR(ERR_AUTH) | TORTURE_ERR(ERR_CORRUPT)

static const struct torture_stage stage_outside = { FOLDER(outside_state),
	.open = outside_begin, .shut = outside_shut, .is_open = true };
/* The store is closed: while it is opened, or is no more. */
static const struct torture_stage stage_unlock = { FOLDER(outside_state),
	.open = nothing, .shut = store_shut };
static const struct torture_stage stage_wipe = { FOLDER(wipe_state),
	.open = nothing, .shut = store_shut };

static void
prepare_unlock_closed(void)
{
	outside_begin();
	prepare_unlock();
	outside_close(outside);
	outside = NULL;
}

/* Nothing but what lies outside is open: the store would take receipts in. */
static void
courier_begin(void)
{
	struct err e;

	assert_ok(outside_open(stage_dev.device.folder.path, &outside, &e), &e);
}

static void
courier_shut(void)
{
	outside_close(outside);
	outside = NULL;
}

static const struct torture_stage stage_courier = { FOLDER(outside_tell),
	.open = courier_begin, .shut = courier_shut };

static void
prepare_courier(void)
{
	device_open.open();
	prepare_receipt();
	device_open.shut();
}

#define SLOTS &stage_slots
#define OUTSIDE &stage_outside

const struct torture_case torture_keys[] = {
	{ TORTURE("a passphrase opens the key", SLOTS, NULL, slots_open) },
	{ TORTURE("the office recovers the key", SLOTS, NULL, slots_recover) },
	{ TORTURE("a passphrase is changed", SLOTS, NULL, slots_change),
	    .may_be_done = true },
	{ TORTURE(
	      "the way of recovery is removed", SLOTS, NULL, slots_no_recovery),
	    .may_be_done = true },
	{ TORTURE("key slots are listed", SLOTS, NULL, slots_list) },
	{ TORTURE("key slots are erased", &stage_erase, NULL, slots_erase),
	    .errors = TORTURE_ERR(ERR_IO), .may_be_done = true,
	    .has_steps = true },
	{ TORTURE(
	    "what lies outside is opened", OUTSIDE, NULL, outside_is_opened) },
	{ TORTURE(
	    "a courier's request is made", OUTSIDE, NULL, envelopes_are_read) },
	{ TORTURE(
	      "envelopes are dropped", OUTSIDE, NULL, envelopes_are_dropped),
	    .may_be_done = true },
	{ TORTURE("a courier's receipt is kept", &stage_courier,
	      prepare_courier, receipt_is_kept),
	    .may_be_done = true },
	{ TORTURE("receipts kept outside are cleared", OUTSIDE, prepare_unlock,
	      receipts_are_cleared),
	    .may_be_done = true },
	{ TORTURE("an unlock takes receipts in", &stage_unlock,
	      prepare_unlock_closed, store_is_unlocked),
	    .has_steps = true },
	{ TORTURE(
	      "a command is kept", OUTSIDE, prepare_command, command_is_kept),
	    .may_be_done = true },
	{ TORTURE("an epoch is kept", OUTSIDE, NULL, epoch_is_kept),
	    .may_be_done = true },
	{ TORTURE("a folder is not wiped too early", &stage_courier,
	    prepare_early, wipe_waits) },
	{ TORTURE("a folder is wiped", &stage_wipe, NULL, folder_is_wiped),
	    .errors = TORTURE_ERR(ERR_IO), .has_steps = true },
	{ .name = NULL },
};
