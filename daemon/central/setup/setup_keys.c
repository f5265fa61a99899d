/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/setup/setup_keys.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/secret.h"
#include "common/sys/json.h"

#define DAY_MS ((uint64_t)86400000)
#define ROOT_DAYS 10950   /* 30 years: devices pin it */
#define ISSUING_DAYS 3650 /* 10 years; the root makes the next one */
#define CHAIN_MAX ((size_t)3 * PKI_INPUT_MAX)
#define STATEMENT_CONTEXT "vb/statement/v1\n"

/* A common name that fits: the office's name, cut between characters. */
static void
common_name(const char *name, const char *what, char out[static 65])
{
	size_t keep = strlen(name), room = PKI_NAME_MAX - strlen(what) - 1;

	if (keep > room) {
		keep = room;
		while (keep > 0 && ((unsigned char)name[keep] & 0xc0) == 0x80)
			keep--;
	}
	(void)snprintf(out, 65, "%.*s %s", (int)keep, name, what);
}

/* A key, and a certificate for it from the issuer. */
static enum err_code
certified_key(const struct pki_issuer *issuer,
    const struct pki_profile *profile, struct buf *key_out,
    struct buf *cert_out, struct err *e)
{
	struct buf csr;
	enum err_code code;

	buf_init(&csr, PKI_INPUT_MAX);
	if ((code = pki_key_make(key_out, e)) == ERR_OK &&
	    (code = pki_csr_make(crypto_part_buf(key_out), profile->common_name,
	         &csr, e)) == ERR_OK)
		code = pki_issue(
		    issuer, crypto_part_buf(&csr), profile, cert_out, e);
	buf_fini(&csr);
	return code;
}

/* Append a name to the list unless it is there. */
static void
san_add(const char **san, size_t *n, const char *name)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(san[i], name) == 0)
			return;
	if (*n < PKI_SAN_MAX)
		san[(*n)++] = name;
}

enum err_code
server_cert_make(const struct server_cert_order *o, struct buf *key_out,
    struct buf *chain_out, struct err *e)
{
	const char *san[PKI_SAN_MAX];
	char machine[65] = "";
	struct pki_profile profile = { .kind = PKI_SERVER,
		.common_name = "office",
		.san = san,
		.not_before_ms = o->now_ms - DAY_MS,
		.not_after_ms = o->now_ms + SETUP_SERVER_DAYS * DAY_MS };
	enum err_code code;

	if (o->hosts_n > PKI_SAN_MAX - 4)
		return err_set(e, ERR_INVALID, 0,
		    "an office can have at most %d names", PKI_SAN_MAX - 4);
	for (size_t i = 0; i < o->hosts_n; i++)
		san_add(san, &profile.san_n, o->hosts[i]);
	san_add(san, &profile.san_n, "localhost");
	san_add(san, &profile.san_n, "127.0.0.1");
	san_add(san, &profile.san_n, "::1");
	if (gethostname(machine, sizeof(machine) - 1) == 0 && machine[0] != 0)
		san_add(san, &profile.san_n, machine);
	code = certified_key(&o->issuer, &profile, key_out, chain_out, e);
	if (code != ERR_OK)
		return code;
	(void)buf_add(chain_out, o->issuer.cert.ptr, o->issuer.cert.len);
	(void)buf_add(chain_out, o->root.ptr, o->root.len);
	return buf_check(chain_out, e);
}

static enum err_code
hash_put(json_t *json, const char *key, const struct buf *cert, struct err *e)
{
	struct hash32 hash;
	enum err_code code = pki_cert_sha256(crypto_part_buf(cert), &hash, e);

	return code != ERR_OK ? code
	                      : json_put_hex(json, key, hash.b, HASH32_LEN, e);
}

/* The root's word on which keys are the office's. */
static enum err_code
statement_make(struct setup_keys *k, struct err *e)
{
	const struct sign_pub receipt = sign_pub_of(&k->receipt);
	const struct sign_pub command = sign_pub_of(&k->command);
	const struct seal_pub sealing = seal_pub_of(&k->sealing);
	const struct seal_pub recovery = seal_pub_of(&k->recovery);
	json_t *json = json_object();
	struct buf bytes;
	enum err_code code;

	buf_init(&bytes, PKI_INPUT_MAX);
	if ((code = json_put_hex(
	         json, "command", command.b, SIGN_PUB_LEN, e)) != ERR_OK ||
	    (code = hash_put(json, "issuing", &k->issuing, e)) != ERR_OK ||
	    (code = json_put_id(json, "office", k->office, e)) != ERR_OK ||
	    (code = json_put_hex(
	         json, "receipt", receipt.b, SIGN_PUB_LEN, e)) != ERR_OK ||
	    (code = json_put_hex(
	         json, "recovery", recovery.b, SEAL_PUB_LEN, e)) != ERR_OK ||
	    (code = json_put_hex(
	         json, "root", k->root_sha256.b, HASH32_LEN, e)) != ERR_OK ||
	    (code = json_put_hex(
	         json, "sealing", sealing.b, SEAL_PUB_LEN, e)) != ERR_OK ||
	    (code = json_print(json, &k->statement, e)) != ERR_OK)
		goto out;
	(void)buf_add_str(&bytes, STATEMENT_CONTEXT);
	(void)buf_add(&bytes, k->statement.ptr, k->statement.len);
	code = buf_check(&bytes, e);
	if (code == ERR_OK)
		code = pki_sign(crypto_part_buf(&k->root_key),
		    crypto_part_buf(&bytes), &k->statement_sig, e);
out:
	buf_fini(&bytes);
	json_decref(json);
	return code;
}

static enum err_code
authorities_make(
    struct setup_keys *k, const char *name, uint64_t now_ms, struct err *e)
{
	char common[65];
	struct pki_issuer root;
	struct pki_profile profile = { .common_name = common,
		.not_before_ms = now_ms - DAY_MS,
		.not_after_ms = now_ms + ROOT_DAYS * DAY_MS };
	enum err_code code;

	common_name(name, "root", common);
	if ((code = pki_key_make(&k->root_key, e)) != ERR_OK ||
	    (code = pki_root_make(crypto_part_buf(&k->root_key), &profile,
	         &k->root, e)) != ERR_OK ||
	    (code = pki_cert_sha256(
	         crypto_part_buf(&k->root), &k->root_sha256, e)) != ERR_OK)
		return code;
	root = (struct pki_issuer){ crypto_part_buf(&k->root),
		crypto_part_buf(&k->root_key) };
	common_name(name, "issuing 1", common);
	profile.kind = PKI_ISSUING;
	profile.not_after_ms = now_ms + ISSUING_DAYS * DAY_MS;
	return certified_key(&root, &profile, &k->issuing_key, &k->issuing, e);
}

static void
keys_init(struct setup_keys *k, uint64_t now_ms)
{

	*k = (struct setup_keys){ 0 };
	buf_init(&k->root_key, PKI_INPUT_MAX);
	buf_init(&k->root, PKI_INPUT_MAX);
	buf_init(&k->issuing_key, PKI_INPUT_MAX);
	buf_init(&k->issuing, PKI_INPUT_MAX);
	buf_init(&k->server_key, PKI_INPUT_MAX);
	buf_init(&k->server_chain, CHAIN_MAX);
	buf_init(&k->statement, PKI_INPUT_MAX);
	buf_init(&k->statement_sig, PKI_SIG_MAX);
	k->office = id_fresh(now_ms);
	k->engine_device = id_fresh(now_ms);
	sign_key_make(&k->receipt);
	sign_key_make(&k->command);
	sign_key_make(&k->engine);
	seal_key_make(&k->sealing);
	seal_key_make(&k->recovery);
}

enum err_code
setup_keys_make(const char *office_name, const char *const *hosts,
    size_t hosts_n, uint64_t now_ms, struct setup_keys *out, struct err *e)
{
	struct server_cert_order order = {
		.hosts = hosts, .hosts_n = hosts_n, .now_ms = now_ms
	};
	enum err_code code;

	keys_init(out, now_ms);
	code = authorities_make(out, office_name, now_ms, e);
	if (code != ERR_OK)
		return code;
	order.issuer = (struct pki_issuer){ crypto_part_buf(&out->issuing),
		crypto_part_buf(&out->issuing_key) };
	order.root = crypto_part_buf(&out->root);
	code =
	    server_cert_make(&order, &out->server_key, &out->server_chain, e);
	return code != ERR_OK ? code : statement_make(out, e);
}

void
setup_keys_fini(struct setup_keys *k)
{
	buf_wipe(&k->root_key);
	buf_fini(&k->root);
	buf_wipe(&k->issuing_key);
	buf_fini(&k->issuing);
	buf_wipe(&k->server_key);
	buf_fini(&k->server_chain);
	buf_fini(&k->statement);
	buf_fini(&k->statement_sig);
	secret_wipe(&k->receipt, sizeof(k->receipt));
	secret_wipe(&k->command, sizeof(k->command));
	secret_wipe(&k->engine, sizeof(k->engine));
	secret_wipe(&k->sealing, sizeof(k->sealing));
	secret_wipe(&k->recovery, sizeof(k->recovery));
}
