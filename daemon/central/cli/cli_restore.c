/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting a backup in the store's place, with nobody serving.
 */
#include <unistd.h>

#include "common/base/file.h"
#include "common/sys/json.h"
#include "daemon/central/cli/cli_office.h"
#include "daemon/central/engine/engine.h"
#include "daemon/central/serve/admin.h"
#include "daemon/central/setup/restore.h"
#include "daemon/central/setup/store_key.h"

/* A command that has the store open ends within this. */
#define LOCK_WAIT_MS 3000

/* A folder that held no office has nothing for the listeners to show yet. */
static enum err_code
certificate_fill(
    struct engine *g, const struct args *a, const char *data, struct err *e)
{
	char path[FILE_PATH_MAX];
	json_t *request = json_object(), *made = NULL, *told = json_object();
	enum err_code code = ERR_OK;

	if (!file_join(path, data, "tls/server.key") || file_exists(path))
		goto out;
	if ((code = json_put_str(request, "do", "certificate renew", e)) ==
	        ERR_OK &&
	    (code = cli_hosts(a, request, e)) == ERR_OK &&
	    (code = engine_command(g, request, &made, e)) == ERR_OK)
		code = cli_certificate_save(data, made, told, e);
out:
	json_decref(request);
	json_decref(made);
	json_decref(told);
	return code;
}

/* Read the list that was kept elsewhere; NULL when none is given. */
static enum err_code
access_read(const struct args *a, json_t **out, struct err *e)
{
	static const struct json_limits limits = { .bytes_max =
		                                       2 * ACCESS_LIST_MAX,
		.tokens_max = 64,
		.depth_max = 2 };
	const char *from = args_get(a, "access");
	struct buf text;
	enum err_code code;

	if (from == NULL)
		return ERR_OK;
	buf_init(&text, 2 * ACCESS_LIST_MAX);
	code = file_load(from, &text, e);
	if (code == ERR_OK)
		code = json_parse(text.ptr, text.len, &limits, out, e);
	buf_fini(&text);
	return code == ERR_MALFORMED
	    ? err_set(e, ERR_INVALID, 0, "that is no list of access")
	    : code;
}

/* The first entry of the new epoch says what was done. */
static enum err_code
restore_finish(const struct args *a, const char *data,
    const struct secret_key *key, struct restored *r, struct err *e)
{
	const struct version backup = { .epoch = r->from_epoch, .seq = r->seq };
	json_t *list = NULL;
	const struct engine_options options = { .data = data, .key = key };
	const struct audit_entry entry = { .action = "office.restore",
		.object = args_get(a, "from") };
	struct log_entry logged;
	struct engine *g;
	enum err_code code = access_read(a, &list, e);

	if (code != ERR_OK)
		return code;
	code = engine_open(&options, &g, e);
	if (code != ERR_OK) {
		json_decref(list);
		return code;
	}
	if ((code = store_begin(engine_store(g), e)) == ERR_OK &&
	    (code = engine_audit(g, &entry, &logged, e)) == ERR_OK)
		code = store_commit(engine_store(g), e);
	store_rollback(engine_store(g));
	if (code == ERR_OK)
		code = certificate_fill(g, a, data, e);
	if (code == ERR_OK && list != NULL)
		code = engine_access_restore(g, list, &backup, e);
	r->is_open = engine_access_is_open(g);
	engine_close(g);
	json_decref(list);
	return code;
}

static enum err_code
restore_answer(const struct restored *r, json_t **out, struct err *e)
{
	json_t *answer = json_object();
	enum err_code code;

	if ((code = json_put_int(answer, "seq", (int64_t)r->seq, e)) == ERR_OK)
		code = json_put_int(answer, "epoch", (int64_t)r->epoch, e);
	if (code == ERR_OK)
		code = json_put_bool(answer, "open", r->is_open, e);
	if (code == ERR_OK)
		*out = answer;
	else
		json_decref(answer);
	return code;
}

enum err_code
cli_restore(const struct args *a, json_t **out, struct err *e)
{
	const char *from = args_get(a, "from");
	char data[FILE_PATH_MAX];
	struct secret_key key = { { 0 } };
	struct restored r;
	int lock;
	enum err_code code;

	if ((code = cli_data(a, data, e)) != ERR_OK ||
	    (code = engine_lock(data, LOCK_WAIT_MS, &lock, e)) != ERR_OK)
		return code;
	if ((code = store_key_load(data, &key, e)) == ERR_OK &&
	    (code = restore_backup(data, from, &key, &r, e)) == ERR_OK &&
	    (code = restore_finish(a, data, &key, &r, e)) == ERR_OK)
		code = restore_answer(&r, out, e);
	secret_wipe(&key, sizeof(key));
	(void)close(lock);
	return code;
}
