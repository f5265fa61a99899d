/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasures: that each is what the journal and the log say, that nothing else
 * lost its words, and the replay across them.
 */
#include "common/base/enc.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_replay_int.h"
#include "daemon/central/store/office_walk.h"

/* ---- words that are gone ---- */

struct cover {
	const struct change *c;
	bool *is_covered; /* as erasure_cover has it */
};

static bool
cover_ops(void *arg, const struct erasure *z)
{
	struct cover *k = arg;

	erasure_cover(z, k->c, k->is_covered);
	return true;
}

enum err_code
verify_erased(
    struct verifying *v, const struct change *c, bool *out, struct err *e)
{
	struct cover k = { .c = c };
	enum err_code code;

	k.is_covered = calloc(ERASURE_PLACES(c), sizeof(*k.is_covered));
	if (k.is_covered == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	/* Most have lost nothing. */
	*out = erasure_is_covered(c, k.is_covered);
	if (*out) {
		free(k.is_covered);
		return ERR_OK;
	}
	code = store_erasures_of(v->g->store, c->record, cover_ops, &k, e);
	*out = erasure_is_covered(c, k.is_covered);
	free(k.is_covered);
	return code;
}

/* ---- each erasure ---- */

struct erasures {
	struct verifying *v;
	size_t n;
	enum err_code code;
	struct err *e;
};

/* The engine's own entry, which its journal signs, says the same. */
static bool
entry_agrees(const struct erasure *z, const struct change *c)
{
	char hex[ENC_HEX_LEN((size_t)HASH32_LEN) + 1];
	const json_t *said = json_object_get(c->extra, "erasure");
	const char *digest = json_string_value(json_object_get(said, "digest"));

	enc_hex(z->digest.b, HASH32_LEN, hex);
	return json_equal(json_object_get(said, "paths"), z->paths) &&
	    digest != NULL && strcmp(digest, hex) == 0 &&
	    id_equal(c->record, z->record) && id_equal(c->author, z->author);
}

static enum err_code
check_erasure(struct erasures *w, const struct erasure *z)
{
	struct verifying *v = w->v;
	const struct sign_pub pub = sign_pub_of(&v->g->receipt_key);
	unsigned long long seq = z->version.seq;
	struct log_entry l;
	struct change c;
	bool same;
	enum err_code code =
	    store_log_get(v->g->store, z->version.seq, &l, w->e);

	if (code != ERR_OK)
		return verify_damage(v, code, "erasure: entry", z->version.seq)
		    ? ERR_OK
		    : code;
	code = erasure_check(z, &pub, v->g->office, w->e);
	if (code == ERR_NOMEM)
		return code;
	same = code == ERR_OK && strcmp(l.kind, "erase") == 0 &&
	    l.epoch == z->version.epoch && id_equal(l.record, z->record) &&
	    id_equal(l.device, z->device) && l.counter == z->counter &&
	    l.time == z->time && hash32_equal(l.state, z->digest);
	if (!same) {
		verify_bad(v, "erasure %llu: it was not made so", seq);
		return ERR_OK;
	}
	code = store_change_get(v->g->store, z->device, z->counter, &c, w->e);
	if (code != ERR_OK)
		return code;
	if (!entry_agrees(z, &c))
		verify_bad(v, "erasure %llu: the journal says another", seq);
	change_fini(&c);
	return ERR_OK;
}

static bool
each_erasure(void *arg, const struct erasure *z)
{
	struct erasures *w = arg;

	w->n++;
	w->code = check_erasure(w, z);
	return w->code == ERR_OK && !verify_is_bad(w->v);
}

enum err_code
verify_erasures(struct verifying *v, struct err *e)
{
	const struct version first = { 0, 0 };
	struct erasures w = { .v = v, .code = ERR_OK, .e = e };
	enum err_code code =
	    store_erasures_above(v->g->store, first, each_erasure, &w, e);

	if (code == ERR_OK)
		code = w.code;
	if (code == ERR_OK && !verify_is_bad(v) && w.n != v->n_erasures)
		verify_bad(v, "erasures: %zu were made, %zu are here",
		    v->n_erasures, w.n);
	return code;
}

/* ---- replay ---- */

static bool
last_seq(void *arg, const struct erasure *z)
{
	*(uint64_t *)arg = z->version.seq;
	return true;
}

enum err_code
replay_is_before(
    const struct replay *p, const struct log_entry *l, bool *out, struct err *e)
{
	uint64_t last = 0;
	enum err_code code =
	    store_erasures_of(p->v->g->store, l->record, last_seq, &last, e);

	*out = l->seq < last;
	return code;
}

/* The paths where the record has lost words so far; borrowed. */
static enum err_code
lost_of(struct replay *p, struct id record, json_t **out, struct err *e)
{
	const struct id_text id = id_print(record);

	*out = json_object_get(p->lost, id.s);
	if (*out != NULL)
		return ERR_OK;
	return json_put_take(p->lost, id.s, *out = json_array(), e);
}

enum err_code
replay_without_words(struct replay *p, struct change *c, struct err *e)
{
	json_t *paths;
	bool lost = false;
	enum err_code code = lost_of(p, c->record, &paths, e);

	for (size_t i = 0; i < c->n_ops && code == ERR_OK; i++) {
		if (!c->ops[i].is_erased)
			continue;
		lost = true;
		code = json_add_take(paths, json_string(c->ops[i].path), e);
	}
	for (size_t i = 0; i < c->n_resolves; i++)
		lost = lost || c->resolves[i].is_erased;
	for (size_t i = 0; lost && i < c->n_resolves; i++) {
		json_decref(c->resolves[i].sides);
		free(c->resolves[i].reason);
	}
	if (lost)
		c->n_resolves = 0;
	return code;
}

/* The record as the erasure left it takes the place of what was played. */
static enum err_code
replay_left(struct replay *p, const struct log_entry *l, const struct change *c,
    const struct record *left, struct err *e)
{
	struct engine *g = &p->scratch;
	struct scope_step step = { .record = left, .seq = l->seq };
	const struct id_text id = id_print(left->id);
	struct record before;
	struct hash32 digest;
	json_t *facts = NULL;
	enum err_code code = store_record_get(g->store, left->id, &before, e);

	if (code == ERR_OK) {
		facts = scopes_facts(g, &before);
		record_fini(&before);
		if (facts == NULL)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
	} else if (code != ERR_NOTFOUND)
		return code;
	step.facts = facts;
	/* Without the words others may have been opened, or at other times. */
	code = store_conflicts_unmake(g->store, left->id, e);
	if (code == ERR_OK)
		code = apply_write_record(g, c, &step, &digest, e);
	/* What was merged there then came of words that are gone. */
	if (code == ERR_OK)
		code = store_merged_values_take(g->store, p->v->g->store,
		    left->id, json_object_get(p->lost, id.s), l->seq, e);
	json_decref(facts);
	/* From here on it is known, whatever rules were before. */
	(void)json_object_del(p->apart, id.s);
	if (code == ERR_OK && !hash32_equal(digest, l->state))
		verify_bad(p->v,
		    "erasure %llu: the record that it left is another",
		    (unsigned long long)l->seq);
	return code;
}

/* An earlier one of the record: its words are gone with the last. */
static enum err_code
replay_earlier(struct replay *p, const struct erasure *z,
    const struct change *c, struct err *e)
{
	struct engine *g = &p->scratch;
	struct scope_step step = { .seq = z->version.seq };
	struct record r;
	struct hash32 digest;
	json_t *facts;
	enum err_code code = store_record_get(g->store, z->record, &r, e);

	if (code == ERR_NOTFOUND)
		return ERR_OK; /* it came later, and was erased once more */
	if (code != ERR_OK)
		return code;
	facts = scopes_facts(g, &r);
	step.facts = facts;
	step.record = &r;
	code = facts == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory")
	                     : erasure_of_record(g->schema, z, &r, e);
	if (code == ERR_OK)
		code = apply_write_record(g, c, &step, &digest, e);
	json_decref(facts);
	record_fini(&r);
	return code;
}

/* With what was merged there, also out of words that stay. */
static enum err_code
note_lost(struct replay *p, const struct erasure *z, struct err *e)
{
	json_t *paths;
	enum err_code code = lost_of(p, z->record, &paths, e);

	if (code == ERR_OK && json_array_extend(paths, z->paths) != 0)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	return code;
}

enum err_code
replay_erase(struct replay *p, const struct log_entry *l,
    const struct change *c, struct hash32 *state_out, struct err *e)
{
	struct record left;
	struct erasure z;
	bool has_left;
	enum err_code code =
	    store_erasure_at(p->v->g->store, l->seq, &z, &left, &has_left, e);

	if (code == ERR_NOTFOUND) {
		verify_bad(p->v, "erasure %llu: it is missing",
		    (unsigned long long)l->seq);
		return ERR_OK;
	}
	if (code != ERR_OK)
		return code;
	p->v->n_erasures++;
	code = note_lost(p, &z, e);
	if (has_left) {
		if (code == ERR_OK)
			code = replay_left(p, l, c, &left, e);
		record_fini(&left);
	} else if (code == ERR_OK)
		code = replay_earlier(p, &z, c, e);
	erasure_fini(&z);
	*state_out = l->state;
	return code;
}
