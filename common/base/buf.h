/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

/*
 * buf -- a growable byte buffer with a cap.
 *
 * buf_init, any number of buf_add..., then read ptr and len, then buf_fini.
 * The cap is given at creation, so a hostile peer meets a limit and not the
 * swap file.  The first append that fails marks the buffer bad: later appends
 * do nothing and fail too, so a builder can append freely and test once with
 * buf_check.  ptr is always followed by a NUL byte that len does not count
 * (ptr is "" while empty).
 */
struct buf {
	char *ptr;         /* owned; len bytes and a NUL */
	size_t len;        /* bytes in use; len <= cap */
	size_t room;       /* bytes allocated, 0 before the first append */
	size_t cap;        /* most bytes that it may ever hold */
	enum err_code bad; /* first failure, or ERR_OK */
};

void buf_init(struct buf *b, size_t cap);
/* Free; the buffer is as after buf_init with the same cap. */
void buf_fini(struct buf *b);
/* As buf_fini, but the bytes are overwritten first. */
void buf_wipe(struct buf *b);
/* Empty it and clear the bad mark; memory is kept. */
void buf_reset(struct buf *b);

/* Append; false when out of memory or past the cap. */
bool buf_add(struct buf *b, const void *data, size_t len);
bool buf_add_str(struct buf *b, const char *s);
bool buf_add_char(struct buf *b, char c);
bool buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ERR_OK, ERR_NOMEM, or ERR_INVALID when the cap was met. */
enum err_code buf_check(const struct buf *b, struct err *e) ERR_CHECKED;

/* Take the bytes: returned pointer is the caller's to free() (never NULL
 * unless bad), the buffer is empty. */
char *buf_take(struct buf *b, size_t *len_out);

#endif
