/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges of an unlocked device: pushes, pulls, and what a restored office or
 * a damaged device makes necessary.
 */
#include "tests/prove/cut_kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/store/store_int.h"
#include "daemon/central/setup/restore.h"
#include "daemon/sync/exchange.h"

/* Pages of 512 KiB: three of them.  The same few words again and again, which
 * pack to nearly nothing. */
#define LONG_RECORDS 14
#define LONG_BYTES ((size_t)90 * 1000)
#define TEXT_ROOM 128

struct synced {
	struct cut_world *w;
	bool is_done;
	struct sync_report report;
	struct err local;
};

static void
on_synced(void *arg, const struct sync_report *r, const struct err *e)
{
	struct synced *s = arg;

	s->is_done = true;
	s->report = *r;
	s->local = *e;
	loop_stop(s->w->loop);
}

bool
cut_try_sync(struct cut_world *w)
{
	struct synced s = { .w = w };
	struct exchange *exchange = NULL;
	struct err e = { 0 };
	const enum err_code rc = exchange_start(
	    w->device.store, w->device.line, on_synced, &s, &exchange, &e);

	if (rc != ERR_OK)
		return cut_try_failed(w, rc, &e);
	cut_wait(w, &s.is_done);
	if (!s.is_done)
		exchange_cancel(exchange);
	w->rounds = s.report.round_trips;
	return cut_try_ends(w, s.is_done, s.report.outcome, &s.local);
}

void
cut_make_first(struct cut_world *w)
{
	cut_device_sync(w);
}

/* ---- pushing ---- */

static void
say(struct cut_world *w, char out[static TEXT_ROOM])
{
	(void)snprintf(out, TEXT_ROOM,
	    "She wants to sit by the window. She said so %llu times.",
	    (unsigned long long)++w->serial);
}

/* An issue whose words are long enough to be left out of what is sent. */
void
cut_make_push(struct cut_world *w)
{
	char text[TEXT_ROOM];

	cut_device_sync(w);
	w->work.record = cut_device_save(
	    w, NULL, "issue", "case", id_print(w->office.of_case).s);
	say(w, text);
	(void)cut_device_save(w, &w->work.record, "issue", "wanted", text);
	cut_device_sync(w);
}

void
cut_prepare_push(struct cut_world *w)
{
	char text[TEXT_ROOM];

	say(w, text);
	(void)cut_device_save(w, &w->work.record, "issue", "wanted", text);
}

/* ---- pulling ---- */

void
cut_prepare_delta(struct cut_world *w)
{
	char text[TEXT_ROOM];

	say(w, text);
	(void)cut_office_edit(
	    w, &w->office.person, "person", "preferred_name", text);
}

void
cut_make_pages(struct cut_world *w)
{
	char *text = calloc(1, LONG_BYTES + 1);
	char name[TEXT_ROOM];

	assert_non_null(text);
	for (size_t i = 0; i < LONG_BYTES; i++)
		text[i] = "the bell is on the left "[i % 24];
	cut_device_sync(w);
	for (size_t i = 0; i < LONG_RECORDS; i++) {
		struct id site;

		(void)snprintf(name, sizeof(name), "Place %zu", i);
		site = cut_office_edit(w, NULL, "site", "name", name);
		(void)cut_office_edit(w, &site, "site", "door_notes", text);
	}
	free(text);
}

void
cut_make_drop(struct cut_world *w)
{
	cut_device_sync(w);
	json_decref(cut_office_ask(w,
	    json_pack("{s:s, s:s, s:s}", "do", "grant end", "user",
	        id_print(w->office.user).s, "scope", w->office.scope)));
}

/* A disk that lost some of its bytes without a word. */
void
cut_make_repair(struct cut_world *w)
{
	struct err e = { 0 };

	cut_device_sync(w);
	assert_ok(db_run(w->device.store->db,
	              "DELETE FROM confirmed_scope WHERE record IN"
	              " (SELECT record FROM confirmed WHERE type = 'person');"
	              "DELETE FROM confirmed WHERE type = 'person';"
	              "UPDATE scope_digest SET sum = zeroblob(32)",
	              &e),
	    &e);
}

/* ---- a restored office ---- */

/* The push that waits leaves out words that the office should hold. */
static void
check_omits(struct cut_world *w)
{
	struct sync_request r;
	struct err e = { 0 };

	sync_request_init(&r);
	assert_ok(
	    device_store_sync_request(w->device.store, false, &r, &e), &e);
	assert_int_equal(r.n_batches, 1);
	assert_true(r.batches[0].changes[0].ops[0].was_omitted);
	sync_request_fini(&r);
}

/* The device knows words that the restored office has lost, and has written on
 * top of them: it has to send them again in full, and those of others that are
 * lost as proposals. */
void
cut_make_restored(struct cut_world *w)
{
	char backup[FILE_PATH_MAX], text[TEXT_ROOM];
	struct restored restored;
	struct err e = { 0 };

	cut_device_sync(w);
	w->work.record = cut_office_edit(
	    w, NULL, "issue", "case", id_print(w->office.of_case).s);
	assert_true(file_join(backup, w->folder.path, "backup"));
	assert_ok(file_remove(backup, &e), &e);
	json_decref(cut_office_ask(
	    w, json_pack("{s:s, s:s}", "do", "backup", "file", backup)));
	say(w, text);
	(void)cut_office_edit(w, &w->work.record, "issue", "wanted", text);
	cut_device_sync(w);
	cut_prepare_push(w);
	check_omits(w);
	cut_office_close(w);
	assert_ok(restore_backup(
	              w->office.data, backup, &w->office.key, &restored, &e),
	    &e);
	cut_office_open(w);
	assert_ok(
	    engine_access_confirm(w->office.engine, w->office.admins, &e), &e);
}
