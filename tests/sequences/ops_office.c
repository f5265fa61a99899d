/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the office and its people do; ops.c has the others.
 */
#include <stdio.h>
#include <string.h>

#include "common/sys/json.h"
#include "daemon/central/setup/restore.h"
#include "tests/sequences/ops.h"
#include "tests/sim/office.h"
#include "tests/sim/template.h"

static bool
is_error(const json_t *answer)
{
	return answer == NULL || json_object_get(answer, "error") != NULL;
}

/* A command, until it is answered. */
static json_t *
command(struct play *p, json_t *request)
{
	json_t *answer = NULL;

	for (unsigned i = 0; i < TRIES_MAX && answer == NULL; i++) {
		struct sim_node *n = office_node(p->w);

		if (n != NULL)
			answer = office_command(n, json_incref(request));
		if (play_after(p)) {
			json_decref(answer);
			answer = NULL;
		}
	}
	json_decref(request);
	if (office_node(p->w) != NULL)
		node_work(office_node(p->w));
	(void)play_after(p);
	return answer;
}

static void
office_decide(struct play *p)
{
	json_t *list, *answer;
	const json_t *first;

	play_sync(p, &p->w->devices[0]);
	list = command(p, json_pack("{s:s}", "do", "conflict list"));
	first = json_array_get(json_object_get(list, "conflicts"), 0);
	if (first != NULL) {
		answer = command(p,
		    json_pack("{s:s, s:s, s:O, s:s, s:s}", "do",
		        "conflict decide", "as",
		        id_print(template.users[SIM_USERS - 1]).s, "conflict",
		        json_object_get(first, "id"), "take", "current",
		        "reason", "as it stands"));
		if (!is_error(answer))
			count_event(p->w, EVENT_DECISION);
		json_decref(answer);
	}
	json_decref(list);
}

static void
grant(struct play *p)
{
	const bool end = p->w->grants[0][1];
	char scope[64];

	(void)snprintf(
	    scope, sizeof(scope), "case:%s", id_print(template.cases[1]).s);
	json_decref(command(p,
	    json_pack("{s:s, s:s, s:s, s:s}", "do",
	        end ? "grant end" : "grant add", "user",
	        id_print(template.users[0]).s, "scope", scope, "reason",
	        "so decided")));
	p->w->grants[0][1] = !end;
}

/* A backup that was cut is made again. */
static void
backup(struct play *p)
{
	for (unsigned i = 0; i < TRIES_MAX; i++) {
		struct sim_node *n = office_node(p->w);
		struct err e = { 0 };
		enum err_code code;

		enter_node(n);
		code = office_store_backup(
		    engine_store(n->engine), OFFICE_BACKUP, &e);
		leave();
		if (!play_after(p) && code == ERR_OK)
			break;
	}
	p->w->has_backup = true;
	memcpy(p->w->backup_grants, p->w->grants, sizeof(p->w->grants));
}

/* Nothing runs at the office meanwhile; the operator does again what was cut.
 */
static bool
restore_once(struct play *p, struct restored *restored)
{
	struct sim_node *n = &p->w->nodes[0];
	struct err e = { 0 };
	enum err_code code;

	enter_node(n);
	code = restore_backup(
	    OFFICE_HOME, OFFICE_BACKUP, &template.key, restored, &e);
	leave();
	if (n->process.is_dead) {
		n->process = (struct disk_process){ 0 };
		p->is_dying = false;
		return false;
	}
	if (code != ERR_OK)
		violation(p->w, "I2", "the backup does not restore: %s", e.msg);
	return true;
}

/* Pages are given again when two administrators have said so. */
static void
open_access(struct play *p)
{
	const struct id admins[2] = { template.users[SIM_USERS - 1],
		template.users[SIM_USERS - 2] };

	for (unsigned i = 0; i < TRIES_MAX && !p->w->is_violated; i++) {
		struct sim_node *n = office_node(p->w);
		struct err e = { 0 };
		enum err_code code = ERR_OK;

		enter_node(n);
		if (!engine_access_is_open(n->engine))
			code = engine_access_confirm(n->engine, admins, &e);
		leave();
		if (play_after(p))
			continue;
		if (code != ERR_OK)
			violation(
			    p->w, "I7", "access does not open: %s", e.msg);
		break;
	}
	memcpy(p->w->grants, p->w->backup_grants, sizeof(p->w->grants));
}

static void
restore(struct play *p)
{
	struct restored restored = { .epoch = 1 };

	node_down(&p->w->nodes[0], UINT32_MAX);
	while (!restore_once(p, &restored))
		continue;
	p->w->epoch = (unsigned)restored.epoch;
	count_event(p->w, EVENT_EPOCH);
	play_office_up(p);
	open_access(p);
}

void
play_at_the_office(struct play *p, enum play_op op)
{
	switch ((int)op) {
	case OP_OFFICE_DECIDE:
		office_decide(p);
		break;
	case OP_GRANT:
		grant(p);
		break;
	case OP_BACKUP:
		backup(p);
		break;
	case OP_RESTORE:
		restore(p);
		break;
	default:
		break;
	}
}
