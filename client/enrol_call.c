/* SPDX-License-Identifier: Apache-2.0 */
#include "client/enrol_call.h"

#include <time.h>

#include "client/output.h"
#include "common/core/limits.h"
#include "common/sys/http_client.h"
#include "common/sys/json.h"
#include "common/sys/zip.h"

#define ENROL_PATH "/v1/enrol"
#define TRIES 4
#define TIMEOUT_MS 20000U

static const struct json_limits answer_limits = {
	.bytes_max = LIMIT_BODY_BYTES,
	.tokens_max = LIMIT_JSON_TOKENS,
	.depth_max = LIMIT_JSON_DEPTH,
};

/* Why nothing came of a call, in the words for people. */
static enum err_code
tell_outcome(struct client *c, const struct http_answer *a, struct err *e)
{
	const struct schema *s = c->built_in;

	client_next(c,
	    "Nothing is lost: run the same command again. The code stays "
	    "good until its time is up, and what the office has answered "
	    "once it answers again.");
	switch (a->outcome) {
	case HTTP_OUTCOME_CERTIFICATE:
		client_next(c,
		    "Check the address and the code with the office. If both "
		    "are right, something between answers in its place: use "
		    "another network.");
		return client_fail(c, ERR_AUTH, STATUS_REFUSED, "certificate",
		    e, "what answered is not the office that gave this code");
	case HTTP_OUTCOME_FOREIGN:
		return client_fail(c, ERR_BUSY, STATUS_UNREACHABLE, "portal", e,
		    "%s", schema_word(s, "network.not_ours"));
	case HTTP_OUTCOME_LOCAL:
		return err_wrap(e, "the office cannot be called");
	case HTTP_OUTCOME_OFFICE_DOWN:
		return client_fail(c, ERR_BUSY, STATUS_UNREACHABLE,
		    "office_down", e,
		    "the network works, but the office does not answer");
	case HTTP_OUTCOME_TIMEOUT:
		return client_fail(c, ERR_BUSY, STATUS_UNREACHABLE, "timeout",
		    e, "the office did not answer in time");
	case HTTP_OUTCOME_OK:
	case HTTP_OUTCOME_OFFLINE:
	case HTTP_OUTCOME_CANCELLED:
	case HTTP_OUTCOME_N:
		break;
	}
	return client_fail(c, ERR_BUSY, STATUS_UNREACHABLE, "offline", e,
	    "there is no way to the office from this network");
}

/* An answer that is no success: the office's own word, or somebody else's
 * page. */
static enum err_code
tell_refusal(struct client *c, const struct http_answer *a, struct err *e)
{
	enum protocol_word word;
	char detail[256], key[64];
	json_t *json = NULL;
	enum err_code code =
	    json_parse(a->body.ptr, a->body.len, &answer_limits, &json, NULL);

	if (code == ERR_OK)
		code = problem_from_json(json, &word, detail, NULL);
	json_decref(json);
	if (code != ERR_OK) {
		client_next(c, "Use another network, or try again later.");
		return client_fail(c, ERR_BUSY, STATUS_UNREACHABLE, "portal", e,
		    "%s", schema_word(c->built_in, "network.not_ours"));
	}
	(void)snprintf(key, sizeof(key), "problem.%s", protocol_word(word));
	client_next(c, "%s",
	    word == WORD_BAD_CODE ? "Ask the office for a new code."
	                          : "Try again later, or ask the office.");
	return client_fail(c, ERR_AUTH,
	    word == WORD_BUSY ? STATUS_UNREACHABLE : STATUS_REFUSED,
	    protocol_word(word), e, "%s", schema_word(c->built_in, key));
}

static enum err_code
unpack(const struct http_answer *a, json_t **out, struct err *e)
{
	char dict[32];
	struct buf text;
	enum err_code code = ERR_OK;

	if (!http_answer_header(a, "visitbook-dict", dict, sizeof(dict)))
		return json_parse(
		    a->body.ptr, a->body.len, &answer_limits, out, e);
	buf_init(&text, LIMIT_BODY_BYTES);
	code = zip_unpack(
	    NULL, a->body.ptr, a->body.len, LIMIT_BODY_BYTES, &text, e);
	if (code == ERR_OK)
		code = json_parse(text.ptr, text.len, &answer_limits, out, e);
	buf_fini(&text);
	return code;
}

/* Whether trying again may help. */
static bool
is_passing(const struct http_answer *a)
{
	return a->outcome == HTTP_OUTCOME_OFFLINE ||
	    a->outcome == HTTP_OUTCOME_OFFICE_DOWN ||
	    a->outcome == HTTP_OUTCOME_TIMEOUT;
}

static void
pause_ms(unsigned ms)
{
	const struct timespec t = { .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000L };

	(void)nanosleep(&t, NULL);
}

/* Call up to TRIES times; the answer, or why there is none. */
static enum err_code
call_office(struct client *c, struct http_client *http,
    const struct http_call *call, struct http_answer *answer, struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned i = 0; i < TRIES; i++) {
		if (i > 0)
			pause_ms(250U << i);
		code = http_client_call(http, call, answer, e);
		if (code == ERR_OK || !is_passing(answer))
			break;
	}
	return code == ERR_OK ? ERR_OK : tell_outcome(c, answer, e);
}

/* Any answer brings the office's certificate with it. */
static enum err_code
learn_root(struct client *c, struct http_client *http, struct enrolment *en,
    const char *address, struct err *e)
{
	const struct http_call call = { .method = "GET",
		.address = address,
		.path = ENROL_PATH,
		.timeout_ms = TIMEOUT_MS };
	struct http_answer answer;
	const uint8_t *der;
	size_t len = 0;
	enum err_code code;

	http_answer_init(&answer);
	code = call_office(c, http, &call, &answer, e);
	der = http_client_root(http, &len);
	if (der != NULL) /* then it was the office, whatever it answered */
		code = enrolment_root(en, der, len, e);
	else if (code == ERR_OK)
		code = err_set(
		    e, ERR_AUTH, 0, "the office did not show its certificate");
	if (code == ERR_OK) {
		c->status = STATUS_DONE;
		c->word = NULL;
		c->next[0] = '\0';
	}
	http_answer_fini(&answer);
	return code;
}

static enum err_code
exchange(struct client *c, struct http_client *http, struct enrolment *en,
    const char *address, struct err *e)
{
	static const char *const headers[] = { "visitbook-dict: none",
		"Content-Type: application/zstd", NULL };
	struct http_call call = { .method = "POST",
		.address = address,
		.path = ENROL_PATH,
		.headers = headers,
		.timeout_ms = TIMEOUT_MS };
	struct http_answer answer;
	struct buf text, packed;
	json_t *json = NULL;
	enum err_code code;

	http_answer_init(&answer);
	buf_init(&text, LIMIT_BODY_BYTES);
	buf_init(&packed, LIMIT_BODY_PACKED);
	if ((code = enrolment_request(en, &json, e)) != ERR_OK ||
	    (code = json_print(json, &text, e)) != ERR_OK ||
	    (code = zip_pack(3, NULL, text.ptr, text.len, &packed, e)) !=
	        ERR_OK)
		goto out;
	json_decref(json);
	json = NULL;
	call.body = packed.ptr;
	call.body_len = packed.len;
	if ((code = call_office(c, http, &call, &answer, e)) != ERR_OK)
		goto out;
	if (answer.status != 200) {
		code = tell_refusal(c, &answer, e);
		goto out;
	}
	if ((code = unpack(&answer, &json, e)) == ERR_OK)
		code = enrolment_answer(en, json, address, e);
	if (code == ERR_AUTH || code == ERR_MALFORMED) {
		c->status = STATUS_REFUSED;
		client_next(c,
		    "Nothing was set up. Ask the office for a new code, and "
		    "tell them.");
	}
out:
	json_decref(json);
	buf_fini(&text);
	buf_fini(&packed);
	http_answer_fini(&answer);
	return code;
}

enum err_code
enrol_call(
    struct client *c, struct enrolment *en, const char *address, struct err *e)
{
	const struct http_client_cfg cfg = { .pin = en->code.pin,
		.pin_len = ENROL_PIN_LEN };
	struct http_client *http = NULL;
	enum err_code code = http_client_new(&cfg, &http, e);

	if (code != ERR_OK)
		return code;
	code = learn_root(c, http, en, address, e);
	if (code == ERR_OK)
		code = exchange(c, http, en, address, e);
	http_client_free(http);
	return code;
}
