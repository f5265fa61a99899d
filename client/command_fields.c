/* SPDX-License-Identifier: Apache-2.0 */
#include "client/commands.h"
#include "client/output.h"
#include "common/core/fields.h"

enum err_code
fields_run(struct client *c, json_t *result, struct err *e)
{
	return fields_to_json(c->type, result, e);
}

void
fields_human(struct client *c, const json_t *result)
{
	const struct human h = output_human(c);

	fields_tell(&h, result);
}
