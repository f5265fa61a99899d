/* SPDX-License-Identifier: Apache-2.0 */
#include "common/store/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/sys/crypto_hash.h"

#define HEAD_LEN 16
#define FRAME_LEN(n) (HEAD_LEN + (n) + HASH32_LEN)

/* A spool is read whole: it holds what was written since the last contact, at
 * most some weeks of notes. */
#define SPOOL_BYTES_MAX ((size_t)256 * 1024 * 1024)

enum err_code
spool_make(struct spool *s, const char *folder, const char *name,
    const char *magic, struct err *e)
{
	if (!file_join(s->path, folder, name))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	(void)snprintf(s->magic, sizeof(s->magic), "%s", magic);
	s->end = (struct spool_end){ 0 };
	return ERR_OK;
}

/* Open and lock; *fd_out is -1 when there is no file and none is made.  The
 * file may be replaced (spool_drop) between open and flock, so look again. */
static enum err_code
open_locked(const struct spool *s, bool create, int *fd_out, struct err *e)
{
	for (;;) {
		int flags = O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0);
		int fd = open(s->path, flags, 0600);
		struct stat opened, named;

		if (fd < 0 && errno == ENOENT && !create) {
			*fd_out = -1;
			return ERR_OK;
		}
		if (fd < 0)
			return err_set(e, ERR_IO, errno, "cannot open %s: %s",
			    s->path, strerror(errno));
		while (flock(fd, LOCK_EX) != 0)
			if (errno != EINTR) {
				(void)close(fd); /* nothing was written */
				return err_set(e, ERR_IO, errno,
				    "cannot lock %s: %s", s->path,
				    strerror(errno));
			}
		if (fstat(fd, &opened) == 0 && stat(s->path, &named) == 0 &&
		    opened.st_ino == named.st_ino) {
			*fd_out = fd;
			return ERR_OK;
		}
		(void)close(fd); /* a file that is no longer the spool */
	}
}

static uint64_t
big_endian(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

struct frame {
	uint64_t number;
	const uint8_t *payload;
	size_t len;
};

/* Length of the whole frame at p, or 0 if there is none (torn or damaged). */
static size_t
frame_parse(
    const struct spool *s, const uint8_t *p, size_t left, struct frame *out)
{
	struct hash32 hash;
	size_t len;

	if (left < FRAME_LEN(0) || memcmp(p, s->magic, 4) != 0)
		return 0;
	len = (size_t)big_endian(p + 4, 4);
	if (len > SPOOL_PAYLOAD_MAX || left < FRAME_LEN(len))
		return 0;
	hash = crypto_sha256(p, HEAD_LEN + len);
	if (memcmp(hash.b, p + HEAD_LEN + len, HASH32_LEN) != 0)
		return 0;
	*out = (struct frame){ .number = big_endian(p + 8, 8),
		.payload = p + HEAD_LEN,
		.len = len };
	return FRAME_LEN(len);
}

/* Is there a whole frame anywhere behind a broken one?  Then it is damage and
 * not a torn end. */
static bool
has_frame_after(const struct spool *s, const uint8_t *p, size_t left)
{
	struct frame f;

	for (size_t i = 1; i + FRAME_LEN(0) <= left; i++)
		if (p[i] == (uint8_t)s->magic[0] &&
		    frame_parse(s, p + i, left - i, &f) > 0)
			return true;
	return false;
}

/* Walk the frames in bytes; *end_out is where the last whole one ends. */
static enum err_code
walk(const struct spool *s, const struct buf *bytes, uint64_t after,
    spool_each each, void *arg, size_t *end_out, struct err *e)
{
	const uint8_t *p = (const uint8_t *)bytes->ptr;
	struct frame f;
	size_t at = 0, n;

	while (at < bytes->len) {
		n = frame_parse(s, p + at, bytes->len - at, &f);
		if (n == 0)
			break;
		if (each != NULL && f.number > after &&
		    !each(arg, f.number, f.payload, f.len))
			break;
		at += n;
	}
	if (at < bytes->len && n == 0 &&
	    has_frame_after(s, p + at, bytes->len - at))
		return err_set(e, ERR_CORRUPT, 0, "%s is damaged", s->path);
	if (end_out != NULL)
		*end_out = at;
	return ERR_OK;
}

/* Open, lock and read everything. */
static enum err_code
load(const struct spool *s, bool create, int *fd_out, struct buf *bytes,
    struct err *e)
{
	enum err_code code;

	buf_init(bytes, SPOOL_BYTES_MAX);
	code = open_locked(s, create, fd_out, e);
	if (code != ERR_OK || *fd_out < 0)
		return code;
	code = file_read_all(*fd_out, bytes, e);
	if (code != ERR_OK) {
		(void)close(*fd_out); /* nothing was written */
		buf_fini(bytes);
	}
	return code;
}

static enum err_code
frame_build(const struct spool *s, const struct frame *f, struct buf *out,
    struct err *e)
{
	uint8_t head[HEAD_LEN];
	struct hash32 hash;
	size_t start = out->len;

	memcpy(head, s->magic, 4);
	for (int i = 0; i < 4; i++)
		head[4 + i] = (uint8_t)(f->len >> (24 - 8 * i));
	for (int i = 0; i < 8; i++)
		head[8 + i] = (uint8_t)(f->number >> (56 - 8 * i));
	(void)buf_add(out, head, HEAD_LEN);
	(void)buf_add(out, f->payload, f->len);
	if (buf_check(out, e) != ERR_OK)
		return out->bad;
	hash = crypto_sha256(out->ptr + start, HEAD_LEN + f->len);
	(void)buf_add(out, hash.b, HASH32_LEN);
	return buf_check(out, e);
}

static struct spool_end
end_of(const struct stat *st)
{
	return (struct spool_end){ .device = (uint64_t)st->st_dev,
		.inode = (uint64_t)st->st_ino,
		.bytes = (uint64_t)st->st_size,
		.changed_s = st->st_mtim.tv_sec,
		.changed_ns = st->st_mtim.tv_nsec };
}

static bool
end_equal(const struct spool_end *a, const struct spool_end *b)
{
	return a->device == b->device && a->inode == b->inode &&
	    a->bytes == b->bytes && a->changed_s == b->changed_s &&
	    a->changed_ns == b->changed_ns;
}

/* Where the last whole frame ends: at the end of a file that nobody touched
 * since the last append here, else by reading it. */
static enum err_code
find_end(const struct spool *s, int fd, off_t *end_out, struct err *e)
{
	struct spool_end now;
	struct stat st;
	struct buf bytes;
	size_t end;
	enum err_code code;

	if (s->end.bytes != 0 && fstat(fd, &st) == 0) {
		now = end_of(&st);
		if (end_equal(&now, &s->end)) {
			*end_out = st.st_size;
			return ERR_OK;
		}
	}
	buf_init(&bytes, SPOOL_BYTES_MAX);
	code = file_read_all(fd, &bytes, e);
	if (code == ERR_OK)
		code = walk(s, &bytes, 0, NULL, NULL, &end, e);
	if (code == ERR_OK)
		*end_out = (off_t)end;
	buf_fini(&bytes);
	return code;
}

/* Write at the end, cut what a torn frame left behind it, and sync. */
static enum err_code
put_at(
    struct spool *s, int fd, off_t end, const struct buf *bytes, struct err *e)
{
	struct stat st;
	enum err_code code;

	if (lseek(fd, end, SEEK_SET) < 0)
		return err_set(e, ERR_IO, errno, "cannot seek in %s: %s",
		    s->path, strerror(errno));
	code = file_write_all(fd, bytes->ptr, bytes->len, e);
	if (code != ERR_OK)
		return code;
	end += (off_t)bytes->len;
	if (fstat(fd, &st) != 0 ||
	    (st.st_size != end && ftruncate(fd, end) != 0) ||
	    fdatasync(fd) != 0)
		return err_set(e, ERR_IO, errno, "cannot sync %s: %s", s->path,
		    strerror(errno));
	if (fstat(fd, &st) == 0 && st.st_size == end)
		s->end = end_of(&st);
	return ERR_OK;
}

enum err_code
spool_append(struct spool *s, uint64_t number, const void *payload, size_t len,
    struct err *e)
{
	struct frame f = { .number = number, .payload = payload, .len = len };
	struct buf bytes;
	off_t end;
	int fd = -1;
	enum err_code code;

	if (len > SPOOL_PAYLOAD_MAX)
		return err_set(e, ERR_INVALID, 0, "the frame is too long");
	buf_init(&bytes, FRAME_LEN(len));
	if ((code = frame_build(s, &f, &bytes, e)) == ERR_OK &&
	    (code = open_locked(s, true, &fd, e)) == ERR_OK &&
	    (code = find_end(s, fd, &end, e)) == ERR_OK)
		code = put_at(s, fd, end, &bytes, e);
	if (fd >= 0 && close(fd) != 0 && code == ERR_OK)
		code = err_set(e, ERR_IO, errno, "cannot close %s: %s", s->path,
		    strerror(errno));
	buf_fini(&bytes);
	return code;
}

enum err_code
spool_read(const struct spool *s, uint64_t after, spool_each each, void *arg,
    struct err *e)
{
	struct buf bytes;
	int fd;
	enum err_code code = load(s, false, &fd, &bytes, e);

	if (code != ERR_OK || fd < 0)
		return code;
	(void)close(fd); /* nothing was written */
	code = walk(s, &bytes, after, each, arg, NULL, e);
	buf_fini(&bytes);
	return code;
}

static bool
keep_last(void *arg, uint64_t number, const void *payload, size_t len)
{
	(void)payload;
	(void)len;
	*(uint64_t *)arg = number;
	return true;
}

enum err_code
spool_last(const struct spool *s, uint64_t *out, struct err *e)
{
	uint64_t last = 0;
	enum err_code code = spool_read(s, 0, keep_last, &last, e);

	if (code == ERR_OK)
		*out = last;
	return code;
}

/* What stays, as whole frames again. */
struct rest {
	const struct spool *spool;
	struct buf bytes;
	enum err_code code;
	struct err *e;
};

static bool
keep_frame(void *arg, uint64_t number, const void *payload, size_t len)
{
	struct rest *r = arg;
	struct frame f = { .number = number, .payload = payload, .len = len };

	r->code = frame_build(r->spool, &f, &r->bytes, r->e);
	return r->code == ERR_OK;
}

enum err_code
spool_drop(const struct spool *s, uint64_t upto, struct err *e)
{
	struct rest rest = { .spool = s, .code = ERR_OK, .e = e };
	struct buf bytes;
	int fd;
	enum err_code code = load(s, false, &fd, &bytes, e);

	if (code != ERR_OK || fd < 0)
		return code;
	buf_init(&rest.bytes, SPOOL_BYTES_MAX);
	code = walk(s, &bytes, upto, keep_frame, &rest, NULL, e);
	if (code == ERR_OK)
		code = rest.code;
	if (code == ERR_OK && bytes.len > 0 && rest.bytes.len <= bytes.len / 2)
		code = file_save(s->path, rest.bytes.ptr, rest.bytes.len, e);
	(void)close(fd); /* nothing was written through it */
	buf_fini(&rest.bytes);
	buf_fini(&bytes);
	return code;
}
