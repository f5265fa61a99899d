/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that the office holds, checked.
 */
#include "common/base/err.h"
#include "daemon/central/command/command.h"

enum err_code
command_verify(struct command *c, struct err *e)
{
	json_t *found = NULL;
	enum err_code code = engine_verify(c->g, &found, e);

	if (code == ERR_OK && json_object_update(c->out, found) != 0)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	json_decref(found);
	return code;
}
