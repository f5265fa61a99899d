/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/engine_scene.h"

#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_dual.h"
#include "daemon/central/engine/engine_erase.h"
#include "tests/support/engine_file.h"
#include "tests/support/world_command.h"

static uint64_t
edit_name(struct dev *d, struct id person, const char *now)
{
	const struct record *r = dev_record(d, person);
	struct change_base base = { 0 };

	base.seen = record_related_version(r, "preferred_name");
	dev_begin(d, person, "person");
	dev_set_seen(d, "preferred_name", NULL, now, base);
	return dev_cut(d);
}

/* A command of visitbook-central's, which must go well; "user" of its answer,
 * if it has one. */
static struct id
tell(struct world *w, json_t *request)
{
	struct id user = { { 0 } };
	json_t *answer = world_done(w, request);

	(void)id_parse(
	    json_string_value(json_object_get(answer, "user")), &user);
	json_decref(answer);
	return user;
}

/* Two photos, sent. */
static void
files_come(struct scene *s, struct id of_case)
{
	static struct test_file f;

	for (int first = '1'; first <= '2'; first++) {
		struct id record;

		test_file_make(&f, (char)first, 1000);
		record = dev_attach(&s->a, of_case, &f);
		dev_sync(&s->a);
		dev_put_whole(&s->a, record, &f);
	}
}

/* Two acts proposed; one confirmed, one withdrawn. */
static void
two_act(struct scene *s, struct id one, struct id other)
{
	struct office_store *store = engine_store(s->w.g);
	struct dual_order order = {
		.actor = one, .act = "erase", .object = "x", .reason = "asked"
	};
	struct dual_decision how = { .actor = other };
	struct office_dual d;
	struct err e = { 0 };

	assert_ok(store_begin(store, &e), &e);
	assert_ok(engine_dual_propose(s->w.g, &order, &d, &e), &e);
	how.proposal = d.id;
	assert_ok(engine_dual_withdraw(s->w.g, &how, &d, &e), &e);
	order.act = "entered_in_error";
	assert_ok(engine_dual_propose(s->w.g, &order, &d, &e), &e);
	how.proposal = d.id;
	assert_ok(engine_dual_confirm(s->w.g, &how, &d, &e), &e);
	assert_ok(store_commit(store, &e), &e);
}

/* Words of two records erased, of one of them twice. */
static void
words_go(struct scene *s, struct id by, struct id person, struct id note)
{
	static const struct {
		int of;
		const char *path;
	} all[] = { { 0, "how_i_communicate" }, { 1, "summary" },
		{ 1, "views_not_found" } };
	struct office_store *store = engine_store(s->w.g);
	struct err e = { 0 };

	assert_ok(store_begin(store, &e), &e);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		json_t *paths = json_pack("[s]", all[i].path);
		const struct erase_order order = { .actor = by,
			.record = all[i].of == 0 ? person : note,
			.paths = paths };
		struct erasure z;
		uint64_t n;

		assert_ok(engine_erase(s->w.g, &order, &z, &n, &e), &e);
		erasure_fini(&z);
		json_decref(paths);
	}
	assert_ok(store_commit(store, &e), &e);
}

/* Colleagues, codes, commands. */
static void
people_come(struct scene *s, struct id person, struct id note)
{
	static const char *const names[] = { "Carys", "Dilys", "Eira" };
	struct id users[3];

	for (size_t i = 0; i < 3; i++)
		users[i] = tell(&s->w,
		    json_pack("{s:s, s:s, s:s}", "do", "user add", "name",
		        names[i], "role", "RES"));
	two_act(s, users[0], users[2]);
	words_go(s, users[2], person, note);
	(void)tell(
	    &s->w, json_pack("{s:s, s:s}", "do", "user end", "user", "Dilys"));
	for (size_t i = 0; i < 2; i++) {
		(void)tell(&s->w,
		    json_pack("{s:s, s:s, s:s}", "do", "device code", "user",
		        "Carys", "label", "laptop"));
		(void)tell(&s->w,
		    json_pack("{s:s, s:s, s:s}", "do", "device lock", "device",
		        id_print(s->a.id).s, "reason", "left on a train"));
	}
}

/* One that is whole, as far as the office tells. */
static void
backup(struct world *w)
{
	const struct id nobody = { { 0 } };
	struct office_store *s = engine_store(w->g);
	struct err e = { 0 };

	assert_ok(engine_backup_begin(w->g, nobody, "/backup.db", &e), &e);
	assert_ok(store_begin(s, &e), &e);
	assert_ok(store_backup_done(s, &e), &e);
	assert_ok(store_commit(s, &e), &e);
}

void
scene_start(struct scene *s)
{
	struct id person, of_case, note;
	struct office_saved saved;
	json_t *status = json_string("open");
	struct office_edit edits[] = { { .path = "status", .now = status } };
	struct office_save save = { .edits = edits, .n_edits = 1 };
	struct held_step step = { .counter = 2, .close = true, .reason = "no" };
	struct outcome o;
	struct err e = { 0 };

	world_start(&s->w);
	dev_start(&s->a, &s->w, world_user(&s->w, "Amina"), DEVICE_ACTIVE);
	dev_start(&s->b, &s->w, world_user(&s->w, "Bryn"), DEVICE_ACTIVE);
	dev_start(&s->p, &s->w, s->b.user, DEVICE_PENDING);
	person = dev_person(&s->a, "Betty");
	of_case = dev_case(&s->a, person);
	note = dev_note(&s->a, of_case, "Hers.");
	dev_sync(&s->a);
	world_grant_case(&s->w, s->b.user, of_case, false);
	dev_sync(&s->b);
	/* Both name the person: a conflict, and a merged value. */
	(void)edit_name(&s->a, person, "'Bets'");
	(void)edit_name(&s->b, person, "'Bet'");
	dev_sync(&s->a);
	dev_sync(&s->b);
	save.record = &of_case;
	assert_ok(engine_save(s->w.g, &save, &saved, &e), &e);
	(void)dev_person(&s->p, "Held.");
	dev_push(&s->p);
	/* One is held and closed. */
	dev_begin(&s->b, note, "note");
	s->b.open.author = s->a.user;
	dev_set(&s->b, "debrief", NULL, "'x'");
	(void)dev_cut(&s->b);
	dev_push(&s->b);
	step.device = s->b.id;
	assert_ok(store_begin(engine_store(s->w.g), &e), &e);
	assert_ok(engine_held(s->w.g, &step, &o, &e), &e);
	assert_ok(store_commit(engine_store(s->w.g), &e), &e);
	world_grant_case(&s->w, s->b.user, of_case, true);
	dev_sync(&s->b);
	files_come(s, of_case);
	backup(&s->w);
	people_come(s, person, note);
	world_forget_users(&s->w);
	json_decref(status);
}

void
scene_end(struct scene *s)
{
	dev_end(&s->a);
	dev_end(&s->b);
	dev_end(&s->p);
	world_end(&s->w);
}
