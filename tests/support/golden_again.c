/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kind of message read and written again.
 */
#include "tests/support/golden_again.h"

#include <string.h>

#include "common/core/blob.h"
#include "common/core/device_command.h"
#include "common/core/history.h"
#include "common/core/renew.h"
#include "tests/support/check.h"

static const struct golden
    *golden; /* whose keys the messages are proved with */

static enum err_code
change_again(const json_t *json, json_t **out, struct err *e)
{
	struct change v;
	enum err_code code = change_from_json(json, &v, e);

	if (code != ERR_OK)
		return code;
	code = change_to_json(&v, out, e);
	change_fini(&v);
	return code;
}

static enum err_code
batch_again(const json_t *json, json_t **out, struct err *e)
{
	struct batch v;
	enum err_code code = batch_from_json(json, &v, e);

	if (code != ERR_OK)
		return code;
	code = batch_to_json(&v, out, e);
	batch_fini(&v);
	return code;
}

static enum err_code
request_again(const json_t *json, json_t **out, struct err *e)
{
	struct sync_request v;
	enum err_code code = sync_request_from_json(json, &v, e);

	if (code != ERR_OK)
		return code;
	code = sync_request_to_json(&v, out, e);
	sync_request_fini(&v);
	return code;
}

static enum err_code
answer_again(const json_t *json, json_t **out, struct err *e)
{
	struct sync_answer v;
	enum err_code code = sync_answer_from_json(json, &v, e);

	if (code != ERR_OK)
		return code;
	code = sync_answer_to_json(&v, out, e);
	sync_answer_fini(&v);
	return code;
}

static enum err_code
enrol_request_again(const json_t *json, json_t **out, struct err *e)
{
	struct enrol_request v;
	enum err_code code = enrol_request_from_json(
	    json, &golden->code_key, &golden->root_sha256, &v, e);

	if (code != ERR_OK)
		return code;
	code = enrol_request_to_json(
	    &v, &golden->code_key, &golden->root_sha256, out, e);
	enrol_request_fini(&v);
	return code;
}

static enum err_code
enrol_answer_again(const json_t *json, json_t **out, struct err *e)
{
	struct enrol_answer v;
	enum err_code code = enrol_answer_from_json(
	    json, &golden->code_key, &golden->root_sha256, &v, e);

	if (code != ERR_OK)
		return code;
	code = enrol_answer_to_json(
	    &v, &golden->code_key, &golden->root_sha256, out, e);
	enrol_answer_fini(&v);
	return code;
}

static enum err_code
courier_again(const json_t *json, json_t **out, struct err *e)
{
	struct courier_request v;
	enum err_code code = courier_request_from_json(json, &v, e);

	if (code != ERR_OK)
		return code;
	code = courier_request_to_json(&v, out, e);
	courier_request_fini(&v);
	return code;
}

static enum err_code
renew_request_again(const json_t *json, json_t **out, struct err *e)
{
	struct renew_request v;
	enum err_code code = renew_request_from_json(json, &v, e);

	if (code != ERR_OK)
		return code;
	code = renew_request_to_json(&v, out, e);
	renew_request_fini(&v);
	return code;
}

static enum err_code
renew_answer_again(const json_t *json, json_t **out, struct err *e)
{
	struct renew_answer v;
	enum err_code code = renew_answer_from_json(json, &v, e);

	if (code != ERR_OK)
		return code;
	code = renew_answer_to_json(&v, out, e);
	renew_answer_fini(&v);
	return code;
}

static enum err_code
history_again(const json_t *json, json_t **out, struct err *e)
{
	struct history v;
	enum err_code code = history_from_json(json, &v, e);

	if (code != ERR_OK)
		return code;
	code = history_to_json(&v, out, e);
	history_fini(&v);
	return code;
}

static enum err_code
blob_piece_again(const json_t *json, json_t **out, struct err *e)
{
	struct blob_piece v;
	enum err_code code = blob_piece_from_json(json, &v, e);

	if (code != ERR_OK)
		return code;
	code = blob_piece_to_json(&v, out, e);
	blob_piece_fini(&v);
	return code;
}

static enum err_code
blob_stand_again(const json_t *json, json_t **out, struct err *e)
{
	struct blob_stand v;
	enum err_code code = blob_stand_from_json(json, &v, e);

	return code != ERR_OK ? code : blob_stand_to_json(&v, out, e);
}

static enum err_code
commands_again(const json_t *json, json_t **out, struct err *e)
{
	struct commands_answer v;
	enum err_code code = commands_answer_from_json(json, &v, e);

	if (code != ERR_OK)
		return code;
	code = commands_answer_to_json(&v, out, e);
	commands_answer_fini(&v);
	return code;
}

/* The members beside the signed bytes are shown and not believed: what is
 * written again is the wire form. */
static enum err_code
receipt_again(const json_t *json, json_t **out, struct err *e)
{
	struct receipt v;
	enum err_code code = receipt_from_json(json, &v, e);

	if (code != ERR_OK)
		return code;
	code = receipt_to_json(&v, json_object_size(json) <= 3, out, e);
	receipt_fini(&v);
	return code;
}

static enum err_code
problem_again(const json_t *json, json_t **out, struct err *e)
{
	enum protocol_word word;
	char detail[256];
	enum err_code code = problem_from_json(json, &word, detail, e);

	return code != ERR_OK ? code : problem_to_json(word, detail, out, e);
}

static const struct {
	const char *kind;
	total_again again;
} decoders[] = {
	{ "change", change_again },
	{ "batch", batch_again },
	{ "sync_request", request_again },
	{ "sync_answer", answer_again },
	{ "enrol_request", enrol_request_again },
	{ "enrol_answer", enrol_answer_again },
	{ "courier_request", courier_again },
	{ "receipt", receipt_again },
	{ "problem", problem_again },
	{ "renew_request", renew_request_again },
	{ "renew_answer", renew_answer_again },
	{ "history", history_again },
	{ "commands_answer", commands_again },
	{ "blob_piece", blob_piece_again },
	{ "blob_stand", blob_stand_again },
};

total_again
golden_again(const struct golden *g, const char *kind)
{
	golden = g;
	for (size_t i = 0; i < sizeof(decoders) / sizeof(decoders[0]); i++)
		if (strcmp(decoders[i].kind, kind) == 0)
			return decoders[i].again;
	fail_msg("no decoder of kind %s", kind);
	return NULL;
}
