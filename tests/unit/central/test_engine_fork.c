/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that are copies: what the office answers them, and what it makes of
 * the changes that they cut again under a new id.
 */
#include "tests/support/engine_world.h"

#include <string.h>

struct scene {
	struct world w;
	struct id user;
	struct dev d;
};

static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	s->user = world_user(&s->w, "Amina");
	dev_start(&s->d, &s->w, s->user, DEVICE_ACTIVE);
}

static void
scene_end(struct scene *s)
{
	dev_end(&s->d);
	world_end(&s->w);
}

/* The device becomes an old copy of itself: its journal ends here, and this
 * much of it is receipted. */
static void
put_back(struct dev *d, size_t n, uint64_t receipted)
{
	while (d->n_journal > n)
		change_fini(&d->journal[--d->n_journal]);
	d->receipted = receipted;
	d->outcome_no = receipted;
}

static void
assert_forked(const struct sync_answer *a)
{
	assert_true(a->has_refusal);
	assert_int_equal(a->refusal, WORD_FORKED);
	assert_true(a->pull_refused);
	assert_int_equal(a->pull_word, WORD_FORKED);
	assert_int_equal(a->n_page, 0);
	assert_int_equal(a->n_outcomes, 0);
	assert_false(a->has_cursor);
}

static void
an_old_copy_is_told_so_at_first_contact(void **state)
{
	struct sync_answer a;
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)dev_person(&s.d, "Betty");
	(void)dev_person(&s.d, "Dafydd");
	dev_sync(&s.d);
	put_back(&s.d, 1, 1);
	a = dev_ask(&s.d);
	assert_forked(&a);
	assert_int_equal(a.n_receipts, 0);
	sync_answer_fini(&a);
	/* One that has nothing at all is none the less. */
	put_back(&s.d, 0, 0);
	a = dev_ask(&s.d);
	assert_forked(&a);
	sync_answer_fini(&a);
	assert_int_equal(
	    world_number(&s.w, "SELECT count(*) FROM log WHERE kind = 'audit'"),
	    1);
	scene_end(&s);
}

static void
a_copy_gets_a_receipt_for_what_it_has_in_common(void **state)
{
	struct sync_answer a;
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)dev_person(&s.d, "Betty");
	(void)dev_person(&s.d, "Dafydd");
	(void)dev_person(&s.d, "Miriam");
	dev_push(&s.d);
	/* The copy was made before the receipt came; it wrote on twice. */
	put_back(&s.d, 2, 0);
	(void)dev_person(&s.d, "Jerome");
	(void)dev_person(&s.d, "Hong");
	a = dev_ask(&s.d);
	assert_forked(&a);
	assert_int_equal(a.n_receipts, 1);
	assert_int_equal(s.d.receipted, 2);
	sync_answer_fini(&a);
	/* One that wrote nothing since learns the same. */
	put_back(&s.d, 2, 1);
	a = dev_ask(&s.d);
	assert_forked(&a);
	assert_int_equal(a.n_receipts, 1);
	assert_int_equal(s.d.receipted, 2);
	sync_answer_fini(&a);
	scene_end(&s);
}

static void
the_twin_goes_on(void **state)
{
	struct sync_answer a;
	struct scene s;
	struct dev copy;

	(void)state;
	scene_start(&s);
	(void)dev_person(&s.d, "Betty");
	dev_sync(&s.d);
	copy = s.d; /* borrows; it writes nothing */
	(void)dev_person(&s.d, "Dafydd");
	dev_sync(&s.d);
	copy.w = &s.w;
	copy.n_journal = 1;
	a = dev_ask(&copy);
	assert_forked(&a);
	sync_answer_fini(&a);
	(void)dev_person(&s.d, "Miriam");
	dev_sync(&s.d);
	assert_int_equal(s.d.receipted, 3);
	scene_end(&s);
}

/* Begin the new device's change that repeats the old one's n-th. */
static void
begin_again(struct dev *d, const struct dev *old, uint64_t n)
{
	const struct change *c = &old->journal[n - 1];

	dev_begin(d, c->record, c->type);
	d->open.recut_device = old->id;
	d->open.recut_counter = n;
	d->open.recut_link = old->links[n - 1];
}

static void
what_is_cut_again_goes_on_from_before_the_fork(void **state)
{
	struct change_base base = { .own = 1 };
	struct scene s;
	struct dev again;
	struct id betty;

	(void)state;
	scene_start(&s);
	betty = dev_person(&s.d, "Betty");
	dev_push(&s.d);
	dev_begin(&s.d, betty, "person");
	dev_set_seen(&s.d, "full_name", "'Betty'", "'Betty Ann'", base);
	(void)dev_cut(&s.d);
	dev_start(&again, &s.w, s.user, DEVICE_PENDING);
	begin_again(&again, &s.d, 2);
	dev_set_seen(&again, "full_name", "'Betty'", "'Betty Ann'", base);
	(void)dev_cut(&again);
	/* It waits for the approval, and applies then: nobody else wrote. */
	dev_push(&again);
	assert_int_equal(dev_outcome(&again, 1)->kind, OUTCOME_HELD);
	assert_string_equal(dev_outcome(&again, 1)->reason, "pending_approval");
	world_device_state(&s.w, again.id, DEVICE_ACTIVE);
	dev_sync(&again);
	assert_int_equal(dev_outcome(&again, 1)->kind, OUTCOME_APPLIED);
	assert_string_equal(dev_text(&again, betty, "full_name"), "Betty Ann");
	/* Should the first form come after all, the other is no second one. */
	dev_sync(&s.d);
	assert_string_equal(dev_text(&s.d, betty, "full_name"), "Betty Ann");
	dev_end(&again);
	scene_end(&s);
}

static void
what_is_here_already_is_held_and_not_doubled(void **state)
{
	struct scene s;
	struct dev again;

	(void)state;
	scene_start(&s);
	(void)dev_person(&s.d, "Betty");
	dev_push(&s.d);
	dev_start(&again, &s.w, s.user, DEVICE_ACTIVE);
	begin_again(&again, &s.d, 1);
	dev_set(&again, "full_name", NULL, "'Betty'");
	(void)dev_cut(&again);
	dev_push(&again);
	assert_int_equal(dev_outcome(&again, 1)->kind, OUTCOME_HELD);
	assert_string_equal(dev_outcome(&again, 1)->reason, "here_already");
	dev_end(&again);
	scene_end(&s);
}

/* What a restored office has forgotten is asked for without a new change. */
static void
an_office_that_lacks_what_was_written_asks_for_it(void **state)
{
	struct sync_answer a;
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)dev_person(&s.d, "Betty");
	dev_push(&s.d);
	(void)dev_person(&s.d, "Dafydd");
	s.d.receipted = 2; /* by receipts that the office has lost */
	a = dev_ask(&s.d);
	assert_true(a.has_refusal);
	assert_int_equal(a.refusal, WORD_GAP);
	assert_int_equal(a.expect, 2);
	assert_int_equal(a.n_receipts, 1);
	assert_int_equal(a.receipts[0].counter, 1);
	sync_answer_fini(&a);
	s.d.receipted = 1;
	dev_sync(&s.d);
	assert_int_equal(s.d.receipted, 2);
	scene_end(&s);
}

/* Two copies of one device, one of whose journals a restored office took up:
 * what the other offers does not follow, so it may be the wrong one. */
static void
who_may_be_a_copy_is_told_nothing_of_the_journal_that_is_here(void **state)
{
	struct sync_answer a;
	struct scene s;

	(void)state;
	scene_start(&s);
	(void)dev_person(&s.d, "Betty");
	dev_push(&s.d);
	/* The twin: another first change, and a second one; the receipt for
	 * the first is of an epoch that is over. */
	put_back(&s.d, 0, 0);
	(void)dev_person(&s.d, "Dafydd");
	(void)dev_person(&s.d, "Miriam");
	s.d.receipted = 1;
	s.d.outcome_no = 0;
	(void)dev_person(&s.d, "Hong");
	s.d.receipted = 2;
	a = dev_ask(&s.d);
	assert_int_equal(a.refusal, WORD_GAP);
	assert_int_equal(a.expect, 2);
	assert_false(a.pull_refused);
	assert_false(a.has_cursor);
	assert_int_equal(a.n_page, 0);
	assert_int_equal(a.n_outcomes, 0);
	sync_answer_fini(&a);
	/* It sends from there, and is told. */
	s.d.receipted = 1;
	a = dev_ask(&s.d);
	assert_forked(&a);
	sync_answer_fini(&a);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_old_copy_is_told_so_at_first_contact),
		cmocka_unit_test(
		    a_copy_gets_a_receipt_for_what_it_has_in_common),
		cmocka_unit_test(the_twin_goes_on),
		cmocka_unit_test(
		    what_is_cut_again_goes_on_from_before_the_fork),
		cmocka_unit_test(what_is_here_already_is_held_and_not_doubled),
		cmocka_unit_test(
		    an_office_that_lacks_what_was_written_asks_for_it),
		cmocka_unit_test(
		    who_may_be_a_copy_is_told_nothing_of_the_journal_that_is_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
