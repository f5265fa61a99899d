/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/receipt.h"

#include "common/base/enc.h"
#include "common/sys/json.h"

static const char receipt_context[] = "vb/receipt/v1\n";

/* A receipt is about 450 bytes. */
#define RECEIPT_BYTES_MAX 2048
#define AUDIT_HEAD_MAX (20 + 1 + ENC_HEX_LEN(HASH32_LEN) + 1)

void
receipt_init(struct receipt *r)
{
	*r = (struct receipt){ 0 };
	buf_init(&r->signed_bytes, RECEIPT_BYTES_MAX);
}

void
receipt_fini(struct receipt *r)
{
	buf_fini(&r->signed_bytes);
}

/* The eight members as a new object. */
static enum err_code
members_to_json(const struct receipt *r, json_t **out, struct err *e)
{
	char head[AUDIT_HEAD_MAX], hex[ENC_HEX_LEN(HASH32_LEN) + 1];
	json_t *json = json_object();
	enum err_code code;

	enc_hex(r->audit_link.b, HASH32_LEN, hex);
	(void)snprintf(head, sizeof(head), "%llu:%s",
	    (unsigned long long)r->audit_seq, hex);
	if ((code = json_put_str(json, "audit_head", head, e)) != ERR_OK ||
	    (code = json_put_int(json, "counter", (int64_t)r->counter, e)) !=
	        ERR_OK ||
	    (code = json_put_id(json, "device", r->device, e)) != ERR_OK ||
	    (code = json_put_int(json, "epoch", (int64_t)r->epoch, e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "intake", (int64_t)r->intake, e)) !=
	        ERR_OK ||
	    (code = json_put_hex(json, "link", r->link.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_put_id(json, "office", r->office, e)) != ERR_OK ||
	    (code = json_put_int(json, "time", (int64_t)r->time, e)) !=
	        ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

enum err_code
receipt_sign(struct receipt *r, const struct sign_key *key, struct err *e)
{
	json_t *json = NULL;
	enum err_code code = members_to_json(r, &json, e);

	if (code != ERR_OK)
		return code;
	buf_reset(&r->signed_bytes);
	(void)buf_add_str(&r->signed_bytes, receipt_context);
	code = json_print(json, &r->signed_bytes, e);
	json_decref(json);
	if (code == ERR_OK)
		sign_make(
		    key, r->signed_bytes.ptr, r->signed_bytes.len, &r->sig);
	return code;
}

enum err_code
receipt_to_json(const struct receipt *r, bool wire, json_t **out, struct err *e)
{
	json_t *json = NULL;
	enum err_code code;

	if (wire)
		json = json_object();
	else if ((code = members_to_json(r, &json, e)) != ERR_OK)
		return code;
	if ((code = json_put_base64(json, "signed", r->signed_bytes.ptr,
	         r->signed_bytes.len, e)) != ERR_OK ||
	    (code = json_put_base64(json, "sig", r->sig.b, SIGN_SIG_LEN, e)) !=
	        ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

static enum err_code
audit_head_parse(const json_t *json, struct receipt *r, struct err *e)
{
	const char *text, *colon;
	enum err_code code = json_get_str(json, "audit_head", &text, NULL, e);

	if (code != ERR_OK)
		return code;
	colon = strchr(text, ':');
	if (colon == NULL ||
	    !enc_hex_parse(
	        colon + 1, strlen(colon + 1), r->audit_link.b, HASH32_LEN))
		return err_set(e, ERR_MALFORMED, 0, "audit_head: no link");
	/* Other spellings of the number are seen when it is written again. */
	r->audit_seq = strtoull(text, NULL, 10);
	return ERR_OK;
}

static enum err_code
members_from_json(const json_t *json, struct receipt *r, struct err *e)
{
	enum err_code code;

	if ((code = audit_head_parse(json, r, e)) != ERR_OK ||
	    (code = json_get_uint(json, "counter", &r->counter, e)) != ERR_OK ||
	    (code = json_get_id(json, "device", &r->device, e)) != ERR_OK ||
	    (code = json_get_uint(json, "epoch", &r->epoch, e)) != ERR_OK ||
	    (code = json_get_uint(json, "intake", &r->intake, e)) != ERR_OK ||
	    (code = json_get_hex(json, "link", r->link.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_get_id(json, "office", &r->office, e)) != ERR_OK)
		return code;
	return json_get_uint(json, "time", &r->time, e);
}

/* Read the members out of the signed bytes, which must be the one spelling
 * that receipt_sign would make. */
static enum err_code
members_parse(struct receipt *r, struct err *e)
{
	static const struct json_limits limits = {
		.bytes_max = RECEIPT_BYTES_MAX, .tokens_max = 64, .depth_max = 2
	};
	size_t skip = sizeof(receipt_context) - 1;
	json_t *json = NULL, *again = NULL;
	enum err_code code;

	if (r->signed_bytes.len < skip ||
	    memcmp(r->signed_bytes.ptr, receipt_context, skip) != 0)
		return err_set(e, ERR_MALFORMED, 0, "signed: not a receipt");
	code = json_parse_canonical(r->signed_bytes.ptr + skip,
	    r->signed_bytes.len - skip, &limits, &json, e);
	if (code == ERR_OK)
		code = members_from_json(json, r, e);
	if (code == ERR_OK)
		code = members_to_json(r, &again, e);
	if (code == ERR_OK && !json_equal(json, again))
		code = err_set(e, ERR_MALFORMED, 0,
		    "signed: not the members of a receipt");
	json_decref(again);
	json_decref(json);
	return code;
}

enum err_code
receipt_from_signed(const void *bytes, size_t len, const struct sign_sig *sig,
    struct receipt *out, struct err *e)
{
	struct receipt r;
	enum err_code code = ERR_OK;

	receipt_init(&r);
	r.sig = *sig;
	if (len > RECEIPT_BYTES_MAX)
		code = err_set(e, ERR_MALFORMED, 0, "signed: too long");
	else if (!buf_add(&r.signed_bytes, bytes, len))
		code = buf_check(&r.signed_bytes, e);
	if (code == ERR_OK)
		code = members_parse(&r, e);
	if (code != ERR_OK)
		receipt_fini(&r);
	else
		*out = r;
	return code;
}

enum err_code
receipt_from_json(const json_t *json, struct receipt *out, struct err *e)
{
	struct sign_sig sig;
	struct buf bytes;
	enum err_code code;

	buf_init(&bytes, RECEIPT_BYTES_MAX);
	code = json_get_base64(json, "signed", &bytes, e);
	if (code == ERR_OK)
		code = json_get_bytes(json, "sig", sig.b, SIGN_SIG_LEN, e);
	if (code == ERR_OK)
		code = receipt_from_signed(bytes.ptr, bytes.len, &sig, out, e);
	buf_fini(&bytes);
	return code;
}

enum err_code
receipt_check(const struct receipt *r, const struct sign_pub *pub,
    struct id office, struct id device, struct err *e)
{
	if (!id_equal(r->office, office) || !id_equal(r->device, device))
		return err_set(e, ERR_AUTH, 0,
		    "the receipt is for another device or office");
	if (!sign_check(pub, r->signed_bytes.ptr, r->signed_bytes.len, &r->sig))
		return err_set(e, ERR_AUTH, 0,
		    "the receipt's signature is not the office's");
	return ERR_OK;
}
