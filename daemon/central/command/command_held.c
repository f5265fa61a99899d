/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes that were received and could not be applied, and receipts.
 */
#include "common/core/limits.h"
#include "common/store/stored.h"
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

#include <stdio.h>

struct held_list {
	json_t *list;
	enum err_code code;
	struct err *e;
};

/* What is told of a held change in a list: nothing that anybody wrote. */
static enum err_code
held_put(json_t *out, const struct intake_change *i, struct err *e)
{
	char name[80];
	enum err_code code;

	(void)snprintf(name, sizeof(name), "%s/%llu", id_print(i->device).s,
	    (unsigned long long)i->counter);
	if ((code = json_put_str(out, "change", name, e)) != ERR_OK ||
	    (code = json_put_id(out, "device", i->device, e)) != ERR_OK ||
	    (code = json_put_int(out, "counter", (int64_t)i->counter, e)) !=
	        ERR_OK ||
	    (code = json_put_id(out, "record", i->record, e)) != ERR_OK)
		return code;
	return json_put_str(out, "reason", i->reason, e);
}

static bool
held_append(void *arg, const struct intake_change *i)
{
	struct held_list *l = arg;
	json_t *one = json_object();

	l->code = held_put(one, i, l->e);
	if (l->code == ERR_OK)
		l->code = json_add_take(l->list, one, l->e);
	else
		json_decref(one);
	return l->code == ERR_OK;
}

enum err_code
command_held_list(struct command *c, struct err *e)
{
	struct held_list l = { .list = json_array(), .e = e };
	enum err_code code = store_begin_read(c->store, e);

	if (code == ERR_OK)
		code = store_intakes(
		    c->store, CHANGE_HELD, NULL, held_append, &l, e);
	if (code == ERR_OK)
		code = l.code;
	if (code == ERR_OK)
		return json_put_take(c->out, "held", l.list, e);
	json_decref(l.list);
	return code;
}

static enum err_code
key_get(struct command *c, struct id *device, uint64_t *counter, struct err *e)
{
	const char *text;
	enum err_code code = command_text(c, "change", &text, e);

	return code != ERR_OK ? code
	                      : command_change_key(text, device, counter, e);
}

static const char *
state_word(enum change_state state)
{
	switch (state) {
	case CHANGE_RECEIVED:
		return "received";
	case CHANGE_DONE:
		return "done";
	case CHANGE_HELD:
		return "held";
	case CHANGE_CLOSED:
		return "closed";
	}
	return "unknown";
}

enum err_code
command_held_show(struct command *c, struct err *e)
{
	struct intake_change i;
	json_t *body = NULL;
	struct id device;
	uint64_t counter;
	enum err_code code;

	if ((code = key_get(c, &device, &counter, e)) != ERR_OK ||
	    (code = store_begin_read(c->store, e)) != ERR_OK)
		return code;
	intake_change_init(&i);
	code = store_intake_get(c->store, device, counter, &i, e);
	if (code == ERR_NOTFOUND)
		code = err_set(e, ERR_NOTFOUND, 0, "there is no such change");
	if (code == ERR_OK)
		code = stored_json(i.body.ptr, i.body.len, &body, e);
	if (code == ERR_OK && (code = held_put(c->out, &i, e)) == ERR_OK &&
	    (code = json_put_str(c->out, "state", state_word(i.state), e)) ==
	        ERR_OK)
		code = json_put_take(c->out, "content", json_incref(body), e);
	json_decref(body);
	intake_change_fini(&i);
	return code;
}

static enum err_code
held_step(struct command *c, bool close, struct err *e)
{
	struct held_step step = { .actor = c->acting,
		.close = close,
		.reason = command_text_or(c, "reason", NULL) };
	struct outcome outcome;
	enum err_code code;

	if ((code = key_get(c, &step.device, &step.counter, e)) != ERR_OK ||
	    (code = store_begin(c->store, e)) != ERR_OK ||
	    (code = engine_held(c->g, &step, &outcome, e)) != ERR_OK ||
	    (code = store_commit(c->store, e)) != ERR_OK ||
	    (code = json_put_str(
	         c->out, "outcome", outcome_word(outcome.kind), e)) != ERR_OK)
		return code;
	return json_put_str(c->out, "reason", outcome.reason, e);
}

enum err_code
command_held_retry(struct command *c, struct err *e)
{
	return held_step(c, false, e);
}

enum err_code
command_held_close(struct command *c, struct err *e)
{
	return held_step(c, true, e);
}

enum err_code
command_receipt(struct command *c, struct err *e)
{
	struct receipt r;
	json_t *json = NULL;
	struct id device;
	uint64_t counter;
	enum err_code code;

	if ((code = key_get(c, &device, &counter, e)) != ERR_OK ||
	    (code = store_begin_read(c->store, e)) != ERR_OK)
		return code;
	code = store_receipt_get(c->store, device, counter, &r, e);
	if (code == ERR_NOTFOUND)
		return err_set(
		    e, ERR_NOTFOUND, 0, "no receipt covers that change");
	if (code != ERR_OK)
		return code;
	code = receipt_to_json(&r, false, &json, e);
	receipt_fini(&r);
	return code != ERR_OK ? code
	                      : json_put_take(c->out, "receipt", json, e);
}
