/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Others' work that a restored office has lost: it is offered before what the
 * office tells takes its place, and stays in view.
 */
#include "tests/support/check.h"

#include "common/core/apply.h"
#include "common/store/store_int.h"
#include "tests/support/device.h"
#include "tests/support/small_office.h"

/* Nia has pulled what Idris wrote: another name, and another person. */
struct scene {
	struct small_office *office;
	struct device nia, idris;
	struct id betty, carwyn;
	json_t *backup; /* the person as the office had her before */
	uint64_t own;   /* Nia's last change in it */
};

static void
back_up(struct scene *s)
{
	struct err e;

	json_decref(s->backup);
	assert_ok(record_to_json(
	              small_office_record(s->office, s->betty), &s->backup, &e),
	    &e);
}

static void
scene_start(struct scene *s)
{
	*s = (struct scene){ .own = 1 };
	s->office = small_office_new();
	device_start(s->office, "Nia", &s->nia);
	device_start(s->office, "Idris", &s->idris);
	s->betty = device_new_person(&s->nia, "Betty");
	small_office_sync(s->office, s->nia.store);
	small_office_sync(s->office, s->idris.store);
	back_up(s);
	device_edit_text(&s->idris, s->betty, "full_name", "Betty Ann");
	s->carwyn = device_new_person(&s->idris, "Carwyn");
	small_office_sync(s->office, s->idris.store);
	small_office_sync(s->office, s->nia.store);
	assert_device_shows(&s->nia, s->betty, "full_name", "Betty Ann");
}

static void
scene_end(struct scene *s)
{
	json_decref(s->backup);
	device_end(&s->nia);
	device_end(&s->idris);
	small_office_free(s->office);
}

/* The office answers Nia from its backup, whole, with an outcome if there is
 * one; how many proposals came of it. */
static size_t
hear(struct scene *s, const struct outcome *outcome)
{
	struct sync_progress p;
	struct sync_answer a;
	struct page_entry *entry;
	struct err e;

	sync_answer_init(&a);
	a.epoch = 2;
	a.has_cursor = a.is_last = true;
	a.cursor = (struct cursor){ .epoch = 2, .floor = 1, .position = 1 };
	entry = calloc(1, sizeof(*entry));
	assert_non_null(entry);
	a.page = entry;
	a.n_page = 1;
	entry->record = s->betty;
	entry->whole = json_incref(s->backup);
	entry->scopes = json_pack("[s]", "all");
	entry->own = s->own;
	if (outcome != NULL) {
		a.outcomes = calloc(1, sizeof(*a.outcomes));
		assert_non_null(a.outcomes);
		a.outcomes[0] = *outcome;
		a.n_outcomes = 1;
	}
	assert_ok(device_store_sync_answer(s->nia.store, &a, 0, 0, &p, &e), &e);
	sync_answer_fini(&a);
	return p.proposed;
}

/* What Nia's device sends next. */
static struct sync_request
next_request(struct scene *s)
{
	struct sync_request r;
	struct err e;

	sync_request_init(&r);
	assert_ok(device_store_sync_request(s->nia.store, true, &r, &e), &e);
	return r;
}

static void
what_others_wrote_and_the_office_lost_is_offered_and_stays(void **state)
{
	struct sync_request r;
	struct scene s;

	(void)state;
	scene_start(&s);
	assert_int_equal(hear(&s, NULL), 2);
	assert_device_shows(&s.nia, s.betty, "full_name", "Betty Ann");
	assert_device_shows(&s.nia, s.carwyn, "full_name", "Carwyn");
	assert_device_verifies(&s.nia, 3);
	/* Until a receipt covers it the office does not have it. */
	assert_int_equal(
	    device_transport_of(&s.nia, s.carwyn), TRANSPORT_DEVICE);
	assert_int_equal(
	    device_transport_of(&s.nia, s.betty), TRANSPORT_DEVICE);
	r = next_request(&s);
	assert_int_equal(r.n_batches, 1);
	assert_int_equal(r.batches[0].n_changes, 3);
	for (size_t i = 1; i < 3; i++) {
		const struct change *c = &r.batches[0].changes[i];
		const json_t *of = json_object_get(c->extra, "proposal");

		assert_string_equal(
		    json_string_value(json_object_get(of, "device")),
		    id_print(s.idris.identity.device).s);
		assert_true(id_equal(c->author, s.idris.identity.user));
	}
	sync_request_fini(&r);
	/* Told again, it is not offered again. */
	assert_int_equal(hear(&s, NULL), 0);
	assert_device_verifies(&s.nia, 3);
	scene_end(&s);
}

static void
what_the_author_of_this_device_wrote_stays_too(void **state)
{
	struct scene s;
	struct id own, dilys;

	(void)state;
	scene_start(&s);
	own = device_new_person(&s.nia, "Eluned");
	small_office_sync(s.office, s.nia.store);
	dilys = device_new_person(&s.idris, "Dilys");
	small_office_sync(s.office, s.idris.store);
	small_office_sync(s.office, s.nia.store);
	assert_int_equal(hear(&s, NULL), 3);
	assert_device_shows(&s.nia, own, "full_name", "Eluned");
	assert_device_shows(&s.nia, dilys, "full_name", "Dilys");
	assert_device_shows(&s.nia, s.carwyn, "full_name", "Carwyn");
	assert_device_verifies(&s.nia, 5);
	scene_end(&s);
}

static void
what_the_office_has_after_all_and_does_not_tell_goes(void **state)
{
	struct outcome o = { .no = (uint64_t)1 << 32,
		.kind = OUTCOME_CLOSED,
		.reason = "replaced" };
	struct record_view v;
	struct scene s;
	struct err e;

	(void)state;
	scene_start(&s);
	assert_int_equal(hear(&s, NULL), 2);
	for (o.counter = 2; o.counter <= 3; o.counter++, o.no++)
		assert_int_equal(hear(&s, &o), 0);
	assert_int_equal(
	    device_store_get(s.nia.store, s.carwyn, &v, &e), ERR_NOTFOUND);
	assert_device_shows(&s.nia, s.betty, "full_name", "Betty Ann");
	assert_device_verifies(&s.nia, 3);
	scene_end(&s);
}

/* Nia's device was told of an erasure, by this entry of the log. */
static void
told_of_erasure(struct scene *s, struct version at)
{
	struct err e;

	assert_ok(db_exec(s->nia.store->db, &e,
	              "INSERT INTO erasure (epoch, seq, record, signed, sig)"
	              " VALUES (?, ?, ?, x'00', x'00')",
	              "iid", (int64_t)at.epoch, (int64_t)at.seq, s->betty),
	    &e);
}

/* What the office erases sets the path as a change would; an office that was
 * restored has lost that too, and erases again by itself. */
static void
an_erasure_is_not_offered_and_a_change_beside_it_is(void **state)
{
	struct version at;
	struct scene s;

	(void)state;
	for (int is_it = 0; is_it < 2; is_it++) {
		scene_start(&s);
		at = record_path_version(
		    small_office_record(s.office, s.betty), "full_name");
		at.seq += is_it == 0 ? 1 : 0;
		told_of_erasure(&s, at);
		/* The other person is offered in both. */
		assert_int_equal(hear(&s, NULL), is_it == 0 ? 2 : 1);
		assert_device_shows(&s.nia, s.betty, "full_name",
		    is_it == 0 ? "Betty Ann" : "Betty");
		scene_end(&s);
	}
}

/* The restored office has been sent Nia's next change, and nothing else. */
static void
restored_with(struct scene *s, const struct change *c)
{
	struct apply_context ctx = {
		.schema = device_store_schema(s->nia.store),
		.version = { .epoch = 2, .seq = 9 },
	};
	struct apply_result result;
	struct record r;
	struct err e;

	assert_ok(record_from_json(s->backup, &r, &e), &e);
	assert_ok(apply_change(&r, c, &ctx, &result, &e), &e);
	assert_int_equal(result.kind, OUTCOME_APPLIED);
	json_decref(s->backup);
	assert_ok(record_to_json(&r, &s->backup, &e), &e);
	record_fini(&r);
	s->own = c->counter;
}

static void
a_value_that_lost_to_another_is_not_seen_by_its_proposal(void **state)
{
	struct sync_request r;
	const struct change *c;
	struct scene s;

	(void)state;
	scene_start(&s);
	back_up(&s);
	device_edit_text(&s.nia, s.betty, "full_name", "Bet");
	device_edit_text(&s.idris, s.betty, "full_name", "Betty Jane");
	r = next_request(&s);
	small_office_sync(s.office, s.idris.store);
	small_office_sync(s.office, s.nia.store);
	restored_with(&s, &r.batches[0].changes[0]);
	sync_request_fini(&r);
	assert_int_equal(hear(&s, NULL), 2);
	r = next_request(&s);
	c = &r.batches[0].changes[r.batches[0].n_changes - 2];
	assert_string_equal(c->ops[0].path, "full_name");
	assert_string_equal(json_string_value(c->ops[0].now), "Betty Jane");
	assert_true(version_is_never(c->ops[0].base.seen));
	sync_request_fini(&r);
	scene_end(&s);
}

/* Her words stay readable, though the record that they change is not here any
 * more: they are a side beside what was proposed of it. */
static void
own_words_on_a_record_that_the_office_lost_stay_in_view(void **state)
{
	struct record_view v;
	struct scene s;
	struct err e;
	json_t *json;
	char *text;

	(void)state;
	scene_start(&s);
	device_edit_text(&s.nia, s.carwyn, "full_name", "Carwyn Wyn");
	(void)hear(&s, NULL);
	assert_ok(device_store_get(s.nia.store, s.carwyn, &v, &e), &e);
	assert_ok(record_to_json(&v.record, &json, &e), &e);
	text = json_dumps(json, 0);
	assert_non_null(text);
	assert_non_null(strstr(text, "Carwyn Wyn"));
	free(text);
	json_decref(json);
	record_view_fini(&v);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_others_wrote_and_the_office_lost_is_offered_and_stays),
		cmocka_unit_test(
		    what_the_author_of_this_device_wrote_stays_too),
		cmocka_unit_test(
		    what_the_office_has_after_all_and_does_not_tell_goes),
		cmocka_unit_test(
		    an_erasure_is_not_offered_and_a_change_beside_it_is),
		cmocka_unit_test(
		    a_value_that_lost_to_another_is_not_seen_by_its_proposal),
		cmocka_unit_test(
		    own_words_on_a_record_that_the_office_lost_stay_in_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
