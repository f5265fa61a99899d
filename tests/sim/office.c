/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/office.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "daemon/central/setup/restore.h"
#include "tests/sim/erased.h"
#include "tests/sim/facts.h"
#include "tests/sim/network.h"
#include "tests/sim/template.h"
#include "tests/sim/trace.h"

/* Of a backup. */
#define STORE_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* Answers are given while the engine works; whether they leave is known when
 * it is through. */
struct given {
	struct given *next;
	uint64_t token;
	int status;
	char sig[160], type[48], dict[16];
	struct buf body;
};
static struct given *given_first, **given_end = &given_first;

static void
on_reply(void *arg, uint64_t token, const struct wire_answer *answer)
{
	struct given *g = calloc(1, sizeof(*g));

	(void)arg;
	assert(g != NULL);
	g->token = token;
	g->status = answer->status;
	(void)snprintf(g->sig, sizeof(g->sig), "%s", answer->sig);
	(void)snprintf(g->type, sizeof(g->type), "%s", answer->content_type);
	(void)snprintf(g->dict, sizeof(g->dict), "%s", answer->dict);
	buf_init(&g->body, (size_t)16 * 1024 * 1024);
	(void)buf_add(&g->body, answer->body, answer->body_len);
	*given_end = g;
	given_end = &g->next;
}

static void
give_all(struct sim_node *n, bool leaves)
{
	while (given_first != NULL) {
		struct given *g = given_first;
		const struct wire_answer a = { .status = g->status,
			.sig = g->sig,
			.dict = g->dict,
			.content_type = g->type,
			.body = g->body.ptr,
			.body_len = g->body.len };

		given_first = g->next;
		if (leaves)
			network_answer(n, g->token, &a);
		buf_fini(&g->body);
		free(g);
	}
	given_end = &given_first;
}

void
node_up(struct sim_node *n)
{
	const struct engine_options o = { .data = OFFICE_HOME,
		.key = &template.key };
	struct err e = { 0 };

	if (n->engine != NULL)
		return;
	n->process = (struct disk_process){ 0 };
	n->up_at = 0;
	enter_node(n);
	if (engine_open(&o, &n->engine, &e) != ERR_OK)
		violation(
		    n->world, "I2", "the office does not open: %s", e.msg);
	else
		engine_on_reply(n->engine, on_reply, n);
	leave();
}

void
node_down(struct sim_node *n, uint64_t up_after_ms)
{
	if (n->engine == NULL)
		return;
	enter_node(n);
	engine_close(n->engine);
	leave();
	n->engine = NULL;
	give_all(n, false);
	if (network_of(n->world) != NULL)
		network_node_down(network_of(n->world), n);
	n->up_at = seam.now_ms + up_after_ms;
}

void
nodes_wake(struct world *w)
{
	for (unsigned i = 0; i < w->n_nodes; i++)
		if (w->nodes[i].engine == NULL &&
		    w->nodes[i].up_at <= seam.now_ms)
			node_up(&w->nodes[i]);
}

struct sim_node *
office_node(struct world *w)
{
	for (unsigned i = 0; i < w->n_nodes; i++)
		if (w->nodes[i].engine != NULL)
			return &w->nodes[i];
	return NULL;
}

/* A process that died is closed; what it had said by then never left. */
static void
node_after(struct sim_node *n, bool says_nothing)
{
	const bool died = n->process.is_dead || says_nothing;

	if (!died) {
		give_all(n, true);
		return;
	}
	trace_say(n->world, "the office's process %u dies%s", n->no,
	    n->process.is_dead ? " while it writes" : " before it answers");
	count_fault(n->world,
	    n->process.is_dead ? FAULT_OFFICE_CRASH : FAULT_OFFICE_CRASH_REPLY);
	n->process.is_dead = true; /* closing writes nothing either */
	give_all(n, false);
	node_down(n, 2000);
}

/* Which devices the office takes for revoked; the caller is its process. */
static void
read_revoked(struct sim_node *n)
{
	struct office_store *s = engine_store(n->engine);
	struct sim_device *devices = n->world->devices;
	struct office_device row;
	struct err e = { 0 };

	if (store_begin_read(s, &e) == ERR_OK)
		for (unsigned i = 0; i < n->world->n_devices; i++)
			if (store_device_get(s, devices[i].id, &row, &e) ==
			    ERR_OK)
				devices[i].is_revoked =
				    row.state == DEVICE_REVOKED;
	store_rollback(s);
}

/* Nothing is pulled before it is known who may see what: a list that was kept
 * elsewhere brings back what the backup does not know, or two administrators
 * confirm the backup's. */
static void
open_access(struct sim_node *n, const json_t *list, const struct restored *r)
{
	struct world *w = n->world;
	const struct id admins[2] = { template.users[SIM_USERS - 1],
		template.users[SIM_USERS - 2] };
	const struct version backup = { .epoch = r->from_epoch, .seq = r->seq };
	struct err e = { 0 };
	enum err_code code;

	/* A death in the midst of it is for prove crash-central. */
	n->process.dies_at = n->process.dies_at_sync = 0;
	enter_node(n);
	if (list != NULL) {
		code = engine_access_restore(n->engine, list, &backup, &e);
	} else {
		code = engine_access_confirm(n->engine, admins, &e);
		memcpy(w->grants, w->backup_grants, sizeof(w->grants));
	}
	if (code != ERR_OK)
		violation(w, "I7", "access does not open again: %s", e.msg);
	if (code == ERR_OK && list == NULL)
		read_revoked(n);
	leave();
	trace_say(w, "%s",
	    list != NULL ? "who may see what is known by the list that was kept"
	                 : "two administrators confirm who may see what");
	if (list == NULL && trace_wants_facts(w))
		trace_fact(w, json_pack("{s:s}", "e", "restored"));
	fact_grants(w);
}

/* A device has shown the office that it was put back: every process of it goes
 * on in the new epoch, and two administrators confirm. */
static void
hear_of_it(struct sim_node *n)
{
	struct world *w = n->world;
	const struct restored none = { 0 };

	if (n->engine == NULL || engine_access_is_open(n->engine))
		return;
	trace_say(w, "the office hears that it was put back");
	count_event(w, EVENT_EPOCH);
	for (unsigned i = 0; i < w->n_nodes; i++) {
		if (&w->nodes[i] == n || w->nodes[i].engine == NULL)
			continue;
		node_down(&w->nodes[i], 0);
		node_up(&w->nodes[i]);
	}
	open_access(n, NULL, &none);
}

void
node_work(struct sim_node *n)
{
	const bool dies_mute = n->process.dies_at == UINT64_MAX;

	if (n->engine == NULL)
		return;
	enter_node(n);
	while (engine_work(n->engine) == 0)
		continue;
	leave();
	node_after(n, dies_mute && given_first != NULL);
	hear_of_it(n);
}

json_t *
office_command(struct sim_node *n, json_t *request)
{
	json_t *answer = NULL;
	struct err e = { 0 };

	enter_node(n);
	if (engine_command(n->engine, request, &answer, &e) != ERR_OK)
		answer = NULL;
	leave();
	json_decref(request);
	if (n->process.is_dead)
		node_after(n, false);
	return answer;
}

/* The copying of the command "backup", over the one before. */
static enum err_code
backup_made(struct engine *g, struct err *e)
{
	struct office_store *s = engine_store(g);
	const struct id nobody = { { 0 } };
	enum err_code code;

	if ((code = engine_backup_begin(g, nobody, OFFICE_BACKUP, e)) !=
	        ERR_OK ||
	    (code = office_store_backup(s, OFFICE_BACKUP, e)) != ERR_OK ||
	    (code = store_begin(s, e)) != ERR_OK ||
	    (code = store_backup_done(s, e)) != ERR_OK)
		return code;
	return store_commit(s, e);
}

void
office_backup(struct world *w)
{
	struct sim_node *n = office_node(w);
	struct err e = { 0 };

	if (n == NULL)
		return;
	enter_node(n);
	disk_run(NULL);
	if (backup_made(n->engine, &e) == ERR_OK) {
		w->has_backup = true;
		memcpy(w->backup_grants, w->grants, sizeof(w->grants));
		w->backup_erasures = w->n_erasures;
	}
	leave();
}

/* What is kept elsewhere, up to date; NULL now and then, and when the office is
 * down: nobody has it. */
static json_t *
kept_list(struct world *w)
{
	struct sim_node *n = office_node(w);
	json_t *list = json_object();
	struct err e = { 0 };
	enum err_code code;

	if (n == NULL || rng_below(&w->rng, 2) == 0) {
		json_decref(list);
		return NULL;
	}
	enter_node(n);
	disk_run(NULL);
	code = engine_access_list(n->engine, list, &e);
	leave();
	if (code != ERR_OK) {
		violation(w, "I7", "the list of access: %s", e.msg);
		json_decref(list);
		return NULL;
	}
	return list;
}

void
office_restore(struct world *w)
{
	struct restored restored;
	json_t *list;
	struct err e = { 0 };

	if (!w->has_backup)
		return;
	list = kept_list(w);
	for (unsigned i = 0; i < w->n_nodes; i++)
		node_down(&w->nodes[i], 0);
	if (restore_backup(OFFICE_HOME, OFFICE_BACKUP, &template.key, &restored,
	        &e) != ERR_OK) {
		violation(w, "I2", "the backup does not restore: %s", e.msg);
		json_decref(list);
		return;
	}
	w->epoch = (unsigned)restored.epoch;
	trace_say(w,
	    "the office goes on from its backup: log number %llu,"
	    " epoch %llu",
	    (unsigned long long)restored.seq,
	    (unsigned long long)restored.epoch);
	count_fault(w, FAULT_RESTORE);
	count_event(w, EVENT_EPOCH);
	node_up(&w->nodes[0]);
	if (!w->is_violated)
		open_access(&w->nodes[0], list, &restored);
	if (!w->is_violated)
		erased_restored(w, &w->nodes[0]);
	json_decref(list);
	if (!w->is_violated)
		nodes_wake(w);
}

static enum err_code
put_back(struct err *e)
{
	static const char *const beside[] = { OFFICE_HOME "/office.db-wal",
		OFFICE_HOME "/office.db-shm" };
	struct buf bytes;
	enum err_code code;

	buf_init(&bytes, STORE_BYTES_MAX);
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
		if (file_exists(beside[i]) &&
		    (code = file_remove(beside[i], e)) != ERR_OK)
			return code;
	if ((code = file_load(OFFICE_BACKUP, &bytes, e)) == ERR_OK)
		code = file_save(
		    OFFICE_HOME "/office.db", bytes.ptr, bytes.len, e);
	buf_fini(&bytes);
	return code;
}

void
office_roll_back(struct world *w)
{
	struct err e = { 0 };

	/* Of an erasure that is lost with the rest devices have the number, and
	 * one that follows may get it: not judged. */
	if (!w->has_backup || w->n_erasures > w->backup_erasures)
		return;
	for (unsigned i = 0; i < w->n_nodes; i++)
		node_down(&w->nodes[i], 0);
	if (put_back(&e) != ERR_OK) {
		violation(w, "I2", "the backup is not put back: %s", e.msg);
		return;
	}
	/* What it tells from here on is of a history that others do not have.
	 */
	w->epoch++;
	trace_say(w, "the office's store is put back, without its knowing");
	count_fault(w, FAULT_ROLL_BACK);
	if (trace_wants_facts(w))
		trace_fact(w, json_pack("{s:s}", "e", "rolled_back"));
	memcpy(w->grants, w->backup_grants, sizeof(w->grants));
	/* Who heard of none of its receipts has nothing to show it, and may be
	 * given their numbers again; who did compares them when it verifies. */
	for (unsigned i = 0; i < w->n_devices; i++)
		w->devices[i].given_intake = 0;
	node_up(&w->nodes[0]);
	if (w->is_violated)
		return;
	enter_node(&w->nodes[0]);
	read_revoked(&w->nodes[0]);
	leave();
	erased_restored(w, &w->nodes[0]);
	fact_grants(w);
	if (!w->is_violated)
		nodes_wake(w);
}
