/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening sockets.  Options are set on the listener because the kernel
 * copies them to each accepted connection: TCP_NODELAY set there is worth a
 * factor of fifteen in small requests per second.
 */
#include "common/sys/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

/* A client whose network vanished is found after about two minutes:
 * 60 s of silence, then 4 probes 15 s apart. */
#define KEEP_IDLE_S 60
#define KEEP_INTERVAL_S 15
#define KEEP_PROBES 4

/* Cut "host:port" or "[host]:port" in two. */
static bool
split_address(const char *address, char host[static TCP_ADDRESS_MAX],
    const char **port_out)
{
	const char *colon = strrchr(address, ':');
	const char *begin = address;
	size_t len;

	if (colon == NULL)
		return false;
	len = (size_t)(colon - address);
	if (address[0] == '[') {
		if (len < 2 || address[len - 1] != ']')
			return false;
		begin++;
		len -= 2;
	} else if (memchr(address, ':', len) != NULL) {
		return false;
	}
	if (len == 0 || len >= TCP_ADDRESS_MAX)
		return false;
	memcpy(host, begin, len);
	host[len] = '\0';
	*port_out = colon + 1;
	return true;
}

/* getaddrinfo would take 65536 for 0. */
static bool
is_port(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && len <= 5 && strspn(text, "0123456789") == len &&
	    strtoul(text, NULL, 10) <= 65535;
}

static enum err_code
resolve(const char *address, struct addrinfo **info_out, struct err *e)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
	};
	char host[TCP_ADDRESS_MAX];
	const char *port;

	if (!split_address(address, host, &port) || !is_port(port) ||
	    getaddrinfo(host, port, &hints, info_out) != 0)
		return err_set(e, ERR_INVALID, 0,
		    "\"%s\" is not an address and port, such as "
		    "127.0.0.1:8443 or [::1]:8443",
		    address);
	return ERR_OK;
}

static int
set_options(int fd, int family)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET, SO_REUSEADDR, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEP_PROBES },
		{ IPPROTO_IPV6, IPV6_V6ONLY, 0 },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (options[i].level == IPPROTO_IPV6 && family != AF_INET6)
			continue;
		if (setsockopt(fd, options[i].level, options[i].name,
		        &options[i].value, sizeof(options[i].value)) != 0)
			return -1;
	}
	return 0;
}

static enum err_code
print_bound(int fd, struct tcp_address *out, struct err *e)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len = sizeof(sa);
	char host[INET6_ADDRSTRLEN], port[6];
	int n;

	if (getsockname(fd, (struct sockaddr *)&sa, &len) != 0 ||
	    getnameinfo((struct sockaddr *)&sa, len, host, sizeof(host), port,
	        sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return err_set(
		    e, ERR_IO, errno, "cannot tell the address of a socket");
	n = snprintf(out->s, sizeof(out->s),
	    sa.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	if (n < 0 || (size_t)n >= sizeof(out->s))
		return err_set(e, ERR_IO, 0, "an address is too long");
	return ERR_OK;
}

enum err_code
tcp_listen(const char *address, int *fd_out, struct tcp_address *bound_out,
    struct err *e)
{
	struct addrinfo *info = NULL;
	struct tcp_address bound;
	enum err_code rc;
	int fd = -1;

	rc = resolve(address, &info, e);
	if (rc != ERR_OK)
		goto out;
	fd = socket(
	    info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || set_options(fd, info->ai_family) != 0 ||
	    bind(fd, info->ai_addr, info->ai_addrlen) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		int sys = errno;

		rc = err_set(e,
		    sys == EADDRINUSE   ? ERR_BUSY
		        : sys == EACCES ? ERR_AUTH
		                        : ERR_IO,
		    sys, "cannot listen on %s: %s", address, strerror(sys));
		goto out;
	}
	rc = print_bound(fd, &bound, e);
	if (rc != ERR_OK)
		goto out;
	if (bound_out != NULL)
		*bound_out = bound;
	*fd_out = fd;
	fd = -1;
out:
	if (info != NULL)
		freeaddrinfo(info);
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

enum err_code
tcp_adopt(int fd, struct tcp_address *bound_out, struct err *e)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEP_PROBES },
	};
	int listens = 0, flags = fcntl(fd, F_GETFL);
	socklen_t len = sizeof(listens);

	if (flags < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0 ||
	    listens == 0)
		return err_set(e, ERR_INVALID, errno,
		    "descriptor %d is no listening socket", fd);
	if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		return err_set(e, ERR_IO, errno, "cannot take a socket over");
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (setsockopt(fd, options[i].level, options[i].name,
		        &options[i].value, sizeof(options[i].value)) != 0)
			return err_set(
			    e, ERR_IO, errno, "cannot take a socket over");
	return print_bound(fd, bound_out, e);
}
