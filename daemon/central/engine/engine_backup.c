/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A backup is entered before it is made, and how far it reaches: devices are
 * told when it is whole, and let go then of what only they had.
 */
#include "common/base/enc.h"
#include "common/base/file.h"
#include "daemon/central/engine/engine_int.h"

enum err_code
engine_backup_begin(
    struct engine *g, struct id actor, const char *file, struct err *e)
{
	char object[ENC_HEX_LEN((size_t)HASH32_LEN) + 1 + FILE_PATH_MAX];
	const struct audit_entry entry = {
		.actor = actor, .action = "office.backup", .object = object
	};
	struct log_entry logged;
	struct hash32 extent;
	bool any;
	enum err_code code;

	if ((code = store_begin(g->store, e)) != ERR_OK ||
	    (code = store_extent_digest(
	         g->store, EXTENT_HELD, &any, &extent, e)) != ERR_OK)
		return code;
	enc_hex(extent.b, HASH32_LEN, object);
	(void)snprintf(object + strlen(object), sizeof(object) - strlen(object),
	    " %s", file);
	if ((code = engine_audit(g, &entry, &logged, e)) != ERR_OK ||
	    (code = store_backup_begun(g->store, e)) != ERR_OK)
		return code;
	return store_commit(g->store, e);
}
