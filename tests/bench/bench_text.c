/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rule is a list of choices; a choice is text in which a capital letter
 * stands for another rule.  Proper names and "I" are therefore spelt in the
 * rules with a marker: '^' makes the next letter a capital.
 */
#include "tests/bench/bench_text.h"

#include <ctype.h>
#include <string.h>

#define RULE(...)                                                              \
	(const char *const[])                                                  \
	{                                                                      \
		__VA_ARGS__, NULL                                              \
	}

static const char *const *const rules[26] = {
	/* Sentences. */
	['S' - 'A'] = RULE("P V O T.", "P V O because P V O.", "T P V O.",
	    "P V that P V O.", "when P V O, P V O.", "P V O, but P V O T.",
	    "P V O and V O.", "although P V O, P F O T.", "P F O.",
	    "G N is M, and P V O T.", "G N was M T.", "P F O; P V O T.",
	    "before lunch P V O, and T P V O.", "the N C is M.",
	    "^i asked whether P F O.", "P V O: \"W\"."),
	/* People. */
	['P' - 'A'] = RULE("she", "he", "^mrs K", "^mr K", "his daughter",
	    "her brother", "the manager", "a care worker called K", "^i",
	    "the night staff", "her key worker", "the social worker",
	    "^nurse K", "the neighbour across the landing", "his son",
	    "the cook", "the physiotherapist", "one of the residents",
	    "the deputy manager", "her granddaughter", "his old friend K",
	    "the receptionist", "the bank nurse", "the gardener",
	    "somebody from the council", "the chaplain", "^dr K"),
	['K' - 'A'] = RULE("^ashworth", "^bennett", "^caradog", "^dhillon",
	    "^eccles", "^farrow", "^garside", "^hughes", "^ibrahim", "^jessop",
	    "^kowalska", "^lomax", "^mbeki", "^nuttall", "^okafor",
	    "^pritchard", "^quinn", "^rowlands", "^singh", "^tattersall",
	    "^umar", "^vickers", "^whitworth", "^yates", "^zielinska",
	    "^barlow", "^clegg", "^dyson", "^entwistle"),
	/* What they do. */
	['V' - 'A'] = RULE("wants", "asked for", "showed me", "pointed at",
	    "remembers", "described", "talked about", "did not mention",
	    "put away", "brought", "read out", "wrote down", "laughed about",
	    "would not discuss", "agreed to", "worried about", "explained",
	    "had forgotten", "went back to", "looked for", "refused",
	    "was pleased with", "complained about", "kept", "counted",
	    "had been promised", "could not find", "thanked me for",
	    "shook a fist at", "waited for"),
	['F' - 'A'] = RULE("would like", "might lose", "could have",
	    "should be offered", "can do without", "will ask for",
	    "must not be kept from", "is used to", "never had",
	    "has given up on", "may need", "is entitled to", "used to enjoy",
	    "cannot reach", "no longer trusts", "has every right to"),
	/* Things. */
	['O' - 'A'] = RULE("D N", "D A N", "D N X", "D A N X", "D N and D N",
	    "D N instead of D N", "E of D N", "D N that P V"),
	['D' - 'A'] = RULE("the", "a", "his", "her", "that", "their", "one",
	    "another", "no", "every", "this", "some"),
	['A' - 'A'] = RULE("quiet", "blue", "broken", "second", "usual",
	    "heavy", "clean", "missing", "borrowed", "cold", "weekly",
	    "private", "wrong", "older", "wooden", "promised", "new",
	    "half-finished", "locked", "careful", "shared", "narrow",
	    "familiar", "hot", "late", "Sunday", "unopened", "small"),
	['N' - 'A'] = RULE("bath", "window", "bus pass", "care plan", "radio",
	    "bedroom", "letter", "garden", "hearing aid", "wheelchair",
	    "phone call", "door", "breakfast", "chapel", "medicine", "cardigan",
	    "assessment", "photograph", "review meeting", "kettle", "key",
	    "purse", "lift", "dining room", "walking frame", "tablet",
	    "allotment", "piano", "newspaper", "haircut", "cat",
	    "choir practice", "bank card", "birthday card", "corridor light",
	    "form", "diary", "suitcase", "pair of glasses", "tenancy", "outing",
	    "appointment", "blanket", "complaint", "television"),
	['C' - 'A'] = RULE("by the stairs", "on the first floor",
	    "in the lounge", "at the end of the hall", "behind reception",
	    "next to the laundry", "in room 14", "near the office",
	    "over the road", "in the old wing"),
	['X' - 'A'] = RULE("C", "from home", "of last spring",
	    "with the red label", "for the winter", "without a lock",
	    "that nobody had dated", "in a carrier bag", "under the bed",
	    "from the hospital", "for two people"),
	['E' - 'A'] = RULE("a copy", "the sound", "the rest", "a picture",
	    "the cost", "the smell", "the loss", "the promise", "half"),
	['T' - 'A'] = RULE("on ^tuesday", "this morning", "after tea",
	    "for the third time", "since H", "in H", "again", "at night",
	    "more than once", "before ^i arrived", "without being asked",
	    "until the weekend", "for nearly an hour", "as always",
	    "in front of the others", "on the way out", "twice a week"),
	['H' - 'A'] = RULE("^january", "^february", "^march", "^april", "^may",
	    "^june", "^july", "^august", "^september", "^october", "^november",
	    "^december"),
	['G' - 'A'] = RULE("the", "his", "her", "their"),
	['M' - 'A'] = RULE("too far away", "not what was agreed",
	    "better than it was", "kept in the office", "out of reach",
	    "still to be decided", "worth asking about", "mended",
	    "never explained", "written in small print", "nobody's business",
	    "on the wrong side of the bed", "as good as new"),
	['W' - 'A'] = RULE("^i am not finished yet", "ask me, not him",
	    "it was never about the money", "you write that down",
	    "^i would sooner walk", "nobody knocks", "that is my chair",
	    "let them come and see", "^i have said it before",
	    "leave the door open", "they mean well"),
};

/* The rule that the capital at text stands for, or NULL: it is a letter of a
 * word, or no capital. */
static const char *const *
rule_at(const char *text)
{
	if (*text < 'A' || *text > 'Z' || isalpha((unsigned char)text[1]))
		return NULL;
	return rules[*text - 'A'];
}

static void
expand(struct rng *r, const char *text, struct buf *out)
{
	for (; *text != '\0'; text++) {
		const char *const *choices = rule_at(text);
		size_t n = 0;

		if (choices != NULL) {
			while (choices[n] != NULL)
				n++;
			expand(r, choices[rng_below(r, n)], out);
		} else if (*text == '^') {
			text++;
			(void)buf_add_char(
			    out, (char)toupper((unsigned char)*text));
		} else {
			(void)buf_add_char(out, *text);
		}
	}
}

void
bench_sentence(struct rng *r, struct buf *out)
{
	size_t start = out->len;

	expand(r, "S", out);
	if (out->len > start)
		out->ptr[start] = (char)toupper((unsigned char)out->ptr[start]);
}

void
bench_story(struct rng *r, size_t len, struct buf *out)
{
	size_t start = out->len;
	uint64_t left = 3 + rng_below(r, 4);

	while (out->len - start < len) {
		if (out->len > start && left == 0)
			left = 3 + rng_below(r, 4);
		else if (out->len > start)
			(void)buf_add_char(out, ' ');
		bench_sentence(r, out);
		if (--left == 0)
			(void)buf_add_str(out, "\n\n");
	}
}
