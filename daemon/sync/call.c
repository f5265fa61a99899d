/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of checks is the point: first whose answer it is, then what it
 * says.  Before the signature is verified an answer's bytes are looked at only
 * to say what kind of stranger sent them.
 */
#include "daemon/sync/call.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/core/body.h"
#include "common/core/limits.h"
#include "common/core/value.h"
#include "common/sys/http_client.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"

/* zstd: a device has time, and a slow link has none.  Some edits take a
 * millisecond or two at the higher level, a full batch about ten at the other.
 */
#define REQUEST_SMALL_ZIP_LEVEL 15
#define REQUEST_ZIP_LEVEL 9
#define PROBLEM_BYTES_MAX ((size_t)16 * 1024)
#define SIG_HEADER_MAX 160
#define DICT_HEADER_MAX 32
/* How much longer than the office parks for a parked call may take. */
#define PARK_MARGIN_S 20

struct office {
	struct http_client *http;
	struct signer *signer; /* NULL: courier */
	struct buf tls_key;    /* PEM; of the courier alone */
	struct id id;
	struct sign_pub receipt_pub;
	char address[256];
	struct body_codec *codec;
	bool is_plain;           /* the office lacks our newest dictionary */
	struct office_job *jobs; /* all that are under way */
};

struct office_job {
	struct office *office;
	struct http_job *http;
	office_answer_fn *done;
	void *arg;
	/* The request, in case it has to be packed anew; owned. */
	char method[8], *target;
	json_t *asked;
	uint32_t park_s;
	bool by_tls_key;
	const char *dict;          /* that the body is packed with */
	struct buf body;           /* packed */
	struct buf request_signed; /* what the answer has to be signed over */
	uint64_t bytes_up, bytes_down; /* of tries before */
	uint64_t asked_mono_ms;
	struct office_job *next, **at; /* in the office's list */
};

enum err_code
office_open(struct loop *loop, const struct office_cfg *cfg,
    struct office **out, struct err *e)
{
	struct office *o = calloc(1, sizeof(*o));
	struct http_client_cfg http = { .root = cfg->root_pem->ptr,
		.root_len = cfg->root_pem->len,
		.key = cfg->key_pem->ptr,
		.key_len = cfg->key_pem->len };
	struct buf chain;
	enum err_code code;

	if (o == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	buf_init(&o->tls_key, cfg->key_pem->len);
	if (cfg->sign_key == NULL)
		(void)buf_add(
		    &o->tls_key, cfg->key_pem->ptr, cfg->key_pem->len);
	buf_init(&chain, cfg->cert_pem->len + cfg->issuing_pem->len);
	(void)snprintf(o->address, sizeof(o->address), "%s", cfg->address);
	o->id = cfg->office;
	o->receipt_pub = cfg->receipt_pub;
	if (cfg->sign_key != NULL)
		o->signer = signer_new(cfg->sign_key);
	(void)buf_add(&chain, cfg->cert_pem->ptr, cfg->cert_pem->len);
	(void)buf_add(&chain, cfg->issuing_pem->ptr, cfg->issuing_pem->len);
	if ((code = buf_check(&chain, e)) == ERR_OK &&
	    (code = buf_check(&o->tls_key, e)) == ERR_OK &&
	    (code = body_codec_new(&o->codec, e)) == ERR_OK) {
		http.cert = chain.ptr;
		http.cert_len = chain.len;
		code = http_client_new(&http, &o->http, e);
	}
	if (code == ERR_OK)
		code = http_client_attach(o->http, loop, e);
	buf_fini(&chain);
	if (code != ERR_OK) {
		office_close(o);
		return code;
	}
	*out = o;
	return ERR_OK;
}

static void
job_free(struct office_job *job)
{
	if (job->at != NULL) {
		*job->at = job->next;
		if (job->next != NULL)
			job->next->at = job->at;
	}
	buf_wipe(&job->body);
	buf_fini(&job->request_signed);
	json_decref(job->asked);
	free(job->target);
	free(job);
}

void
office_cancel(struct office_job *job)
{
	if (job == NULL)
		return;
	http_client_cancel(job->http);
	job_free(job);
}

void
office_close(struct office *o)
{
	struct office_job *job, *next;

	if (o == NULL)
		return;
	for (job = o->jobs; job != NULL; job = next) {
		next = job->next;
		office_cancel(job);
	}
	http_client_free(o->http);
	signer_free(o->signer);
	buf_wipe(&o->tls_key);
	body_codec_free(o->codec);
	free(o);
}

const char *
office_address(const struct office *o)
{
	return o->address;
}

/* Is the answer signed, over this request and this body, by the office? */
static bool
is_ours(const struct office_job *job, const struct http_answer *http)
{
	char text[SIG_HEADER_MAX];
	struct sign_sig sig;
	struct buf covered;
	size_t len;
	bool is_valid;

	if (!http_answer_header(http, "visitbook-sig", text, sizeof(text)) ||
	    !enc_base64_parse(text, strlen(text), sig.b, sizeof(sig.b), &len) ||
	    len != sizeof(sig.b))
		return false;
	buf_init(&covered, 1024);
	protocol_answer_signed(&job->request_signed, (int)http->status,
	    http->body.ptr, http->body.len, &covered);
	is_valid = covered.bad == ERR_OK &&
	    sign_check(
	        &job->office->receipt_pub, covered.ptr, covered.len, &sig);
	buf_fini(&covered);
	return is_valid;
}

/* What answered, where the office's signature is missing: a front without its
 * office behind it says so in problem+json or with 502 to 504, and everything
 * else belongs to the network in between.  None of it is believed. */
static enum sync_outcome
stranger(const struct http_answer *http)
{
	if (http->status >= 502 && http->status <= 504)
		return SYNC_OFFICE_DOWN;
	if (!http_answer_is_portal(http) &&
	    strcmp(http->content_type, "application/problem+json") == 0)
		return SYNC_OFFICE_DOWN;
	return SYNC_PORTAL;
}

static void
refuse(struct office_answer *a, enum protocol_word word)
{
	a->outcome = word == WORD_BUSY || word == WORD_INTERNAL
	    ? SYNC_OFFICE_DOWN
	    : SYNC_REFUSED;
	a->has_word = true;
	a->word = word;
}

static void
read_problem(const struct http_answer *http, struct office_answer *a)
{
	static const struct json_limits limits = {
		.bytes_max = PROBLEM_BYTES_MAX,
		.tokens_max = 64,
		.depth_max = 4,
	};
	enum protocol_word word;
	char detail[256];
	json_t *json = NULL;
	enum err_code code =
	    json_parse(http->body.ptr, http->body.len, &limits, &json, NULL);

	if (code == ERR_OK)
		code = problem_from_json(json, &word, detail, NULL);
	if (code == ERR_NOMEM)
		word = WORD_BUSY;
	else if (code != ERR_OK)
		word = http->status >= 500 ? WORD_INTERNAL : WORD_MALFORMED;
	json_decref(json);
	refuse(a, word);
}

/* The office's own bytes; it can still be wrong. */
static void
read_body(const struct office_job *job, const struct http_answer *http,
    struct office_answer *a)
{
	static const struct json_limits limits = {
		.bytes_max = LIMIT_ANSWER_BYTES,
		.tokens_max = LIMIT_ANSWER_TOKENS,
		.depth_max = LIMIT_JSON_DEPTH,
	};
	char dict[DICT_HEADER_MAX] = BODY_DICT_NONE;
	const struct body_packed body = {
		.dict = dict, .ptr = http->body.ptr, .len = http->body.len
	};

	(void)http_answer_header(http, "visitbook-dict", dict, sizeof(dict));
	if (body_unpack(job->office->codec, &body, &limits, &a->body,
	        &a->local) != ERR_OK)
		refuse(a, WORD_MALFORMED);
	else
		a->outcome = SYNC_DONE;
}

static void
read_answer(const struct office_job *job, const struct http_answer *http,
    struct office_answer *a)
{
	if (!is_ours(job, http)) {
		a->outcome = stranger(http);
		return;
	}
	a->status = http->status;
	a->retry_after_s = http->retry_after_s;
	if (http->status == 200)
		read_body(job, http, a);
	else if (http->status == 204 || http->status == 304)
		a->outcome = SYNC_DONE;
	else
		read_problem(http, a);
}

static void
classify(const struct office_job *job, const struct http_answer *http,
    const struct err *e, struct office_answer *a)
{
	/* An answer may have come with a status that means "down" as well;
	 * what the office signed counts. */
	if (http->status != 0) {
		read_answer(job, http, a);
		return;
	}
	switch (http->outcome) {
	case HTTP_OUTCOME_OFFLINE:
		a->outcome = SYNC_OFFLINE;
		break;
	case HTTP_OUTCOME_TIMEOUT:
	case HTTP_OUTCOME_CANCELLED: /* nobody cancels with a callback */
		a->outcome = SYNC_TIMEOUT;
		break;
	case HTTP_OUTCOME_CERTIFICATE:
		a->outcome = SYNC_CERTIFICATE;
		break;
	case HTTP_OUTCOME_FOREIGN:
		a->outcome = SYNC_PORTAL;
		break;
	case HTTP_OUTCOME_LOCAL:
		a->local = *e;
		a->outcome = SYNC_OFFLINE;
		break;
	case HTTP_OUTCOME_OK:
	case HTTP_OUTCOME_OFFICE_DOWN:
	case HTTP_OUTCOME_N:
		a->outcome = SYNC_OFFICE_DOWN;
		break;
	}
}

/* Pack the body, and work out what both signatures cover. */
static enum err_code
job_fill(struct office_job *job, struct err *e)
{
	static const struct body_level level = {
		.small = REQUEST_SMALL_ZIP_LEVEL,
		.large = REQUEST_ZIP_LEVEL,
	};
	enum err_code code = ERR_OK;

	buf_reset(&job->body);
	buf_reset(&job->request_signed);
	job->dict = job->office->is_plain ? BODY_DICT_NONE
	                                  : body_codec_best(job->office->codec);
	if (job->asked != NULL)
		code = body_pack(job->office->codec, job->dict, level,
		    job->asked, &job->body, e);
	if (code != ERR_OK)
		return code;
	protocol_request_signed(job->office->id, job->method, job->target,
	    job->body.ptr, job->body.len, &job->request_signed);
	return buf_check(&job->request_signed, e);
}

static void on_http(void *arg, struct http_answer *http, const struct err *e);

/* The header with the request's signature; "" for one that has none. */
static enum err_code
job_sign(const struct office_job *job, char *out, size_t cap, struct err *e)
{
	const struct buf *covered = &job->request_signed;
	char text[ENC_BASE64_LEN(PKI_SIG_MAX) + 1];
	struct sign_sig sig;
	struct buf der;
	enum err_code code = ERR_OK;

	out[0] = '\0';
	if (job->office->signer == NULL && !job->by_tls_key)
		return ERR_OK;
	buf_init(&der, PKI_SIG_MAX);
	if (job->office->signer != NULL) {
		signer_make(
		    job->office->signer, covered->ptr, covered->len, &sig);
		(void)buf_add(&der, sig.b, sizeof(sig.b));
	} else {
		code = pki_sign(crypto_part_buf(&job->office->tls_key),
		    crypto_part_buf(covered), &der, e);
	}
	if (code == ERR_OK)
		code = buf_check(&der, e);
	if (code == ERR_OK) {
		enc_base64(der.ptr, der.len, text);
		(void)snprintf(out, cap, "visitbook-sig: %s", text);
	}
	buf_fini(&der);
	return code;
}

static enum err_code
job_start(struct office_job *job, struct err *e)
{
	char sig_header[ENC_BASE64_LEN(PKI_SIG_MAX) + 32];
	char dict_header[DICT_HEADER_MAX + 32];
	const char *headers[4] = { NULL };
	size_t n = 0;
	enum err_code code = job_sign(job, sig_header, sizeof(sig_header), e);
	struct http_call call = { .method = job->method,
		.address = job->office->address,
		.path = job->target,
		.headers = headers,
		.body = job->body.ptr,
		.body_len = job->body.len,
		.answer_cap = LIMIT_ANSWER_BYTES };

	if (code != ERR_OK)
		return code;
	if (job->park_s != 0) {
		call.idle_s = job->park_s + PARK_MARGIN_S;
		call.timeout_ms = (job->park_s + PARK_MARGIN_S) * 1000;
	}
	(void)snprintf(
	    dict_header, sizeof(dict_header), "visitbook-dict: %s", job->dict);
	headers[n++] = dict_header;
	if (job->asked != NULL)
		headers[n++] = "Content-Type: application/json";
	if (sig_header[0] != '\0')
		headers[n++] = sig_header;
	job->asked_mono_ms = clock_mono_ms();
	return http_client_start(
	    job->office->http, &call, on_http, job, &job->http, e);
}

/* An office from before our newest dictionary cannot read what is packed with
 * it: ask again without one, and from then on.  True if it was. */
static bool
ask_plainly(struct office_job *job, const struct office_answer *a)
{
	struct err e;

	if (!a->has_word || a->word != WORD_DICTIONARY || job->asked == NULL ||
	    strcmp(job->dict, BODY_DICT_NONE) == 0)
		return false;
	job->office->is_plain = true;
	return job_fill(job, &e) == ERR_OK && job_start(job, &e) == ERR_OK;
}

static void
on_http(void *arg, struct http_answer *http, const struct err *e)
{
	struct office_job *job = arg;
	office_answer_fn *done = job->done;
	void *done_arg = job->arg;
	struct office_answer a = {
		.outcome = SYNC_OFFICE_DOWN,
		.bytes_up = job->bytes_up + http->sent_bytes,
		.bytes_down = job->bytes_down + http->received_bytes,
		.asked_mono_ms = job->asked_mono_ms,
		.answered_mono_ms = clock_mono_ms(),
	};

	classify(job, http, e, &a);
	job->bytes_up = a.bytes_up;
	job->bytes_down = a.bytes_down;
	if (ask_plainly(job, &a))
		return;
	job_free(job);
	done(done_arg, &a);
	json_decref(a.body);
}

enum err_code
office_call(struct office *o, const struct office_ask *ask,
    office_answer_fn *done, void *arg, struct office_job **job_out,
    struct err *e)
{
	struct office_job *job = calloc(1, sizeof(*job));
	enum err_code code;

	if (job == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	job->office = o;
	job->done = done;
	job->arg = arg;
	buf_init(&job->body, LIMIT_BODY_PACKED);
	buf_init(&job->request_signed, 4096);
	(void)snprintf(job->method, sizeof(job->method), "%s", ask->method);
	job->target = strdup(ask->target);
	/* Shared and not copied: nobody changes a message that is sent. */
	job->asked = value_share(ask->body);
	job->by_tls_key = ask->by_tls_key;
	job->park_s = ask->park_s;
	if (job->target == NULL)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	else if ((code = job_fill(job, e)) == ERR_OK)
		code = job_start(job, e);
	if (code != ERR_OK) {
		job_free(job);
		return code;
	}
	job->at = &o->jobs;
	job->next = o->jobs;
	if (o->jobs != NULL)
		o->jobs->at = &job->next;
	o->jobs = job;
	*job_out = job;
	return ERR_OK;
}
