/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers: packed, signed with the office's receipt key over the request that
 * they answer, handed to whoever asked.
 */
#include <assert.h>

#include "common/base/enc.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "common/sys/log.h"
#include "daemon/central/engine/engine_int.h"

/* zstd: a small answer is made smaller at little cost; for full pages, which a
 * new device gets by the dozen, the office's time counts. */
#define ANSWER_SMALL_ZIP_LEVEL 9
#define ANSWER_ZIP_LEVEL 3
#define BUSY_RETRY_S 5

/* Sign and hand over.  People's front terminates TLS for browsers, which check
 * no such signature. */
static void
send(struct engine *g, struct job *j, struct wire_answer *answer)
{
	char sig_text[ENC_BASE64_LEN(SIGN_SIG_LEN) + 1] = "";
	struct sign_sig sig;
	struct buf covered;

	assert(!j->is_answered);
	j->is_answered = true;
	buf_init(&covered, 256);
	if (j->listener == WIRE_DEVICES) {
		protocol_answer_signed(&j->signed_bytes, answer->status,
		    answer->body, answer->body_len, &covered);
		signer_make(g->receipt_signer, covered.ptr, covered.len, &sig);
		enc_base64(sig.b, sizeof(sig.b), sig_text);
	}
	answer->sig = sig_text;
	if (g->reply != NULL)
		g->reply(g->reply_arg, j->token, answer);
	answer->sig = "";
	buf_fini(&covered);
}

void
reply_json(struct engine *g, struct job *j, int status, const json_t *json)
{
	static const struct body_level level = {
		.small = ANSWER_SMALL_ZIP_LEVEL,
		.large = ANSWER_ZIP_LEVEL,
	};
	struct wire_answer answer = { .status = status,
		.content_type = "application/json",
		.dict = BODY_DICT_NONE };
	struct buf packed;
	struct err e;
	enum err_code code;

	/* With what the request was packed with, which the device has. */
	if (j->dict[0] != '\0' && body_codec_knows(g->codec, j->dict))
		answer.dict = j->dict;
	buf_init(&packed, LIMIT_ANSWER_BYTES);
	code = body_pack(g->codec, answer.dict, level, json, &packed, &e);
	if (code == ERR_OK) {
		answer.body = packed.ptr;
		answer.body_len = packed.len;
		send(g, j, &answer);
	} else {
		reply_error(g, j, &e);
	}
	buf_fini(&packed);
}

void
reply_empty(struct engine *g, struct job *j, int status)
{
	struct wire_answer answer = { .status = status,
		.content_type = "application/json",
		.dict = "",
		.body = "" };

	send(g, j, &answer);
}

/* A problem that cannot even be written down, for want of memory. */
static const char bare_problem[] =
    "{\"detail\":\"The office is short of memory.\",\"status\":500,"
    "\"title\":\"The office failed\",\"type\":\"about:blank\","
    "\"word\":\"internal\"}";

void
reply_problem(struct engine *g, struct job *j, enum protocol_word word,
    const char *detail)
{
	struct wire_answer answer = { .status = protocol_word_status(word),
		.content_type = "application/problem+json",
		.dict = "",
		.retry_after_s = word == WORD_BUSY ? BUSY_RETRY_S : 0 };
	char key[64];
	struct buf text;
	struct err e;
	json_t *json = NULL;

	g->counts.problems++;
	(void)snprintf(key, sizeof(key), "problem.%s", protocol_word(word));
	if (detail == NULL)
		detail = schema_word(g->schema, key);
	buf_init(&text, 4096);
	if (problem_to_json(word, detail, &json, &e) == ERR_OK &&
	    json_print(json, &text, &e) == ERR_OK) {
		answer.body = text.ptr;
		answer.body_len = text.len;
	} else {
		answer.status = 500;
		answer.body = bare_problem;
		answer.body_len = sizeof(bare_problem) - 1;
	}
	send(g, j, &answer);
	json_decref(json);
	buf_fini(&text);
}

void
reply_error(struct engine *g, struct job *j, const struct err *e)
{
	log_err("engine", "request failed", e);
	reply_problem(g, j,
	    e->code == ERR_BUSY || e->code == ERR_NOMEM ? WORD_BUSY
	                                                : WORD_INTERNAL,
	    NULL);
}
