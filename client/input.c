/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person gives beside options: passphrases, which never show, and
 * texts, which never travel in arguments.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "client/client.h"
#include "client/progress.h"
#include "common/base/utf8.h"
#include "common/sys/crypto_kdf.h"

/* People choose passphrases; this many characters and more than a few
 * different ones is what the strength of the slot file is reckoned with. */
#define PASS_CHARS_MIN 12
#define PASS_DIFFERENT_MIN 5
/* How long an empty standard input is waited for before it is said. */
#define SILENCE_MS 2000

bool
client_has_terminal(const struct client *c)
{
	return !c->json && isatty(STDIN_FILENO) == 1 &&
	    isatty(STDERR_FILENO) == 1;
}

/* The signal that came while the terminal did not echo, or 0. */
static volatile sig_atomic_t came;

/* One line, byte by byte: what follows may be the next passphrase. */
static enum err_code
read_line(int fd, struct buf *out, struct err *e)
{
	char ch;
	ssize_t n;

	for (;;) {
		n = read(fd, &ch, 1);
		if (n < 0 && errno == EINTR && came == 0)
			continue;
		if (n < 0)
			return err_set(e, ERR_INVALID, errno,
			    "the passphrase cannot be read from descriptor %d",
			    fd);
		if (n == 0 || ch == '\n')
			break;
		(void)buf_add_char(out, ch);
	}
	if (out->len > 0 && out->ptr[out->len - 1] == '\r')
		out->ptr[--out->len] = '\0';
	if (buf_check(out, NULL) != ERR_OK)
		return err_set(e, ERR_INVALID, 0, "the passphrase is too long");
	return ERR_OK;
}

static void
note_signal(int signo)
{
	came = signo;
}

/* Take the signals that would end the program and leave a terminal without
 * echo behind; what they did before goes to `before`. */
static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
#define ENDING_N (sizeof(ending) / sizeof(ending[0]))

static void
take_signals(struct sigaction before[static ENDING_N])
{
	/* No SA_RESTART: the read returns. */
	const struct sigaction take = { .sa_handler = note_signal };

	came = 0;
	for (size_t i = 0; i < ENDING_N; i++)
		(void)sigaction(ending[i], &take, &before[i]);
}

static void
give_signals_back(const struct sigaction before[static ENDING_N])
{
	for (size_t i = 0; i < ENDING_N; i++)
		(void)sigaction(ending[i], &before[i], NULL);
	if (came != 0)
		(void)raise(came);
}

static enum err_code
ask_terminal(const char *question, struct buf *out, struct err *e)
{
	struct sigaction signals[ENDING_N];
	struct termios before, quiet;
	enum err_code code;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return err_set(
		    e, ERR_LOCKED, errno, "the terminal does not answer");
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	take_signals(signals);
	progress_pause();
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	(void)fputs(question, stderr);
	(void)fflush(stderr);
	code = read_line(STDIN_FILENO, out, e);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	(void)fputc('\n', stderr);
	progress_resume();
	give_signals_back(signals);
	return code;
}

/* The n-th --passphrase-fd, -1 when there is none. */
static enum err_code
passphrase_fd(struct client *c, int *out, struct err *e)
{
	const char *text = NULL;
	size_t at = 0;
	char *end;
	long fd;

	for (size_t i = 0; i <= c->passphrases; i++)
		text = args_next(c->args, &at, "passphrase-fd");
	*out = -1;
	if (text == NULL)
		return ERR_OK;
	errno = 0;
	fd = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || fd < 0 || fd > 1000000)
		return client_fail(c, ERR_INVALID, STATUS_USAGE, "usage", e,
		    "--passphrase-fd needs the number of a descriptor");
	if (fcntl((int)fd, F_GETFD) < 0)
		return client_fail(c, ERR_INVALID, STATUS_USAGE, "usage", e,
		    "descriptor %ld, which --passphrase-fd names, is not open",
		    fd);
	*out = (int)fd;
	return ERR_OK;
}

static enum err_code
read_passphrase(
    struct client *c, const char *question, struct buf *out, struct err *e)
{
	int fd;
	enum err_code code = passphrase_fd(c, &fd, e);

	if (code != ERR_OK)
		return code;
	if (fd >= 0) {
		c->passphrases++;
		return read_line(fd, out, e);
	}
	if (client_has_terminal(c))
		return ask_terminal(question, out, e);
	client_next(c,
	    "Unlock with: visitbook unlock. A script gives --passphrase-fd N.");
	return err_set(e, ERR_LOCKED, 0, "the notes are locked");
}

enum err_code
client_passphrase(
    struct client *c, const char *question, struct buf *out, struct err *e)
{
	enum err_code code = read_passphrase(c, question, out, e);

	if (code == ERR_OK && out->len == 0)
		return err_set(e, ERR_AUTH, 0, "no passphrase was given");
	return code;
}

static size_t
characters(const struct buf *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		n += ((unsigned char)b->ptr[i] & 0xC0U) != 0x80U ? 1 : 0;
	return n;
}

static size_t
different_bytes(const struct buf *b)
{
	bool seen[256] = { false };
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++)
		seen[(unsigned char)b->ptr[i]] = true;
	for (size_t i = 0; i < 256; i++)
		n += seen[i] ? 1 : 0;
	return n;
}

static enum err_code
check_strength(struct client *c, const struct buf *pass, struct err *e)
{
	client_next(c,
	    "Four or five words that do not belong together are easy to keep "
	    "and hard to guess.");
	if (!utf8_is_text(pass->ptr, pass->len))
		return err_set(
		    e, ERR_INVALID, 0, "the passphrase is not UTF-8 text");
	if (characters(pass) < PASS_CHARS_MIN)
		return err_set(e, ERR_INVALID, 0,
		    "the passphrase is too short: it needs at least %d "
		    "characters",
		    PASS_CHARS_MIN);
	if (different_bytes(pass) < PASS_DIFFERENT_MIN)
		return err_set(e, ERR_INVALID, 0,
		    "the passphrase repeats the same few characters");
	c->next[0] = '\0';
	return ERR_OK;
}

enum err_code
client_new_passphrase(struct client *c, struct buf *out, struct err *e)
{
	bool asked = client_has_terminal(c) &&
	    args_get(c->args, "passphrase-fd") == NULL;
	struct buf again;
	enum err_code code = read_passphrase(c, "New passphrase: ", out, e);

	if (code == ERR_LOCKED) {
		c->next[0] = '\0'; /* the command's own help */
		return client_fail(c, ERR_INVALID, STATUS_USAGE, "usage", e,
		    "a new passphrase is needed: run this on a terminal, or "
		    "give --passphrase-fd N for it");
	}
	if (code == ERR_OK)
		code = check_strength(c, out, e);
	if (code != ERR_OK || !asked)
		return code;
	buf_init(&again, KDF_PASS_MAX);
	code = read_passphrase(c, "The same again: ", &again, e);
	if (code == ERR_OK &&
	    (again.len != out->len ||
	        !secret_equal(again.ptr, out->ptr, again.len)))
		code = err_set(
		    e, ERR_INVALID, 0, "the two passphrases are not the same");
	buf_wipe(&again);
	return code;
}

/* A person who forgot that something is waited for should be told. */
static void
tell_if_silent(const struct client *c)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };

	if (!c->quiet && poll(&p, 1, SILENCE_MS) == 0)
		(void)fputs("visitbook: waiting for the text on standard "
		            "input\n",
		    stderr);
}

/* Why a text did not come, in words. */
static enum err_code
unreadable(struct client *c, const char *from, size_t cap,
    const struct err *why, struct err *e)
{
	if (why->code == ERR_NOTFOUND) {
		client_next(c, "Check the name of the file and give it again.");
		return err_set(e, ERR_NOTFOUND, 0, "there is no file %.200s",
		    *from != '\0' ? from : "without a name");
	}
	if (why->code == ERR_INVALID) {
		client_next(c,
		    "Nothing was saved. Split it into parts, or keep it as a "
		    "file of its own.");
		return err_set(e, ERR_INVALID, 0,
		    "there are more than %zu bytes in %.150s, which is too "
		    "long",
		    cap, from);
	}
	if (why->sys == EISDIR) {
		client_next(c, "Name the file itself.");
		return err_set(
		    e, ERR_INVALID, 0, "%.200s is a folder, not a text", from);
	}
	if (why->code == ERR_NOMEM)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	client_next(c, "See that it is there and that you may read it.");
	return err_set(e, ERR_INVALID, why->sys, "%.150s cannot be read: %s",
	    from, strerror(why->sys));
}

enum err_code
client_read_text(
    struct client *c, const char *from, struct buf *out, struct err *e)
{
	struct err why;
	enum err_code code;

	if (strcmp(from, "-") == 0) {
		tell_if_silent(c);
		code = file_read_all(STDIN_FILENO, out, &why);
		from = "standard input";
	} else {
		code = file_load(from, out, &why);
	}
	return code == ERR_OK ? ERR_OK : unreadable(c, from, out->cap, &why, e);
}

/* Whether the command's first word is this one. */
static bool
is_about(const struct client *c, const char *word)
{
	const size_t len = strlen(word);

	return strncmp(c->args->command->words, word, len) == 0 &&
	    c->args->command->words[len] == ' ';
}

enum err_code
client_id(struct client *c, const char *text, struct id *out, struct err *e)
{
	if (id_parse(text, out))
		return ERR_OK;
	client_next(c,
	    "Ids have 36 characters; `visitbook %s list` shows them.",
	    c->type != NULL ? c->type->name
	        : is_about(c, "conflict") || is_about(c, "review") ? "conflict"
	                                                           : "note");
	return err_set(e, ERR_INVALID, 0, "\"%.60s\" is not an id", text);
}
