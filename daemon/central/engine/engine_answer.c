/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to devices, each from one read snapshot.
 */
#include "common/base/clock.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_int.h"

/* Outcomes in one answer, about 40 bytes each; more follow in the next. */
#define OUTCOMES_MAX ((size_t)2000)

/* Which word refuses this device a page, though its pushes flow. */
static bool
pull_refusal(
    const struct engine *g, const struct job *j, enum protocol_word *word)
{
	if (j->is_forked)
		*word = WORD_FORKED;
	else if (j->device.state == DEVICE_PENDING)
		*word = WORD_PENDING;
	else if (j->is_expired)
		*word = WORD_EXPIRED;
	else if (!g->is_access_open)
		*word = WORD_EPOCH;
	else
		return false;
	return true;
}

/* True where the journal held here may be a copy's: what was offered does not
 * follow from it, or could not be put together.  The device offers at once what
 * shows it, and is told of its changes, and the rest, then. */
static bool
may_be_copy(const struct job *j)
{
	return j->has_refusal &&
	    (j->refusal == WORD_GAP || j->refusal == WORD_RESEND_FULL);
}

static bool
add_outcome(void *arg, const struct outcome *o)
{
	struct sync_answer *a = arg;

	a->outcomes[a->n_outcomes++] = *o;
	return a->n_outcomes < OUTCOMES_MAX;
}

static enum err_code
add_outcomes(
    struct engine *g, const struct job *j, struct sync_answer *a, struct err *e)
{
	enum err_code code;

	a->outcomes = calloc(OUTCOMES_MAX, sizeof(*a->outcomes));
	if (a->outcomes == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = store_outcomes(g->store, j->device.id, j->sync.outcome_no,
	    OUTCOMES_MAX, add_outcome, a, e);
	return code != ERR_OK
	    ? code
	    : closings_fill(g, j->device.id, a->outcomes, a->n_outcomes, e);
}

/* The device has it already where it echoed this very head. */
static void
add_head_sig(const struct engine *g, const struct job *j, struct sync_answer *a)
{
	const struct sync_request *r = &j->sync;
	struct log_head h = { { g->epoch, a->head_seq }, a->head_link,
		{ { 0 } } };

	if (r->has_cursor && r->cursor.epoch == g->epoch &&
	    r->head_seq == a->head_seq &&
	    hash32_equal(r->head_link, a->head_link))
		return;
	log_head_sign(&h, g->receipt_signer, g->office);
	a->head_sig = h.sig;
	a->has_head_sig = true;
}

/* What every answer to a push says; the receipt moves into it. */
static enum err_code
add_head(struct engine *g, struct job *j, struct sync_answer *a, struct err *e)
{
	enum err_code code;

	memcpy(a->nonce, j->nonce, sizeof(a->nonce));
	a->epoch = g->epoch;
	a->time = clock_unix_ms();
	a->has_refusal = j->has_refusal;
	a->refusal = j->refusal;
	a->expect = j->expect;
	a->backed_up = j->device.backed_up;
	if (j->has_receipt) {
		a->receipts = calloc(1, sizeof(*a->receipts));
		if (a->receipts == NULL)
			return err_set(e, ERR_NOMEM, 0, "out of memory");
		a->receipts[0] = j->receipt;
		a->n_receipts = 1;
		receipt_init(&j->receipt);
		j->has_receipt = false;
	}
	code = command_waiting(g, j->device.id, &a->command, e);
	if (code == ERR_OK)
		code = store_log_head(g->store, &a->head_seq, &a->head_link, e);
	if (code == ERR_OK)
		add_head_sig(g, j, a);
	return code;
}

/* The link here at the number that the device saw last: a mismatch is its
 * alarm.  None when this log is shorter. */
static enum err_code
add_echo(
    struct engine *g, const struct job *j, struct sync_answer *a, struct err *e)
{
	enum err_code code;

	if (j->sync.head_seq == 0)
		return ERR_OK;
	code = store_log_link_at(g->store, j->sync.head_seq, &a->echo_link, e);
	a->has_echo = code == ERR_OK;
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

static enum err_code
build_sync(
    struct engine *g, struct job *j, struct sync_answer *a, struct err *e)
{
	enum err_code code;

	if ((code = add_head(g, j, a, e)) != ERR_OK ||
	    (code = add_echo(g, j, a, e)) != ERR_OK || j->is_ahead)
		return code;
	/* A copy would take what its twin was told for its own. */
	if (!j->is_forked && !may_be_copy(j) &&
	    (code = add_outcomes(g, j, a, e)) != ERR_OK)
		return code;
	if ((code = answer_erasures(g, j, a, e)) != ERR_OK)
		return code;
	if (!j->sync.pull)
		return ERR_OK;
	a->pull_refused = pull_refusal(g, j, &a->pull_word);
	if (a->pull_refused || may_be_copy(j))
		return ERR_OK;
	if (strcmp(j->sync.schema, g->schema_hash) != 0)
		a->schema = json_incref(g->bundle);
	return page_fill(g, j, a, e);
}

static void
answer_with(struct engine *g, struct job *j,
    enum err_code (*build)(
        struct engine *, struct job *, struct sync_answer *, struct err *))
{
	struct sync_answer a;
	struct err e;
	json_t *json = NULL;
	enum err_code code = store_begin_read(g->store, &e);

	sync_answer_init(&a);
	if (code == ERR_OK)
		code = build(g, j, &a, &e);
	store_rollback(g->store);
	if (code == ERR_OK)
		code = sync_answer_to_json(&a, &json, &e);
	if (code == ERR_OK)
		reply_json(g, j, 200, json);
	else
		reply_error(g, j, &e);
	json_decref(json);
	sync_answer_fini(&a);
}

void
answer_sync(struct engine *g, struct job *j)
{
	answer_with(g, j, build_sync);
}

void
answer_courier(struct engine *g, struct job *j)
{
	answer_with(g, j, add_head);
}
