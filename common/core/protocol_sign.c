/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the signatures of requests and answers cover.
 */
#include "common/core/protocol.h"

static const char request_context[] = "vb/request/v1";
static const char answer_context[] = "vb/answer/v1";

void
protocol_request_signed(struct id office, const char *method,
    const char *target, const void *body, size_t body_len, struct buf *out)
{
	struct hash32 hash = crypto_sha256(body, body_len);

	/* The NUL that ends each string is part of what is signed, so that no
	 * two requests have the same bytes.  A full buffer is the caller's to
	 * see with buf_check. */
	(void)buf_add(out, request_context, sizeof(request_context));
	(void)buf_add(out, office.b, ID_LEN);
	(void)buf_add(out, method, strlen(method) + 1);
	(void)buf_add(out, target, strlen(target) + 1);
	(void)buf_add(out, hash.b, HASH32_LEN);
}

void
protocol_answer_signed(const struct buf *request_signed, int status,
    const void *body, size_t body_len, struct buf *out)
{
	struct hash32 asked =
	    crypto_sha256(request_signed->ptr, request_signed->len);
	struct hash32 said = crypto_sha256(body, body_len);
	uint8_t number[2] = { (uint8_t)(status >> 8), (uint8_t)status };

	(void)buf_add(out, answer_context, sizeof(answer_context));
	(void)buf_add(out, asked.b, HASH32_LEN);
	(void)buf_add(out, number, sizeof(number));
	(void)buf_add(out, said.b, HASH32_LEN);
}
