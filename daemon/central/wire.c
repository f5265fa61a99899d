/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between a front and the engine: one line of canonical JSON with
 * everything but the body, a newline, the body as it is.
 */
#include "daemon/central/wire.h"

#include <jansson.h>
#include <string.h>

#include "common/sys/json.h"

/* The longest of each text that either side accepts. */
#define METHOD_MAX 8
#define TARGET_MAX 1024
#define SIG_MAX 128
#define DICT_MAX 64
#define PEER_MAX 64
#define TYPE_MAX 128
#define CERT_MAX 8192
/* All of them, the certificate as base64. */
#define LINE_MAX_BYTES ((size_t)16384)

static const struct json_limits line_limits = {
	.bytes_max = LINE_MAX_BYTES, .tokens_max = 64, .depth_max = 2
};

struct wire_request_text {
	json_t *line;    /* the texts are borrowed from it; owned */
	struct buf cert; /* DER */
};

bool
wire_kind_allowed(enum wire_listener listener, uint16_t kind)
{
	if (kind == WIRE_GONE)
		return true;
	if (listener == WIRE_DEVICES)
		return kind >= WIRE_SYNC && kind <= WIRE_BLOB_GET;
	return kind >= WIRE_HEALTH && kind <= WIRE_PAGE;
}

void
wire_request_text_free(struct wire_request_text *t)
{
	if (t == NULL)
		return;
	json_decref(t->line);
	buf_fini(&t->cert);
	free(t);
}

/* Append the line of a message and its body. */
static enum err_code
message_enc(json_t *line, const void *body, size_t body_len, struct buf *out,
    struct err *e)
{
	enum err_code code = json_print(line, out, e);

	if (code != ERR_OK)
		return code;
	(void)buf_add_char(out, '\n');
	(void)buf_add(out, body, body_len);
	return buf_check(out, e);
}

enum err_code
wire_request_enc(const struct wire_request *r, struct buf *out, struct err *e)
{
	json_t *line = json_object();
	enum err_code code;

	if ((code = json_put_str(line, "method", r->method, e)) != ERR_OK ||
	    (code = json_put_str(line, "target", r->target, e)) != ERR_OK ||
	    (code = json_put_str(line, "sig", r->sig, e)) != ERR_OK ||
	    (code = json_put_str(line, "dict", r->dict, e)) != ERR_OK ||
	    (code = json_put_str(line, "peer", r->peer, e)) != ERR_OK)
		goto out;
	if (r->has_cert)
		code = json_put_base64(line, "cert", r->cert, r->cert_len, e);
	if (code == ERR_OK)
		code = message_enc(line, r->body, r->body_len, out, e);
out:
	json_decref(line);
	return code;
}

enum err_code
wire_answer_enc(const struct wire_answer *a, struct buf *out, struct err *e)
{
	json_t *line = json_object();
	enum err_code code;

	if ((code = json_put_int(line, "status", a->status, e)) == ERR_OK &&
	    (code = json_put_str(line, "type", a->content_type, e)) == ERR_OK &&
	    (code = json_put_str(line, "sig", a->sig, e)) == ERR_OK &&
	    (code = json_put_str(line, "dict", a->dict, e)) == ERR_OK &&
	    (code = json_put_int(line, "retry_after", a->retry_after_s, e)) ==
	        ERR_OK)
		code = message_enc(line, a->body, a->body_len, out, e);
	json_decref(line);
	return code;
}

/* Cut a message into its line, parsed, and its body. */
static enum err_code
message_dec(const char *bytes, size_t len, struct wire_request_text **text_out,
    size_t *body_at_out, struct err *e)
{
	const size_t seen = len < LINE_MAX_BYTES ? len : LINE_MAX_BYTES;
	const char *end = len == 0 ? NULL : memchr(bytes, '\n', seen);
	struct wire_request_text *t;
	enum err_code code;

	if (end == NULL)
		return err_set(e, ERR_MALFORMED, 0, "a message without a line");
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	buf_init(&t->cert, CERT_MAX);
	code = json_parse_canonical(
	    bytes, (size_t)(end - bytes), &line_limits, &t->line, e);
	if (code != ERR_OK) {
		wire_request_text_free(t);
		return code;
	}
	*text_out = t;
	*body_at_out = (size_t)(end - bytes) + 1;
	return ERR_OK;
}

/* Borrow a text that is at most max bytes long and could stand in a header. */
static enum err_code
text_get(const json_t *line, const char *key, size_t max, const char **out,
    struct err *e)
{
	const char *text;
	size_t len;
	enum err_code code = json_get_str(line, key, &text, &len, e);

	if (code != ERR_OK)
		return code;
	if (len > max)
		return err_set(e, ERR_MALFORMED, 0, "%s: too long", key);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return err_set(
			    e, ERR_MALFORMED, 0, "%s: control character", key);
	*out = text;
	return ERR_OK;
}

static enum err_code
cert_get(struct wire_request_text *t, struct wire_request *r, struct err *e)
{
	enum err_code code;

	if (!json_has(t->line, "cert"))
		return ERR_OK;
	code = json_get_base64(t->line, "cert", &t->cert, e);
	if (code != ERR_OK)
		return code == ERR_NOMEM
		    ? code
		    : err_set(e, ERR_MALFORMED, 0, "cert: not one");
	if (t->cert.len == 0)
		return err_set(e, ERR_MALFORMED, 0, "cert: empty");
	r->has_cert = true;
	r->cert = t->cert.ptr;
	r->cert_len = t->cert.len;
	r->cert_sha256 = crypto_sha256(t->cert.ptr, t->cert.len);
	return ERR_OK;
}

enum err_code
wire_request_dec(uint16_t kind, const void *bytes, size_t len,
    struct wire_request *out, struct wire_request_text **text_out,
    struct err *e)
{
	struct wire_request r = { .kind = kind };
	struct wire_request_text *t;
	size_t at;
	enum err_code code = message_dec(bytes, len, &t, &at, e);

	if (code != ERR_OK)
		return code;
	if ((code = text_get(t->line, "method", METHOD_MAX, &r.method, e)) !=
	        ERR_OK ||
	    (code = text_get(t->line, "target", TARGET_MAX, &r.target, e)) !=
	        ERR_OK ||
	    (code = text_get(t->line, "sig", SIG_MAX, &r.sig, e)) != ERR_OK ||
	    (code = text_get(t->line, "dict", DICT_MAX, &r.dict, e)) !=
	        ERR_OK ||
	    (code = text_get(t->line, "peer", PEER_MAX, &r.peer, e)) !=
	        ERR_OK ||
	    (code = cert_get(t, &r, e)) != ERR_OK)
		goto fail;
	if (r.target[0] != '/') {
		code = err_set(e, ERR_MALFORMED, 0, "target: not a path");
		goto fail;
	}
	r.body = (const char *)bytes + at;
	r.body_len = len - at;
	*out = r;
	*text_out = t;
	return ERR_OK;
fail:
	wire_request_text_free(t);
	return code;
}

enum err_code
wire_answer_dec(const void *bytes, size_t len, struct wire_answer *out,
    struct wire_request_text **text_out, struct err *e)
{
	struct wire_answer a = { 0 };
	struct wire_request_text *t;
	int64_t status = 0, retry = 0;
	size_t at;
	enum err_code code = message_dec(bytes, len, &t, &at, e);

	if (code != ERR_OK)
		return code;
	if ((code = json_get_int(t->line, "status", &status, e)) != ERR_OK ||
	    (code = json_get_int(t->line, "retry_after", &retry, e)) !=
	        ERR_OK ||
	    (code = text_get(t->line, "type", TYPE_MAX, &a.content_type, e)) !=
	        ERR_OK ||
	    (code = text_get(t->line, "sig", SIG_MAX, &a.sig, e)) != ERR_OK ||
	    (code = text_get(t->line, "dict", DICT_MAX, &a.dict, e)) != ERR_OK)
		goto fail;
	if (status < 200 || status > 599 || retry < 0 || retry > UINT32_MAX) {
		code = err_set(e, ERR_MALFORMED, 0, "status: out of range");
		goto fail;
	}
	a.status = (int)status;
	a.retry_after_s = (uint32_t)retry;
	a.body = (const char *)bytes + at;
	a.body_len = len - at;
	*out = a;
	*text_out = t;
	return ERR_OK;
fail:
	wire_request_text_free(t);
	return code;
}
