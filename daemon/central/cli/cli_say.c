/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/cli/cli_say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/terminal.h"

void
cli_say(const char *fmt, ...)
{
	char *line = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&line, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	terminal_put(stdout, line);
	free(line);
}

const char *
cli_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? "" : s;
}

long long
cli_number(const json_t *o, const char *key)
{
	return (long long)json_integer_value(json_object_get(o, key));
}
