/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/sys/tcp.h"

static void
a_listener_tells_its_port_and_hands_on_nodelay(void **state)
{
	static const char *const addresses[] = { "127.0.0.1:0", "[::1]:0" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct tcp_address bound;
		struct sockaddr_storage sa = { 0 };
		socklen_t len = sizeof(sa);
		int on = 0, listener, client, accepted;
		struct err e;

		assert_ok(tcp_listen(addresses[i], &listener, &bound, &e), &e);
		assert_null(strstr(bound.s, ":0"));
		assert_int_equal(
		    getsockname(listener, (struct sockaddr *)&sa, &len), 0);
		client = socket(sa.ss_family, SOCK_STREAM, 0);
		assert_int_equal(
		    connect(client, (struct sockaddr *)&sa, len), 0);
		accepted = accept(listener, NULL, NULL);
		assert_true(accepted >= 0);
		len = sizeof(on);
		assert_int_equal(
		    getsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, &len),
		    0);
		assert_int_equal(on, 1);
		/* The same address again is in use. */
		assert_int_equal(tcp_listen(bound.s, &on, NULL, &e), ERR_BUSY);
		assert_int_equal(close(client), 0);
		assert_int_equal(close(accepted), 0);
		assert_int_equal(close(listener), 0);
	}
}

static void
what_is_no_address_is_refused_with_an_example(void **state)
{
	static const char *const wrong[] = { "", "127.0.0.1", ":80", "::1:80",
		"[::1]", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
		"office.example:80", "[]:80" };
	struct err e;
	int fd = -7;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(
		    tcp_listen(wrong[i], &fd, NULL, &e), ERR_INVALID);
		assert_non_null(strstr(e.msg, "such as"));
	}
	assert_int_equal(fd, -7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_listener_tells_its_port_and_hands_on_nodelay),
		cmocka_unit_test(what_is_no_address_is_refused_with_an_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
