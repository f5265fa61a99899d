/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/coresim/world.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "schema/schema_bundle.h"
#include "tests/coresim/kinds.h"
#include "tests/coresim/record_state.h"
#include "tests/coresim/seam.h"

struct beginning beginning;

/* 2026-11-21: when every schedule begins. */
#define BEGIN_MS UINT64_C(1795219200000)

unsigned
user_of(unsigned slot)
{
	if (slot >= DEVICES_MAX)
		return USERS - 1;
	if (slot == 3)
		return 0;
	return slot < 3 ? slot : (slot - 1) % (USERS - ADMINS);
}

const char *
user_name(unsigned user)
{
	static const char *const names[USERS] = { "Miriam", "Gareth", "Ama",
		"Lena", "Samuel", "Iris", "Tom", "Ruth" };

	return names[user];
}

struct id
numbered_id(uint64_t dice, unsigned number)
{
	uint8_t random[10];

	memcpy(random, &dice, sizeof(dice));
	random[8] = (uint8_t)(number >> 8);
	random[9] = (uint8_t)number;
	return id_make(BEGIN_MS, random);
}

void
violation(struct world *w, const char *invariant, const char *fmt, ...)
{
	char text[500];
	va_list list;

	if (w->is_violated)
		return;
	va_start(list, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, list);
	va_end(list);
	w->is_violated = true;
	(void)snprintf(
	    w->violation, sizeof(w->violation), "%s: %s", invariant, text);
	HAPPENED(w, 99, 0, "VIOLATION %s", w->violation);
}

void
count_fault(struct world *w, enum fault f)
{
	w->counts.faults[f]++;
	world_note(w, 200 + f, w->now_ms);
}

void
count_event(struct world *w, enum event e)
{
	w->counts.events[e]++;
	world_note(w, 300 + e, w->now_ms);
}

void
world_note(struct world *w, uint64_t a, uint64_t b)
{
	w->trace.hash = seam_mix_number(
	    seam_mix_number(seam_mix_number(w->trace.hash, a), b), w->now_ms);
}

void
world_say(struct world *w, const char *fmt, ...)
{
	va_list list;

	(void)fprintf(w->trace.story, "%12.3f  ",
	    (double)(w->now_ms - BEGIN_MS) / 1000.0);
	va_start(list, fmt);
	(void)vfprintf(w->trace.story, fmt, list);
	va_end(list);
	(void)fprintf(w->trace.story, "\n");
}

/* ---- the beginning ---- */

struct opening {
	const char *type, *path;
	const char *text; /* NULL: the id below */
	const struct id *ref;
};

/* A record of one value that an office has written before. */
static const struct state *
record_begin(unsigned number, struct id id, const struct opening *o)
{
	struct world w = { .now_ms = BEGIN_MS };
	const struct change_base none = { 0 };
	const struct apply_context ctx = { .schema = beginning.schema,
		.version = { 1, number + 1 },
		.now_ms = BEGIN_MS,
		.by_office = true };
	const uint8_t salt[CHANGE_SALT_LEN] = { 1 };
	struct state *s = calloc(1, sizeof(*s));
	struct apply_result result = { .kind = OUTCOME_HELD };
	json_t *value = o->text != NULL ? json_string(o->text)
	                                : json_string(id_print(*o->ref).s);
	struct change c;
	struct err e = { 0 };

	(void)w;
	change_init(&c);
	c.device = numbered_id(1, BEGINNING_DEVICE);
	c.counter = number + 1;
	c.author = beginning.users[USERS - 1];
	c.made_at = BEGIN_MS;
	c.record = id;
	(void)snprintf(c.type, sizeof(c.type), "%s", o->type);
	if (s == NULL || value == NULL ||
	    change_add_op(&c, o->path, &none, NULL, value, salt, &e) !=
	        ERR_OK ||
	    record_init(&s->r, id, o->type, c.author, &e) != ERR_OK ||
	    apply_change(&s->r, &c, &ctx, &result, &e) != ERR_OK ||
	    result.kind == OUTCOME_HELD) {
		(void)fprintf(stderr, "the first %s: %s %s\n", o->type, e.msg,
		    result.reason);
		free(s);
		s = NULL;
	}
	change_fini(&c);
	json_decref(value);
	return s;
}

bool
beginning_make(void)
{
	static const char *const people[CASES] = { "Samuel Okafor",
		"Edith Wray", "Owen Price" };
	struct rng dice = rng_make(1);
	struct beginning *b = &beginning;
	struct err e = { 0 };
	unsigned n = 0;

	if (schema_parse(schema_bundle_bytes, schema_bundle_len, &b->schema,
	        &e) != ERR_OK) {
		(void)fprintf(stderr, "the schema: %s\n", e.msg);
		return false;
	}
	b->office = numbered_id(rng_next(&dice), 0xffff);
	for (unsigned i = 0; i < USERS; i++)
		b->users[i] = numbered_id(rng_next(&dice), 0xff00 + i);
	for (unsigned i = 0; i < IDENTITIES_MAX; i++)
		b->identities[i] = numbered_id(rng_next(&dice), i);
	b->site = numbered_id(rng_next(&dice), n);
	b->first[n] = record_begin(
	    n, b->site, &(struct opening){ "site", "name", "Rosehill", NULL });
	n++;
	for (unsigned k = 0; k < CASES; k++, n++) {
		b->people[k] = numbered_id(rng_next(&dice), n);
		b->first[n] = record_begin(n, b->people[k],
		    &(struct opening){
		        "person", "full_name", people[k], NULL });
	}
	for (unsigned k = 0; k < CASES; k++, n++) {
		b->cases[k] = numbered_id(rng_next(&dice), n);
		b->first[n] = record_begin(n, b->cases[k],
		    &(struct opening){ "case", "person", NULL, &b->people[k] });
	}
	for (unsigned i = 0; i < FIRST_RECORDS; i++)
		if (b->first[i] == NULL)
			return false;
	/* Everybody has the first case, and some have others. */
	for (unsigned u = 0; u < USERS; u++)
		for (unsigned k = 0; k < CASES; k++)
			b->grants[u][k] = k == 0 || (u + k) % 2 == 0;
	return true;
}

void
beginning_free(void)
{
	for (unsigned i = 0; i < FIRST_RECORDS; i++) {
		struct state *s = (struct state *)(uintptr_t)beginning.first[i];

		if (s != NULL)
			record_fini(&s->r);
		free(s);
	}
	schema_free(beginning.schema);
}
