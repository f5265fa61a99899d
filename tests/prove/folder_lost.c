/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A restored office answers a device that holds what it has lost of others'
 * work.  Proposals and what the office tells now are one transaction, so that
 * the words are in the one or in the other whenever the power goes; until a
 * receipt covers a proposal it waits like any change, and told once more by the
 * same office nothing is proposed twice.
 */
#include <stdlib.h>

#include "common/core/path.h"
#include "tests/prove/folder.h"

#define OTHERS 3

/* Of the one walk that is under way in this process. */
static struct device author; /* of what is lost */
static struct id lost[OTHERS];

static const char *const names[OTHERS] = { FOLDER_MARKER " of another",
	FOLDER_MARKER " of yet another", FOLDER_MARKER " of a third" };

static void
lost_before(struct folder *f)
{
	folder_make(f);
	device_start(f->office, "Idris", &author);
	for (size_t i = 0; i < OTHERS; i++)
		lost[i] = device_new_person(&author, names[i]);
	(void)small_office_sync(f->office, author.store);
	folder_open(f);
	(void)small_office_sync(f->office, f->store);
	folder_close(f);
	device_end(&author);
}

/* The whole of what an office has that goes on from an empty backup. */
static enum err_code
hear(struct device_store *store, size_t *proposed, struct err *e)
{
	struct sync_progress p;
	struct sync_answer a;
	enum err_code code;

	sync_answer_init(&a);
	a.epoch = 2;
	a.has_cursor = a.is_last = true;
	a.cursor = (struct cursor){ .epoch = 2, .floor = 1, .position = 1 };
	code = device_store_sync_answer(store, &a, 0, 0, &p, e);
	if (code == ERR_OK)
		*proposed = p.proposed;
	sync_answer_fini(&a);
	return code;
}

/* Marks: 1 told, 2 about to be sent. */
static void
hear_of_loss(struct folder *f)
{
	struct sync_request r;
	size_t proposed = 0;
	struct err e;

	folder_open(f);
	assert_ok(hear(f->store, &proposed, &e), &e);
	assert_int_equal(proposed, OTHERS);
	disk_mark(1);
	sync_request_init(&r);
	assert_ok(device_store_sync_request(f->store, false, &r, &e), &e);
	disk_mark(2);
	sync_request_fini(&r);
	folder_close(f);
}

static const char *
others_missing(struct device_store *store)
{
	for (size_t i = 0; i < OTHERS; i++) {
		struct record_view v;
		const json_t *value;
		bool is_same;
		struct err e;

		if (device_store_get(store, lost[i], &v, &e) != ERR_OK)
			return "what another wrote is gone";
		value = path_get(v.record.doc, "full_name");
		is_same = value != NULL &&
		    strcmp(json_string_value(value), names[i]) == 0;
		record_view_fini(&v);
		if (!is_same)
			return "another's words are not shown";
	}
	return NULL;
}

/* What the office does not hold must be among what is offered to it. */
static const char *
not_waiting(struct device_store *store, uint64_t proposed)
{
	struct store_status st;
	struct err e;

	if (device_store_status(store, &st, &e) != ERR_OK)
		return "there is no status";
	if (st.written != FOLDER_SAVES + proposed)
		return "something was proposed twice, or not at all";
	if (proposed > 0 && st.unsent != st.written)
		return "a proposal counts as received without a receipt";
	return NULL;
}

static const char *
lost_check(struct folder *f, const char *home)
{
	struct device_store *store = NULL;
	struct store_status st;
	const char *bad;
	size_t again = 0;
	struct err e;

	if (device_store_open(home, &f->page_key, &store, &e) != ERR_OK)
		return "the notes do not open";
	bad = others_missing(store);
	if (bad == NULL && device_store_status(store, &st, &e) != ERR_OK)
		bad = "there is no status";
	if (bad == NULL)
		bad =
		    not_waiting(store, st.written == FOLDER_SAVES ? 0 : OTHERS);
	if (bad == NULL && f->told >= 1 && st.written == FOLDER_SAVES)
		bad = "what was proposed is gone";
	/* The same answer again: it was lost with the power, or comes twice. */
	if (bad == NULL && hear(store, &again, &e) != ERR_OK)
		bad = "the office's answer is not taken";
	if (bad == NULL)
		bad = not_waiting(store, OTHERS);
	if (bad == NULL)
		bad = others_missing(store);
	device_store_close(store);
	return bad != NULL ? bad : folder_notes_whole(f, home);
}

const struct folder_work folder_lost = { .name = "what a restored office lost",
	.event = "losses",
	.before = lost_before,
	.work = hear_of_loss,
	.check = lost_check };
