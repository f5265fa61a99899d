/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enrolling: the office's certificate is learnt from a first answer, and the
 * same request is sent again until its answer has come.
 */
#include "tests/prove/cut_kinds.h"

#include <string.h>

#include "common/core/limits.h"
#include "common/sys/http_client.h"
#include "common/sys/json.h"
#include "common/sys/zip.h"

#define PATH "/v1/enrol"

/* Keys of a device's own and its requests for certificates: an office that was
 * put back as it was before it saw them is asked with them again.  To make them
 * takes a tenth of a cut's time. */
#define KEYS_MAX 64

static void
keys_find(struct enrolment *en, struct buf *out[static 4])
{
	out[0] = &en->identity.tls_key_pem;
	out[1] = &en->identity.courier_key_pem;
	out[2] = &en->request.tls_csr;
	out[3] = &en->request.courier_csr;
}

static void
keys_take(struct enrolment *en, struct enrolment *from)
{
	struct buf *to[4], *made[4];
	struct err e;

	keys_find(en, to);
	keys_find(from, made);
	for (size_t i = 0; i < 4; i++) {
		(void)buf_add(to[i], made[i]->ptr, made[i]->len);
		assert_ok(buf_check(to[i], &e), &e);
	}
	en->identity.sign_key = from->identity.sign_key;
	en->request.sign_pub = from->request.sign_pub;
	memcpy(
	    en->request.label, from->request.label, sizeof(en->request.label));
	memcpy(en->request.code_id, en->code.id, sizeof(en->code.id));
}

static void
give_keys(struct cut_world *w)
{
	static struct enrolment made[KEYS_MAX];
	const size_t i = w->work.enrolled++;
	struct enrolment *en = &w->enrolment;
	struct err e = { 0 };

	if (i >= KEYS_MAX) {
		assert_ok(enrolment_keys(en, "a machine", &e), &e);
		return;
	}
	if (made[i].identity.tls_key_pem.len == 0) {
		enrolment_init(&made[i]);
		assert_ok(enrolment_keys(&made[i], "a machine", &e), &e);
	}
	keys_take(en, &made[i]);
}

void
cut_prepare_enrol(struct cut_world *w)
{
	json_t *answer = cut_office_ask(w,
	    json_pack("{s:s, s:s}", "do", "device code", "user",
	        id_print(w->office.user).s));
	struct enrolment *en = &w->enrolment;

	enrolment_fini(en);
	enrolment_init(en);
	assert_true(enrol_code_parse(
	    json_string_value(json_object_get(answer, "code")), &en->code));
	json_decref(answer);
	give_keys(w);
}

struct asked {
	struct cut_world *w;
	bool is_done;
	unsigned status; /* 0: no answer */
	struct buf body;
};

static void
on_answer(void *arg, struct http_answer *answer, const struct err *e)
{
	struct asked *a = arg;

	a->is_done = true;
	if (e->code != ERR_OK) {
		(void)cut_try_failed(a->w, e->code, e);
	} else {
		a->status = answer->status;
		(void)buf_add(&a->body, answer->body.ptr, answer->body.len);
	}
	loop_stop(a->w->loop);
}

/* False when there was no whole answer. */
static bool
ask(struct cut_world *w, struct http_client *http, const struct http_call *call,
    struct buf *body_out)
{
	struct asked a = { .w = w };
	struct http_job *job = NULL;
	struct err e = { 0 };

	enum err_code rc;

	buf_init(&a.body, LIMIT_BODY_BYTES);
	*body_out = a.body;
	rc = http_client_start(http, call, on_answer, &a, &job, &e);
	if (rc != ERR_OK)
		return cut_try_failed(w, rc, &e);
	cut_wait(w, &a.is_done);
	if (!a.is_done) {
		http_client_cancel(job);
		(void)cut_try_ends(w, false, SYNC_TIMEOUT, &e);
	}
	*body_out = a.body;
	w->status = a.status;
	return a.status != 0;
}

/* Any answer shows the office's root. */
static bool
learn_root(struct cut_world *w, struct http_client *http)
{
	const struct http_call call = {
		.method = "GET", .address = w->address.s, .path = PATH
	};
	const uint8_t *der;
	struct buf unread;
	size_t len = 0;
	struct err e = { 0 };

	(void)ask(w, http, &call, &unread);
	buf_fini(&unread);
	der = http_client_root(http, &len);
	if (der == NULL)
		return false;
	assert_ok(enrolment_root(&w->enrolment, der, len, &e), &e);
	return !w->has_given_up;
}

/* An office that cannot now says so. */
static bool
is_success(struct cut_world *w)
{
	struct err e;

	return w->status == 200 ||
	    cut_try_failed(w,
	        err_set(&e, w->status >= 500 ? ERR_BUSY : ERR_INVALID, 0,
	            "the office answers %u", w->status),
	        &e);
}

/* The answer, if it came: it has to be the office's. */
static bool
take(struct cut_world *w, const struct buf *packed)
{
	static const struct json_limits limits = {
		.bytes_max = LIMIT_BODY_BYTES,
		.tokens_max = LIMIT_JSON_TOKENS,
		.depth_max = LIMIT_JSON_DEPTH,
	};
	json_t *json = NULL;
	struct buf text;
	struct err e = { 0 };

	buf_init(&text, LIMIT_BODY_BYTES);
	assert_ok(zip_unpack(NULL, packed->ptr, packed->len, LIMIT_BODY_BYTES,
	              &text, &e),
	    &e);
	assert_ok(json_parse(text.ptr, text.len, &limits, &json, &e), &e);
	assert_ok(enrolment_answer(&w->enrolment, json, w->address.s, &e), &e);
	json_decref(json);
	buf_fini(&text);
	return true;
}

static bool
send(struct cut_world *w, struct http_client *http)
{
	static const char *const headers[] = { "visitbook-dict: none",
		"Content-Type: application/zstd", NULL };
	struct http_call call = { .method = "POST",
		.address = w->address.s,
		.path = PATH,
		.headers = headers };
	struct buf text, packed, answer;
	json_t *json = NULL;
	bool went;
	struct err e = { 0 };

	buf_init(&text, LIMIT_BODY_BYTES);
	buf_init(&packed, LIMIT_BODY_PACKED);
	assert_ok(enrolment_request(&w->enrolment, &json, &e), &e);
	assert_ok(json_print(json, &text, &e), &e);
	assert_ok(zip_pack(3, NULL, text.ptr, text.len, &packed, &e), &e);
	json_decref(json);
	call.body = packed.ptr;
	call.body_len = packed.len;
	went =
	    ask(w, http, &call, &answer) && is_success(w) && take(w, &answer);
	buf_fini(&answer);
	buf_fini(&packed);
	buf_fini(&text);
	return went;
}

bool
cut_try_enrol(struct cut_world *w)
{
	const struct http_client_cfg cfg = { .pin = w->enrolment.code.pin,
		.pin_len = ENROL_PIN_LEN };
	struct http_client *http = NULL;
	struct err e = { 0 };
	bool went;
	enum err_code rc = http_client_new(&cfg, &http, &e);

	if (rc != ERR_OK)
		return cut_try_failed(w, rc, &e);
	rc = http_client_attach(http, w->loop, &e);
	went = rc == ERR_OK ? learn_root(w, http) && send(w, http)
	                    : cut_try_failed(w, rc, &e);
	http_client_free(http);
	return went;
}

const char *
cut_enrol_is_false(struct cut_world *w)
{
	const struct id device = w->enrolment.identity.device;

	/* Until an answer was taken there is no identity. */
	if (w->enrolment.identity.address[0] != '\0' &&
	    cut_office_device(w, device).enrolled_at == 0)
		return "it takes itself as enrolled, and the office does not";
	return NULL;
}
