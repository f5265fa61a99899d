/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log played again into an empty store: the same changes by the same rules
 * come to the same records, which the links prove entry by entry; then what
 * was made of them is compared with what is here, row by row.
 */
#include "common/base/file.h"
#include "common/core/path.h"
#include "daemon/central/engine/engine_replay_int.h"
#include "daemon/central/engine/meta_names.h"
#include "daemon/central/store/office_walk.h"

static const char *
text_now(const struct change *c, const char *path)
{
	for (size_t i = 0; i < c->n_ops; i++)
		if (strcmp(c->ops[i].path, path) == 0)
			return json_string_value(c->ops[i].now);
	return NULL;
}

/* What was proposed: "<id> <act> <expires> <object>". */
static bool
dual_parse(const char *object, struct office_dual *d)
{
	char id[ID_TEXT_LEN + 1];
	const char *act, *object_at;
	char *end;

	if (strlen(object) < ID_TEXT_LEN + 2)
		return false;
	memcpy(id, object, ID_TEXT_LEN);
	id[ID_TEXT_LEN] = '\0';
	act = object + ID_TEXT_LEN + 1;
	object_at = strchr(act, ' ');
	if (!id_parse(id, &d->id) || object_at == NULL)
		return false;
	(void)snprintf(
	    d->act, sizeof(d->act), "%.*s", (int)(object_at - act), act);
	d->expires = strtoull(object_at + 1, &end, 10);
	if (*end != ' ')
		return false;
	(void)snprintf(d->object, sizeof(d->object), "%s", end + 1);
	return true;
}

/* An entry about an act for two people makes the row again. */
static enum err_code
replay_dual(struct replay *p, const struct log_entry *l, const struct change *c,
    struct err *e)
{
	const char *action = text_now(c, "action");
	const char *object = text_now(c, "object");
	const char *reason = text_now(c, "reason");
	struct office_dual d = { .state = DUAL_WAITS };
	struct id id;
	enum err_code code = ERR_OK;

	if (strcmp(action, "dual.propose") == 0) {
		if (!dual_parse(object, &d))
			return ERR_OK;
		d.proposer = c->author;
		d.proposed = l->time;
		(void)snprintf(d.reason, sizeof(d.reason), "%s",
		    reason == NULL ? "" : reason);
		return store_dual_put(p->scratch.store, &d, e);
	}
	if (!id_parse(object, &id))
		return ERR_OK;
	code = store_dual_get(p->scratch.store, id, &d, e);
	if (code == ERR_NOTFOUND || (code == ERR_OK && d.state != DUAL_WAITS) ||
	    (code == ERR_OK && strcmp(action, "dual.confirm") == 0 &&
	        id_equal(d.proposer, c->author))) {
		verify_bad(p->v, "log %llu: it confirms what it cannot confirm",
		    (unsigned long long)l->seq);
		return ERR_OK;
	}
	if (code != ERR_OK)
		return code;
	d.state = strcmp(action, "dual.confirm") == 0 ? DUAL_CONFIRMED
	                                              : DUAL_WITHDRAWN;
	d.decider = c->author;
	d.decided = l->time;
	return store_dual_put(p->scratch.store, &d, e);
}

/* An audit entry that gives or ends a grant makes the row again. */
static enum err_code
replay_audit(struct replay *p, const struct log_entry *l,
    const struct change *c, struct err *e)
{
	const char *action = text_now(c, "action");
	const char *object = text_now(c, "object");
	char user_text[ID_TEXT_LEN + 1];
	struct id user;
	enum err_code code = ERR_OK;

	if (action == NULL || object == NULL)
		return ERR_OK;
	if (strncmp(action, "dual.", 5) == 0)
		return replay_dual(p, l, c, e);
	if (strcmp(action, "grant.add") != 0 &&
	    strcmp(action, "grant.end") != 0)
		return verify_note(p->v, action, object, e);
	if (strlen(object) < ID_TEXT_LEN + 2)
		return ERR_OK;
	memcpy(user_text, object, ID_TEXT_LEN);
	user_text[ID_TEXT_LEN] = '\0';
	if (!id_parse(user_text, &user))
		return ERR_OK;
	object += ID_TEXT_LEN + 1;
	if (strcmp(action, "grant.add") == 0)
		return store_grant_add(
		    p->scratch.store, l->record, user, object, l->seq, e);
	code = store_grant_end(p->scratch.store, user, object, l->seq, e);
	if (code == ERR_NOTFOUND) {
		verify_bad(p->v, "log %llu: it ends a grant that was not given",
		    (unsigned long long)l->seq);
		code = ERR_OK;
	}
	return code;
}

/* Whether the entry is of a journal of the office's own: it began another one
 * with each restore. */
static enum err_code
is_office(
    const struct replay *p, const struct log_entry *l, bool *out, struct err *e)
{
	struct office_device d;
	enum err_code code = store_device_get(p->v->g->store, l->device, &d, e);

	if (code == ERR_OK)
		*out = d.state == DEVICE_ENGINE;
	return code;
}

/* The record after the change, and what the store keeps of it. */
static enum err_code
replay_change(struct replay *p, const struct log_entry *l, struct change *c,
    struct hash32 *state_out, struct err *e)
{
	struct engine *g = &p->scratch;
	struct record r;
	struct apply_result result = { 0 };
	struct apply_context ctx;
	struct scope_step step = { .record = &r, .seq = l->seq };
	json_t *facts = NULL;
	bool is_before, is_own;
	enum err_code code = is_office(p, l, &is_own, e);

	if (code == ERR_OK)
		code = replay_is_before(p, l, &is_before, e);
	if (code != ERR_OK)
		return code;
	if (is_before && (code = replay_without_words(p, c, e)) != ERR_OK)
		return code;
	ctx = engine_apply_context(
	    g, c, is_own, (struct version){ l->epoch, l->seq }, l->time);
	code = store_record_get(g->store, c->record, &r, e);
	if (code == ERR_NOTFOUND) {
		code = record_init(&r, c->record, c->type, c->author, e);
	} else if (code == ERR_OK) {
		facts = scopes_facts(g, &r);
		if (facts == NULL) {
			record_fini(&r);
			return err_set(e, ERR_NOMEM, 0, "out of memory");
		}
	}
	if (code != ERR_OK)
		return code;
	step.facts = facts;
	code = apply_change(&r, c, &ctx, &result, e);
	r.version = ctx.version;
	if (code == ERR_OK && !is_before)
		code = replay_came_to(p, l, result.kind != OUTCOME_HELD, &r, e);
	if (code == ERR_OK && !verify_is_bad(p->v))
		code = apply_write_record(g, c, &step, state_out, e);
	/* What it came to with the words is what was written down then. */
	if (is_before ||
	    json_object_get(p->apart, id_print(l->record).s) != NULL)
		*state_out = l->state;
	json_decref(facts);
	record_fini(&r);
	return code;
}

static enum err_code
replay_entry(struct replay *p, uint64_t seq, struct err *e)
{
	struct engine *g = p->v->g;
	struct hash32 state = { 0 };
	struct log_entry l, again;
	struct change c;
	bool is_audit;
	enum err_code code = store_log_get(g->store, seq, &l, e);

	if (code != ERR_OK ||
	    (code = store_change_get(g->store, l.device, l.counter, &c, e)) !=
	        ERR_OK)
		return code;
	is_audit = strcmp(l.kind, "audit") == 0;
	code = replay_rules(p, &l, e);
	if (code != ERR_OK || verify_is_bad(p->v)) {
		change_fini(&c);
		return code;
	}
	if (strcmp(l.kind, "erase") == 0)
		code = replay_erase(p, &l, &c, &state, e);
	else
		code = is_audit ? replay_audit(p, &l, &c, e)
		                : replay_change(p, &l, &c, &state, e);
	change_fini(&c);
	if (code != ERR_OK || verify_is_bad(p->v))
		return code;
	again = l;
	again.state = state;
	/* The link is compared, and covers the schema's hash. */
	code = store_log_append(p->scratch.store, &again, e);
	if (code == ERR_OK && !hash32_equal(again.link, l.link))
		verify_bad(p->v, "log %llu: its change comes to another record",
		    (unsigned long long)seq);
	return code;
}

static enum err_code
replay_all(struct replay *p, struct err *e)
{
	struct verifying *v = p->v;
	char differs[sizeof(v->first_bad)];
	struct id_text office = id_print(v->g->office);
	enum err_code code = store_begin(p->scratch.store, e);

	if (code == ERR_OK)
		code = store_meta_put(
		    p->scratch.store, META_OFFICE, office.s, ID_TEXT_LEN, e);
	for (uint64_t seq = 1;
	     code == ERR_OK && seq <= v->head && !verify_is_bad(v); seq++) {
		code = replay_entry(p, seq, e);
		if (code != ERR_OK && verify_damage(v, code, "log: entry", seq))
			code = ERR_OK;
	}
	if (code == ERR_OK && !verify_is_bad(v)) {
		code = store_made_differ(
		    v->g->store, p->scratch.store, p->ever_apart, differs, e);
		if (code == ERR_OK && differs[0] != '\0')
			verify_bad(v, "%s", differs);
	}
	/* Nothing of it was ever to be kept. */
	store_rollback(p->scratch.store);
	return code;
}

/* Remove a scratch store, also one that an earlier walk left behind. */
static enum err_code
remove_files(const char *path, struct err *e)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[FILE_PATH_MAX + 8];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		enum err_code code;

		(void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		code = file_remove(name, e);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

enum err_code
verify_replay(struct verifying *v, struct err *e)
{
	struct replay p = { .v = v,
		.scratch = *v->g,
		.apart = json_object(),
		.ever_apart = json_object(),
		.lost = json_object() };
	char path[FILE_PATH_MAX + 16];
	struct err later;
	enum err_code code, removed;

	(void)snprintf(
	    path, sizeof(path), "%s.verify", office_store_path(v->g->store));
	p.scratch.store = NULL;
	if ((code = remove_files(path, e)) != ERR_OK ||
	    (code = office_store_scratch(path, &p.scratch.store, e)) !=
	        ERR_OK) {
		replay_rules_end(&p);
		return code;
	}
	code = p.apart == NULL || p.ever_apart == NULL || p.lost == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : replay_all(&p, e);
	replay_rules_end(&p);
	office_store_close(p.scratch.store);
	secret_wipe(&p.scratch, sizeof(p.scratch));
	removed = remove_files(path, &later);
	if (code == ERR_OK && removed != ERR_OK) {
		if (e != NULL)
			*e = later;
		code = removed;
	}
	return code;
}
