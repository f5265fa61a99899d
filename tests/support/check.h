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

/* The call succeeds; its error message is printed when it does not. */
#define assert_ok(call, e)                                                     \
	do {                                                                   \
		if ((call) != ERR_OK)                                          \
			fail_msg("%s: %s", #call, (e)->msg);                   \
	} while (0)

/* A seed for a property test: VISITBOOK_SEED, or a fresh one; printed. */
uint64_t check_seed(const char *test_name);

/* A fresh folder under TMPDIR; the caller ends it with check_folder_end,
 * which removes it and all in it.  Aborts the test on failure. */
struct check_folder {
	char path[256];
};
struct check_folder check_folder_new(void);
void check_folder_end(struct check_folder *f);

#endif
