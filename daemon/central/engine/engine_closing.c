/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a held change was closed, in the words of who did.  They stand once, in
 * the audit entry that the closing's version names, and are told with it: to
 * the device that wrote the change with its outcome, and to its author's other
 * devices, which never had it, with what it said; so too to the one that wrote
 * it, once the outcome is of an epoch that is over.
 */
#include "common/core/closing.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_page.h"

#include <stdio.h>

#define CLOSING "held.close"

void
closing_object(const struct change_key *of, char out[static CLOSING_OBJECT_CAP])
{
	(void)snprintf(out, CLOSING_OBJECT_CAP, "%s/%llu",
	    id_print(of->device).s, (unsigned long long)of->counter);
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
	if (strcmp(engine_audit_text(&c, "action"), CLOSING) != 0 ||
	    strcmp(engine_audit_text(&c, "object"), object) != 0)
		code = err_set(e, ERR_NOTFOUND, 0, "it says something else");
	else
		cut_words(engine_audit_text(&c, "reason"), out);
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

/* ---- the author's other devices ---- */

/* What is told of one record: closings are few, but nothing bounds them, and
 * one change may have texts of half a megabyte.  The newest are told, and with
 * what they said as far as there is room. */
#define TELL_MAX ((size_t)100)
#define TELL_SAID_BYTES ((size_t)256 * 1024)

struct telling {
	struct page_build *b;
	json_t *changes; /* oldest first */
	char type[65];   /* of the last change */
	enum err_code code;
	struct err *e;
};

/* Was it written by the device's user, on another one, or on this one, which
 * was told of it in an epoch that is over?  What a device said in another's
 * name is nobody's. */
static enum err_code
is_theirs(struct telling *t, const struct intake_change *stored,
    const struct change *c, bool *out)
{
	const struct office_device *asks = &t->b->job->device;
	struct office_device wrote;
	struct change_key of;
	enum err_code code = ERR_OK;

	*out = id_equal(stored->device, asks->id) &&
	    id_equal(c->author, asks->user) &&
	    stored->version.epoch < t->b->g->epoch;
	if (id_equal(stored->device, asks->id) ||
	    !id_equal(c->author, asks->user))
		return ERR_OK;
	code = store_device_get(t->b->g->store, stored->device, &wrote, t->e);
	if (code == ERR_OK)
		*out = id_equal(wrote.user, asks->user) || proposal_of(c, &of);
	return code;
}

static enum err_code
closing_json(struct telling *t, const struct intake_change *stored,
    const struct change *c, json_t **out)
{
	const struct change_key of = { stored->device, stored->counter };
	char words[OUTCOME_WORDS_MAX] = "";
	json_t *json = json_object(), *said = NULL;
	struct err *e = t->e;
	enum err_code code =
	    closing_words(t->b->g, &of, stored->version, words, e);

	/* As with outcomes: verify finds that, and it is told all the same. */
	if (code == ERR_NOTFOUND)
		code = ERR_OK;
	if (code == ERR_OK &&
	    (code = json_put_id(json, "device", of.device, e)) == ERR_OK &&
	    (code = json_put_int(json, "counter", (int64_t)of.counter, e)) ==
	        ERR_OK &&
	    (c->made_at == 0 ||
	        (code = json_put_int(
	             json, "made_at", (int64_t)c->made_at, e)) == ERR_OK) &&
	    (code = json_put_str(json, "reason", stored->reason, e)) ==
	        ERR_OK &&
	    (code = json_put_str(json, "words", words, e)) == ERR_OK &&
	    (code = closing_said(c, &said, e)) == ERR_OK)
		code = json_put_take(json, "said", said, e);
	if (code != ERR_OK)
		json_decref(json);
	else
		*out = json;
	return code;
}

static bool
tell(void *arg, const struct intake_change *stored)
{
	struct telling *t = arg;
	json_t *one = NULL;
	struct change c;
	bool theirs = false;

	/* What came otherwise was not closed by anybody. */
	if (version_is_never(stored->version))
		return true;
	t->code = intake_change_read(stored, &c, t->e);
	if (t->code == ERR_NOMEM)
		return false;
	if (t->code != ERR_OK) {
		t->code = ERR_OK; /* it says nothing that could be told */
		return true;
	}
	t->code = is_theirs(t, stored, &c, &theirs);
	if (t->code == ERR_OK && theirs &&
	    (t->code = closing_json(t, stored, &c, &one)) == ERR_OK) {
		(void)snprintf(t->type, sizeof(t->type), "%s", c.type);
		t->code = json_add_take(t->changes, one, t->e);
	}
	change_fini(&c);
	return t->code == ERR_OK;
}

/* Bytes of what is told, after what has no room was taken out. */
static size_t
make_fit(json_t *changes)
{
	size_t bytes = 0;

	while (json_array_size(changes) > TELL_MAX)
		(void)json_array_remove(changes, 0);
	for (size_t i = json_array_size(changes); i > 0; i--) {
		json_t *one = json_array_get(changes, i - 1);
		size_t more = json_dumpb(
		    json_object_get(one, "said"), NULL, 0, JSON_COMPACT);

		if (bytes + more > TELL_SAID_BYTES)
			(void)json_object_del(one, "said");
		else
			bytes += more;
	}
	return bytes + json_array_size(changes) * 256;
}

enum err_code
closings_tell(struct page_build *b, struct id record, struct err *e)
{
	struct telling t = { .b = b, .changes = json_array(), .e = e };
	json_t *one = NULL;
	char type[65];
	bool is_here;
	enum err_code code =
	    store_intakes(b->g->store, CHANGE_CLOSED, &record, tell, &t, e);

	if (code == ERR_OK)
		code = t.code;
	if (code != ERR_OK || json_array_size(t.changes) == 0)
		goto out;
	code = store_record_type(b->g->store, record, type, e);
	is_here = code == ERR_OK;
	if (code != ERR_OK && code != ERR_NOTFOUND)
		goto out;
	b->bytes += make_fit(t.changes);
	one = json_object();
	if (b->a->closings == NULL)
		b->a->closings = json_array();
	if ((code = json_put_id(one, "record", record, e)) == ERR_OK &&
	    (is_here ||
	        (code = json_put_str(one, "type", t.type, e)) == ERR_OK) &&
	    (code = json_put_take(one, "changes", json_incref(t.changes), e)) ==
	        ERR_OK)
		code = json_add_take(b->a->closings, json_incref(one), e);
out:
	json_decref(one);
	json_decref(t.changes);
	return code;
}
