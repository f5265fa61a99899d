/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a front lets through, and to whom.
 */
#include "tests/support/check.h"

#include <stdlib.h>

#include "daemon/central/front/front_int.h"

static const struct rate_limit limit = { .burst = 5.0, .per_second = 2.0 };

static unsigned
taken(struct rates *r, uint64_t who, uint64_t now_ms, unsigned tries)
{
	unsigned n = 0;

	for (unsigned i = 0; i < tries; i++)
		if (rate_take(r, limit, who, now_ms))
			n++;
	return n;
}

static void
a_burst_passes_and_then_so_many_a_second(void **state)
{
	struct rates *r = calloc(1, sizeof(*r));

	(void)state;
	assert_non_null(r);
	assert_int_equal(taken(r, 7, 1000, 100), 5);
	assert_int_equal(taken(r, 7, 1500, 100), 1);
	assert_int_equal(taken(r, 7, 3500, 100), 4);
	/* However long it was quiet, no more than the burst. */
	assert_int_equal(taken(r, 7, 1000000, 100), 5);
	free(r);
}

static void
callers_do_not_use_up_what_is_others(void **state)
{
	struct rates *r = calloc(1, sizeof(*r));

	(void)state;
	assert_non_null(r);
	assert_int_equal(taken(r, 1, 1000, 100), 5);
	assert_int_equal(taken(r, 2, 1000, 100), 5);
	/* Two in one place of the table: neither is refused for the other. */
	assert_int_equal(taken(r, 1 + RATE_SLOTS, 1000, 3), 3);
	assert_int_equal(taken(r, 1, 1000, 1), 1);
	free(r);
}

static void
time_that_runs_backwards_gives_nothing(void **state)
{
	struct rates *r = calloc(1, sizeof(*r));

	(void)state;
	assert_non_null(r);
	assert_int_equal(taken(r, 3, 5000, 100), 5);
	assert_int_equal(taken(r, 3, 4000, 100), 0);
	free(r);
}

static const struct route *
find(enum wire_listener listener, enum http_method method, const char *path,
    enum protocol_word *word)
{
	const struct http_request r = { .method = method, .path = path };
	const char *allow;

	return route_find(listener, &r, word, &allow);
}

static void
each_listener_has_its_own_paths(void **state)
{
	enum protocol_word word;
	const struct route *at;

	(void)state;
	at = find(WIRE_DEVICES, HTTP_POST, "/v1/sync", &word);
	assert_non_null(at);
	assert_int_equal(at->kind, WIRE_SYNC);
	assert_true(at->needs_cert);
	at = find(WIRE_DEVICES, HTTP_POST, "/v1/enrol", &word);
	assert_non_null(at);
	assert_false(at->needs_cert);
	at = find(WIRE_DEVICES, HTTP_GET,
	    "/v1/records/01940000-0000-7000-8000-000000000000/history", &word);
	assert_non_null(at);
	assert_int_equal(at->kind, WIRE_HISTORY);
	assert_null(find(WIRE_PEOPLE, HTTP_POST, "/v1/sync", &word));
	assert_int_equal(word, WORD_NOT_FOUND);
	assert_null(find(WIRE_DEVICES, HTTP_GET, "/healthz", &word));
	assert_int_equal(word, WORD_NOT_FOUND);
	assert_null(find(WIRE_DEVICES, HTTP_GET, "/v1/sync", &word));
	assert_int_equal(word, WORD_NOT_ALLOWED);
	assert_null(
	    find(WIRE_DEVICES, HTTP_GET, "/v1/records/x/history", &word));
	assert_null(
	    find(WIRE_DEVICES, HTTP_GET, "/v1/records//history", &word));
	assert_null(find(WIRE_DEVICES, HTTP_GET, "/v1/syncs", &word));
	assert_non_null(find(WIRE_PEOPLE, HTTP_HEAD, "/healthz", &word));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_passes_and_then_so_many_a_second),
		cmocka_unit_test(callers_do_not_use_up_what_is_others),
		cmocka_unit_test(time_that_runs_backwards_gives_nothing),
		cmocka_unit_test(each_listener_has_its_own_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
