/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CONF_H
#define SYS_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

/*
 * conf -- small configuration files, read into a struct by a table of keys.
 *
 *   # A comment has a line of its own.
 *   office = office.example.org:8443
 *   try-every = 10 min
 *
 * A line is "key = value"; space around both is ignored, and everything else
 * up to the end of the line belongs to the value.  A key stands once.  Fill
 * the struct with the defaults first: a key that is not in the file leaves
 * its field alone, and so does any failure.
 */
enum conf_kind {
	CONF_STRING,      /* char[room]: one line of printable text */
	CONF_INT,         /* int64_t from min to max */
	CONF_DURATION_MS, /* int64_t milliseconds from min to max; written as
	                     a whole number and ms, s, min, h or d */
	CONF_BOOL         /* bool: yes or no */
};

struct conf_key {
	const char *name; /* lower-case letters, digits and '-' */
	enum conf_kind kind;
	size_t offset; /* of the field in the struct */
	size_t room;   /* CONF_STRING: bytes of the field, NUL included */
	int64_t min;   /* CONF_INT and CONF_DURATION_MS */
	int64_t max;
};

/* Entries of the table, for a field f of struct s. */
#define CONF_KEY_STRING(s, f, key)                                             \
	{                                                                      \
		.name = (key), .kind = CONF_STRING,                            \
		.offset = offsetof(struct s, f),                               \
		.room = sizeof(((struct s *)NULL)->f)                          \
	}
#define CONF_KEY_INT(s, f, key, lo, hi)                                        \
	{                                                                      \
		.name = (key), .kind = CONF_INT,                               \
		.offset = offsetof(struct s, f), .min = (lo), .max = (hi)      \
	}
#define CONF_KEY_DURATION(s, f, key, lo, hi)                                   \
	{                                                                      \
		.name = (key), .kind = CONF_DURATION_MS,                       \
		.offset = offsetof(struct s, f), .min = (lo), .max = (hi)      \
	}
#define CONF_KEY_BOOL(s, f, key)                                               \
	{                                                                      \
		.name = (key), .kind = CONF_BOOL,                              \
		.offset = offsetof(struct s, f)                                \
	}

/* The largest file that is read. */
#define CONF_BYTES_MAX 65536

/* Read a file into target.  ERR_NOTFOUND: no such file (the caller decides
 * whether that is a mistake).  ERR_INVALID: one sentence with file and line.
 * ERR_IO, ERR_NOMEM. */
enum err_code conf_load(const char *path, const struct conf_key *keys, size_t n,
    void *target, struct err *e) ERR_CHECKED;

/* As conf_load for text in memory that ends with NUL; name stands for the
 * file in messages. */
enum err_code conf_parse(const char *name, const char *text,
    const struct conf_key *keys, size_t n, void *target,
    struct err *e) ERR_CHECKED;

/* Read "10 min" as 600000, for options that take a duration; false if it is
 * not one or does not fit. */
bool conf_parse_duration(const char *text, int64_t *ms_out);

#endif
