/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_CHECK_JSON_H
#define SUPPORT_CHECK_JSON_H

#include <jansson.h>

/*
 * check_json -- what a test expects of an answer in JSON.
 */

/* The member's text, borrowed; fails the test if it has none. */
const char *text_of(const json_t *answer, const char *key);

#endif
