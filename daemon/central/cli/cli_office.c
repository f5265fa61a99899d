/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that are not the engine's alone: set-up, the server's
 * certificate, the offline keys.
 */
#include "daemon/central/cli/cli_office.h"

#include <string.h>

#include "common/base/file.h"
#include "common/core/fingerprint.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "daemon/central/cli/cli_config.h"
#include "daemon/central/serve/admin.h"
#include "daemon/central/setup/offline.h"
#include "daemon/central/setup/setup.h"

#define PASSPHRASE_BYTES 2048

enum err_code
cli_data(const struct args *a, char out[static FILE_PATH_MAX], struct err *e)
{
	struct cli_config c;
	enum err_code code = cli_config(a, &c, e);

	if (code != ERR_OK)
		return code;
	if (c.data[0] == '\0')
		return err_set(e, ERR_INVALID, 0,
		    "--data DIR is missing: where the office keeps its data");
	memcpy(out, c.data, FILE_PATH_MAX);
	return ERR_OK;
}

/* Names of administrators that were given, or plain ones. */
static void
admins_get(const struct args *a, struct setup_options *o)
{
	size_t at = 0;

	o->admins[0].name = args_next(a, &at, "admin");
	o->admins[1].name =
	    o->admins[0].name == NULL ? NULL : args_next(a, &at, "admin");
	if (o->admins[0].name == NULL)
		o->admins[0].name = "Administrator 1";
	if (o->admins[1].name == NULL)
		o->admins[1].name = "Administrator 2";
}

static enum err_code
init_answer(const struct setup_result *r, json_t **out, struct err *e)
{
	json_t *answer = json_object();
	char words[FINGERPRINT_MAX];
	enum err_code code;

	fingerprint_print(&r->root_sha256, words);
	if ((code = json_put_id(answer, "office", r->office, e)) == ERR_OK &&
	    (code = json_put_str(answer, "fingerprint", words, e)) == ERR_OK)
		code = json_put_hex(
		    answer, "root_sha256", r->root_sha256.b, HASH32_LEN, e);
	if (code == ERR_OK)
		*out = answer;
	else
		json_decref(answer);
	return code;
}

enum err_code
cli_init(const struct args *a, json_t **out, struct err *e)
{
	const char *hosts[PKI_SAN_MAX];
	const char *host, *name = args_get(a, "name");
	char data[FILE_PATH_MAX];
	struct setup_options o = { .data = data,
		.hosts = hosts,
		.name = name == NULL ? "Office" : name };
	struct setup_result result;
	struct buf first, second;
	size_t at = 0;
	enum err_code code = cli_data(a, data, e);

	if (code != ERR_OK)
		return code;
	admins_get(a, &o);
	while ((host = args_next(a, &at, "host")) != NULL) {
		if (o.hosts_n == PKI_SAN_MAX)
			return err_set(e, ERR_INVALID, 0, "too many hosts");
		hosts[o.hosts_n++] = host;
	}
	buf_init(&first, PASSPHRASE_BYTES);
	buf_init(&second, PASSPHRASE_BYTES);
	if ((code = cli_passphrase(
	         a, 0, "Passphrase of the first administrator: ", &first, e)) ==
	        ERR_OK &&
	    (code = cli_passphrase(a, 1,
	         "Passphrase of the second administrator: ", &second, e)) ==
	        ERR_OK) {
		o.admins[0].passphrase = crypto_part(first.ptr, first.len);
		o.admins[1].passphrase = crypto_part(second.ptr, second.len);
		code = setup_office(&o, &result, e);
	}
	buf_wipe(&first);
	buf_wipe(&second);
	return code != ERR_OK ? code : init_answer(&result, out, e);
}

enum err_code
cli_certificate_save(
    const char *data, const json_t *made, json_t *out, struct err *e)
{
	const char *key, *chain, *root;
	char folder[FILE_PATH_MAX], key_path[FILE_PATH_MAX];
	char chain_path[FILE_PATH_MAX], root_path[FILE_PATH_MAX];
	enum err_code code;

	if (!file_join(folder, data, "tls") ||
	    !file_join(key_path, folder, "server.key") ||
	    !file_join(root_path, folder, "root.pem") ||
	    !file_join(chain_path, folder, "server.pem"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	if ((code = json_get_str(made, "key_pem", &key, NULL, e)) != ERR_OK ||
	    (code = json_get_str(made, "chain_pem", &chain, NULL, e)) !=
	        ERR_OK ||
	    (code = json_get_str(made, "root_pem", &root, NULL, e)) != ERR_OK ||
	    (code = file_make_folder(folder, e)) != ERR_OK ||
	    (code = file_save(root_path, root, strlen(root), e)) != ERR_OK ||
	    (code = file_save(key_path, key, strlen(key), e)) != ERR_OK ||
	    (code = file_save(chain_path, chain, strlen(chain), e)) != ERR_OK)
		return code;
	return json_put_str(out, "file", chain_path, e);
}

enum err_code
cli_certificate(const struct args *a, json_t **out, struct err *e)
{
	char data[FILE_PATH_MAX];
	json_t *request = NULL, *made = NULL, *answer = NULL;
	enum err_code code;

	if ((code = cli_data(a, data, e)) != ERR_OK ||
	    (code = cli_request(a, &request, e)) != ERR_OK)
		return code;
	code = admin_ask(data, request, &made, e);
	json_decref(request);
	if (code != ERR_OK)
		return code;
	if (json_has(made, "error")) {
		*out = made;
		return ERR_OK;
	}
	answer = json_object();
	code = cli_certificate_save(data, made, answer, e);
	json_decref(made);
	if (code == ERR_OK)
		*out = answer;
	else
		json_decref(answer);
	return code;
}

/* ---- offline keys ---- */

/* Whether the key in root.key is that of the office's root certificate. */
static enum err_code
root_check(const struct buf *key, const json_t *keys, struct err *e)
{
	const struct crypto_part words = crypto_part_str("offline check");
	const char *pem;
	struct buf sig;
	enum err_code code;

	buf_init(&sig, PKI_SIG_MAX);
	if ((code = json_get_str(keys, "root_pem", &pem, NULL, e)) == ERR_OK &&
	    (code = pki_sign(
	         crypto_part(key->ptr, key->len), words, &sig, e)) == ERR_OK)
		code = pki_sign_check(crypto_part_str(pem), words,
		    crypto_part(sig.ptr, sig.len), e);
	buf_fini(&sig);
	return code == ERR_AUTH
	    ? err_set(e, ERR_CORRUPT, 0, "root.key is another office's")
	    : code;
}

static enum err_code
offline_open(const char *folder, const json_t *keys,
    struct crypto_part passphrase, struct err *e)
{
	char root[FILE_PATH_MAX], recovery[FILE_PATH_MAX];
	struct buf content;
	struct id office;
	enum err_code code = json_get_id(keys, "office", &office, e);

	if (code != ERR_OK)
		return code;
	if (!file_join(root, folder, "root.key") ||
	    !file_join(recovery, folder, "recovery.key"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	buf_init(&content, OFFLINE_CONTENT_MAX);
	code = offline_load(root, "root key", office, passphrase, &content, e);
	if (code == ERR_OK)
		code = root_check(&content, keys, e);
	buf_wipe(&content);
	if (code == ERR_OK)
		code = offline_load(
		    recovery, "recovery key", office, passphrase, &content, e);
	buf_wipe(&content);
	return code;
}

enum err_code
cli_offline_check(const struct args *a, json_t **out, struct err *e)
{
	char data[FILE_PATH_MAX], folder[FILE_PATH_MAX];
	const char *from = args_get(a, "from");
	json_t *request = NULL, *keys = NULL;
	struct buf passphrase;
	enum err_code code = cli_data(a, data, e);

	if (code != ERR_OK)
		return code;
	if (from == NULL && !file_join(folder, data, "offline"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	request = json_pack("{s:s}", "do", "keys show");
	if (request == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	buf_init(&passphrase, PASSPHRASE_BYTES);
	code = admin_ask(data, request, &keys, e);
	json_decref(request);
	if (code == ERR_OK && json_has(keys, "error")) {
		*out = keys;
		return ERR_OK;
	}
	if (code == ERR_OK &&
	    (code = cli_passphrase(a, 0,
	         "An administrator's passphrase: ", &passphrase, e)) == ERR_OK)
		code = offline_open(from == NULL ? folder : from, keys,
		    crypto_part(passphrase.ptr, passphrase.len), e);
	buf_wipe(&passphrase);
	json_decref(keys);
	if (code != ERR_OK)
		return code;
	*out = json_pack("{s:b}", "ok", 1);
	return *out == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory")
	                    : ERR_OK;
}
