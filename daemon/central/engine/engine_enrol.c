/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enrolment requests: what enrol.c needs of the engine.
 */
#include "common/base/clock.h"
#include "daemon/central/engine/engine_int.h"
#include "daemon/central/engine/enrol.h"

static enum err_code
audit(void *arg, struct id actor, const char *action, const char *object,
    const char *reason, struct err *e)
{
	struct audit_entry a = { .actor = actor,
		.action = action,
		.object = object,
		.reason = reason };
	struct log_entry entry;

	return engine_audit(arg, &a, &entry, e);
}

static enum err_code
engine_enrol(struct engine *g, const json_t *request, json_t **answer_out,
    enum protocol_word *word, struct err *e)
{
	struct enrol_office o = { .store = g->store,
		.office = g->office,
		.root_sha256 = g->root_sha256,
		.root_pem = crypto_part(g->root_pem.ptr, g->root_pem.len),
		.issuing = { .cert = crypto_part(
		                 g->issuing_pem.ptr, g->issuing_pem.len),
		    .key = crypto_part(
		        g->issuing_key_pem.ptr, g->issuing_key_pem.len) },
		.bundle = g->bundle,
		.now_ms = clock_unix_ms(),
		.audit = audit,
		.arg = g };

	return enrol_treat(&o, request, answer_out, word, e);
}

void
answer_enrol(struct engine *g, struct job *j)
{
	enum protocol_word word = WORD_INTERNAL;
	json_t *answer = NULL;
	struct err e;
	enum err_code code = engine_enrol(g, j->json, &answer, &word, &e);

	if (code == ERR_OK)
		reply_json(g, j, 200, answer);
	else if (word == WORD_INTERNAL)
		reply_error(g, j, &e);
	else
		reply_problem(g, j, word, NULL);
	json_decref(answer);
}
