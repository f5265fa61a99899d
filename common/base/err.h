/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * err -- the one error value.
 *
 * A function that can fail returns enum err_code (ERR_OK is 0) and takes a
 * struct err * last.  The caller owns it, it allocates nothing, and NULL is
 * allowed.  Codes say what the caller can do, never which library complained;
 * that library's number goes into sys.  The error is set once, where it is
 * first seen; callers pass the code up and at most put a context in front.
 * Output arguments (named _out) are written on success only.
 */

#define ERR_MSG_MAX 256

enum err_code {
	ERR_OK = 0,
	ERR_NOMEM,     /* allocation refused; state unchanged */
	ERR_INVALID,   /* our caller or operator gave a wrong value */
	ERR_MALFORMED, /* the peer sent bytes outside the protocol */
	ERR_NOTFOUND,  /* no such thing */
	ERR_CONFLICT,  /* both sides changed; a person must answer */
	ERR_BUSY,      /* try again later: in use, 503, no network */
	ERR_AUTH,      /* do not retry without new credentials */
	ERR_LOCKED,    /* unlock first */
	ERR_IO,        /* disk or socket failed; sys holds errno */
	ERR_CORRUPT,   /* our own stored data does not add up */
	ERR_NEWER,     /* made by a newer version of this program */
	ERR_CODE_N
};

struct err {
	enum err_code code;
	int sys;               /* errno, SQLite or OpenSSL code; 0 if none */
	char msg[ERR_MSG_MAX]; /* one line, no full stop; "" if ERR_OK */
};

/* Set *e (when not NULL) and return code, so that a failing function ends in
 * `return err_set(e, ...)`. */
enum err_code err_set(struct err *e, enum err_code code, int sys,
    const char *fmt, ...) __attribute__((format(printf, 4, 5), cold));

/* Put "context: " in front of the message; returns e->code, or ERR_INVALID
 * when e is NULL. */
enum err_code err_wrap(struct err *e, const char *context)
    __attribute__((cold));

/* The stable word for a code, as on the wire and in JSON ("not_found"). */
const char *err_word(enum err_code code);

/* clang's analyser does not look into another file: these say to it that
 * err_set returns the code it is given, and err_wrap never ERR_OK. */
#ifdef __clang_analyzer__
static inline enum err_code
err_is(enum err_code returned, enum err_code code)
{
	if (returned != code)
		__builtin_unreachable();
	return returned;
}
static inline enum err_code
err_is_bad(enum err_code returned)
{
	if (returned == ERR_OK)
		__builtin_unreachable();
	return returned;
}
#define err_set(e, code, ...) err_is((err_set)(e, code, __VA_ARGS__), code)
#define err_wrap(e, context) err_is_bad((err_wrap)(e, context))
#endif

/* Must-check marker for every function that returns enum err_code. */
#define ERR_CHECKED __attribute__((warn_unused_result))

#endif
