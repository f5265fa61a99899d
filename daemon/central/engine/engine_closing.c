/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a held change was closed, in the words of who did.  They stand once, in
 * the audit entry that the closing's version names, and are told with it.
 */
#include "daemon/central/engine/engine_int.h"

#include <stdio.h>

#define CLOSING "held.close"

void
closing_object(const struct change_key *of, char out[static CLOSING_OBJECT_CAP])
{
	(void)snprintf(out, CLOSING_OBJECT_CAP, "%s/%llu",
	    id_print(of->device).s, (unsigned long long)of->counter);
}

/* The text that an audit entry has at a path, or "". */
static const char *
text_of(const struct change *c, const char *path)
{
	for (size_t i = 0; i < c->n_ops; i++)
		if (strcmp(c->ops[i].path, path) == 0 &&
		    json_is_string(c->ops[i].now))
			return json_string_value(c->ops[i].now);
	return "";
}

/* As much as fits, and no half of a character. */
static void
cut_words(const char *from, char out[static OUTCOME_WORDS_MAX])
{
	size_t len = strlen(from);

	if (len >= OUTCOME_WORDS_MAX) {
		len = OUTCOME_WORDS_MAX - 1;
		while (len > 0 && ((unsigned char)from[len] & 0xC0U) == 0x80U)
			len--;
	}
	memcpy(out, from, len);
	out[len] = '\0';
}

enum err_code
closing_words(struct engine *g, const struct change_key *of, struct version at,
    char out[static OUTCOME_WORDS_MAX], struct err *e)
{
	char object[CLOSING_OBJECT_CAP];
	struct log_entry entry;
	struct change c;
	enum err_code code = store_log_get(g->store, at.seq, &entry, e);

	if (code != ERR_OK)
		return code;
	if (entry.epoch != at.epoch || strcmp(entry.kind, "audit") != 0)
		return err_set(e, ERR_NOTFOUND, 0, "no audit entry");
	code = store_change_get(g->store, entry.device, entry.counter, &c, e);
	if (code != ERR_OK)
		return code;
	closing_object(of, object);
	if (strcmp(text_of(&c, "action"), CLOSING) != 0 ||
	    strcmp(text_of(&c, "object"), object) != 0)
		code = err_set(e, ERR_NOTFOUND, 0, "it says something else");
	else
		cut_words(text_of(&c, "reason"), out);
	change_fini(&c);
	return code;
}

enum err_code
closings_fill(struct engine *g, struct id device, struct outcome *list,
    size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct change_key of = { .device = device,
			.counter = list[i].counter };
		enum err_code code;

		if (list[i].kind != OUTCOME_CLOSED ||
		    version_is_never(list[i].version))
			continue;
		code = closing_words(g, &of, list[i].version, list[i].words, e);
		/* Verify finds that; the outcome is told all the same. */
		if (code != ERR_OK && code != ERR_NOTFOUND)
			return code;
	}
	return ERR_OK;
}
