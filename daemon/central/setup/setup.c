/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/setup/setup.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/utf8.h"
#include "common/core/change.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine.h"
#include "daemon/central/engine/meta_names.h"
#include "daemon/central/setup/offline.h"
#include "daemon/central/setup/passphrase.h"
#include "daemon/central/setup/setup_folder.h"
#include "daemon/central/setup/setup_keys.h"
#include "daemon/central/setup/store_key.h"
#include "daemon/central/store/office_store.h"
#include "schema/schema_bundle.h"

static const char offline_readme[] =
    "Move this folder to removable media now, make a second copy of it, and\n"
    "keep both locked away.  Then delete it here.\n"
    "\n"
    "  root.key      signs the office's issuing certificates.  Whoever has it\n"
    "                and a passphrase can pretend to be the office.\n"
    "  recovery.key  opens the recovery slot of devices whose passphrase was\n"
    "                forgotten.\n"
    "\n"
    "Each file is opened by the passphrase of either administrator that the\n"
    "office was set up with.  Try it first:\n"
    "\n"
    "  visitbook-central offline check --from FOLDER --passphrase-fd N\n"
    "\n"
    "The office works from day to day without this folder.\n";

static enum err_code
options_check(const struct setup_options *o, struct err *e)
{
	enum err_code code;

	if (o->name[0] == '\0' || strlen(o->name) > 200 ||
	    !utf8_is_printable(o->name, strlen(o->name), false))
		return err_set(e, ERR_INVALID, 0,
		    "the office's name must be one line of text");
	for (int i = 0; i < SETUP_ADMINS; i++) {
		const char *name = o->admins[i].name;

		if (name[0] == '\0' || strlen(name) > 200 ||
		    !utf8_is_printable(name, strlen(name), false))
			return err_set(e, ERR_INVALID, 0,
			    "an administrator's name must be one line of text");
		code = passphrase_sound(o->admins[i].passphrase, e);
		if (code != ERR_OK)
			return code;
	}
	if (strcmp(o->admins[0].name, o->admins[1].name) == 0)
		return err_set(e, ERR_INVALID, 0,
		    "the two administrators need different names");
	return ERR_OK;
}

struct value {
	const char *name;
	const void *ptr;
	size_t len;
};

static enum err_code
values_put(struct office_store *s, const struct setup_options *o,
    const struct setup_keys *k, struct err *e)
{
	const struct id_text office = id_print(k->office);
	const struct id_text device = id_print(k->engine_device);
	const struct value values[] = {
		{ META_OFFICE, office.s, ID_TEXT_LEN },
		{ META_OFFICE_NAME, o->name, strlen(o->name) },
		{ META_EPOCH, "1", 1 },
		{ META_ENGINE_DEVICE, device.s, ID_TEXT_LEN },
		{ META_ENGINE_SIGN_KEY, k->engine.b, SIGN_KEY_LEN },
		{ META_RECEIPT_KEY, k->receipt.b, SIGN_KEY_LEN },
		{ META_SEALING_KEY, k->sealing.b, SEAL_KEY_LEN },
		{ META_COMMAND_KEY, k->command.b, SIGN_KEY_LEN },
		{ META_ROOT_PEM, k->root.ptr, k->root.len },
		{ META_ISSUING_PEM, k->issuing.ptr, k->issuing.len },
		{ META_ISSUING_KEY_PEM, k->issuing_key.ptr,
		    k->issuing_key.len },
		{ META_STATEMENT, k->statement.ptr, k->statement.len },
		{ META_STATEMENT_SIG, k->statement_sig.ptr,
		    k->statement_sig.len },
		{ META_SCHEMA, schema_bundle_bytes, schema_bundle_len },
	};
	enum err_code code = ERR_OK;

	for (size_t i = 0;
	     i < sizeof(values) / sizeof(values[0]) && code == ERR_OK; i++)
		code = store_meta_put(
		    s, values[i].name, values[i].ptr, values[i].len, e);
	return code;
}

static enum err_code
store_fill(const char *folder, const struct secret_key *key,
    const struct setup_options *o, const struct setup_keys *k, struct err *e)
{
	const uint64_t now = clock_unix_ms();
	struct office_device device = { .id = k->engine_device,
		.label = "office",
		.state = DEVICE_ENGINE,
		.sign_pub = sign_pub_of(&k->engine),
		.enrolled_at = now,
		.last_seen = now,
		.link = change_link_start(k->office, k->engine_device) };
	struct office_store *s;
	enum err_code code = office_store_open(folder, key, true, &s, e);

	if (code != ERR_OK)
		return code;
	if ((code = store_begin(s, e)) == ERR_OK &&
	    (code = values_put(s, o, k, e)) == ERR_OK &&
	    (code = store_device_put(s, &device, e)) == ERR_OK)
		code = store_commit(s, e);
	store_rollback(s);
	office_store_close(s);
	return code;
}

static enum err_code
file_put(const char *folder, const char *name, struct crypto_part content,
    struct err *e)
{
	char path[FILE_PATH_MAX];

	if (!file_join(path, folder, name))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	return file_save(path, content.ptr, content.len, e);
}

static enum err_code
tls_fill(const char *folder, const struct setup_keys *k, struct err *e)
{
	char path[FILE_PATH_MAX];
	enum err_code code;

	if (!file_join(path, folder, "tls"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	if ((code = file_make_folder(path, e)) != ERR_OK ||
	    (code = file_put(path, "server.key",
	         crypto_part(k->server_key.ptr, k->server_key.len), e)) !=
	        ERR_OK ||
	    (code = file_put(path, "server.pem",
	         crypto_part(k->server_chain.ptr, k->server_chain.len), e)) !=
	        ERR_OK)
		return code;
	return file_put(
	    path, "root.pem", crypto_part(k->root.ptr, k->root.len), e);
}

static enum err_code
offline_fill(const char *folder, const struct setup_options *o,
    const struct setup_keys *k, struct err *e)
{
	char path[FILE_PATH_MAX], root[FILE_PATH_MAX], recovery[FILE_PATH_MAX];
	struct offline_lock lock;
	enum err_code code = ERR_OK;

	if (!file_join(path, folder, "offline") ||
	    !file_join(root, path, "root.key") ||
	    !file_join(recovery, path, "recovery.key"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	offline_lock_init(&lock);
	for (int i = 0; i < SETUP_ADMINS && code == ERR_OK; i++)
		code = offline_lock_add(
		    &lock, o->admins[i].name, o->admins[i].passphrase, e);
	if (code == ERR_OK && (code = file_make_folder(path, e)) == ERR_OK &&
	    (code = offline_save(&lock, root, "root key", k->office,
	         crypto_part(k->root_key.ptr, k->root_key.len), e)) == ERR_OK &&
	    (code = offline_save(&lock, recovery, "recovery key", k->office,
	         crypto_part(k->recovery.b, SEAL_KEY_LEN), e)) == ERR_OK)
		code = file_put(
		    path, "README", crypto_part_str(offline_readme), e);
	offline_lock_fini(&lock);
	return code;
}

/* Add an administrator through the engine, as any user is added. */
static enum err_code
admin_add(struct engine *g, const char *name, struct crypto_part passphrase,
    struct err *e)
{
	const char *role = json_string_value(json_array_get(
	    schema_account_type(engine_schema(g))->account.administrators, 0));
	json_t *request = json_object(), *answer = NULL;
	const char *text;
	json_t *error;
	enum err_code code;

	if ((code = json_put_str(request, "do", "user add", e)) != ERR_OK ||
	    (code = json_put_str(request, "name", name, e)) != ERR_OK ||
	    (code = json_put_str(request, "role", role, e)) != ERR_OK ||
	    (code = json_put_text(request, "passphrase", passphrase.ptr,
	         passphrase.len, e)) != ERR_OK ||
	    (code = engine_command(g, request, &answer, e)) != ERR_OK)
		goto out;
	error = json_object_get(answer, "error");
	if (error != NULL) {
		text = json_string_value(json_object_get(error, "text"));
		code = err_set(e, ERR_INVALID, 0, "%.200s",
		    text == NULL ? "the user cannot be added" : text);
	}
out:
	json_decref(request);
	json_decref(answer);
	return code;
}

static enum err_code
people_fill(const char *folder, const struct secret_key *key,
    const struct setup_options *o, struct err *e)
{
	const struct engine_options options = { .data = folder, .key = key };
	struct engine *g;
	enum err_code code = engine_open(&options, &g, e);

	if (code != ERR_OK)
		return code;
	for (int i = 0; i < SETUP_ADMINS && code == ERR_OK; i++)
		code =
		    admin_add(g, o->admins[i].name, o->admins[i].passphrase, e);
	engine_close(g);
	return code;
}

static enum err_code
office_fill(const char *folder, const struct setup_options *o,
    struct setup_keys *k, struct err *e)
{
	struct secret_key key = { { 0 } };
	enum err_code code;

	if ((code = setup_keys_make(o->name, o->hosts, o->hosts_n,
	         clock_unix_ms(), k, e)) == ERR_OK &&
	    (code = file_make_folder(folder, e)) == ERR_OK &&
	    (code = store_key_make(folder, &key, e)) == ERR_OK &&
	    (code = store_fill(folder, &key, o, k, e)) == ERR_OK &&
	    (code = tls_fill(folder, k, e)) == ERR_OK &&
	    (code = offline_fill(folder, o, k, e)) == ERR_OK)
		code = people_fill(folder, &key, o, e);
	secret_wipe(&key, sizeof(key));
	return code;
}

enum err_code
setup_office(
    const struct setup_options *o, struct setup_result *out, struct err *e)
{
	char data[FILE_PATH_MAX], folder[FILE_PATH_MAX];
	struct setup_keys keys = { 0 };
	struct err failed;
	size_t len = strlen(o->data);
	enum err_code code;

	while (len > 1 && o->data[len - 1] == '/')
		len--;
	if (len == 0 || len + sizeof(".new") > FILE_PATH_MAX)
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	(void)snprintf(data, sizeof(data), "%.*s", (int)len, o->data);
	(void)snprintf(folder, sizeof(folder), "%.*s.new",
	    (int)(FILE_PATH_MAX - sizeof(".new")), data);
	if ((code = options_check(o, e)) != ERR_OK ||
	    (code = setup_folder_check(data, e)) != ERR_OK ||
	    (code = setup_folder_remove(folder, e)) != ERR_OK)
		return code;
	code = office_fill(folder, o, &keys, e);
	if (code == ERR_OK)
		code = setup_folder_finish(folder, data, e);
	if (code == ERR_OK) {
		out->office = keys.office;
		out->root_sha256 = keys.root_sha256;
	} else {
		failed = *e;
		if (setup_folder_remove(folder, e) == ERR_OK)
			*e = failed;
		else
			(void)err_wrap(e, failed.msg);
	}
	setup_keys_fini(&keys);
	return code;
}
