/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_GOLDEN_AGAIN_H
#define SUPPORT_GOLDEN_AGAIN_H

#include "tests/support/golden.h"
#include "tests/support/total.h"

/* What reads a message of a kind and writes it again, with the keys of these
 * golden messages; fails the test for a kind that nobody knows. */
total_again golden_again(const struct golden *g, const char *kind);

#endif
