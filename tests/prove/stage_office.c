/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/stage_office.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/rng.h"
#include "common/sys/json.h"
#include "tests/support/world_command.h"

/* What the cipher says for want of memory (db.h), and a step that took its
 * whole transaction with it (engine_int.h). */
#define OTHERS                                                                 \
	(TORTURE_ERR(ERR_AUTH) | TORTURE_ERR(ERR_CORRUPT) |                    \
	    TORTURE_ERR(ERR_IO) | TORTURE_ERR(ERR_BUSY))

struct office_stage stage_off;

/* ---- speaking with it ---- */

json_t *
stage_command(json_t *request)
{
	return world_done(&stage_off.w, request);
}

static void
on_reply(void *arg, uint64_t token, const struct wire_answer *answer)
{
	(void)arg;
	(void)token;
	stage_off.status = answer->status;
}

void
stage_request(void)
{
	struct office_stage *s = &stage_off;
	struct sync_request r;
	struct err e;

	dev_request(&s->amina, &r);
	json_decref(s->body);
	assert_ok(sync_request_to_json(&r, &s->body, &e), &e);
	s->kind = WIRE_SYNC;
	s->target = "/v1/sync";
	sync_request_fini(&r);
}

static void
product(bool on)
{
	if (on)
		torture_resume();
	else
		torture_pause();
}

/* No two requests are the same. */
static void
fresh_nonce(void)
{
	uint8_t nonce[PROTOCOL_NONCE_LEN];
	struct err e;

	rng_fill(nonce, sizeof(nonce));
	if (json_has(stage_off.body, "nonce"))
		assert_ok(json_put_hex(stage_off.body, "nonce", nonce,
		              sizeof(nonce), &e),
		    &e);
}

enum err_code
stage_send(struct err *e)
{
	struct office_stage *s = &stage_off;

	torture_pause();
	s->status = 0;
	fresh_nonce();
	s->w.product = product;
	(void)dev_queue(&s->amina, s->kind, s->target, s->body, s->as_courier);
	s->w.product = NULL;
	torture_resume();
	(void)engine_work(s->w.g);
	if (s->status == 200)
		return ERR_OK;
	if (s->status == 0)
		return err_set(e, ERR_BUSY, 0, "no answer came");
	return err_set(e, s->status >= 500 ? ERR_NOMEM : ERR_INVALID, s->status,
	    "answered %d", s->status);
}

/* ---- life ---- */

static struct id
user_new(const char *name, const char *role)
{
	json_t *made = stage_command(json_pack(
	    "{s:s, s:s, s:s}", "do", "user add", "name", name, "role", role));
	struct id id;

	assert_true(
	    id_parse(json_string_value(json_object_get(made, "user")), &id));
	json_decref(made);
	return id;
}

static void
start(void)
{
	struct office_stage *s = &stage_off;

	*s = (struct office_stage){ .status = 0 };
	world_start(&s->w);
	s->user = user_new("Ada", "RES");
	dev_start(&s->amina, &s->w, user_new("Amina", "ADV"), DEVICE_ACTIVE);
	dev_start(&s->bryn, &s->w, user_new("Bryn", "ADV"), DEVICE_PENDING);
	s->person = dev_person(&s->amina, "Betty");
	s->of_case = dev_case(&s->amina, s->person);
	s->note = dev_note(&s->amina, s->of_case, "She wants to go home.");
	dev_sync(&s->amina);
	/* The devices' entries, which enrolment would have made. */
	world_forget_users(&s->w);
}

static void
open_office(void)
{
	struct office_stage *s = &stage_off;
	const struct engine_options o = { .data = s->w.folder.path,
		.key = &s->w.key };
	struct err e;

	if (s->w.g != NULL)
		engine_close(s->w.g);
	s->w.g = NULL;
	assert_ok(engine_open(&o, &s->w.g, &e), &e);
	engine_on_reply(s->w.g, on_reply, NULL);
}

/* While things are prepared the devices read their answers. */
static void
open_first(void)
{
	open_office();
	if (stage_off.kept.disk == NULL)
		world_reply(&stage_off.w);
}

static void
shut(void)
{
	if (stage_off.w.g != NULL)
		engine_close(stage_off.w.g);
	stage_off.w.g = NULL;
}

static void
keep(void)
{
	folder_keep_as_is(&stage_off.kept, stage_off.w.folder.path);
}

static void
restore(void)
{
	folder_restore(&stage_off.kept, stage_off.w.folder.path);
}

static const char *
folder(void)
{
	return stage_off.w.folder.path;
}

static void
end(void)
{
	struct office_stage *s = &stage_off;

	dev_end(&s->amina);
	dev_end(&s->bryn);
	json_decref(s->body);
	folder_forget(&s->kept);
	s->w.is_unchecked = true;
	open_office(); /* world_end closes it */
	world_end(&s->w);
}

/* ---- what can be seen of it ---- */

static void
tell(struct buf *out, const char *what, json_t *answer)
{
	struct err e;

	(void)buf_printf(out, "%s ", what);
	assert_ok(json_print(answer, out, &e), &e);
	(void)buf_add_char(out, '\n');
	json_decref(answer);
}

static void
tell_record(struct buf *out, const char *type, struct id id)
{
	json_t *shown = stage_command(json_pack("{s:s, s:s, s:s}", "do",
	    "record show", "type", type, "id", id_print(id).s));

	/* One that is sent again is received again. */
	(void)json_object_del(shown, "receipt");
	tell(out, type, shown);
}

static void
state(struct buf *out)
{
	static const char *const lists[] = { "user list", "conflict list",
		"held list", "conflict limits", "access show", "dual list" };
	static const char *const types[] = { "person", "case", "note" };
	struct office_stage *s = &stage_off;
	const bool was_open = s->w.g != NULL;
	json_t *result = NULL;
	struct err e;

	if (!was_open)
		open_office();
	assert_ok(engine_verify(s->w.g, &result, &e), &e);
	if (!json_is_true(json_object_get(result, "ok")))
		(void)buf_printf(out, "BAD it does not add up: %s\n",
		    json_string_value(json_object_get(result, "first_bad")));
	(void)buf_printf(out, "head %lld\n",
	    (long long)json_integer_value(json_object_get(result, "seq")));
	json_decref(result);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		tell(out, lists[i],
		    stage_command(json_pack("{s:s}", "do", lists[i])));
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		tell(out, types[i],
		    stage_command(json_pack(
		        "{s:s, s:s}", "do", "record list", "type", types[i])));
	tell_record(out, "person", s->person);
	tell_record(out, "note", s->note);
	if (!was_open)
		shut();
}

static void
nothing(void)
{
}

#define OFFICE                                                                 \
	.start = start, .end = end, .keep = keep, .restore = restore,          \
	.folder = folder, .shut = shut, .state = state, .errors = OTHERS

const struct torture_stage engine_is_open = { OFFICE, .open = open_first,
	.is_open = true };
const struct torture_stage engine_is_closed = { OFFICE, .open = nothing };
