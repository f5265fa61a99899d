/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs share: messages read and written, texts merged, what is
 * packed, sealed and signed.  No file is touched.
 */
#include <stdlib.h>
#include <string.h>

#include "common/core/body.h"
#include "common/core/limits.h"
#include "common/core/text_merge.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "common/sys/zip.h"
#include "schema/schema_bundle.h"
#include "tests/prove/torture.h"
#include "tests/support/check.h"
#include "tests/support/golden_again.h"

/* The messages, and the result of an undisturbed work: any other is wrong. */
static struct golden *golden;
static struct buf result;
static const char *kind;

static void
start(void)
{
	golden = golden_make();
	buf_init(&result, (size_t)8 << 20);
}

static void
end(void)
{
	buf_fini(&result);
	golden_free(golden);
}

static void
begin(void)
{
	buf_fini(&result);
}

static void
nothing(void)
{
}

static void
state(struct buf *out)
{
	(void)buf_add(out, result.ptr, result.len);
}

/* ---- messages ---- */

static const struct json_limits limits = {
	.bytes_max = LIMIT_BODY_BYTES,
	.tokens_max = 1000000,
	.depth_max = LIMIT_JSON_DEPTH,
};

static enum err_code
read_and_write(const struct golden_message *m, struct buf *out, struct err *e)
{
	json_t *json = NULL, *again = NULL;
	enum err_code code = json_parse(m->text, m->len, &limits, &json, e);

	if (code == ERR_OK)
		code = golden_again(golden, m->kind)(json, &again, e);
	if (code == ERR_OK)
		code = json_print(again, out, e);
	json_decref(json);
	json_decref(again);
	return code;
}

static enum err_code
messages(struct err *e)
{
	enum err_code code = ERR_OK;
	struct buf out;

	buf_init(&out, (size_t)8 << 20);
	for (size_t i = 0; i < golden->n && code == ERR_OK; i++) {
		const struct golden_message *m = &golden->messages[i];

		if (m->error == ERR_OK && strcmp(m->kind, kind) == 0)
			code = read_and_write(m, &out, e);
	}
	if (code == ERR_OK) {
		buf_fini(&result);
		result = out;
		return ERR_OK;
	}
	buf_fini(&out);
	return code;
}

#define KIND(word)                                                             \
	static void word##_is(void)                                            \
	{                                                                      \
		kind = #word;                                                  \
	}
KIND(change)
KIND(batch)
KIND(sync_request)
KIND(sync_answer)
KIND(enrol_request)
KIND(enrol_answer)
KIND(courier_request)
KIND(receipt)
KIND(problem)
KIND(renew_request)
KIND(renew_answer)
KIND(history)
KIND(commands_answer)

/* ---- texts ---- */

static enum err_code
merge(struct err *e)
{
	static const char was[] = "She wants to go home. She sleeps well.",
	                  ours[] =
	                      "She wants to go home soon. She sleeps well.",
	                  theirs[] =
	                      "She wants to go home. She sleeps very well now.";
	const struct text_merge_task task = {
		.was = { was, sizeof(was) - 1 },
		.ours = { ours, sizeof(ours) - 1 },
		.theirs = { theirs, sizeof(theirs) - 1 },
	};
	struct text_merge_result merged;
	struct buf out;
	enum err_code code;

	buf_init(&out, 10000);
	code = text_merge(&task, &out, &merged, e);
	if (code == ERR_OK && !merged.is_clean)
		code = err_set(e, ERR_CONFLICT, 0, "it is no conflict");
	buf_fini(&out);
	return code;
}

static enum err_code
load_schema(struct err *e)
{
	static const struct json_limits bundle = {
		.bytes_max = (size_t)4 << 20,
		.tokens_max = 1000000,
		.depth_max = 32,
	};
	struct schema *s = NULL;
	json_t *json = NULL;
	enum err_code code = json_parse((const char *)schema_bundle_bytes,
	    schema_bundle_len, &bundle, &json, e);

	if (code == ERR_OK)
		code = schema_load(json, &s, e);
	json_decref(json);
	schema_free(s);
	return code;
}

/* ---- bytes ---- */

static enum err_code
pack(struct err *e)
{
	static const char text[] =
	    "She wants to go home. She wants to go home.";
	struct buf packed, back;
	enum err_code code;

	buf_init(&packed, 10000);
	buf_init(&back, 10000);
	code = zip_pack(3, NULL, text, sizeof(text), &packed, e);
	if (code == ERR_OK)
		code =
		    zip_unpack(NULL, packed.ptr, packed.len, 10000, &back, e);
	buf_fini(&packed);
	buf_fini(&back);
	return code;
}

static enum err_code
codec(struct err *e)
{
	struct body_codec *c = NULL;
	const enum err_code code = body_codec_new(&c, e);

	if (code == ERR_OK)
		body_codec_free(c);
	return code;
}

static enum err_code
seal(struct err *e)
{
	const struct seal_pub pub = seal_pub_of(&golden->sealing_key);
	const struct crypto_part info = crypto_part_str("info"),
	                         aad = crypto_part_str("aad");
	struct buf sealed, back;
	enum err_code code;

	buf_init(&sealed, 10000);
	buf_init(&back, 10000);
	code = seal_make(&pub, info, aad, crypto_part_str("words"), &sealed, e);
	if (code == ERR_OK)
		code = seal_open(&golden->sealing_key, info, aad,
		    crypto_part_buf(&sealed), &back, e);
	buf_fini(&sealed);
	buf_fini(&back);
	return code;
}

static enum err_code
certificate(struct err *e)
{
	struct buf key, csr;
	enum err_code code;

	buf_init(&key, PKI_INPUT_MAX);
	buf_init(&csr, PKI_INPUT_MAX);
	code = pki_key_make(&key, e);
	if (code == ERR_OK)
		code = pki_csr_make(crypto_part_buf(&key), "device", &csr, e);
	buf_wipe(&key);
	buf_fini(&csr);
	return code;
}

static const struct torture_stage stage = { .start = start,
	.end = end,
	.open = begin,
	.shut = nothing,
	.state = state };

#define MESSAGE(word)                                                          \
	{                                                                      \
		TORTURE("message " #word, &stage, word##_is, messages),        \
		    .is_pure = true                                            \
	}
#define SHARED(name, work)                                                     \
	{                                                                      \
		TORTURE(name, &stage, NULL, work), .is_pure = true             \
	}

const struct torture_case torture_shared[] = {
	MESSAGE(change),
	MESSAGE(batch),
	MESSAGE(sync_request),
	MESSAGE(sync_answer),
	MESSAGE(enrol_request),
	MESSAGE(enrol_answer),
	MESSAGE(courier_request),
	MESSAGE(receipt),
	MESSAGE(problem),
	MESSAGE(renew_request),
	MESSAGE(renew_answer),
	MESSAGE(history),
	MESSAGE(commands_answer),
	SHARED("texts are merged", merge),
	SHARED("a schema is loaded", load_schema),
	SHARED("bytes are packed and unpacked", pack),
	/* zstd does not say whether it is damaged or memory is short. */
	{ TORTURE("dictionaries are loaded", &stage, NULL, codec),
	    .is_pure = true, .errors = TORTURE_ERR(ERR_INVALID) },
	SHARED("words are sealed and opened", seal),
	SHARED("a certificate is asked for", certificate),
	{ .name = NULL },
};
