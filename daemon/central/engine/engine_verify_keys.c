/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys and certificates in use are those that the root signed.
 */
#include "common/base/enc.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "daemon/central/engine/engine_verify.h"
#include "daemon/central/engine/meta_names.h"

static bool
says_hex(const json_t *statement, const char *key, const void *bytes)
{
	char hex[ENC_HEX_LEN(32) + 1];
	const char *text = json_string_value(json_object_get(statement, key));

	enc_hex(bytes, 32, hex);
	return text != NULL && strcmp(text, hex) == 0;
}

/* A secret of 32 bytes from the store; the caller wipes it. */
static enum err_code
secret_get(struct verifying *v, const char *name, uint8_t out[static 32],
    struct err *e)
{
	struct buf bytes;
	enum err_code code;

	buf_init(&bytes, 4096);
	code = store_meta_get(v->g->store, name, &bytes, e);
	if (code == ERR_OK && bytes.len != 32)
		code = err_set(e, ERR_CORRUPT, 0, "%s: no key", name);
	if (code == ERR_OK)
		memcpy(out, bytes.ptr, 32);
	buf_wipe(&bytes);
	return code;
}

/* What the root said of keys and certificate is what is used. */
static enum err_code
check_named(struct verifying *v, const json_t *statement, struct err *e)
{
	struct engine *g = v->g;
	struct sign_pub receipt = sign_pub_of(&g->receipt_key), command;
	struct seal_pub sealing = seal_pub_of(&g->sealing_key);
	struct id_text office = id_print(g->office);
	const char *said =
	    json_string_value(json_object_get(statement, "office"));
	struct sign_key key;
	struct hash32 issuing;
	enum err_code code;

	if ((code = secret_get(v, META_COMMAND_KEY, key.b, e)) != ERR_OK ||
	    (code = pki_cert_sha256(
	         crypto_part(g->issuing_pem.ptr, g->issuing_pem.len), &issuing,
	         e)) != ERR_OK)
		return code;
	command = sign_pub_of(&key);
	secret_wipe(&key, sizeof(key));
	if (!says_hex(statement, "receipt", receipt.b) ||
	    !says_hex(statement, "sealing", sealing.b) ||
	    !says_hex(statement, "command", command.b) ||
	    !says_hex(statement, "issuing", issuing.b) ||
	    !says_hex(statement, "root", g->root_sha256.b) || said == NULL ||
	    strcmp(said, office.s) != 0)
		verify_bad(v, "keys: the statement names others");
	return ERR_OK;
}

/* The keys that no statement names: of the certificate that devices are
 * certified with, and of the engine's journal. */
static enum err_code
check_own(struct verifying *v, struct err *e)
{
	static const char text[] = "vb/verify";
	struct engine *g = v->g;
	const struct crypto_part data = crypto_part(text, sizeof(text));
	struct sign_pub pub = sign_pub_of(&g->sign_key);
	struct office_device d;
	struct buf sig;
	enum err_code code = store_device_get(g->store, g->device, &d, e);

	if (code != ERR_OK)
		return code;
	if (d.state != DEVICE_ENGINE ||
	    memcmp(d.sign_pub.b, pub.b, SIGN_PUB_LEN) != 0)
		verify_bad(v, "keys: the engine's is not that of its journal");
	buf_init(&sig, PKI_INPUT_MAX);
	code = pki_sign(
	    crypto_part(g->issuing_key_pem.ptr, g->issuing_key_pem.len), data,
	    &sig, e);
	if (code == ERR_OK)
		code = pki_sign_check(
		    crypto_part(g->issuing_pem.ptr, g->issuing_pem.len), data,
		    crypto_part(sig.ptr, sig.len), e);
	if (code != ERR_OK && code != ERR_NOMEM)
		verify_bad(v, "keys: the issuing key is another");
	buf_fini(&sig);
	return code == ERR_NOMEM ? code : ERR_OK;
}

enum err_code
verify_keys(struct verifying *v, struct err *e)
{
	static const struct json_limits limits = {
		.bytes_max = PKI_INPUT_MAX, .tokens_max = 64, .depth_max = 4
	};
	static const char context[] = "vb/statement/v1\n";
	const size_t skip = sizeof(context) - 1;
	struct engine *g = v->g;
	struct buf statement, sig;
	json_t *json = NULL;
	enum err_code code;

	buf_init(&statement, PKI_INPUT_MAX);
	buf_init(&sig, PKI_INPUT_MAX);
	(void)buf_add_str(&statement, context);
	if ((code = store_meta_get(g->store, META_STATEMENT, &statement, e)) !=
	        ERR_OK ||
	    (code = store_meta_get(g->store, META_STATEMENT_SIG, &sig, e)) !=
	        ERR_OK)
		goto out;
	code = pki_sign_check(crypto_part(g->root_pem.ptr, g->root_pem.len),
	    crypto_part(statement.ptr, statement.len),
	    crypto_part(sig.ptr, sig.len), e);
	if (code == ERR_OK)
		code = json_parse(statement.ptr + skip, statement.len - skip,
		    &limits, &json, e);
	if (code != ERR_OK && code != ERR_NOMEM) {
		verify_bad(v, "keys: the root did not sign the statement");
		code = ERR_OK;
	} else if (code == ERR_OK &&
	    (code = check_named(v, json, e)) == ERR_OK) {
		code = check_own(v, e);
	}
out:
	json_decref(json);
	buf_fini(&statement);
	buf_fini(&sig);
	return code;
}
