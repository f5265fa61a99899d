/* SPDX-License-Identifier: Apache-2.0 */
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/sys/log.h"
#include "daemon/central/serve/serve_int.h"

#define MODULE "serve"
#define USER_BYTES 4096

static enum err_code
file_read(const char *data, const char *name, struct buf *out, struct err *e)
{
	char path[FILE_PATH_MAX];

	if (!file_join(path, data, name))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	return file_load(path, out, e);
}

/* Devices are certified by whoever certified the server: what stands behind its
 * own certificate goes behind the root, so that a device need not show it. */
static enum err_code
issuing_add(struct control_tls *t, struct err *e)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	const char *own = strstr(t->chain_pem.ptr, begin);
	const char *rest =
	    own == NULL ? NULL : strstr(own + sizeof(begin) - 1, begin);

	if (rest != NULL)
		(void)buf_add_str(&t->root_pem, rest);
	return buf_check(&t->root_pem, e);
}

enum err_code
serve_tls_load(struct serve *s, struct err *e)
{
	struct tls_server *probe;
	struct control_tls t;
	enum err_code code;

	control_tls_init(&t);
	memcpy(t.ticket, s->tls.ticket, sizeof(t.ticket));
	if ((code = file_read(s->o.data, "tls/server.key", &t.key_pem, e)) ==
	        ERR_OK &&
	    (code = file_read(s->o.data, "tls/server.pem", &t.chain_pem, e)) ==
	        ERR_OK)
		code = file_read(s->o.data, "tls/root.pem", &t.root_pem, e);
	if (code == ERR_OK)
		code = issuing_add(&t, e);
	if (code == ERR_OK) {
		/* A pair that does not belong together reaches no front. */
		const struct tls_server_options o = { .key_pem = &t.key_pem,
			.chain_pem = &t.chain_pem,
			.clients = TLS_CLIENT_MAY,
			.client_root_pem = &t.root_pem };

		code = tls_server_new(&o, &probe, e);
		if (code == ERR_OK)
			tls_server_free(probe);
	}
	if (code != ERR_OK) {
		control_tls_fini(&t);
		return code;
	}
	control_tls_fini(&s->tls);
	s->tls = t;
	return ERR_OK;
}

/* True, and the ids, when there is such a user. */
static bool
user_find(const char *name, uid_t *uid, gid_t *gid)
{
	char room[USER_BYTES];
	struct passwd entry, *found = NULL;

	if (getpwnam_r(name, &entry, room, sizeof(room), &found) != 0 ||
	    found == NULL)
		return false;
	*uid = found->pw_uid;
	*gid = found->pw_gid;
	return true;
}

enum err_code
serve_users_find(struct serve *s, struct err *e)
{
	static const char *const own[2] = { "visitbook-dev", "visitbook-www" };

	if (geteuid() != 0) {
		log_line(LOG_LEVEL_INFO, MODULE,
		    "fronts run as the user who started this", "uid=%d",
		    (int)geteuid());
		return ERR_OK;
	}
	for (int i = 0; i < 2; i++) {
		const char *name =
		    s->o.front_user != NULL ? s->o.front_user : own[i];

		if (user_find(name, &s->uids[i], &s->gids[i]))
			continue;
		if (s->o.front_user != NULL ||
		    !user_find("nobody", &s->uids[i], &s->gids[i]))
			return err_set(e, ERR_NOTFOUND, 0,
			    "there is no user %.60s for the fronts", name);
		log_line(LOG_LEVEL_WARN, MODULE,
		    "no user of its own for a front, nobody instead",
		    "wanted=%s", name);
	}
	return ERR_OK;
}
