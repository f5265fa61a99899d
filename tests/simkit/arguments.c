/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simkit/arguments.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
argument_wrong(const char *tool, const char *format, ...)
{
	va_list ap;

	(void)fprintf(stderr, "%s: ", tool);
	va_start(ap, format);
	(void)vfprintf(stderr, format, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	return false;
}

bool
argument_number(const char *tool, const char *option, const char *text,
    struct argument_range range, uint64_t *out)
{
	uint64_t n;

	if (text == NULL)
		return argument_wrong(tool, "%s takes a number", option);
	errno = 0;
	n = strtoull(text, NULL, 10);
	if (*text == '\0' || text[strspn(text, "0123456789")] != '\0' ||
	    errno != 0 || n < range.least || n > range.most)
		return argument_wrong(tool,
		    "%s takes a whole number from %llu to %llu, not \"%s\"",
		    option, (unsigned long long)range.least,
		    (unsigned long long)range.most, text);
	*out = n;
	return true;
}
