/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The holding side: who holds a folder is settled by a lock on a file of its
 * own, so a socket that a dead holder left behind can be replaced without a
 * race; then the key's life from unlock to wipe.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/store/holder_int.h"
#include "common/sys/log.h"

#define TAKE_TRIES 10
#define TAKE_AGAIN_NS 5000000L
#define ACCEPT_REST_MS 100

static uint64_t
read_clock_ms(clockid_t clock)
{
	struct timespec t = { 0 };

	(void)clock_gettime(clock, &t); /* both clocks exist since Linux 2.6.39
	                                 */
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Milliseconds that the machine has slept since it started. */
static uint64_t
read_slept_ms(void)
{
	const uint64_t mono = read_clock_ms(CLOCK_MONOTONIC);
	const uint64_t boot = read_clock_ms(CLOCK_BOOTTIME);

	return boot > mono ? boot - mono : 0;
}

static void
plan_check(struct holder *h)
{
	const uint64_t now = read_clock_ms(CLOCK_BOOTTIME);
	uint32_t delay_ms = HOLDER_CHECK_MS;
	struct err e = { 0 };

	if (h->end_boot_ms != 0 && h->end_boot_ms < now + delay_ms)
		delay_ms =
		    h->end_boot_ms > now ? (uint32_t)(h->end_boot_ms - now) : 0;
	if (loop_timer_start(h->check, delay_ms, &e) == ERR_OK)
		return;
	/* Without the check nothing would ever lock by itself. */
	log_err("holder", "cannot watch idle time, locking", &e);
	holder_lock(h);
}

/* Somebody removed the socket, or the whole runtime folder at the end of a
 * login: nobody could lock any more. */
static bool
is_out_of_reach(const struct holder *h)
{
	struct stat st;

	return lstat(h->address.sun_path, &st) != 0 ||
	    st.st_ino != h->socket_ino;
}

static void
on_check(void *arg)
{
	struct holder *h = arg;
	const uint64_t slept = read_slept_ms();

	if (is_out_of_reach(h) || slept > h->slept_ms + HOLDER_SLEPT_MS ||
	    (h->end_boot_ms != 0 &&
	        read_clock_ms(CLOCK_BOOTTIME) >= h->end_boot_ms)) {
		holder_lock(h);
		return;
	}
	plan_check(h);
}

void
holder_touch(struct holder *h)
{
	if (!h->is_locked && h->window_ms != 0)
		h->end_boot_ms = read_clock_ms(CLOCK_BOOTTIME) + h->window_ms;
}

uint64_t
holder_until_ms(const struct holder *h)
{
	const uint64_t now = read_clock_ms(CLOCK_BOOTTIME);

	if (h->is_locked || h->end_boot_ms == 0)
		return 0;
	return clock_unix_ms() +
	    (h->end_boot_ms > now ? h->end_boot_ms - now : 0);
}

void
holder_take_key(
    struct holder *h, const struct secret_key *key, uint64_t until_ms)
{
	const uint64_t now = clock_unix_ms();
	const bool is_same =
	    !h->is_locked && secret_equal(&h->key, key, sizeof(*key));

	if (!is_same)
		holder_lock(h);
	h->key = *key;
	h->is_locked = false;
	h->window_ms = until_ms == 0 ? 0 : 1;
	if (until_ms > now)
		h->window_ms = until_ms - now;
	if (h->window_max_ms != 0 &&
	    (h->window_ms == 0 || h->window_ms > h->window_max_ms))
		h->window_ms = h->window_max_ms;
	h->end_boot_ms = 0;
	h->slept_ms = read_slept_ms();
	holder_touch(h);
	plan_check(h);
	if (!is_same && !h->is_locked && h->events.on_unlock != NULL)
		h->events.on_unlock(h->events.arg, &h->key);
}

void
holder_lock(struct holder *h)
{
	if (h->is_locked)
		return;
	h->is_locked = true;
	loop_timer_stop(h->check);
	if (h->events.on_lock != NULL)
		h->events.on_lock(h->events.arg);
	secret_wipe(&h->key, sizeof(h->key));
	for (size_t i = 0; i < HOLDER_CONNS_MAX; i++)
		if (h->conns[i].state == HOLDER_CONN_LEASE) {
			h->conns[i].state = HOLDER_CONN_REVOKED;
			holder_conn_say(&h->conns[i], "{\"do\":\"wipe\"}");
		}
}

void
holder_limit(struct holder *h, uint64_t window_max_ms)
{
	h->window_max_ms = window_max_ms;
}

bool
holder_is_locked(const struct holder *h)
{
	return h->is_locked;
}

const struct secret_key *
holder_key(const struct holder *h)
{
	return h->is_locked ? NULL : &h->key;
}

void
holder_sync_done(struct holder *h, const char *json_text)
{
	for (size_t i = 0; i < HOLDER_CONNS_MAX; i++)
		if (h->conns[i].state == HOLDER_CONN_SYNCING) {
			h->conns[i].state = HOLDER_CONN_IDLE;
			holder_conn_say(&h->conns[i], json_text);
		}
}

static void
on_connect(int fd, unsigned events, void *arg)
{
	struct holder *h = arg;
	int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct err e;

	(void)events;
	if (conn < 0) {
		/* It has gone again; or no descriptor is left, and the loop
		 * would be back here at once until one is. */
		if (errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED &&
		    loop_fd_rest(h->listen_watch, ACCEPT_REST_MS, &e) != ERR_OK)
			log_err("holder", "no rest", &e);
		return;
	}
	if (!holder_peer_is_us(conn)) {
		log_line(LOG_LEVEL_WARN, "holder",
		    "a process of another user was turned away", NULL);
		(void)close(conn); /* nothing was written */
		return;
	}
	holder_conn_add(h, conn);
}

/* Become the one holder.  The file stays when we go: removing it would let two
 * processes lock two files of one name.  Who only asks whether it is held has
 * it for a moment. */
static enum err_code
take_folder(struct holder *h, struct err *e)
{
	const struct timespec pause = { .tv_nsec = TAKE_AGAIN_NS };
	char path[HOLDER_LOCK_MAX];
	int sys = EWOULDBLOCK;

	holder_lock_path(&h->address, path);
	h->lock_fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (h->lock_fd < 0)
		return err_set(e, ERR_IO, errno, "cannot open %.150s: %s", path,
		    strerror(errno));
	for (int i = 0; i < TAKE_TRIES && sys == EWOULDBLOCK; i++) {
		if (i > 0)
			(void)nanosleep(&pause, NULL);
		sys = flock(h->lock_fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
	}
	if (sys == 0)
		return ERR_OK;
	if (sys == EWOULDBLOCK)
		return err_set(e, ERR_BUSY, 0,
		    "another process already holds the key of this folder");
	return err_set(
	    e, ERR_IO, sys, "cannot lock %.150s: %s", path, strerror(sys));
}

static enum err_code
listen_there(struct holder *h, struct err *e)
{
	const struct sockaddr *address = (const struct sockaddr *)&h->address;
	struct stat st;
	enum err_code code;
	int fd;

	(void)unlink(h->address.sun_path); /* a dead holder's, or none */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_set(e, ERR_IO, errno, "cannot make a socket: %s",
		    strerror(errno));
	h->listen_fd = fd;
	if (bind(fd, address, sizeof(h->address)) != 0 ||
	    chmod(h->address.sun_path, 0600) != 0 ||
	    listen(fd, HOLDER_CONNS_MAX) != 0 ||
	    lstat(h->address.sun_path, &st) != 0)
		return err_set(e, ERR_IO, errno, "cannot listen at %.150s: %s",
		    h->address.sun_path, strerror(errno));
	h->socket_ino = st.st_ino;
	code = loop_fd_new(h->loop, fd, on_connect, h, &h->listen_watch, e);
	if (code == ERR_OK)
		code = loop_fd_set(h->listen_watch, LOOP_READ, e);
	return code;
}

enum err_code
holder_open(struct loop *loop, const char *home,
    const struct holder_events *events, struct holder **out, struct err *e)
{
	struct holder *h = calloc(1, sizeof(*h));
	enum err_code code;

	if (h == NULL)
		return err_set(e, ERR_NOMEM, 0, "no memory for the key holder");
	/* Refused where the limit is low; the key may be swapped out then. */
	(void)mlock(h, sizeof(*h));
	h->loop = loop;
	h->events = *events;
	h->is_locked = true;
	h->lock_fd = h->listen_fd = -1;
	for (size_t i = 0; i < HOLDER_CONNS_MAX; i++)
		h->conns[i].fd = -1;
	code = holder_address(home, &h->address, e);
	if (code == ERR_OK)
		code = loop_timer_new(loop, on_check, h, &h->check, e);
	if (code == ERR_OK)
		code = take_folder(h, e);
	if (code == ERR_OK)
		code = listen_there(h, e);
	if (code != ERR_OK) {
		holder_close(h);
		return code;
	}
	*out = h;
	return ERR_OK;
}

void
holder_close(struct holder *h)
{
	if (h == NULL)
		return;
	holder_lock(h);
	/* Who waits for a lock is not told that the pages have wiped the key:
	 * nobody will know. */
	for (size_t i = 0; i < HOLDER_CONNS_MAX; i++)
		if (h->conns[i].state == HOLDER_CONN_LOCKING)
			holder_conn_drop(&h->conns[i]);
	for (size_t i = 0; i < HOLDER_CONNS_MAX; i++)
		holder_conn_drop(&h->conns[i]);
	if (h->listen_watch != NULL)
		loop_fd_free(h->listen_watch);
	if (h->listen_fd >= 0) {
		(void)unlink(h->address.sun_path); /* a left one is replaced */
		(void)close(h->listen_fd);         /* nothing was written */
	}
	if (h->check != NULL)
		loop_timer_free(h->check);
	if (h->lock_fd >= 0)
		(void)close(h->lock_fd); /* this lets the next holder in */
	secret_wipe(h, sizeof(*h));
	(void)munlock(h, sizeof(*h));
	free(h);
}
