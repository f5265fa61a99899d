/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/base/file.h"
#include "daemon/central/cli/cli.h"

/* One line from the terminal, not shown. */
static enum err_code
ask(const char *prompt, struct buf *out, struct err *e)
{
	const int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct termios old, quiet;
	char c = '\0';
	enum err_code code;

	if (fd < 0 || tcgetattr(fd, &old) != 0) {
		if (fd >= 0)
			(void)close(fd);
		return err_set(e, ERR_INVALID, 0,
		    "there is no terminal to ask for a passphrase on; use "
		    "--passphrase-fd");
	}
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(fd, TCSAFLUSH, &quiet);
	code = file_write_all(fd, prompt, strlen(prompt), e);
	while (code == ERR_OK && read(fd, &c, 1) == 1 && c != '\n')
		(void)buf_add_char(out, c);
	(void)tcsetattr(fd, TCSAFLUSH, &old);
	if (code == ERR_OK)
		code = file_write_all(fd, "\n", 1, e);
	(void)close(fd);
	return code != ERR_OK ? code : buf_check(out, e);
}

/* The line that waits in a descriptor. */
static enum err_code
take(const char *number, struct buf *out, struct err *e)
{
	char *end;
	long fd;
	enum err_code code;

	errno = 0;
	fd = strtol(number, &end, 10);
	if (errno != 0 || *end != '\0' || end == number || fd < 0 || fd > 65535)
		return err_set(e, ERR_INVALID, 0,
		    "--passphrase-fd wants a descriptor's number, not %.40s",
		    number);
	code = file_read_all((int)fd, out, e);
	if (code == ERR_IO)
		return err_set(e, ERR_INVALID, 0,
		    "nothing can be read from descriptor %ld", fd);
	if (code != ERR_OK)
		return code;
	if (out->len > 0 && out->ptr[out->len - 1] == '\n')
		out->ptr[--out->len] = '\0';
	return ERR_OK;
}

enum err_code
cli_passphrase(const struct args *a, size_t i, const char *prompt,
    struct buf *out, struct err *e)
{
	const char *number = NULL;
	size_t at = 0;

	for (size_t k = 0; k <= i; k++)
		number = args_next(a, &at, "passphrase-fd");
	return number != NULL ? take(number, out, e) : ask(prompt, out, e);
}
