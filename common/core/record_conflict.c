/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "common/core/path.h"
#include "common/core/record_int.h"
#include "common/core/value.h"
#include "common/sys/json.h"

static const char *const kind_words[] = { [CONFLICT_ASK] = "ask",
	[CONFLICT_BESIDE] = "beside",
	[CONFLICT_NOTICE] = "notice",
	[CONFLICT_REVIEW] = "review" };
static const char *const owner_words[] = { [OWNER_AUTHOR] = "author",
	[OWNER_SENIOR] = "senior",
	[OWNER_ADMINISTRATOR] = "administrator" };

const char *
conflict_kind_word(enum conflict_kind kind)
{
	return kind_words[kind];
}

const char *
conflict_owner_word(enum conflict_owner owner)
{
	return owner_words[owner];
}

bool
conflict_is_open(const struct conflict *c)
{
	for (size_t i = 0; i < c->n_sides; i++)
		if (c->sides[i].is_open)
			return true;
	return false;
}

void
conflict_key_print(char key[static 60], struct id device, uint64_t counter)
{
	struct id_text text = id_print(device);

	(void)snprintf(key, 60, "%s/%llu", text.s, (unsigned long long)counter);
}

uint64_t
conflict_key_counter(const char *key, struct id device)
{
	const struct id_text text = id_print(device);
	const size_t len = strlen(text.s);

	if (strncmp(key, text.s, len) != 0 || key[len] != '/')
		return 0;
	return strtoull(key + len + 1, NULL, 10);
}

bool
record_is_lost_removal(
    const struct record *r, const char *path, const struct setter *s)
{
	for (size_t i = 0; i < r->n_conflicts; i++) {
		const struct conflict *c = &r->conflicts[i];

		for (size_t k = 0; strcmp(c->path, path) == 0 && k < c->n_sides;
		     k++)
			if (c->sides[k].value == NULL &&
			    (version_compare(c->sides[k].version, s->version) ==
			            0 ||
			        (id_equal(c->sides[k].device, s->device) &&
			            c->sides[k].counter == s->counter)))
				return true;
	}
	return false;
}

void
conflict_fini(struct conflict *c)
{
	for (size_t i = 0; i < c->n_sides; i++)
		json_decref(c->sides[i].value);
	free(c->sides);
	free(c->path);
	json_decref(c->ancestor);
	json_decref(c->decisions);
	*c = (struct conflict){ 0 };
}

enum err_code
conflict_copy(const struct conflict *c, struct conflict *out, struct err *e)
{
	struct conflict copy = *c;

	copy.path = strdup(c->path);
	copy.sides = calloc(c->n_sides + 1, sizeof(*copy.sides));
	/* Decisions are appended to, so their list is not shared. */
	copy.decisions =
	    c->decisions == NULL ? NULL : json_copy_all(c->decisions);
	if (copy.path == NULL || copy.sides == NULL ||
	    (c->decisions != NULL && copy.decisions == NULL)) {
		free(copy.path);
		free(copy.sides);
		json_decref(copy.decisions);
		return value_no_memory(e);
	}
	copy.ancestor = value_share(c->ancestor);
	for (size_t i = 0; i < c->n_sides; i++) {
		copy.sides[i] = c->sides[i];
		copy.sides[i].value = value_share(c->sides[i].value);
	}
	*out = copy;
	return ERR_OK;
}

const struct conflict *
record_conflict(const struct record *r, struct id id)
{
	for (size_t i = 0; i < r->n_conflicts; i++)
		if (id_equal(r->conflicts[i].id, id))
			return &r->conflicts[i];
	return NULL;
}

const struct conflict *
record_open_conflict(const struct record *r, const char *path)
{
	for (size_t i = 0; i < r->n_conflicts; i++)
		if (strcmp(r->conflicts[i].path, path) == 0 &&
		    conflict_is_open(&r->conflicts[i]))
			return &r->conflicts[i];
	return NULL;
}

enum err_code
record_conflict_make(struct record *r, struct id id, const char *path,
    struct conflict **out, struct err *e)
{
	struct conflict *grown;
	char *copy = strdup(path);
	size_t i;

	grown = copy == NULL
	    ? NULL
	    : reallocarray(r->conflicts, r->n_conflicts + 1, sizeof(*grown));
	if (grown == NULL) {
		free(copy);
		return value_no_memory(e);
	}
	r->conflicts = grown;
	for (i = r->n_conflicts;
	     i > 0 && memcmp(id.b, grown[i - 1].id.b, ID_LEN) < 0; i--)
		grown[i] = grown[i - 1];
	grown[i] = (struct conflict){ .id = id, .path = copy };
	r->n_conflicts++;
	*out = &grown[i];
	return ERR_OK;
}

enum err_code
conflict_side_add(
    struct conflict *c, const struct conflict_side *side, struct err *e)
{
	struct conflict_side *grown =
	    reallocarray(c->sides, c->n_sides + 1, sizeof(*grown));

	if (grown == NULL)
		return value_no_memory(e);
	c->sides = grown;
	grown += c->n_sides++;
	*grown = *side;
	grown->value = value_share(side->value);
	conflict_key_print(grown->key, side->device, side->counter);
	return ERR_OK;
}
