/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasure at the office.
 */
#include "daemon/central/engine/engine_erase.h"

#include "common/base/enc.h"
#include "common/core/blob.h"
#include "common/core/path.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_content.h"
#include "daemon/central/engine/engine_int.h"

/* Of the entry of the journal, where nobody can say what the record was. */
#define NO_TYPE "erasure"

/* Erasing on its way. */
struct erasing {
	const struct erase_order *order;
	struct erasure z;
	struct record left; /* the record as it will be */
	json_t *facts;      /* of the record before */
	/* The file that it named, if that name goes; "": none does. */
	char file[BLOB_HASH_TEXT_LEN + 1];
	uint64_t n_changes;
	bool is_missing; /* there is no such record yet */
};

/* References say who sees a record, and the state of signing what it is: those
 * stay, and so nobody erases them by name. */
static enum err_code
paths_check(struct engine *g, const struct record *r, const json_t *paths,
    struct err *e)
{
	const struct schema_type *type = schema_type(g->schema, r->type);
	json_t *words = NULL;
	enum err_code code = erasure_all_paths(g->schema, r, &words, e);

	for (size_t i = 0; i < json_array_size(paths) && code == ERR_OK; i++) {
		const char *path = json_string_value(json_array_get(paths, i));

		code = path_check(path, e);
		if (code == ERR_OK &&
		    (path[0] == '\0' || !erasure_covers(words, path) ||
		        schema_find(type, path).part == SCHEMA_PART_UNKNOWN))
			code = ERR_INVALID;
		if (code != ERR_OK)
			code = err_set(e, ERR_INVALID, 0,
			    "%.80s: that cannot be erased", path);
	}
	json_decref(words);
	return code;
}

/* The conflicts at the paths, whose decisions may say why. */
static enum err_code
name_conflicts(const struct record *r, struct erasure *z, struct err *e)
{
	enum err_code code = ERR_OK;

	z->conflicts = json_array();
	for (size_t i = 0; i < r->n_conflicts && code == ERR_OK; i++)
		if (erasure_covers(z->paths, r->conflicts[i].path))
			code = json_add_take(z->conflicts,
			    json_string(id_print(r->conflicts[i].id).s), e);
	return code;
}

static void
name_file(const struct engine *g, struct erasing *w)
{
	const struct schema_type *type = schema_type(g->schema, w->left.type);
	uint64_t size;

	if (!blob_of_record(g->schema, &w->left, w->file, &size) ||
	    !erasure_covers(w->z.paths, type->content.hash))
		w->file[0] = '\0';
}

/* What is to be erased of the record that is here. */
static enum err_code
choose(struct engine *g, struct erasing *w, struct err *e)
{
	const struct erase_order *order = w->order;
	enum err_code code = ERR_OK;

	if (strcmp(w->left.type, schema_account_type(g->schema)->name) == 0)
		return err_set(e, ERR_INVALID, 0,
		    "who works here is not erased: that is kept elsewhere too");
	if (order->paths != NULL) {
		if (!order->is_again)
			code = paths_check(g, &w->left, order->paths, e);
		w->z.paths = json_deep_copy(order->paths);
	} else
		code = erasure_all_paths(g->schema, &w->left, &w->z.paths, e);
	if (code == ERR_OK)
		code = name_conflicts(&w->left, &w->z, e);
	if (code != ERR_OK)
		return code;
	w->facts = scopes_facts(g, &w->left);
	return w->facts == NULL || w->z.paths == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : ERR_OK;
}

/* One that is done again stands for the record's words that come yet. */
static enum err_code
load(struct engine *g, struct erasing *w, struct err *e)
{
	enum err_code code =
	    store_record_get(g->store, w->order->record, &w->left, e);

	if (code == ERR_OK)
		return choose(g, w, e);
	w->is_missing = code == ERR_NOTFOUND && w->order->is_again;
	if (!w->is_missing)
		return code;
	(void)snprintf(w->left.type, sizeof(w->left.type), "%s", NO_TYPE);
	w->z.paths = json_deep_copy(w->order->paths);
	return w->z.paths == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory")
	                          : ERR_OK;
}

/* The record, the paths, and what is left. */
static enum err_code
prepare(struct round *r, struct erasing *w, struct err *e)
{
	struct engine *g = r->g;
	const struct erase_order *order = w->order;
	struct office_device *d;
	struct hash32 link;
	uint64_t head;
	enum err_code code = load(g, w, e);

	if (code != ERR_OK ||
	    (code = store_log_head(g->store, &head, &link, e)) != ERR_OK ||
	    (code = round_device(r, g->device, &d, e)) != ERR_OK)
		return code;
	w->z.office = g->office;
	w->z.record = order->record;
	w->z.version = (struct version){ g->epoch, head + 1 };
	w->z.since =
	    version_is_never(order->since) ? w->z.version : order->since;
	w->z.device = g->device;
	w->z.counter = d->counter + 1;
	w->z.author = order->actor;
	w->z.time = r->now_ms;
	if (w->is_missing)
		return erasure_sign(&w->z, &g->receipt_key, e);
	name_file(g, w);
	if ((code = erasure_of_record(g->schema, &w->z, &w->left, e)) !=
	        ERR_OK ||
	    (code = erase_put_back(r, &w->z, &w->left, e)) != ERR_OK ||
	    (code = record_digest(&w->left, &w->z.digest, e)) != ERR_OK)
		return code;
	return erasure_sign(&w->z, &g->receipt_key, e);
}

/* The entry of the engine's journal: no op, and what was erased. */
static enum err_code
cut(struct round *r, struct erasing *w, struct change *c,
    struct intake_change *stored, struct err *e)
{
	char hex[ENC_HEX_LEN((size_t)HASH32_LEN) + 1];

	enc_hex(w->z.digest.b, HASH32_LEN, hex);
	c->record = w->z.record;
	c->author = w->z.author;
	memcpy(c->type, w->left.type, sizeof(c->type));
	c->extra = json_pack("{s:{s:O, s:s, s:o}}", "erasure", "paths",
	    w->z.paths, "digest", hex, "since", version_to_json(w->z.since));
	if (c->extra == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	return journal_cut(r, c, stored, e);
}

/* The entry of the log, and the outcome, which nobody is told. */
static enum err_code
enter(struct round *r, struct erasing *w, struct intake_change *stored,
    struct err *e)
{
	struct engine *g = r->g;
	struct applying a = { .round = r, .stored = stored };
	struct outcome o = { .kind = OUTCOME_APPLIED,
		.counter = stored->counter,
		.version = w->z.version };
	struct log_entry entry = { .epoch = g->epoch,
		.kind = "erase",
		.device = stored->device,
		.counter = stored->counter,
		.change_link = stored->link,
		.record = w->z.record,
		.state = w->z.digest,
		.merge_version = g->rules.merge_version,
		.has_schema = g->rules.has_schema,
		.schema = g->rules.schema,
		.time = r->now_ms };
	enum err_code code = round_device(r, g->device, &a.device, e);

	if (code != ERR_OK ||
	    (code = outcome_hash(entry.device, &o, &entry.outcome, e)) !=
	        ERR_OK ||
	    (code = store_log_append(g->store, &entry, e)) != ERR_OK ||
	    (code = store_intake_put(g->store, stored, e)) != ERR_OK)
		return code;
	return outcome_give(&a, &o, e);
}

static enum err_code
write_down(
    struct round *r, struct erasing *w, const struct change *c, struct err *e)
{
	struct engine *g = r->g;
	const struct scope_step step = {
		.record = &w->left, .facts = w->facts, .seq = w->z.version.seq
	};
	struct hash32 digest;
	enum err_code code = ERR_OK;

	if (!w->is_missing)
		code = apply_write_record(g, c, &step, &digest, e);
	if (code != ERR_OK ||
	    (code = store_words_erase(g->store, &w->z, &w->n_changes, e)) !=
	        ERR_OK ||
	    (code = store_erasure_put(g->store, &w->z,
	         w->is_missing ? NULL : &w->left, e)) != ERR_OK)
		return code;
	g->has_kept_erasures = g->has_kept_erasures || w->is_missing;
	if (w->is_missing)
		return ERR_OK;
	return content_unname(r, w->order->actor, w->file, e);
}

static enum err_code
erase_in(struct round *r, struct erasing *w, struct err *e)
{
	struct intake_change stored;
	struct change c;
	enum err_code code = prepare(r, w, e);

	change_init(&c);
	if (code == ERR_OK && (code = cut(r, w, &c, &stored, e)) == ERR_OK) {
		if ((code = enter(r, w, &stored, e)) == ERR_OK)
			code = write_down(r, w, &c, e);
		intake_change_fini(&stored);
	}
	change_fini(&c);
	return code;
}

enum err_code
engine_erase(struct engine *g, const struct erase_order *order,
    struct erasure *out, uint64_t *changes_out, struct err *e)
{
	struct erasing w = { .order = order };
	struct round r;
	enum err_code code = store_mark(g->store, e);

	if (code != ERR_OK)
		return code;
	erasure_init(&w.z);
	round_init(&r, g);
	code = erase_in(&r, &w, e);
	if (code == ERR_OK)
		code = round_flush(&r, e);
	round_fini(&r);
	code = code == ERR_OK ? store_mark_keep(g->store, e)
	                      : mark_undo(g, code, e);
	record_fini(&w.left);
	json_decref(w.facts);
	if (code == ERR_OK) {
		*out = w.z;
		*changes_out = w.n_changes;
	} else
		erasure_fini(&w.z);
	return code;
}

enum err_code
engine_erase_settle(struct engine *g, struct err *e)
{
	return store_forget(g->store, e);
}

/* ---- what comes afterwards ---- */

struct unseen {
	struct change *c;
	enum err_code code;
	struct err *e;
};

static bool
erase_unseen(void *arg, const struct erasure *z)
{
	struct unseen *u = arg;
	bool changed;

	u->code = erasure_of_change(z, u->c, &changed, u->e);
	return u->code == ERR_OK;
}

enum err_code
erase_received(struct engine *g, struct change *c, struct err *e)
{
	struct unseen u = { .c = c, .code = ERR_OK, .e = e };
	enum err_code code =
	    store_erasures_of(g->store, c->record, erase_unseen, &u, e);

	return code != ERR_OK ? code : u.code;
}

/* ---- what devices are told ---- */

#define TOLD_MAX 64 /* in one answer; the next one goes on */

struct telling {
	struct engine *g;
	const struct job *j;
	struct sync_answer *a;
	enum err_code code;
	struct err *e;
};

/* May the device hold words of the record? */
static enum err_code
concerns(struct telling *t, struct id record, bool *out)
{
	struct office_store *s = t->g->store;
	json_t *held = json_array();
	uint64_t own = 0;
	enum err_code code =
	    store_user_sees(s, t->j->device.user, record, true, out, t->e);

	if (code == ERR_OK && !*out && held != NULL) {
		code = store_own_counters(
		    s, t->j->device.id, record, &own, held, t->e);
		*out = own > 0 || json_array_size(held) > 0;
	}
	json_decref(held);
	return code;
}

static bool
tell(void *arg, const struct erasure *z)
{
	struct telling *t = arg;
	struct sync_answer *a = t->a;
	bool is_theirs = false;

	t->code = concerns(t, z->record, &is_theirs);
	if (t->code == ERR_OK && is_theirs) {
		t->code = erasure_from_signed(z->signed_bytes.ptr,
		    z->signed_bytes.len, &z->sig, &a->erasures[a->n_erasures],
		    t->e);
		a->n_erasures += t->code == ERR_OK;
	}
	a->erased_upto = z->version;
	return t->code == ERR_OK && a->n_erasures < TOLD_MAX;
}

enum err_code
answer_erasures(
    struct engine *g, const struct job *j, struct sync_answer *a, struct err *e)
{
	struct telling t = { .g = g, .j = j, .a = a, .code = ERR_OK, .e = e };
	enum err_code code;

	a->erasures = calloc(TOLD_MAX, sizeof(*a->erasures));
	if (a->erasures == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = store_erasures_above(g->store, j->sync.erased_upto, tell, &t, e);
	return code != ERR_OK ? code : t.code;
}
