/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/cli/cli_config.h"

#include <stdio.h>
#include <string.h>

#include "common/sys/conf.h"

static const struct conf_key keys[] = {
	CONF_KEY_STRING(cli_config, data, "data"),
	CONF_KEY_STRING(cli_config, devices, "devices"),
	CONF_KEY_STRING(cli_config, console, "console"),
	CONF_KEY_STRING(cli_config, front_user, "front-user"),
};

/* An option of the command line goes before the file. */
static enum err_code
option_take(const struct args *a, const char *name, char *out, size_t room,
    struct err *e)
{
	const char *value = args_get(a, name);

	if (value == NULL)
		return ERR_OK;
	if (strlen(value) >= room)
		return err_set(e, ERR_INVALID, 0, "--%s is too long", name);
	(void)snprintf(out, room, "%s", value);
	return ERR_OK;
}

enum err_code
cli_config(const struct args *a, struct cli_config *out, struct err *e)
{
	const char *file = args_get(a, "config");
	struct cli_config c = { .data = "" };
	enum err_code code = ERR_OK;

	if (file != NULL)
		code = conf_load(
		    file, keys, sizeof(keys) / sizeof(keys[0]), &c, e);
	if (code != ERR_OK)
		return code;
	if ((code = option_take(a, "data", c.data, sizeof(c.data), e)) !=
	        ERR_OK ||
	    (code = option_take(
	         a, "devices", c.devices, sizeof(c.devices), e)) != ERR_OK ||
	    (code = option_take(
	         a, "console", c.console, sizeof(c.console), e)) != ERR_OK ||
	    (code = option_take(a, "front-user", c.front_user,
	         sizeof(c.front_user), e)) != ERR_OK)
		return code;
	*out = c;
	return ERR_OK;
}
