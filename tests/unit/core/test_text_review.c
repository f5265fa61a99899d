/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <string.h>

#include "common/base/buf.h"
#include "common/core/limits.h"
#include "common/core/text_guard.h"
#include "common/core/text_merge.h"
#include "tests/support/check_schema.h"

static struct text_merge_part
part(const char *s)
{
	return (struct text_merge_part){ s, strlen(s) };
}

/* Whether a merge, which has to be clean, is to be read; asked both ways. */
static bool
is_read_by(const struct text_guard *guard, const char *was, const char *ours,
    const char *theirs)
{
	struct text_merge_task one = { part(was), part(ours), part(theirs),
		guard };
	struct text_merge_task two = { part(was), part(theirs), part(ours),
		guard };
	struct text_merge_result a, b;
	struct buf out;
	struct err e = { 0 };

	buf_init(&out, LIMIT_TEXT_BYTES);
	assert_ok(text_merge(&one, &out, &a, &e), &e);
	if (!a.is_clean)
		fail_msg("does not merge: %s | %s", ours, theirs);
	assert_ok(text_merge(&two, &out, &b, &e), &e);
	assert_int_equal(a.review, b.review);
	buf_fini(&out);
	return a.review;
}

static bool
is_read(const char *was, const char *ours, const char *theirs)
{
	return is_read_by(schema_guard(the_schema), was, ours, theirs);
}

static void
a_word_of_weight_beside_the_others_edit_is_read(void **state)
{
	static const char was[] =
	    "She would like to go home to her sister on Sunday.\n"
	    "The garden is nice.\n";

	(void)state;
	assert_true(is_read(was,
	    "She would not like to go home to her sister on Sunday.\n"
	    "The garden is nice.\n",
	    "She would like to go home to her sister by train on Sunday.\n"
	    "The garden is nice.\n"));
	assert_false(is_read(was,
	    "She would love to go home to her sister on Sunday.\n"
	    "The garden is nice.\n",
	    "She would like to go home to her sister on Sunday by train.\n"
	    "The garden is nice.\n"));
	/* One side alone is what its author wrote. */
	assert_false(is_read("a", "not a", "a"));
}

static void
a_word_of_weight_that_stays_between_two_edits_is_read(void **state)
{
	(void)state;
	assert_true(is_read("He must not ring his family about the will.",
	    "He must not ring his children about the will.",
	    "He must not ring his family about the house."));
}

static void
what_one_turned_is_read_with_what_the_other_added_close_to_it(void **state)
{
	static const char was[] =
	    "The mark on his heel is fading and the dressing comes off soon.";

	(void)state;
	assert_true(is_read(was,
	    "The mark on his heel is spreading and the dressing comes off "
	    "soon.",
	    "The mark on his left heel is fading and the dressing comes off "
	    "soon."));
	/* Far from it, it was added to something else. */
	assert_false(is_read(was,
	    "The spot on his heel is fading and the dressing comes off soon.",
	    "The mark on his heel is fading and the dressing comes off soon "
	    "here."));
	/* What both only added, each may have said of the other's too. */
	assert_false(is_read("He paints a ship.", "He paints a big ship.",
	    "He still paints a ship."));
	assert_false(is_read("He hummed a hymn by the sea.",
	    "He hummed an old hymn by the sea.",
	    "He hummed a hymn by the grey sea."));
}

static void
a_word_beside_one_of_weight_weighs_as_much(void **state)
{
	static const char was[] =
	    "The order ends on 3 March. She objects. Tea.";

	(void)state;
	assert_true(
	    is_read(was, "The order ends on 13 March. She objects. Tea.",
	        "The order ends on 3 March. She strongly objects. Tea."));
	assert_false(
	    is_read(was, "The order ends on 13 March. She objects. Tea.",
	        "The order ends on 3 March. She objects. Hot tea."));
}

static void
a_word_of_weight_reaches_over_one_sentence_or_one_end_of_a_paragraph(
    void **state)
{
	static const char was[] = "It rained. We left. Tea came. We ate.";
	static const char ours[] =
	    "It rained. He refused. We left. Tea came. We ate.";

	(void)state;
	assert_true(
	    is_read(was, ours, "It poured. We left. Tea came. We ate."));
	assert_true(
	    is_read(was, ours, "It rained. We left. Tea came late. We ate."));
	assert_false(
	    is_read(was, ours, "It rained. We left. Tea came. We ate a lot."));
	/* Unless both changed what a list of weight is about. */
	assert_true(is_read(
	    was, ours, "It rained. We left. Tea came. We ate and he agreed."));
	/* What was put between two sentences is beside both. */
	assert_true(is_read(was,
	    "It rained. He refused. He never eats. We left. Tea came. We ate.",
	    "It rained. We left early. Tea came. We ate."));
	assert_true(is_read("He may walk.\n\nWe left.",
	    "He may not walk.\n\nWe left.", "He may walk.\n\nWe left early."));
	assert_false(is_read("He may walk.\n\nWe left.\n\nTea came.",
	    "He may not walk.\n\nWe left.\n\nTea came.",
	    "He may walk.\n\nWe left.\n\nTea came late."));
}

static void
two_words_of_weight_of_any_kinds_are_read_where_they_are_near(void **state)
{
	(void)state;
	assert_true(is_read("The dose is 2 ml. He hums. She waits for Monday.",
	    "The dose is 4 ml. He hums. She waits for Monday.",
	    "The dose is 2 ml. He hums. She waits for Friday."));
}

static void
another_number_matters_in_its_sentence_and_in_the_next(void **state)
{
	(void)state;
	assert_true(is_read("He slept for 4 hours in the chair.",
	    "He slept for 6 hours in the chair.",
	    "He slept for 4 hours in the big chair."));
	assert_true(is_read("Alf's tea is thickened to 2. He sips it.",
	    "Alf's tea is thickened to 4. He sips it.",
	    "Alf's tea is thickened to 2. He sips it from a beaker."));
	/* Not beyond it, nor in another paragraph, if only one changed them. */
	assert_false(is_read("We met at ten. It rained. The bus was late.",
	    "We met at nine. It rained. The bus was late.",
	    "We met at ten. It rained. The green bus was late."));
	assert_false(is_read("We met at ten.\n\nThe bus was late.",
	    "We met at nine.\n\nThe bus was late.",
	    "We met at ten.\n\nThe green bus was late."));
	assert_true(is_read("We met at ten. It rained. The bus came at 11.",
	    "We met at nine. It rained. The bus came at 11.",
	    "We met at ten. It rained. The bus came at 12."));
	/* A number that was only added says nothing else than before. */
	assert_false(is_read("We met at the bus. It was late.",
	    "We met two men at the bus. It was late.",
	    "We met at the bus. It was late again."));
}

static void
another_day_matters_and_a_day_more_where_both_changed_them(void **state)
{
	(void)state;
	assert_true(is_read("The van comes on Monday and leaves on Friday.",
	    "The van comes on Tuesday and leaves on Friday.",
	    "The van comes on Monday and leaves on Saturday."));
	assert_true(is_read("The van comes on Monday with bread and milk. It "
	                    "goes on from here.",
	    "The van comes on Tuesday with bread and milk. It goes on from "
	    "here.",
	    "The van comes on Monday with bread and milk. It goes on from "
	    "town."));
	/* Of one or of many, it is the same day. */
	assert_false(is_read("A van comes on Mondays to the yard behind the "
	                     "old house with bread.",
	    "A van comes on Monday to the yard behind the old house with "
	    "bread.",
	    "A van comes on Mondays to the yard behind the old house with "
	    "fresh "
	    "bread."));
	assert_true(is_read("A van comes on Mondays to the yard behind the old "
	                    "house with bread.",
	    "A van comes on Tuesday to the yard behind the old house with "
	    "bread.",
	    "A van comes on Mondays to the yard behind the old house with "
	    "fresh "
	    "bread."));
	assert_false(is_read("The van comes with bread and milk. It is red.",
	    "The van comes with bread and milk on Monday. It is red.",
	    "The van comes with bread and milk. It is bright red."));
	/* May is a month where no sentence begins. */
	assert_false(is_read("We went on a trip. It was warm.",
	    "We went on a trip in May. It was warm.",
	    "We went on a trip. It was very warm."));
}

static void
who_does_what_is_read_when_both_changed_it(void **state)
{
	(void)state;
	assert_true(is_read("Ruth told Peter about the ring on the shelf.",
	    "Ruth told Simon about the ring on the shelf.",
	    "Ruth told Peter about the watch on the shelf."));
	/* Whoever it is now may not have seen what the next sentence tells. */
	assert_true(is_read("I think the tea was cold. There was a draught.",
	    "Peter and Ruth think the tea was cold. There was a draught.",
	    "I think the tea was cold. There was a cold draught."));
	assert_true(is_read("The carer gave her the money on the stairs.",
	    "The carer took her the money on the stairs.",
	    "The carer gave her the ring on the stairs."));
}

static void
what_stands_beside_a_claim_is_read_when_the_other_made_it_another(void **state)
{
	static const char was[] = "The tea is hot. Ann pours.";

	(void)state;
	assert_true(is_read(was, "The tea is cold. Ann pours.",
	    "The tea is hot. Ann pours with gloves."));
	assert_true(is_read(was, "The tea is hot in there. Ann pours.",
	    "The tea is hot. Ann drinks."));
	assert_true(is_read("Kate comes. The bus was late.",
	    "Martin comes. The bus was late.",
	    "Kate comes. The bus was late again."));
	/* Not what was only added to, nor in another paragraph. */
	assert_false(is_read(was, "The tea is too hot. Ann pours.",
	    "The tea is hot. Ann pours with gloves."));
	assert_false(is_read("The tea is hot.\n\nAnn pours.",
	    "The tea is cold.\n\nAnn pours.",
	    "The tea is hot.\n\nAnn pours with gloves."));
}

static void
what_points_back_at_a_claim_is_read_with_a_sentence_between(void **state)
{
	static const char was[] = "The tea is hot. Ann pours. Bob saw this.";

	(void)state;
	assert_true(is_read(was, "The tea is cold. Ann pours. Bob saw this.",
	    "The tea is hot. Ann pours. Bob saw this himself."));
	assert_true(is_read("The tea is hot. Ann pours. Bob left.",
	    "The tea is cold. Ann pours. Bob left.",
	    "The tea is hot. Ann pours. Bob left because of that."));
	assert_true(is_read("The tea is hot. Ann pours. Bob left.",
	    "The tea is cold. Ann pours. Bob left.",
	    "The tea is hot. Ann pours. So it goes. Bob left."));
	assert_false(is_read("The tea is hot. Ann pours. Bob left.",
	    "The tea is cold. Ann pours. Bob left.",
	    "The tea is hot. Ann pours. Bob left by bus."));
	assert_false(is_read("This tea is hot. Ann pours. Bob left.",
	    "This tea is hot in there. Ann pours. Bob left.",
	    "This tea is hot. Ann pours. Bob went."));
	assert_false(is_read("The tea is hot.\n\nAnn pours. Bob saw this.",
	    "The tea is cold.\n\nAnn pours. Bob saw this.",
	    "The tea is hot.\n\nAnn pours. Bob saw this himself."));
}

static void
words_that_are_there_again_were_not_put_in_the_place_of_others(void **state)
{
	(void)state;
	assert_false(is_read("Roses were out. A robin sang.",
	    "Red roses were out. A robin sang.",
	    "Roses were out. A robin sang loudly."));
	assert_false(is_read("Red roses were out. A robin sang.",
	    "Roses were out. A robin sang.",
	    "Red roses were out. A robin sang loudly."));
	assert_false(is_read("The coordinator upto then sat. Rain came.",
	    "The co-ordinator up to then sat. Rain came.",
	    "The coordinator upto then sat. Heavy rain came."));
	assert_true(is_read("The coordinator sat. Rain came.",
	    "The co-ordinators sat. Rain came.",
	    "The coordinator sat. Rain came down."));
	/* A number or a word of weight that is cut otherwise is another. */
	assert_true(is_read("A bed in room 12 is free. Ann paints.",
	    "A bed in room 1-2 is free. Ann paints.",
	    "A bed in room 12 is free. Ann paints walls."));
	assert_true(is_read("He is notable here. Ann paints.",
	    "He is not able here. Ann paints.",
	    "He is notable here. Ann paints walls."));
}

static void
what_a_word_is_put_before_is_not_touched_itself(void **state)
{
	(void)state;
	/* A capital that becomes a small letter is all that "the" does. */
	assert_false(is_read("Capacity assessment is booked. Tea came.",
	    "The capacity assessment is booked. Tea came.",
	    "Capacity assessment is booked. Tea came late."));
	assert_false(is_read("Pain eased. Tea came.",
	    "Her pain eased. Tea came.", "Pain eased. Tea came late."));
	assert_false(is_read("She said thankyou. Tea came.",
	    "She said thank you. Tea came.",
	    "She said thankyou. Tea came late."));
	assert_true(is_read("Pain eased. Tea came.", "No pain eased. Tea came.",
	    "Pain eased. Tea came late."));
	assert_true(is_read("Pain eased. Tea came.",
	    "The itch eased. Tea came.", "Pain eased. Tea came late."));
}

static void
marks_capitals_slips_and_fuller_names_change_no_meaning(void **state)
{
	static const char was[] =
	    "the nurse Ann recieved two letters then left.";
	static const char theirs[] =
	    "the nurse Ann recieved two letters then never left.";

	(void)state;
	assert_false(is_read(
	    was, "The nurse Ann recieved two letters then left.", theirs));
	assert_false(is_read(
	    was, "the nurse Ann received two letters then left.", theirs));
	assert_false(is_read(
	    was, "the nurse Ann Lee recieved two letters then left.", theirs));
	assert_false(is_read(
	    was, "the nurse, Ann, recieved two letters then left.", theirs));
	/* Who is named agreed before, too. */
	assert_false(is_read("The manager agreed. It rained. We ate.",
	    "The manager, Mrs Hill, agreed. It rained. We ate.",
	    "The manager agreed. It rained. We ate late."));
	/* "The" that becomes "her" is nobody else. */
	assert_false(is_read("The view from the window is of a big park.",
	    "The view from her window is of a big park.",
	    "The view from the window is of a big grey park."));
	/* A letter doubled or out of its place is a slip, whatever the word. */
	assert_false(is_read("We sat there untill nine. Tea came.",
	    "We sat there until nine. Tea came.",
	    "We sat there untill nine. Tea came late."));
	/* Another slip of a word of weight may be none. */
	assert_true(is_read("He was seated by the door. Tea came.",
	    "He was sedated by the door. Tea came.",
	    "He was seated by the door. Tea came late."));
	assert_true(is_read("He can sit by the door now and then.",
	    "He can't sit by the door now and then.",
	    "He can sit by the old door now and then."));
}

static void
an_edit_that_both_made_is_nobodys_alone(void **state)
{
	(void)state;
	assert_false(is_read("He can go there by bus.",
	    "He cannot go there by bus.", "He cannot go there by bus."));
	assert_false(is_read("He can go. It is far. Take the bus.",
	    "He cannot go. It is far. Take the bus.",
	    "He cannot go. It is far. Take the old bus."));
}

static void
titles_end_no_sentence_and_lines_go_on_in_small_letters(void **state)
{
	(void)state;
	assert_true(is_read("We saw Mr. Hill in the hall by the stairs.",
	    "We never saw Mr. Hill in the hall by the stairs.",
	    "We saw Mr. Hill in the hall by the lift."));
	assert_true(is_read("We saw him in the hall\nof the house in May.",
	    "We never saw him in the hall\nof the house in May.",
	    "We saw him in the hall\nof the old house in May."));
}

static void
without_a_guard_every_word_weighs(void **state)
{
	(void)state;
	assert_true(
	    is_read_by(NULL, "a b c d e f", "A1 b c d e f", "a b c d e F1"));
	assert_false(
	    is_read_by(NULL, "a. b. c. d.", "a 1. b. c. d.", "a. b. c. d 1."));
}

static uint32_t
lists(const char *word, bool in_sentence)
{
	return text_guard_lists(
	    schema_guard(the_schema), word, strlen(word), in_sentence);
}

static void
words_of_weight_are_known_in_all_their_forms(void **state)
{
	static const char *const weighs[] = { "No", "didn't",
		"didn\xe2\x80\x99t", "2", "2.5mg", "Risky", "consented",
		"REFUSED", "medication", "abused", "unless", "eleven",
		"nurse's", "safeguarding", "CAPACITY", "ramipril", "Metformin",
		"promised", "left", "nodded" };
	static const char *const light[] = { "north", "garden", "note", "tent",
		"t", "", "walked", "house's", "\xc3\xa9t\xc3\xa9" };

	(void)state;
	for (size_t i = 0; i < sizeof(weighs) / sizeof(weighs[0]); i++)
		assert_true(lists(weighs[i], false) != 0);
	for (size_t i = 0; i < sizeof(light) / sizeof(light[0]); i++)
		assert_true(lists(light[i], true) == 0);
	/* A name is known by its capital, where no sentence begins. */
	assert_true(lists("Peter", true) != 0);
	assert_true(lists("Peter", false) == 0);
	assert_true(lists("Monday", true) != lists("Peter", true));
	assert_true(lists("May", true) != lists("May", false));
	assert_true(lists("April", true) == lists("Monday", true));
	/* Longer than any word of the lists. */
	assert_true(
	    lists("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	        true) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_word_of_weight_beside_the_others_edit_is_read),
		cmocka_unit_test(
		    a_word_of_weight_that_stays_between_two_edits_is_read),
		cmocka_unit_test(
		    what_one_turned_is_read_with_what_the_other_added_close_to_it),
		cmocka_unit_test(a_word_beside_one_of_weight_weighs_as_much),
		cmocka_unit_test(
		    a_word_of_weight_reaches_over_one_sentence_or_one_end_of_a_paragraph),
		cmocka_unit_test(
		    two_words_of_weight_of_any_kinds_are_read_where_they_are_near),
		cmocka_unit_test(
		    another_number_matters_in_its_sentence_and_in_the_next),
		cmocka_unit_test(
		    another_day_matters_and_a_day_more_where_both_changed_them),
		cmocka_unit_test(who_does_what_is_read_when_both_changed_it),
		cmocka_unit_test(
		    what_stands_beside_a_claim_is_read_when_the_other_made_it_another),
		cmocka_unit_test(
		    what_points_back_at_a_claim_is_read_with_a_sentence_between),
		cmocka_unit_test(
		    words_that_are_there_again_were_not_put_in_the_place_of_others),
		cmocka_unit_test(
		    what_a_word_is_put_before_is_not_touched_itself),
		cmocka_unit_test(
		    marks_capitals_slips_and_fuller_names_change_no_meaning),
		cmocka_unit_test(an_edit_that_both_made_is_nobodys_alone),
		cmocka_unit_test(
		    titles_end_no_sentence_and_lines_go_on_in_small_letters),
		cmocka_unit_test(without_a_guard_every_word_weighs),
		cmocka_unit_test(words_of_weight_are_known_in_all_their_forms),
	};

	return cmocka_run_group_tests(
	    tests, check_schema_set_up, check_schema_tear_down);
}
