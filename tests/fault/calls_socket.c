/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands before the C library: sockets.  <sys/socket.h> declares some of
 * these with unions that no definition of ours can match, so they are declared
 * here.
 */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/inotify.h>

#include "tests/fault/calls_real.h"

struct sockaddr;
struct msghdr;

int socket(int domain, int type, int protocol);
int socketpair(int domain, int type, int protocol, int fds[2]);
int connect(int fd, const struct sockaddr *to, unsigned len);
int accept4(int fd, struct sockaddr *from, unsigned *len, int flags);
int accept(int fd, struct sockaddr *from, unsigned *len);
int bind(int fd, const struct sockaddr *at, unsigned len);
int listen(int fd, int backlog);
ssize_t send(int fd, const void *data, size_t len, int flags);
ssize_t sendmsg(int fd, const struct msghdr *m, int flags);
ssize_t recv(int fd, void *out, size_t len, int flags);
ssize_t recvmsg(int fd, struct msghdr *m, int flags);

int
socket(int domain, int type, int protocol)
{
	REAL(int, "socket", int, int, int);

	return fails(CALL_SOCKET) ? -1 : real(domain, type, protocol);
}

int
socketpair(int domain, int type, int protocol, int fds[2])
{
	REAL(int, "socketpair", int, int, int, int *);

	return fails(CALL_SOCKET) ? -1 : real(domain, type, protocol, fds);
}

int
pipe2(int fds[2], int flags)
{
	REAL(int, "pipe2", int *, int);

	return fails(CALL_SOCKET) ? -1 : real(fds, flags);
}

int
connect(int fd, const struct sockaddr *to, unsigned len)
{
	REAL(int, "connect", int, const struct sockaddr *, unsigned);

	return fails(CALL_CONNECT) ? -1 : real(fd, to, len);
}

int
accept4(int fd, struct sockaddr *from, unsigned *len, int flags)
{
	REAL(int, "accept4", int, struct sockaddr *, unsigned *, int);

	return fails(CALL_ACCEPT) ? -1 : real(fd, from, len, flags);
}

int
accept(int fd, struct sockaddr *from, unsigned *len)
{
	REAL(int, "accept", int, struct sockaddr *, unsigned *);

	return fails(CALL_ACCEPT) ? -1 : real(fd, from, len);
}

int
bind(int fd, const struct sockaddr *at, unsigned len)
{
	REAL(int, "bind", int, const struct sockaddr *, unsigned);

	return fails(CALL_BIND) ? -1 : real(fd, at, len);
}

int
listen(int fd, int backlog)
{
	REAL(int, "listen", int, int);

	return fails(CALL_BIND) ? -1 : real(fd, backlog);
}

ssize_t
send(int fd, const void *data, size_t len, int flags)
{
	REAL(ssize_t, "send", int, const void *, size_t, int);
	const ssize_t n = part(CALL_SEND, len);

	return n < 0 ? n : real(fd, data, (size_t)n, flags);
}

ssize_t
sendmsg(int fd, const struct msghdr *m, int flags)
{
	REAL(ssize_t, "sendmsg", int, const struct msghdr *, int);

	return fails(CALL_SEND) ? -1 : real(fd, m, flags);
}

ssize_t
recv(int fd, void *out, size_t len, int flags)
{
	REAL(ssize_t, "recv", int, void *, size_t, int);
	const ssize_t n = part(CALL_RECV, len);

	return n < 0 ? n : real(fd, out, (size_t)n, flags);
}

ssize_t
recvmsg(int fd, struct msghdr *m, int flags)
{
	REAL(ssize_t, "recvmsg", int, struct msghdr *, int);

	return fails(CALL_RECV) ? -1 : real(fd, m, flags);
}

int
poll(struct pollfd *fds, nfds_t n, int ms)
{
	REAL(int, "poll", struct pollfd *, nfds_t, int);

	return fails(CALL_POLL) ? -1 : real(fds, n, ms);
}

int
epoll_wait(int fd, struct epoll_event *events, int n, int ms)
{
	REAL(int, "epoll_wait", int, struct epoll_event *, int, int);

	return fails(CALL_POLL) ? -1 : real(fd, events, n, ms);
}

int
epoll_ctl(int fd, int op, int of, struct epoll_event *event)
{
	REAL(int, "epoll_ctl", int, int, int, struct epoll_event *);

	return op != EPOLL_CTL_DEL && fails(CALL_WATCH)
	    ? -1
	    : real(fd, op, of, event);
}

int
epoll_create1(int flags)
{
	REAL(int, "epoll_create1", int);

	return fails(CALL_SOCKET) ? -1 : real(flags);
}

int
inotify_init1(int flags)
{
	REAL(int, "inotify_init1", int);

	return fails(CALL_SOCKET) ? -1 : real(flags);
}

int
inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	REAL(int, "inotify_add_watch", int, const char *, uint32_t);

	return fails(CALL_WATCH) ? -1 : real(fd, path, mask);
}
