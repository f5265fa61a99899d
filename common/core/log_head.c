/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/log_head.h"

#include <stdio.h>

#include "common/base/enc.h"
#include "common/sys/json.h"

#define STATEMENT_MAX 256
#define MEMBERS 4

/* Its members sort as they stand here, so it is canonical. */
static size_t
statement(const struct log_head *h, struct id office, char out[STATEMENT_MAX])
{
	char hex[ENC_HEX_LEN(HASH32_LEN) + 1];

	enc_hex(h->link.b, HASH32_LEN, hex);
	return (size_t)snprintf(out, STATEMENT_MAX,
	    "vb/head/v1\n{\"epoch\":%llu,\"link\":\"%s\",\"office\":\"%s\","
	    "\"seq\":%llu}",
	    (unsigned long long)h->at.epoch, hex, id_print(office).s,
	    (unsigned long long)h->at.seq);
}

void
log_head_sign(struct log_head *h, const struct signer *signer, struct id office)
{
	char text[STATEMENT_MAX];
	size_t len = statement(h, office, text);

	signer_make(signer, text, len, &h->sig);
}

bool
log_head_check(
    const struct log_head *h, const struct sign_pub *pub, struct id office)
{
	char text[STATEMENT_MAX];
	size_t len = statement(h, office, text);

	return sign_check(pub, text, len, &h->sig);
}

enum err_code
log_head_to_json(const struct log_head *h, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_int(json, "epoch", (int64_t)h->at.epoch, e)) !=
	        ERR_OK ||
	    (code = json_put_hex(json, "link", h->link.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "seq", (int64_t)h->at.seq, e)) !=
	        ERR_OK ||
	    (code = json_put_base64(json, "sig", h->sig.b, SIGN_SIG_LEN, e)) !=
	        ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

enum err_code
log_head_from_json(const json_t *json, struct log_head *out, struct err *e)
{
	struct log_head h;
	enum err_code code;

	if (json_object_size(json) != MEMBERS)
		return err_set(
		    e, ERR_MALFORMED, 0, "not a head as it is signed");
	if ((code = json_get_uint(json, "epoch", &h.at.epoch, e)) != ERR_OK ||
	    (code = json_get_hex(json, "link", h.link.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = json_get_uint(json, "seq", &h.at.seq, e)) != ERR_OK ||
	    (code = json_get_bytes(json, "sig", h.sig.b, SIGN_SIG_LEN, e)) !=
	        ERR_OK)
		return code;
	*out = h;
	return ERR_OK;
}

enum err_code
past_head_to_json(const struct past_head *p, json_t **out, struct err *e)
{
	json_t *json = json_object(), *head = NULL;
	enum err_code code = log_head_to_json(&p->head, &head, e);

	if (code == ERR_OK)
		code = json_put_take(json, "head", head, e);
	if (code == ERR_OK && !version_is_never(p->erased_upto))
		code = json_put_take(
		    json, "erased_upto", version_to_json(p->erased_upto), e);
	if (code == ERR_OK)
		*out = json;
	else
		json_decref(json);
	return code;
}

enum err_code
past_head_from_json(const json_t *json, struct past_head *out, struct err *e)
{
	struct past_head p;
	enum err_code code =
	    log_head_from_json(json_object_get(json, "head"), &p.head, e);

	if (code == ERR_OK)
		code = version_from_json(
		    json_object_get(json, "erased_upto"), &p.erased_upto, e);
	if (code == ERR_OK)
		*out = p;
	return code;
}
