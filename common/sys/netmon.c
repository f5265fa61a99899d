/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notices over rtnetlink.  What a message says does not matter, that one came
 * does: the state is read anew when somebody asks, so a lost message (ENOBUFS)
 * is just another notice.
 */
#include "common/sys/netmon.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "common/sys/loop.h"

#define MESSAGE_MAX 8192
/* Read at most so many at a time: a storm of changes must not hold the loop. */
#define MESSAGES_PER_ROUND 64

struct netmon {
	int fd;
	struct loop_fd *watcher;
	struct loop_timer *settle;
	bool is_settling; /* the timer runs */
	netmon_cb *cb;
	void *arg;
};

static void
on_settled(void *arg)
{
	struct netmon *m = arg;

	m->is_settling = false;
	m->cb(m->arg);
}

/* True if anything came from the kernel; others may send to the socket too. */
static bool
drain(int fd)
{
	char message[MESSAGE_MAX];
	bool came = false;

	for (int i = 0; i < MESSAGES_PER_ROUND; i++) {
		struct sockaddr_nl from = { .nl_pid = 1 };
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, message, sizeof(message), MSG_TRUNC,
		    (struct sockaddr *)&from, &len);

		/* ENOBUFS: there were more than the socket could hold. */
		if ((n < 0 && errno == ENOBUFS) || (n > 0 && from.nl_pid == 0))
			came = true;
		else if (n < 0 && errno != EINTR)
			break;
	}
	return came;
}

static void
on_message(int fd, unsigned events, void *arg)
{
	struct netmon *m = arg;

	(void)events;
	if (!drain(fd) || m->is_settling)
		return;
	if (loop_timer_start(m->settle, NETMON_SETTLE_MS, NULL) == ERR_OK)
		m->is_settling = true;
	else
		m->cb(m->arg); /* no memory for a timer: say it at once */
}

enum err_code
netmon_open(struct loop *l, netmon_cb *cb, void *arg,
    struct netmon **netmon_out, struct err *e)
{
	const struct sockaddr_nl groups = { .nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
		    RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
		    RTMGRP_IPV6_ROUTE };
	struct netmon *m = calloc(1, sizeof(*m));
	enum err_code rc;

	if (m == NULL)
		return err_set(e, ERR_NOMEM, 0, "no memory to watch networks");
	m->cb = cb;
	m->arg = arg;
	m->fd = socket(
	    AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (m->fd < 0 ||
	    bind(m->fd, (const struct sockaddr *)&groups, sizeof(groups)) !=
	        0) {
		rc = err_set(
		    e, ERR_BUSY, errno, "no netlink (%s)", strerror(errno));
		goto out;
	}
	rc = loop_timer_new(l, on_settled, m, &m->settle, e);
	if (rc == ERR_OK)
		rc = loop_fd_new(l, m->fd, on_message, m, &m->watcher, e);
	if (rc == ERR_OK)
		rc = loop_fd_set(m->watcher, LOOP_READ, e);
	if (rc != ERR_OK)
		goto out;
	*netmon_out = m;
	m = NULL;
out:
	netmon_close(m);
	return rc;
}

void
netmon_close(struct netmon *m)
{
	if (m == NULL)
		return;
	loop_fd_free(m->watcher);
	loop_timer_free(m->settle);
	if (m->fd >= 0)
		(void)close(m->fd); /* nothing was written */
	free(m);
}

/* True if the host of address is this machine by its text. */
static bool
is_loopback(const char *address)
{
	if (strncmp(address, "127.", 4) == 0)
		return true;
	if (strncmp(address, "[::1]", 5) == 0 || strcmp(address, "::1") == 0)
		return true;
	return strncasecmp(address, "localhost", 9) == 0 &&
	    (address[9] == '\0' || address[9] == ':');
}

/* An address that reaches beyond its own link. */
static bool
is_routable(const struct sockaddr *sa)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (sa == NULL)
		return false;
	if (sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		/* 169.254/16 is what a machine gives itself without a
		 * network. */
		return ntohl(v4.sin_addr.s_addr) >> 16 != 0xa9fe;
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(&v6, sa, sizeof(v6));
		return !IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr);
	}
	return false;
}

bool
netmon_has_network(const char *address)
{
	const bool wants_loopback = is_loopback(address);
	struct ifaddrs *list = NULL;
	bool has = false;

	if (getifaddrs(&list) != 0)
		return true;
	for (const struct ifaddrs *i = list; i != NULL && !has;
	     i = i->ifa_next) {
		const bool is_up = (i->ifa_flags & IFF_UP) != 0 &&
		    (i->ifa_flags & IFF_RUNNING) != 0;
		const bool is_lo = (i->ifa_flags & IFF_LOOPBACK) != 0;

		has = is_up && is_lo == wants_loopback &&
		    is_routable(i->ifa_addr);
	}
	freeifaddrs(list);
	return has;
}
