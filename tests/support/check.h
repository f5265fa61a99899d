/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_CHECK_H
#define SUPPORT_CHECK_H

/*
 * check -- what every unit test includes: cmocka with the headers that it
 * wants first, and the few assertions of our own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/err.h"

/* cmocka does not tell clang's analyser that a failed assertion ends the test;
 * to it they are these. */
#ifdef __clang_analyzer__
static inline void
check_holds(bool condition)
{
	if (!condition)
		__builtin_unreachable();
}
#undef assert_true
#define assert_true(c) check_holds(c)
#undef assert_false
#define assert_false(c) check_holds(!(c))
#undef assert_null
#define assert_null(p) check_holds((p) == NULL)
#undef assert_non_null
#define assert_non_null(p) check_holds((p) != NULL)
#undef assert_int_equal
#define assert_int_equal(a, b) check_holds((uintmax_t)(a) == (uintmax_t)(b))
#undef assert_int_not_equal
#define assert_int_not_equal(a, b) check_holds((uintmax_t)(a) != (uintmax_t)(b))
#undef fail_msg
#define fail_msg(...)                                                          \
	((void)sizeof(__builtin_snprintf(0, 0, __VA_ARGS__)),                  \
	    __builtin_unreachable())
#endif

/* The call succeeds; its error message is printed when it does not. */
#ifdef __clang_analyzer__
#define assert_ok(call, e) check_holds((call) == ERR_OK)
#else
#define assert_ok(call, e)                                                     \
	do {                                                                   \
		if ((call) != ERR_OK)                                          \
			fail_msg("%s: %s", #call, (e)->msg);                   \
	} while (0)
#endif

/* A program's exit status is all that CTest and tools/test judge it by, so a
 * program that ends well without having run its tests to their end ends badly
 * after all. */
void check_begins(void);
int check_ended(int failed);
/* This run of the program is no test, but plays a part in one. */
void check_plays_a_part(void);
#undef cmocka_run_group_tests
#define cmocka_run_group_tests(tests, setup, teardown)                         \
	(check_begins(),                                                       \
	    check_ended(_cmocka_run_group_tests(#tests, tests,                 \
	        sizeof(tests) / sizeof((tests)[0]), setup, teardown)))

/* A seed for a property test: VISITBOOK_SEED, or a fresh one; printed. */
uint64_t check_seed(const char *test_name);

/* fork, and a child that does not outlive the program: a test that fails leaves
 * none behind that holds its output open.  Aborts the test on failure. */
int check_fork(void);

/* A fresh folder under TMPDIR; the caller ends it with check_folder_end,
 * which removes it and all in it.  Aborts the test on failure. */
struct check_folder {
	char path[256];
};
struct check_folder check_folder_new(void);
void check_folder_end(struct check_folder *f);

#endif
