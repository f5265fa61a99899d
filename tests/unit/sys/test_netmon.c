/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks that come and go, in a network namespace of the test's own.  Where
 * the kernel grants none, only what needs none is tried, and the test says so.
 */
#include "tests/support/check.h"

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "common/sys/loop.h"
#include "common/sys/netmon.h"

#define WAIT_MS 10000
#define NO_NAMESPACE 77
#define NO_PAIR 78

/* In a child a failed check ends it with the line as its status's meaning. */
#define CHILD_CHECK(what)                                                      \
	do {                                                                   \
		if (!(what)) {                                                 \
			print_error("line %d: %s\n", __LINE__, #what);         \
			return 1;                                              \
		}                                                              \
	} while (0)

struct scene {
	struct loop *loop;
	unsigned notices;
};

static void
on_notice(void *arg)
{
	struct scene *s = arg;

	s->notices++;
	loop_stop(s->loop);
}

static void
on_late(void *arg)
{
	struct scene *s = arg;

	loop_stop(s->loop);
}

/* Let the loop run until a notice or for so long. */
static void
run_for(struct scene *s, uint32_t ms)
{
	struct loop_timer *late = NULL;

	if (loop_timer_new(s->loop, on_late, s, &late, NULL) != ERR_OK ||
	    loop_timer_start(late, ms, NULL) != ERR_OK ||
	    loop_run(s->loop, NULL) != ERR_OK)
		abort();
	loop_timer_free(late);
}

static bool
switch_interface(const char *name, bool up)
{
	struct ifreq request = { .ifr_flags = 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok;

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	ok = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
	if (up)
		request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
	else
		request.ifr_flags = (short)(request.ifr_flags & ~IFF_UP);
	ok = ok && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	(void)close(fd);
	return ok;
}

static bool
give_address(const char *name, uint32_t address)
{
	const struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(address) };
	struct ifreq request = { .ifr_flags = 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok;

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	memcpy(&request.ifr_addr, &at, sizeof(at));
	ok = fd >= 0 && ioctl(fd, SIOCSIFADDR, &request) == 0;
	(void)close(fd);
	return ok;
}

/* Append an attribute at *len, which stays a multiple of four. */
static void
put(char *message, size_t *len, unsigned short type, const void *value,
    size_t value_len)
{
	const struct rtattr head = { .rta_type = type,
		.rta_len = (unsigned short)(sizeof(head) + value_len) };

	memcpy(message + *len, &head, sizeof(head));
	memcpy(message + *len + sizeof(head), value, value_len);
	*len += RTA_ALIGN(head.rta_len);
}

/* Make the interface "wifi0", wired to a second one that the kernel names
 * "veth0"; false: not in this kernel. */
static bool
make_pair(void)
{
	char message[256] = { 0 }, answer[1024];
	size_t len = NLMSG_LENGTH(sizeof(struct ifinfomsg)), info;
	struct nlmsghdr head = { .nlmsg_type = RTM_NEWLINK,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE };
	struct rtattr nest = { .rta_type = IFLA_LINKINFO };
	struct nlmsgerr result;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ssize_t n;

	if (fd < 0)
		return false;
	put(message, &len, IFLA_IFNAME, "wifi0", 6);
	info = len;
	len += sizeof(nest);
	put(message, &len, IFLA_INFO_KIND, "veth", 4);
	nest.rta_len = (unsigned short)(len - info);
	memcpy(message + info, &nest, sizeof(nest));
	head.nlmsg_len = (uint32_t)len;
	memcpy(message, &head, sizeof(head));
	n = send(fd, message, len, 0) < 0 ? -1
	                                  : recv(fd, answer, sizeof(answer), 0);
	(void)close(fd);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(result)))
		return false;
	memcpy(&result, answer + NLMSG_HDRLEN, sizeof(result));
	return result.error == 0;
}

static int
loopback_child(void)
{
	struct scene s = { .notices = 0 };
	struct netmon *m = NULL;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return NO_NAMESPACE;
	CHILD_CHECK(!netmon_has_network("127.0.0.1:8443"));
	CHILD_CHECK(!netmon_has_network("office.example:8443"));
	CHILD_CHECK(loop_new(&s.loop, NULL) == ERR_OK);
	CHILD_CHECK(netmon_open(s.loop, on_notice, &s, &m, NULL) == ERR_OK);
	/* Bringing it up makes several messages and one notice. */
	CHILD_CHECK(switch_interface("lo", true));
	run_for(&s, WAIT_MS);
	CHILD_CHECK(s.notices == 1);
	run_for(&s, 2 * NETMON_SETTLE_MS);
	CHILD_CHECK(s.notices == 1);
	CHILD_CHECK(netmon_has_network("127.0.0.1:8443"));
	CHILD_CHECK(netmon_has_network("[::1]:8443"));
	CHILD_CHECK(netmon_has_network("LocalHost:8443"));
	CHILD_CHECK(netmon_has_network("localhost"));
	CHILD_CHECK(!netmon_has_network("localhost.example:8443"));
	CHILD_CHECK(!netmon_has_network("192.0.2.1:8443"));
	CHILD_CHECK(switch_interface("lo", false));
	run_for(&s, WAIT_MS);
	CHILD_CHECK(s.notices == 2);
	CHILD_CHECK(!netmon_has_network("127.0.0.1"));
	/* Closed with a notice under way: it never comes. */
	CHILD_CHECK(switch_interface("lo", true));
	netmon_close(m);
	run_for(&s, 2 * NETMON_SETTLE_MS);
	CHILD_CHECK(s.notices == 2);
	loop_free(s.loop);
	return 0;
}

/* Follow the notices until there is a network, or none. */
static bool
becomes(struct scene *s, bool wanted)
{
	for (int i = 0; i < 10; i++) {
		const unsigned before = s->notices;

		run_for(s, WAIT_MS);
		if (netmon_has_network("office.example:8443") == wanted)
			return true;
		if (s->notices == before)
			return false;
	}
	return false;
}

static int
interface_child(void)
{
	struct scene s = { .notices = 0 };
	struct netmon *m = NULL;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return NO_NAMESPACE;
	if (!make_pair())
		return NO_PAIR;
	CHILD_CHECK(loop_new(&s.loop, NULL) == ERR_OK);
	CHILD_CHECK(netmon_open(s.loop, on_notice, &s, &m, NULL) == ERR_OK);
	/* Up, but not wired through yet. */
	CHILD_CHECK(switch_interface("wifi0", true));
	CHILD_CHECK(give_address("wifi0", 0xc0000201)); /* 192.0.2.1 */
	run_for(&s, WAIT_MS);
	CHILD_CHECK(s.notices == 1);
	CHILD_CHECK(!netmon_has_network("office.example:8443"));
	CHILD_CHECK(switch_interface("veth0", true));
	CHILD_CHECK(becomes(&s, true));
	CHILD_CHECK(!netmon_has_network("127.0.0.1:8443"));
	CHILD_CHECK(give_address("wifi0", 0xa9fe0102)); /* 169.254.1.2 */
	CHILD_CHECK(becomes(&s, false));
	CHILD_CHECK(give_address("wifi0", 0xc0000202));
	CHILD_CHECK(becomes(&s, true));
	CHILD_CHECK(switch_interface("veth0", false));
	CHILD_CHECK(becomes(&s, false));
	CHILD_CHECK(s.notices >= 5);
	netmon_close(m);
	loop_free(s.loop);
	return 0;
}

/* In a child, since a process does not come back out of a namespace. */
static void
run_child(int (*child)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(child());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_NAMESPACE)
		print_message("not tried: no network namespaces here\n");
	else if (WEXITSTATUS(status) == NO_PAIR)
		print_message("not tried: no pairs of interfaces here\n");
	else
		assert_int_equal(WEXITSTATUS(status), 0);
}

static void
loopback_counts_for_an_office_on_this_machine(void **state)
{
	(void)state;
	run_child(loopback_child);
}

static void
an_interface_counts_once_it_has_an_address(void **state)
{
	(void)state;
	run_child(interface_child);
}

static void
it_can_be_closed_unused(void **state)
{
	struct scene s = { .notices = 0 };
	struct netmon *m = NULL;
	struct err e;

	(void)state;
	assert_ok(loop_new(&s.loop, &e), &e);
	if (netmon_open(s.loop, on_notice, &s, &m, &e) != ERR_OK) {
		assert_int_equal(e.code, ERR_BUSY);
		assert_null(m);
	}
	netmon_close(m);
	netmon_close(NULL);
	loop_free(s.loop);
	assert_int_equal(s.notices, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loopback_counts_for_an_office_on_this_machine),
		cmocka_unit_test(an_interface_counts_once_it_has_an_address),
		cmocka_unit_test(it_can_be_closed_unused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
