/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/buf.h"

#include <assert.h>
#include <stdarg.h>

#include "common/base/secret.h"

/* The first bytes that a buffer allocates, and up to where it grows fourfold:
 * a printed change or record has some thousands. */
#define ROOM_MIN 128
#define ROOM_QUICK ((size_t)2 * 1024)

static char empty[1] = "";

void
buf_init(struct buf *b, size_t cap)
{
	*b = (struct buf){ .ptr = empty, .cap = cap };
}

void
buf_fini(struct buf *b)
{
	if (b->room > 0)
		free(b->ptr);
	buf_init(b, b->cap);
}

void
buf_wipe(struct buf *b)
{
	if (b->room > 0)
		secret_wipe(b->ptr, b->room);
	buf_fini(b);
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->bad = ERR_OK;
	if (b->room > 0)
		b->ptr[0] = '\0';
}

/* Make room for len more bytes and the NUL.  Growth wipes what it leaves
 * behind, since a buffer may hold a note. */
static bool
buf_grow(struct buf *b, size_t len)
{
	size_t want, room;
	char *p;

	if (b->bad != ERR_OK)
		return false;
	if (len > b->cap - b->len) {
		b->bad = ERR_INVALID;
		return false;
	}
	want = b->len + len + 1;
	if (want <= b->room)
		return true;
	/* Each growth copies and wipes what there is: few of them. */
	room = b->room < ROOM_MIN ? ROOM_MIN : b->room;
	while (room < want)
		room = room > SIZE_MAX / 4 ? want
		    : room < ROOM_QUICK    ? room * 4
		                           : room * 2;
	p = malloc(room);
	if (p == NULL) {
		b->bad = ERR_NOMEM;
		return false;
	}
	memcpy(p, b->ptr, b->len + 1);
	if (b->room > 0) {
		secret_wipe(b->ptr, b->len);
		free(b->ptr);
	}
	b->ptr = p;
	b->room = room;
	return true;
}

bool
buf_add(struct buf *b, const void *data, size_t len)
{
	if (!buf_grow(b, len))
		return false;
	if (len > 0)
		memcpy(b->ptr + b->len, data, len);
	b->len += len;
	b->ptr[b->len] = '\0';
	return true;
}

bool
buf_add_str(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

bool
buf_add_char(struct buf *b, char c)
{
	/* Printing JSON comes here for every second byte or so. */
	if (b->bad != ERR_OK || b->len + 1 >= b->room || b->len >= b->cap)
		return buf_add(b, &c, 1);
	b->ptr[b->len++] = c;
	b->ptr[b->len] = '\0';
	return true;
}

bool
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	if (!buf_grow(b, (size_t)n))
		return false;
	va_start(ap, fmt);
	(void)vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return true;
}

enum err_code
buf_check(const struct buf *b, struct err *e)
{
	if (b->bad == ERR_OK)
		return ERR_OK;
	if (b->bad == ERR_NOMEM)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	return err_set(e, b->bad, 0, "longer than %zu bytes", b->cap);
}

char *
buf_take(struct buf *b, size_t *len_out)
{
	char *p;

	if (b->bad != ERR_OK || (b->room == 0 && !buf_grow(b, 0)))
		return NULL;
	p = b->ptr;
	p[b->len] = '\0';
	if (len_out != NULL)
		*len_out = b->len;
	buf_init(b, b->cap);
	return p;
}
