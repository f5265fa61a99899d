/* SPDX-License-Identifier: Apache-2.0 */
#include "common/store/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/store/spool_int.h"

/* Room is made in steps: as much again as there is, within these bounds.  The
 * upper one is some 250 notes: so seldom may a save wait for it. */
#define ROOM_MIN ((size_t)64 * 1024)
#define ROOM_MAX ((size_t)1024 * 1024)

_Static_assert(SPOOL_IDENTITY_LEN == SPOOL_HEAD_LEN, "the head is compared");

enum err_code
spool_make(struct spool *s, const char *folder, const char *name, char kind,
    struct err *e)
{
	*s = (struct spool){ .kind = kind, .fd = -1 };
	if (!file_join(s->path, folder, name))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	return ERR_OK;
}

static enum err_code
fail(const struct spool *s, const char *verb, struct err *e)
{
	return err_set(e, ERR_IO, errno, "cannot %s %s: %s", verb, s->path,
	    strerror(errno));
}

/* Replace the file by a head, these frames, and room. */
static enum err_code
write_whole(const struct spool *s, const struct buf *frames, struct err *e)
{
	static const uint8_t none[4096];
	struct buf bytes;
	enum err_code code;

	buf_init(&bytes, SPOOL_BYTES_MAX);
	code = spool_head_add(s, &bytes, e);
	if (frames != NULL)
		(void)buf_add(&bytes, frames->ptr, frames->len);
	while (bytes.len % ROOM_MIN != 0 && bytes.bad == ERR_OK) {
		size_t n = ROOM_MIN - bytes.len % ROOM_MIN;

		(void)buf_add(
		    &bytes, none, n < sizeof(none) ? n : sizeof(none));
	}
	if (code == ERR_OK && (code = buf_check(&bytes, e)) == ERR_OK)
		code = file_save(s->path, bytes.ptr, bytes.len, e);
	buf_fini(&bytes);
	return code;
}

static int
lock(int fd, int how)
{
	int failed;

	while ((failed = flock(fd, how)) != 0 && errno == EINTR)
		continue;
	return failed;
}

enum access {
	READ,   /* beside other readers */
	DROP,   /* alone */
	APPEND, /* alone, and there is a file */
};

/* Open and lock; *fd_out is -1 when there is no file and none is made.  The
 * file may be replaced between open and flock, so look again.  One that was
 * only created is given its first bytes by whoever has the lock, whole. */
static enum err_code
open_locked(const struct spool *s, enum access how, int *fd_out, struct err *e)
{
	const bool create = how == APPEND;

	for (;;) {
		int flags = O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0);
		int fd = open(s->path, flags, 0600);
		struct stat opened, named;
		enum err_code code = ERR_OK;
		bool is_it;

		if (fd < 0 && errno == ENOENT && !create) {
			*fd_out = -1;
			return ERR_OK;
		}
		if (fd < 0)
			return fail(s, "open", e);
		if (lock(fd, how == READ ? LOCK_SH : LOCK_EX) != 0) {
			code = fail(s, "lock", e);
			(void)close(fd); /* nothing was written */
			return code;
		}
		is_it = fstat(fd, &opened) == 0 && stat(s->path, &named) == 0 &&
		    opened.st_dev == named.st_dev &&
		    opened.st_ino == named.st_ino;
		if (is_it && (opened.st_size > 0 || !create)) {
			*fd_out = fd;
			return ERR_OK;
		}
		if (is_it)
			code = write_whole(s, NULL, e);
		(void)close(fd); /* no longer the spool */
		if (code != ERR_OK)
			return code;
	}
}

/* One without a byte was never begun. */
static enum err_code
read_whole(const struct spool *s, int fd, uint64_t after, spool_each each,
    void *arg, size_t *end_out, struct err *e)
{
	struct buf bytes;
	enum err_code code;

	buf_init(&bytes, SPOOL_BYTES_MAX);
	code = lseek(fd, 0, SEEK_SET) < 0 ? fail(s, "seek in", e)
	                                  : file_read_all(fd, &bytes, e);
	if (code == ERR_OK && bytes.len > 0)
		code = spool_walk(s, &bytes, after, each, arg, end_out, e);
	buf_fini(&bytes);
	return code;
}

/* The bytes by which the end at that place is known again; whether the file
 * has them. */
static bool
read_end(int fd, uint64_t at, struct spool_end *out,
    uint8_t next_out[static SPOOL_MARK_LEN])
{
	memset(next_out, 0, SPOOL_MARK_LEN); /* the file may end there */
	out->at = at;
	return pread(fd, out->file, sizeof(out->file), 0) ==
	    (ssize_t)sizeof(out->file) &&
	    pread(fd, out->behind, sizeof(out->behind),
	        (off_t)(at - sizeof(out->behind))) ==
	    (ssize_t)sizeof(out->behind) &&
	    pread(fd, next_out, SPOOL_MARK_LEN, (off_t)at) >= 0;
}

/* Is the end of the open file still where it was last found here? */
static bool
end_is_known(const struct spool *s, int fd)
{
	uint8_t next[SPOOL_MARK_LEN];
	struct spool_end now;

	return s->end.at != 0 && read_end(fd, s->end.at, &now, next) &&
	    memcmp(now.file, s->end.file, sizeof(now.file)) == 0 &&
	    memcmp(now.behind, s->end.behind, sizeof(now.behind)) == 0 &&
	    !spool_is_mark(s, next);
}

static bool
keep_last(void *arg, uint64_t number, const void *payload, size_t len)
{
	struct spool_end *end = arg;

	(void)payload;
	end->number = number;
	end->last_len = len + SPOOL_FRAME_EXTRA;
	return true;
}

/* Look for the end by reading. */
static enum err_code
find_end(const struct spool *s, int fd, struct spool_end *out, struct err *e)
{
	uint8_t next[SPOOL_MARK_LEN];
	struct spool_end end = { 0 };
	size_t at = 0;
	enum err_code code = read_whole(s, fd, 0, keep_last, &end, &at, e);

	if (code != ERR_OK)
		return code;
	/* Nothing was ever written: there is no end to know again. */
	if (at > 0 && !read_end(fd, at, &end, next))
		return fail(s, "read", e);
	*out = end;
	return ERR_OK;
}

static enum err_code
write_at(const struct spool *s, int fd, uint64_t at, const void *data,
    size_t len, struct err *e)
{
	if (lseek(fd, (off_t)at, SEEK_SET) < 0)
		return fail(s, "seek in", e);
	return file_write_all(fd, data, len, e);
}

/* Whoever dropped or wrote last may have been told that a sync had failed.  So
 * the file's name is synced, and the last frame, the only one that need not be
 * on the disk, is written again: a sync that fails leaves nothing for the next
 * one to write. */
static enum err_code
sync_again(
    const struct spool *s, int fd, const struct spool_end *end, struct err *e)
{
	const uint64_t at = end->at - end->last_len;
	uint8_t *frame = malloc(end->last_len + 1);
	enum err_code code;

	if (frame == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = file_sync_names(s->path, e);
	if (code == ERR_OK &&
	    pread(fd, frame, end->last_len, (off_t)at) !=
	        (ssize_t)end->last_len)
		code = fail(s, "read", e);
	if (code == ERR_OK)
		code = write_at(s, fd, at, frame, end->last_len, e);
	if (code == ERR_OK && fdatasync(fd) != 0)
		code = fail(s, "sync", e);
	free(frame);
	return code;
}

/* What others wrote is put on the disk before anything is written behind it: a
 * whole frame behind a torn one would be damage. */
static enum err_code
ready_to_append(struct spool *s, struct err *e)
{
	enum err_code code =
	    end_is_known(s, s->fd) ? ERR_OK : find_end(s, s->fd, &s->end, e);

	if (code != ERR_OK || s->end.is_synced)
		return code;
	code = sync_again(s, s->fd, &s->end, e);
	s->end.is_synced = code == ERR_OK;
	return code;
}

enum err_code
spool_hold(struct spool *s, struct err *e)
{
	enum err_code code = open_locked(s, APPEND, &s->fd, e);

	if (code == ERR_OK)
		code = ready_to_append(s, e);
	if (code != ERR_OK)
		spool_release(s);
	return code;
}

void
spool_release(struct spool *s)
{
	if (s->fd >= 0)
		(void)close(s->fd); /* what counts was synced */
	s->fd = -1;
}

uint64_t
spool_held_last(const struct spool *s)
{
	return s->end.number;
}

/* Make room for what ends at `need`.  On a disk that is nearly full there may
 * be none to spare, but enough for the frame itself: that decides. */
static void
make_room(const struct spool *s, size_t need)
{
	static const uint8_t none[4096];
	struct err ignored;
	struct stat st;
	size_t at, step, end;

	if (fstat(s->fd, &st) != 0 || (size_t)st.st_size >= need)
		return;
	at = (size_t)st.st_size;
	step = at < ROOM_MIN ? ROOM_MIN : at > ROOM_MAX ? ROOM_MAX : at;
	for (end = need + step; at < end;) {
		size_t n = end - at < sizeof(none) ? end - at : sizeof(none);

		if (write_at(s, s->fd, at, none, n, &ignored) != ERR_OK)
			return;
		at += n;
	}
}

/* Write at the end, and sync. */
static enum err_code
put(struct spool *s, uint64_t number, const struct buf *frame, struct err *e)
{
	uint64_t at = s->end.at;
	enum err_code code;

	make_room(s, (size_t)at + frame->len);
	s->end.at = 0; /* unknown unless all goes well */
	code = write_at(s, s->fd, at, frame->ptr, frame->len, e);
	if (code != ERR_OK)
		return code;
	if (fdatasync(s->fd) != 0)
		return fail(s, "sync", e);
	memcpy(s->end.behind, frame->ptr + frame->len - sizeof(s->end.behind),
	    sizeof(s->end.behind));
	s->end.at = at + frame->len;
	s->end.number = number;
	s->end.last_len = frame->len;
	return ERR_OK;
}

enum err_code
spool_append(struct spool *s, uint64_t number, const void *payload, size_t len,
    struct err *e)
{
	bool was_held = s->fd >= 0;
	struct buf frame;
	enum err_code code = ERR_OK;

	if (len > SPOOL_PAYLOAD_MAX)
		return err_set(e, ERR_INVALID, 0, "the frame is too long");
	buf_init(&frame, SPOOL_PAYLOAD_MAX + SPOOL_FRAME_EXTRA);
	if (!was_held)
		code = spool_hold(s, e);
	else if (s->end.at == 0)
		code = ready_to_append(s, e);
	if (code == ERR_OK)
		code = spool_frame_add(
		    s, number, crypto_part(payload, len), &frame, e);
	if (code == ERR_OK)
		code = put(s, number, &frame, e);
	if (!was_held)
		spool_release(s);
	buf_fini(&frame);
	return code;
}

enum err_code
spool_read(const struct spool *s, uint64_t after, bool synced, spool_each each,
    void *arg, struct err *e)
{
	struct spool_end end;
	int fd = s->fd;
	enum err_code code = ERR_OK;

	if (s->fd < 0)
		code = open_locked(s, READ, &fd, e);
	if (code != ERR_OK || fd < 0)
		return code;
	if (synced && (code = find_end(s, fd, &end, e)) == ERR_OK)
		code = sync_again(s, fd, &end, e);
	if (code == ERR_OK)
		code = read_whole(s, fd, after, each, arg, NULL, e);
	if (s->fd < 0)
		(void)close(fd); /* nothing was written */
	return code;
}

enum err_code
spool_last(struct spool *s, uint64_t *out, struct err *e)
{
	int fd = s->fd;
	enum err_code code = ERR_OK;

	if (s->fd < 0)
		code = open_locked(s, READ, &fd, e);
	if (code == ERR_OK && fd >= 0 && !end_is_known(s, fd))
		code = find_end(s, fd, &s->end, e);
	if (code == ERR_OK)
		*out = fd < 0 ? 0 : s->end.number;
	if (s->fd < 0 && fd >= 0)
		(void)close(fd); /* nothing was written */
	return code;
}

/* What stays, as whole frames again, and how much there was. */
struct rest {
	const struct spool *spool;
	struct buf bytes;
	uint64_t upto;
	size_t all;
	enum err_code code;
	struct err *e;
};

static bool
keep_frame(void *arg, uint64_t number, const void *payload, size_t len)
{
	struct rest *r = arg;

	r->all += len + SPOOL_FRAME_EXTRA;
	if (number > r->upto)
		r->code = spool_frame_add(r->spool, number,
		    crypto_part(payload, len), &r->bytes, r->e);
	return r->code == ERR_OK;
}

enum err_code
spool_drop(const struct spool *s, uint64_t upto, struct err *e)
{
	struct rest rest = { .spool = s, .upto = upto, .code = ERR_OK, .e = e };
	int fd;
	enum err_code code = open_locked(s, DROP, &fd, e);

	if (code != ERR_OK || fd < 0)
		return code;
	buf_init(&rest.bytes, SPOOL_BYTES_MAX);
	code = read_whole(s, fd, 0, keep_frame, &rest, NULL, e);
	if (code == ERR_OK)
		code = rest.code;
	if (code == ERR_OK && rest.all > 0 && rest.bytes.len <= rest.all / 2)
		code = write_whole(s, &rest.bytes, e);
	(void)close(fd); /* nothing was written through it */
	buf_fini(&rest.bytes);
	return code;
}
