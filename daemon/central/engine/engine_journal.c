/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine is a device with a journal: what the console changes and every
 * audit entry are changes in it, so that there is one mechanism and no second
 * chain.
 */
#include <string.h>

#include "common/base/rng.h"
#include "common/base/utf8.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_int.h"

enum err_code
journal_op(struct change *c, const char *path, const struct change_base *base,
    const json_t *was, const json_t *now, struct err *e)
{
	static const struct change_base nothing_seen = { 0 };
	uint8_t salt[CHANGE_SALT_LEN];

	rng_fill(salt, sizeof(salt));
	return change_add_op(
	    c, path, base == NULL ? &nothing_seen : base, was, now, salt, e);
}

enum err_code
journal_cut(struct round *r, struct change *c, struct intake_change *stored,
    struct err *e)
{
	struct engine *g = r->g;
	struct office_device *d;
	struct hash32 link;
	json_t *json = NULL;
	enum err_code code = round_device(r, g->device, &d, e);

	if (code != ERR_OK)
		return code;
	c->device = g->device;
	c->counter = d->counter + 1;
	c->made_at = r->now_ms;
	if ((code = change_link_next(d->link, c, &link, e)) != ERR_OK ||
	    (code = change_to_json(c, &json, e)) != ERR_OK)
		return code;
	intake_change_init(stored);
	code = json_print(json, &stored->body, e);
	json_decref(json);
	if (code == ERR_OK && stored->body.len > LIMIT_CHANGE_BYTES)
		code = err_set(e, ERR_INVALID, 0, "too much at once");
	if (code != ERR_OK) {
		intake_change_fini(stored);
		return code;
	}
	stored->device = c->device;
	stored->counter = c->counter;
	stored->link = link;
	stored->intake = ++d->intake;
	stored->epoch = g->epoch;
	stored->record = c->record;
	stored->state = CHANGE_RECEIVED;
	stored->has_sig = true;
	stored->sig =
	    change_sign(&g->sign_key, g->office, g->device, c->counter, link);
	d->counter = c->counter;
	d->link = link;
	return ERR_OK;
}

/* An op that sets a text; NULL or "" sets nothing. */
static enum err_code
text_op(struct change *c, const char *path, const char *text, struct err *e)
{
	json_t *now;
	enum err_code code;

	if (text == NULL || text[0] == '\0')
		return ERR_OK;
	if (!utf8_is_text(text, strlen(text)))
		return err_set(e, ERR_INVALID, 0, "%s: not UTF-8", path);
	now = json_string_nocheck(text);
	if (now == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = journal_op(c, path, NULL, NULL, now, e);
	json_decref(now);
	return code;
}

/* The entry as a change of type "audit" on an id of its own, or that of what
 * it is about.  No record comes
 * of it: the journal and the log are where it is read. */
static enum err_code
audit_change(struct round *r, const struct audit_entry *a, struct change *c,
    struct err *e)
{
	enum err_code code;

	c->record = a->about != NULL ? *a->about : id_fresh(r->now_ms);
	c->author = a->actor;
	(void)snprintf(c->type, sizeof(c->type), "audit");
	if ((code = text_op(c, "action", a->action, e)) != ERR_OK ||
	    (code = text_op(c, "object", a->object, e)) != ERR_OK)
		return code;
	return text_op(c, "reason", a->reason, e);
}

/* Its place in the log is its outcome. */
static enum err_code
audit_log(struct round *r, struct intake_change *stored,
    struct log_entry *entry, struct err *e)
{
	struct engine *g = r->g;
	struct applying a = { .round = r, .stored = stored };
	struct outcome o = { .kind = OUTCOME_APPLIED,
		.counter = stored->counter,
		.version = { .epoch = g->epoch } };
	struct hash32 link;
	enum err_code code;

	*entry = (struct log_entry){ .epoch = g->epoch,
		.kind = "audit",
		.device = stored->device,
		.counter = stored->counter,
		.change_link = stored->link,
		.record = stored->record,
		.time = r->now_ms };
	if ((code = round_device(r, g->device, &a.device, e)) != ERR_OK ||
	    (code = store_log_head(g->store, &o.version.seq, &link, e)) !=
	        ERR_OK)
		return code;
	o.version.seq++;
	if ((code = outcome_hash(entry->device, &o, &entry->outcome, e)) !=
	        ERR_OK ||
	    (code = store_log_append(g->store, entry, e)) != ERR_OK ||
	    (code = store_intake_put(g->store, stored, e)) != ERR_OK)
		return code;
	return outcome_give(&a, &o, e);
}

const char *
engine_audit_text(const struct change *entry, const char *path)
{
	for (size_t i = 0; i < entry->n_ops; i++)
		if (strcmp(entry->ops[i].path, path) == 0 &&
		    json_is_string(entry->ops[i].now))
			return json_string_value(entry->ops[i].now);
	return "";
}

enum err_code
audit_put(struct round *r, const struct audit_entry *a,
    struct log_entry *entry_out, struct err *e)
{
	struct intake_change stored;
	struct log_entry entry;
	struct change c;
	enum err_code code;

	change_init(&c);
	code = audit_change(r, a, &c, e);
	if (code == ERR_OK)
		code = journal_cut(r, &c, &stored, e);
	change_fini(&c);
	if (code != ERR_OK)
		return code;
	code = audit_log(r, &stored, &entry, e);
	intake_change_fini(&stored);
	if (code == ERR_OK)
		*entry_out = entry;
	return code;
}
