/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_note.h"

#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench_text.h"

#define SHORTEST 600
#define LONGEST 1500
#define EDIT_SHORTEST 75
#define EDIT_LONGEST 95
/* A November morning; only the order of ids matters. */
#define FIRST_MS 1795000000000ULL

static const char *const modes[] = { "instructed", "instructed", "mixed",
	"non_instructed" };
static const char *const means[] = { "spoken_english", "gestures_expression",
	"needs_extra_time", "pictures_symbols", "easy_read", "lip_reading" };
static const char *const activities[] = { "listened",
	"supported_to_express_view", "gave_information", "explained_rights",
	"explored_options", "helped_prepare", "read_records",
	"consulted_others", "raised_concern" };
static const char *const concerns[] = { "no_concern", "no_concern",
	"no_concern", "unsure" };

#define PICK(r, list) (list)[rng_below(r, sizeof(list) / sizeof((list)[0]))]

struct id
bench_id(struct rng *r)
{
	uint8_t random[10];

	rng_bytes(r, random, sizeof(random));
	return id_make(FIRST_MS + rng_below(r, 86400000), random);
}

static void
put(json_t *doc, const char *name, json_t *value)
{
	if (json_object_set_new(doc, name, value) != 0)
		abort();
}

static json_t *
text_of(struct buf *b)
{
	json_t *text = json_stringn(b->ptr, b->len);

	buf_fini(b);
	return text;
}

/* A sorted set of one to three codes out of a list. */
static json_t *
some(struct rng *r, const char *const *list, size_t n)
{
	json_t *set = json_array();
	size_t want = 1 + rng_below(r, 3), left = n;

	for (size_t i = 0; i < n && want > 0; i++, left--)
		if (rng_below(r, left) < want) {
			if (json_array_append_new(set, json_string(list[i])) !=
			    0)
				abort();
			want--;
		}
	return set;
}

json_t *
bench_note(struct rng *r, const struct bench_note_of *of)
{
	json_t *doc = json_object();
	struct buf story;

	buf_init(&story, 65536);
	bench_story(
	    r, SHORTEST + rng_below(r, LONGEST - SHORTEST - 100), &story);
	put(doc, "case", json_string(id_print(of->of_case).s));
	put(doc, "visit", json_string(id_print(of->visit).s));
	put(doc, "author", json_string(id_print(of->author).s));
	put(doc, "template", json_string("care_home_visit"));
	put(doc, "template_version", json_integer(3));
	put(doc, "mode", json_string(PICK(r, modes)));
	put(doc, "seen_in_private", json_boolean(rng_below(r, 4) != 0));
	put(doc, "communication_used",
	    some(r, means, sizeof(means) / sizeof(means[0])));
	put(doc, "summary", text_of(&story));
	put(doc, "activities",
	    some(r, activities, sizeof(activities) / sizeof(activities[0])));
	put(doc, "safeguarding", json_string(PICK(r, concerns)));
	put(doc, "consent_change", json_string("none"));
	put(doc, "told_person", json_boolean(rng_below(r, 8) != 0));
	return doc;
}

/* Where a sentence begins, at or after the place, or the end of the text. */
static size_t
sentence_start(const char *text, unsigned where)
{
	size_t len = strlen(text);
	const char *at = strstr(text + len * where / 100, ". ");

	return at == NULL ? len : (size_t)(at - text) + 2;
}

json_t *
bench_note_edit(struct rng *r, const char *text, unsigned where)
{
	size_t at = sentence_start(text, where);
	struct buf sentence, whole;

	buf_init(&sentence, 4096);
	buf_init(&whole, 65536);
	do {
		buf_reset(&sentence);
		bench_sentence(r, &sentence);
	} while (sentence.len < EDIT_SHORTEST || sentence.len > EDIT_LONGEST);
	(void)buf_add(&whole, text, at);
	if (text[at] == '\0')
		(void)buf_add_char(&whole, ' ');
	(void)buf_add(&whole, sentence.ptr, sentence.len);
	if (text[at] != '\0')
		(void)buf_add_char(&whole, ' ');
	(void)buf_add_str(&whole, text + at);
	buf_fini(&sentence);
	return text_of(&whole);
}
