/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_MEMBER_H
#define CORE_MEMBER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/*
 * member -- the members of a message that may be left out.
 *
 * What has its usual value is left out, and is refused when it is there all
 * the same: a message has one spelling, so reading and writing it gives the
 * same bytes, and nobody can say one thing in two ways of which only one is
 * signed.  All are ERR_MALFORMED with the key at fault.
 */

/* A whole number above 0; 0 when it is missing. */
enum err_code member_count(const json_t *json, const char *key, uint64_t *out,
    struct err *e) ERR_CHECKED;
/* true, or missing, which is false. */
enum err_code member_flag(
    const json_t *json, const char *key, bool *out, struct err *e) ERR_CHECKED;
/* Text of 1 to cap - 1 bytes; "" when it is missing. */
enum err_code member_text(const json_t *json, const char *key, char *out,
    size_t cap, struct err *e) ERR_CHECKED;
/* An object that names an id, by its text, for each of 1 to LIMIT_WANTED
 * names, kept by reference; NULL when it is missing. */
enum err_code member_ids(const json_t *json, const char *key, json_t **out,
    struct err *e) ERR_CHECKED;
/* An array of 1 to max things; *list_out is borrowed, NULL when it is missing,
 * with *n_out 0. */
enum err_code member_list(const json_t *json, const char *key, size_t max,
    json_t **list_out, size_t *n_out, struct err *e) ERR_CHECKED;
/* "v", which always stands, is the version that is spoken here; else
 * ERR_NEWER. */
enum err_code member_version(const json_t *json, struct err *e) ERR_CHECKED;
/* Every member of the object is one of the known keys (NULL at their end).
 * For objects that are signed in a form made anew from their members, where a
 * key that is passed over would be one that nobody signed. */
enum err_code member_only(
    const json_t *json, const char *const *known, struct err *e) ERR_CHECKED;

#endif
