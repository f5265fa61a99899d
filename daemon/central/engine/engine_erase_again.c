/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An erasure that a restored office does again may come after words of people
 * who had seen the first one.  What those come to is found by making the record
 * out of its changes once more, without the words that go.
 */
#include "common/core/erasure.h"
#include "daemon/central/engine/engine_int.h"

struct remaking {
	struct round *round;
	const struct erasure *z;
	struct record made;
	bool is_begun, is_any; /* changes met; words that stay among them */
	enum err_code code;
	struct err *e;
};

/* What a decision was about may be gone: its words are tried without it. */
static enum err_code
play(struct remaking *m, struct change *c, const struct apply_context *ctx)
{
	const size_t n_resolves = c->n_resolves;
	struct apply_result result = { 0 };
	enum err_code code = apply_change(&m->made, c, ctx, &result, m->e);

	if (code != ERR_OK || result.kind != OUTCOME_HELD || n_resolves == 0)
		return code;
	c->n_resolves = 0;
	code = apply_change(&m->made, c, ctx, &result, m->e);
	c->n_resolves = n_resolves;
	return code;
}

static enum err_code
remake_with(struct remaking *m, const struct log_entry *l, struct change *c)
{
	struct apply_context ctx;
	struct office_device *device;
	bool changed;
	enum err_code code = erasure_of_change(m->z, c, &changed, m->e);

	if (code != ERR_OK ||
	    (code = round_device(m->round, l->device, &device, m->e)) != ERR_OK)
		return code;
	ctx =
	    engine_apply_context(m->round->g, c, device->state == DEVICE_ENGINE,
	        (struct version){ l->epoch, l->seq }, l->time);
	m->is_any = m->is_any || erasure_leaves(m->z, c);
	if (!m->is_begun)
		code =
		    record_init(&m->made, c->record, c->type, c->author, m->e);
	m->is_begun = m->is_begun || code == ERR_OK;
	return code == ERR_OK ? play(m, c, &ctx) : code;
}

static bool
remake(void *arg, const struct log_entry *l)
{
	struct remaking *m = arg;
	struct change c;

	if (strcmp(l->kind, "change") != 0)
		return true;
	m->code = store_change_get(
	    m->round->g->store, l->device, l->counter, &c, m->e);
	if (m->code != ERR_OK)
		return false;
	m->code = remake_with(m, l, &c);
	change_fini(&c);
	return m->code == ERR_OK;
}

enum err_code
erase_put_back(struct round *r, const struct erasure *z, struct record *left,
    struct err *e)
{
	struct engine *g = r->g;
	struct remaking m = { .round = r, .z = z, .code = ERR_OK, .e = e };
	enum err_code code;

	if (version_compare(z->since, z->version) == 0)
		return ERR_OK; /* the first: nobody has seen it yet */
	code =
	    store_log_of_record(g->store, z->record, 0, false, remake, &m, e);
	if (code == ERR_OK)
		code = m.code;
	if (code == ERR_OK && m.is_any)
		code = erasure_put_back(g->schema, z, &m.made, left, e);
	record_fini(&m.made);
	return code;
}
