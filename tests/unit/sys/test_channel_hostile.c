/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hostile peer writes into a channel: it delivers, ends or waits.
 */
#include "tests/support/check.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/rng.h"
#include "tests/support/channel_end.h"

/* A frame as a hostile peer writes it. */
struct forged {
	const char *what;
	uint8_t bytes[16];
};

static void
give_forged(const uint8_t *bytes, size_t len, enum err_code wanted)
{
	struct loop *l;
	struct channel_end end;
	int fds[2];
	struct err e;

	assert_ok(loop_new(&l, &e), &e);
	assert_ok(channel_pair(fds, &e), &e);
	channel_end_open(&end, l, fds[0], 0);
	assert_int_equal(write(fds[1], bytes, len), (ssize_t)len);
	channel_end_run(l);
	assert_int_equal(end.errors, 1);
	assert_int_equal(end.error, wanted);
	assert_int_equal(end.n, 0);
	assert_null(end.ch);
	channel_end_close(&end);
	assert_int_equal(close(fds[1]), 0);
	loop_free(l);
}

static void
frames_outside_the_protocol_end_the_channel(void **state)
{
	static const struct forged forged[] = {
		{ "unknown flag", { [6] = 0x13 } },
		{ "reserved byte", { [6] = 3, [7] = 1 } },
		{ "no first", { [6] = 2 } },
		{ "total over the maximum",
		    { [6] = 1, [8] = 1, [14] = 1, [15] = 0 } },
		{ "fragment over the maximum",
		    { [6] = 3, [9] = 1, [11] = 1, [13] = 1, [15] = 1 } },
		{ "longer than its total", { [6] = 3, [11] = 1, [15] = 2 } },
		{ "last too early", { [6] = 3, [11] = 2, [15] = 1 } },
		{ "not last at the end", { [6] = 1, [11] = 1, [15] = 1 } },
		{ "empty first fragment", { [6] = 1, [11] = 1 } },
		{ "urgent in two parts", { [6] = 5, [11] = 2, [15] = 1 } },
		{ "urgent too long",
		    { [6] = 7, [10] = 0x20, [11] = 0, [14] = 0x20 } },
		{ "credit never owed", { [6] = 8, [11] = 1 } },
		{ "credit of nothing", { [6] = 8 } },
		{ "credit with bytes", { [6] = 8, [11] = 1, [15] = 1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		print_message("  %s\n", forged[i].what);
		give_forged(forged[i].bytes, 16, ERR_MALFORMED);
	}
}

static void
a_body_may_not_change_its_name_half_way(void **state)
{
	static const uint8_t two[] = {
		0, 0, 0, 1, 0, 7, 1, 0, 0, 0, 0, 2, 0, 0, 0, 1, 'x', /* 1st */
		0, 0, 0, 2, 0, 7, 2, 0, 0, 0, 0, 2, 0, 0, 0, 1, 'y', /* 2nd */
	};

	(void)state;
	give_forged(two, sizeof(two), ERR_MALFORMED);
}

static void
a_peer_that_ignores_credit_is_cut_off(void **state)
{
	const size_t len = 16 + 65536;
	uint8_t *frame = calloc(1, len);
	struct loop *l;
	struct channel_end end;
	size_t at = 0;
	unsigned whole = 0;
	int fds[2];
	struct err e;

	(void)state;
	assert_non_null(frame);
	frame[6] = 3;
	frame[9] = frame[13] = 1;
	assert_ok(loop_new(&l, &e), &e);
	assert_ok(channel_pair(fds, &e), &e);
	channel_end_open(&end, l, fds[0], 0);
	channel_pause(end.ch, true);
	while (end.errors == 0 && whole < 20) {
		ssize_t n = send(fds[1], frame + at, len - at, MSG_NOSIGNAL);

		if (n < 0)
			assert_int_equal(errno, EAGAIN);
		else
			at += (size_t)n;
		if (at == len) {
			at = 0;
			whole++;
		}
		channel_end_settle(l);
	}
	assert_int_equal(end.error, ERR_MALFORMED);
	assert_int_equal(end.n, CHANNEL_WINDOW / len);
	channel_end_close(&end);
	assert_int_equal(close(fds[1]), 0);
	loop_free(l);
	free(frame);
}

static void
random_bytes_never_hurt(void **state)
{
	struct rng r = rng_make(check_seed("channel bytes"));

	(void)state;
	for (int round = 0; round < 300; round++) {
		uint8_t bytes[256];
		struct loop *l;
		struct channel_end end;
		int fds[2];
		struct err e;

		rng_bytes(&r, bytes, sizeof(bytes));
		/* Mostly near-valid: small numbers in the header. */
		for (size_t i = 0; i < 16; i++)
			if (rng_below(&r, 8) != 0)
				bytes[i] = i == 6 || i == 11 || i == 15
				    ? (uint8_t)rng_below(&r, 16)
				    : 0;
		assert_ok(loop_new(&l, &e), &e);
		assert_ok(channel_pair(fds, &e), &e);
		channel_end_open(&end, l, fds[0], 0);
		assert_int_equal(
		    write(fds[1], bytes, sizeof(bytes)), sizeof(bytes));
		assert_int_equal(close(fds[1]), 0);
		channel_end_run(l);
		assert_int_equal(end.errors + end.closed, 1);
		channel_end_close(&end);
		loop_free(l);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_outside_the_protocol_end_the_channel),
		cmocka_unit_test(a_body_may_not_change_its_name_half_way),
		cmocka_unit_test(a_peer_that_ignores_credit_is_cut_off),
		cmocka_unit_test(random_bytes_never_hurt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
