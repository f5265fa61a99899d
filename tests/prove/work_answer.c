/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device asks of the office, and every kind of answer that it stores.
 */
#include <stdlib.h>
#include <string.h>

#include "common/sys/json.h"
#include "tests/prove/stage_device.h"

#define STORE stage_dev.device.store

/* The device asks, the office answers; nothing of it is stored yet. */
static void
exchange(size_t page_max)
{
	struct device_stage *s = &stage_dev;
	struct err e;

	sync_request_fini(&s->request);
	sync_request_init(&s->request);
	sync_answer_fini(&s->answer);
	assert_ok(device_store_sync_request(STORE, false, &s->request, &e), &e);
	small_office_answer(s->office, s->device.identity.device, &s->request,
	    page_max, &s->answer);
}

/* And stores it. */
static void
exchange_and_store(size_t page_max)
{
	struct sync_progress p;
	struct err e;

	exchange(page_max);
	assert_ok(
	    device_store_sync_answer(STORE, &stage_dev.answer, 0, 0, &p, &e),
	    &e);
}

static enum err_code
store_answer(struct err *e)
{
	struct sync_progress p;

	return device_store_sync_answer(STORE, &stage_dev.answer, 0, 0, &p, e);
}

/* ---- asking ---- */

static void
prepare_unsent(void)
{
	struct device *d = &stage_dev.device;

	device_edit_text(d, stage_dev.person, "full_name", "Beti Hughes");
	(void)device_new_person(d, "Carwyn Ellis");
}

static enum err_code
ask(bool full, struct err *e)
{
	struct sync_request r;
	enum err_code code;

	sync_request_init(&r);
	code = device_store_sync_request(STORE, full, &r, e);
	if (code == ERR_OK && r.n_batches != 1)
		code = err_set(e, ERR_NOTFOUND, 0, "a batch is left out");
	sync_request_fini(&r);
	return code;
}

static enum err_code
ask_short(struct err *e)
{
	return ask(false, e);
}

static enum err_code
ask_full(struct err *e)
{
	return ask(true, e);
}

/* ---- answers ---- */

static void
answer_quiet(void)
{
	exchange(0);
}

static void
answer_receipts(void)
{
	prepare_unsent();
	exchange(0);
	stage_dev.answer.has_cursor = stage_dev.answer.is_last = false;
	while (stage_dev.answer.n_page > 0)
		page_entry_fini(
		    &stage_dev.answer.page[--stage_dev.answer.n_page]);
}

static void
answer_all(void)
{
	prepare_unsent();
	exchange(0);
}

/* Its change is held: another's value of a field that is set once. */
static void
answer_held(void)
{
	struct device_stage *s = &stage_dev;

	device_edit_text(&s->device, s->person, "local_ref", "B-17");
	exchange(0);
}

static void
answer_conflict(void)
{
	struct device_stage *s = &stage_dev;

	device_edit_text(&s->device, s->person, "full_name", "Betty A. Hughes");
	device_edit_text(&s->other, s->person, "full_name", "Beti Hughes");
	(void)small_office_sync(s->office, s->other.store);
	exchange(0);
}

static void
answer_whole(void)
{
	struct device_stage *s = &stage_dev;

	(void)device_new_person(&s->other, "Gwen Parry");
	(void)small_office_sync(s->office, s->other.store);
	exchange(0);
}

static void
answer_delta(void)
{
	struct device_stage *s = &stage_dev;

	device_edit_text(&s->other, s->person, "email", "betty@example.org");
	(void)small_office_sync(s->office, s->other.store);
	exchange(0);
}

static void
two_people(void)
{
	struct device_stage *s = &stage_dev;

	(void)device_new_person(&s->other, "Gwen Parry");
	(void)device_new_person(&s->other, "Huw Rees");
	(void)small_office_sync(s->office, s->other.store);
}

static void
answer_first_page(void)
{
	two_people();
	exchange(1);
}

static void
answer_last_page(void)
{
	two_people();
	exchange_and_store(1);
	exchange(0);
}

static void
answer_drop(void)
{
	small_office_drop(stage_dev.office, stage_dev.person);
	exchange(0);
}

static void
tampered(void)
{
	small_office_tamper(
	    stage_dev.office, stage_dev.person, "email", "a@example.org");
}

static void
answer_mismatch(void)
{
	tampered();
	exchange(0);
}

static void
answer_scopes(void)
{
	tampered();
	exchange_and_store(0);
	exchange(0);
}

static void
answer_ids(void)
{
	tampered();
	exchange_and_store(0);
	exchange_and_store(0);
	exchange(0);
}

static void
answer_repair(void)
{
	tampered();
	for (int i = 0; i < 3; i++)
		exchange_and_store(0);
	exchange(0);
}

static void
answer_gap(void)
{
	prepare_unsent();
	exchange(0);
	sync_answer_fini(&stage_dev.answer);
	sync_answer_init(&stage_dev.answer);
	stage_dev.answer.epoch = 1;
	stage_dev.answer.has_refusal = true;
	stage_dev.answer.refusal = WORD_GAP;
	stage_dev.answer.expect = 2;
}

static void
answer_forked(void)
{
	answer_gap();
	stage_dev.answer.refusal = WORD_FORKED;
	stage_dev.answer.expect = 0;
}

/* The office was restored: it is in another epoch, and the receipts of the
 * lost days earn nothing. */
static void
answer_epoch(void)
{
	exchange(0);
	sync_answer_fini(&stage_dev.answer);
	sync_answer_init(&stage_dev.answer);
	stage_dev.answer.epoch = 2;
	stage_dev.answer.head_seq = 9;
	stage_dev.answer.has_echo = true;
	memset(stage_dev.answer.echo_link.b, 0x5a, HASH32_LEN);
}

/* And tells of the person as its backup has her: what the colleague wrote
 * since is offered. */
static void
answer_backup(void)
{
	struct device_stage *s = &stage_dev;
	json_t *backup = NULL;
	struct page_entry *entry = calloc(1, sizeof(*entry));
	struct err e;

	assert_non_null(entry);
	assert_ok(record_to_json(
	              small_office_record(s->office, s->person), &backup, &e),
	    &e);
	device_edit_text(&s->other, s->person, "full_name", "Betty Ann");
	(void)small_office_sync(s->office, s->other.store);
	(void)small_office_sync(s->office, s->device.store);
	answer_epoch();
	s->answer.has_echo = false;
	s->answer.has_cursor = s->answer.is_last = true;
	s->answer.cursor =
	    (struct cursor){ .epoch = 2, .floor = 2, .position = 2 };
	s->answer.page = entry;
	s->answer.n_page = 1;
	*entry = (struct page_entry){ .record = s->person,
		.whole = backup,
		.scopes = json_pack("[s]", "all"),
		.own = 1 };
}

#define ANSWER(name, prepare)                                                  \
	{                                                                      \
		TORTURE(name, &device_open, prepare, store_answer)             \
	}

const struct torture_case torture_answer[] = {
	{ TORTURE(
	    "a request is made", &device_open, prepare_unsent, ask_short) },
	{ TORTURE("a request is made in full", &device_open, prepare_unsent,
	    ask_full) },
	ANSWER("an answer with nothing new", answer_quiet),
	ANSWER("an answer with receipts alone", answer_receipts),
	ANSWER("an answer with receipts and their page", answer_all),
	ANSWER("an answer that holds a change", answer_held),
	ANSWER("an answer with a conflict", answer_conflict),
	ANSWER("a page with a whole record", answer_whole),
	ANSWER("a page with a part of a record", answer_delta),
	ANSWER("the first page of two", answer_first_page),
	ANSWER("the last page of two", answer_last_page),
	ANSWER("a page that drops a record", answer_drop),
	ANSWER("a digest that differs", answer_mismatch),
	ANSWER("a repair's scopes", answer_scopes),
	ANSWER("a repair's ids", answer_ids),
	ANSWER("a repair's records", answer_repair),
	ANSWER("a refusal that wants an earlier change", answer_gap),
	ANSWER("a refusal of a copy", answer_forked),
	ANSWER("an epoch that began", answer_epoch),
	ANSWER("a restored office's page", answer_backup),
	{ .name = NULL },
};
