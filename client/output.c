/* SPDX-License-Identifier: Apache-2.0 */
#include "client/client.h"

#include <ctype.h>
#include <stdarg.h>

#include "client/output.h"
#include "common/base/buf.h"
#include "common/base/terminal.h"
#include "common/sys/json.h"

#define OUTPUT_BYTES_MAX ((size_t)64 * 1024 * 1024)

bool
output_json(const json_t *value)
{
	struct buf text;
	bool ok;

	buf_init(&text, OUTPUT_BYTES_MAX);
	ok = json_print(value, &text, NULL) == ERR_OK &&
	    buf_add_char(&text, '\n') &&
	    fwrite(text.ptr, 1, text.len, stdout) == text.len &&
	    fflush(stdout) == 0;
	buf_wipe(&text);
	return ok;
}

bool
output_end(void)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return true;
	(void)fputs("visitbook: What is to be read here could not be written: "
	            "standard output is full or closed.\n",
	    stderr);
	return false;
}

/* Where people's text goes; NULL: standard output.  One thread prints. */
static FILE *target;

void
output_to(FILE *file)
{
	target = file;
}

void
output(const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) >= 0) {
		terminal_put(target != NULL ? target : stdout, text);
		free(text);
	}
	va_end(ap);
}

void
output_sentence(const char *text)
{
	size_t len = strlen(text);

	output("%c%s%s\n", toupper((unsigned char)text[0]),
	    len > 0 ? text + 1 : "",
	    len > 0 && strchr(".?!", text[len - 1]) != NULL ? "" : ".");
}
