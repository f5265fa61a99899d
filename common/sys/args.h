/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_ARGS_H
#define SYS_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/*
 * args -- command lines, read by tables from which the help is made too.
 *
 *   PROGRAM [option ...] COMMAND [option or operand ...]
 *
 * A command is one or more words ("status", "note show"); where one begins
 * another ("import", "import list"), the word behind it decides.  Options are
 * long,
 * --name, --name VALUE or --name=VALUE, and never abbreviated, since scripts
 * rely on them; only --help has a short form, -h.  The global ones may stand
 * anywhere, a command's own behind it.  A VALUE that begins with "--" needs
 * the = form.  "--" ends the options; "-" is an operand.
 *
 * args_parse; when it set help, args_usage and out; else args->command says
 * what to do.  Everything in struct args is borrowed from argv and the
 * tables.  Mistakes give ERR_INVALID with one sentence for the user.
 */
struct args_option {
	const char *name;  /* without "--"; NULL ends a table */
	const char *value; /* what to call its value ("DIR"); NULL: none */
	const char *help;  /* a short phrase, no full stop */
	bool repeat;       /* may be given several times */
	bool required;
};

struct args_command {
	const char *words;    /* "note show"; "" in a program without commands,
	                         whose only entry it is */
	const char *operands; /* for the help, "ID"; NULL: none */
	unsigned operands_min;
	unsigned operands_max;             /* <= ARGS_OPERANDS_MAX */
	const char *help;                  /* a short phrase, no full stop */
	const struct args_option *options; /* its own; NULL: none */
	int id;                            /* the program's number for it */
};

struct args_program {
	const char *name;
	const char *about; /* a short phrase, no full stop */
	const struct args_option *globals;
	const struct args_command *commands; /* same first words together */
	size_t command_n;
	/* For each command NULL, or a phrase for all those with the same first
	 * word, which the program's help has one line for; or NULL. */
	const char *const *kinds;
	bool is_group; /* a part of a program, by args_group */
};

/* The options that several programs share, for their tables. */
#define ARGS_HOME                                                              \
	{                                                                      \
		"home", "DIR", "the folder of your notes", false, false        \
	}
#define ARGS_DATA                                                              \
	{                                                                      \
		"data", "DIR", "the office's data folder", false, false        \
	}
#define ARGS_JSON                                                              \
	{                                                                      \
		"json", NULL, "print one JSON object and nothing else", false, \
		    false                                                      \
	}
#define ARGS_PASSPHRASE_FD                                                     \
	{                                                                      \
		"passphrase-fd", "N", "read the passphrase from descriptor N", \
		    true, false                                                \
	}
#define ARGS_QUIET                                                             \
	{                                                                      \
		"quiet", NULL, "print nothing but errors", false, false        \
	}
#define ARGS_READY_FD                                                          \
	{                                                                      \
		"ready-fd", "N", "write a line to descriptor N when ready",    \
		    false, false                                               \
	}
#define ARGS_END                                                               \
	{                                                                      \
		NULL, NULL, NULL, false, false                                 \
	}

/* A whole record set field by field stays well below these. */
#define ARGS_GIVEN_MAX 256
#define ARGS_OPERANDS_MAX 16
#define ARGS_WORDS_MAX 63 /* bytes of all words of a command */

struct args_given {
	const char *name;
	const char *value; /* NULL for an option without one */
};

struct args {
	const struct args_program *program;
	const struct args_command *command; /* NULL only with help */
	bool help;                          /* -h or --help was given */
	char words[ARGS_WORDS_MAX + 1]; /* of the command, so far as given */
	size_t given_n;
	struct args_given given[ARGS_GIVEN_MAX]; /* in their order */
	size_t operand_n;
	const char *operands[ARGS_OPERANDS_MAX];
};

/* Read argv[1] and on.  *out is written even on failure, as far as it was
 * read: whether --json was asked for decides how the mistake is printed. */
enum err_code args_parse(const struct args_program *program, int argc,
    char *const argv[], struct args *out, struct err *e) ERR_CHECKED;

bool args_has(const struct args *a, const char *name);
/* The value of an option, or NULL; of a repeated one the first. */
const char *args_get(const struct args *a, const char *name);
/* The values of a repeated option in order: start with *i = 0; NULL ends. */
const char *args_next(const struct args *a, size_t *i, const char *name);
/* The value as a whole number from min to max; *out stays as it is when the
 * option was not given. */
enum err_code args_get_int(const struct args *a, const char *name, int64_t min,
    int64_t max, int64_t *out, struct err *e) ERR_CHECKED;

/* What the help of these first words ("note") is made of: *room_out with the
 * program's commands that begin with them, or the program where none does. */
const struct args_program *args_group(const struct args_program *program,
    const char *words, struct args_program *room_out);

/* Append the help: of the command, or where command is NULL of the program. */
void args_usage(const struct args_program *program,
    const struct args_command *command, struct buf *out);

#endif
