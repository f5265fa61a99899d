/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits: a request that is parked until something in its user's scopes changes,
 * so that the office's word reaches an online device within a second.
 */
#include "common/base/clock.h"
#include "common/core/query.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "daemon/central/engine/engine_int.h"

#define WAIT_CHANGED 204
#define WAIT_NOTHING 304

static bool
add_scope(void *arg, const char *scope, uint64_t since)
{
	(void)since;
	return json_object_set_new(arg, scope, json_true()) == 0;
}

static enum err_code
load_scopes(struct engine *g, struct job *j, struct err *e)
{
	char own[8 + ID_TEXT_LEN];

	(void)snprintf(own, sizeof(own), "user:%s", id_print(j->device.user).s);
	j->scopes = json_object();
	if (!add_scope(j->scopes, "all", 0) || !add_scope(j->scopes, own, 0))
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	return store_scopes_of_user(
	    g->store, j->device.user, add_scope, j->scopes, e);
}

static bool
stop_at_first(void *arg, const struct pull_row *row)
{
	(void)row;
	*(bool *)arg = true;
	return false;
}

/* Has the device to be told something that no scope shows: that it was revoked
 * or approved, a later outcome, or a later command? */
static enum err_code
has_word(struct engine *g, const struct job *j, bool *out, struct err *e)
{
	struct office_device d;
	uint64_t command;
	enum err_code code = store_device_get(g->store, j->device.id, &d, e);

	if (code == ERR_OK)
		code = command_waiting(g, d.id, &command, e);
	if (code == ERR_OK)
		*out = d.state != j->device.state ||
		    d.outcome_no > j->outcomes || command > j->command;
	return code;
}

/* Is there something above its floor for a pull to bring? */
static enum err_code
has_page(struct engine *g, const struct job *j, bool *out, struct err *e)
{
	struct cursor from = { .floor = j->floor, .position = j->floor };
	struct hash32 link;
	uint64_t head;
	enum err_code code = store_log_head(g->store, &head, &link, e);

	*out = false;
	/* Until it is known who may see what nobody is given any. */
	if (code != ERR_OK || !g->is_access_open)
		return code;
	*out = j->floor > head;
	if (*out || j->device.state != DEVICE_ACTIVE || j->is_expired)
		return ERR_OK;
	return store_pull(
	    g->store, j->device.user, &from, head, 1, stop_at_first, out, e);
}

/* A device waits once: a second wait of it ends the first. */
static void
end_earlier(struct engine *g, struct id device)
{
	for (struct job **at = &g->parked; *at != NULL; at = &(*at)->next) {
		struct job *j = *at;

		if (!id_equal(j->device.id, device))
			continue;
		*at = j->next;
		reply_empty(g, j, WAIT_NOTHING);
		job_free(j);
		return;
	}
}

bool
answer_wait(struct engine *g, struct job *j)
{
	struct hash32 link;
	struct err e;
	uint64_t epoch;
	bool news = false;
	enum err_code code;

	if (!query_nonce(j->target, j->nonce) ||
	    !query_number(j->target, "epoch", &epoch) ||
	    !query_number(j->target, "floor", &j->floor) ||
	    !query_number(j->target, "outcomes", &j->outcomes)) {
		reply_problem(g, j, WORD_MALFORMED, NULL);
		return false;
	}
	/* Who does not say which command it knows of is not woken by one. */
	if (!query_number(j->target, "command", &j->command))
		j->command = UINT64_MAX;
	code = store_begin_read(g->store, &e);
	if (code == ERR_OK && (code = load_scopes(g, j, &e)) == ERR_OK &&
	    (code = has_word(g, j, &news, &e)) == ERR_OK && !news)
		code = has_page(g, j, &news, &e);
	/* The first to be parked knows what there is now. */
	if (code == ERR_OK && g->parked == NULL)
		code = store_log_head(g->store, &g->woken_seq, &link, &e);
	store_rollback(g->store);
	if (code != ERR_OK) {
		reply_error(g, j, &e);
		return false;
	}
	if (news || epoch != g->epoch) {
		reply_empty(g, j, WAIT_CHANGED);
		return false;
	}
	end_earlier(g, j->device.id);
	j->deadline_ms = clock_mono_ms() + ENGINE_WAIT_MS;
	j->next = g->parked;
	g->parked = j;
	return true;
}

static bool
note_name(void *arg, const char *name)
{
	return json_object_set_new(arg, name, json_true()) == 0;
}

static bool
shares_one(json_t *a, json_t *b)
{
	const char *key;
	json_t *value;

	json_object_foreach(a, key, value)
	{
		(void)value;
		if (json_object_get(b, key) != NULL)
			return true;
	}
	return false;
}

/* Answer every parked wait that `wakes` says yes to. */
static void
answer_parked(struct engine *g, int status,
    bool (*wakes)(struct engine *, const struct job *, void *), void *arg)
{
	struct job **at = &g->parked;

	while (*at != NULL) {
		struct job *j = *at;

		if (!wakes(g, j, arg)) {
			at = &j->next;
			continue;
		}
		*at = j->next;
		reply_empty(g, j, status);
		job_free(j);
	}
}

/* Touched scopes are cheap to compare and may say too much; whoever they
 * concern is looked at closely.  In doubt a device is woken. */
static bool
is_concerned(struct engine *g, const struct job *j, void *touched)
{
	bool news = false;

	if (has_word(g, j, &news, NULL) != ERR_OK || news)
		return true;
	if (!shares_one(touched, j->scopes))
		return false;
	return has_page(g, j, &news, NULL) != ERR_OK || news;
}

static bool
is_anybody(struct engine *g, const struct job *j, void *arg)
{
	(void)g;
	(void)j;
	(void)arg;
	return true;
}

void
wait_wake(struct engine *g)
{
	struct hash32 link;
	struct err e;
	uint64_t head;
	json_t *touched;
	enum err_code code;

	if (g->wakes_all)
		answer_parked(g, WAIT_CHANGED, is_anybody, NULL);
	g->wakes_all = false;
	if (g->parked == NULL)
		return;
	touched = json_object();
	code = store_begin_read(g->store, &e);
	if (code == ERR_OK)
		code = store_log_head(g->store, &head, &link, &e);
	if (code == ERR_OK && head > g->woken_seq &&
	    (code = store_touched_scopes(
	         g->store, g->woken_seq, note_name, touched, &e)) == ERR_OK) {
		g->woken_seq = head;
		answer_parked(g, WAIT_CHANGED, is_concerned, touched);
	}
	store_rollback(g->store);
	json_decref(touched);
	if (code != ERR_OK)
		log_err("engine", "waits not woken", &e);
}

static bool
is_over(struct engine *g, const struct job *j, void *now_ms)
{
	(void)g;
	return j->deadline_ms <= *(const uint64_t *)now_ms;
}

int
wait_expire(struct engine *g)
{
	uint64_t now_ms = clock_mono_ms(), first = UINT64_MAX;

	answer_parked(g, WAIT_NOTHING, is_over, &now_ms);
	for (const struct job *j = g->parked; j != NULL; j = j->next)
		if (j->deadline_ms < first)
			first = j->deadline_ms;
	return g->parked == NULL ? -1 : (int)(first - now_ms);
}

void
wait_forget(struct engine *g, uint64_t token)
{
	for (struct job **at = &g->parked; *at != NULL; at = &(*at)->next) {
		struct job *j = *at;

		if (j->token != token)
			continue;
		*at = j->next;
		job_free(j);
		return;
	}
}
