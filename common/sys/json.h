/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_JSON_H
#define SYS_JSON_H

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/base/id.h"

/*
 * json -- JSON in and out; the values in memory are jansson's.
 *
 * Every byte from outside goes through json_parse, which scans it without
 * allocating before a value is made (1 MiB of "[{},{},...]" would become
 * 78 MiB of them).  The dialect is smaller than RFC 8259: well-formed
 * UTF-8, no NUL, no lone surrogate, no duplicate key, and numbers only as
 * whole int64 in their one spelling (no -0, no 1.0, no 1e3).
 *
 * The canonical form, which is what gets signed, hashed and stored: keys
 * sorted by their bytes, no space outside strings, text as UTF-8.  Inside
 * strings exactly these are escaped: \" \\ \b \f \n \r \t, and the other
 * control characters below U+0020 as \u00XX with upper-case digits.  DEL, '/'
 * and everything above stand for themselves.
 *
 * jansson's words: a json_t that a function returns is new (the caller calls
 * json_decref) or borrowed (valid while its parent is); one that it takes is
 * stolen.  Getters borrow, json_parse makes new, the _take functions steal,
 * also on failure.
 */
struct json_limits {
	size_t bytes_max;
	size_t tokens_max;  /* values and keys, each counts one */
	unsigned depth_max; /* nested objects and arrays; <= JSON_DEPTH_MAX */
	bool any;           /* a lone string, number, ... may be the document */
};

#define JSON_DEPTH_MAX 64
/* The longest fixed-size value that json_get_bytes and json_get_hex read. */
#define JSON_FIXED_MAX 256

/* Check bytes without allocating or changing anything.  ERR_MALFORMED tells
 * what and at which byte.  Duplicate keys are left to json_parse. */
enum err_code json_scan(const char *bytes, size_t len,
    const struct json_limits *lim, struct err *e) ERR_CHECKED;

/* Scan, then build.  *out is new.  ERR_MALFORMED, ERR_NOMEM. */
enum err_code json_parse(const char *bytes, size_t len,
    const struct json_limits *lim, json_t **out, struct err *e) ERR_CHECKED;

/* Append the canonical form of any value.  ERR_NOMEM, also for NULL, which is
 * what jansson makes where there is no memory; or ERR_INVALID past the buffer's
 * cap and for a real number, which no value of ours may be; *out
 * keeps its old length then. */
enum err_code json_print(
    const json_t *value, struct buf *out, struct err *e) ERR_CHECKED;

/* Parse, and demand that the bytes are the canonical form of their value:
 * what a signature covers.  ERR_MALFORMED otherwise, ERR_NOMEM. */
enum err_code json_parse_canonical(const char *bytes, size_t len,
    const struct json_limits *lim, json_t **out, struct err *e) ERR_CHECKED;

/* jansson's json_copy and json_deep_copy leave out what they find no memory
 * for, and say nothing: these give all of the value or NULL.  New; NULL stays
 * NULL.  The first shares its members with value. */
json_t *json_copy_all(const json_t *value);
json_t *json_deep_copy_all(const json_t *value);

/* Overwrite the memory of JSON values when they are freed, from here on and
 * for the whole process.  Call it before the first value is made. */
void json_wipe_freed(void);

/*
 * Getters: read a member of what a peer sent.  obj may be anything, NULL too.
 * ERR_MALFORMED names the key when it is missing or not of the kind asked
 * for; outputs are written on success only.  Optional members: json_has.
 */
bool json_has(const json_t *obj, const char *key);
/* Is text (NULL: no) in a list of texts (NULL: of none)? */
bool json_list_has(const json_t *list, const char *text);

/* Borrowed text of *len_out bytes and a NUL; len_out may be NULL. */
enum err_code json_get_str(const json_t *obj, const char *key,
    const char **s_out, size_t *len_out, struct err *e) ERR_CHECKED;
enum err_code json_get_int(const json_t *obj, const char *key, int64_t *out,
    struct err *e) ERR_CHECKED;
/* A whole number from 0 up (counters, versions, times). */
enum err_code json_get_uint(const json_t *obj, const char *key, uint64_t *out,
    struct err *e) ERR_CHECKED;
enum err_code json_get_bool(
    const json_t *obj, const char *key, bool *out, struct err *e) ERR_CHECKED;
enum err_code json_get_id(const json_t *obj, const char *key, struct id *out,
    struct err *e) ERR_CHECKED;
/* Exactly len bytes (<= JSON_FIXED_MAX), written as base64 or as hex. */
enum err_code json_get_bytes(const json_t *obj, const char *key, void *out,
    size_t len, struct err *e) ERR_CHECKED;
enum err_code json_get_hex(const json_t *obj, const char *key, void *out,
    size_t len, struct err *e) ERR_CHECKED;
/* Append text, or what base64 of it says, to *out, whose cap bounds it:
 * ERR_MALFORMED past that. */
enum err_code json_get_long(const json_t *obj, const char *key, struct buf *out,
    struct err *e) ERR_CHECKED;
enum err_code json_get_base64(const json_t *obj, const char *key,
    struct buf *out, struct err *e) ERR_CHECKED;
/* A copy of text of up to cap - 1 bytes, with its NUL. */
enum err_code json_get_short(const json_t *obj, const char *key, char *out,
    size_t cap, struct err *e) ERR_CHECKED;
/* Borrowed. */
enum err_code json_get_obj(const json_t *obj, const char *key, json_t **out,
    struct err *e) ERR_CHECKED;
enum err_code json_get_arr(const json_t *obj, const char *key, json_t **out,
    struct err *e) ERR_CHECKED;

/*
 * Setters: put a member into an object of ours, in place of one of that name.
 * ERR_NOMEM; obj NULL counts as "was not made for want of memory", so a
 * builder may pass json_object() on and test here.  json_put_str and _text
 * give ERR_INVALID for what is not UTF-8.
 */
enum err_code json_put_str(
    json_t *obj, const char *key, const char *s, struct err *e) ERR_CHECKED;
enum err_code json_put_text(json_t *obj, const char *key, const char *s,
    size_t len, struct err *e) ERR_CHECKED;
enum err_code json_put_int(
    json_t *obj, const char *key, int64_t v, struct err *e) ERR_CHECKED;
enum err_code json_put_bool(
    json_t *obj, const char *key, bool v, struct err *e) ERR_CHECKED;
enum err_code json_put_id(
    json_t *obj, const char *key, struct id id, struct err *e) ERR_CHECKED;
enum err_code json_put_hex(json_t *obj, const char *key, const void *data,
    size_t len, struct err *e) ERR_CHECKED;
enum err_code json_put_base64(json_t *obj, const char *key, const void *data,
    size_t len, struct err *e) ERR_CHECKED;
/* Steal value, also on failure; a NULL value is ERR_NOMEM. */
enum err_code json_put_take(
    json_t *obj, const char *key, json_t *value, struct err *e) ERR_CHECKED;
enum err_code json_add_take(
    json_t *arr, json_t *value, struct err *e) ERR_CHECKED;

/* The objects of a list in the order that compare puts pointers to them into,
 * as qsort; a new array.  ERR_NOMEM. */
enum err_code json_sorted(const json_t *list,
    int (*compare)(const void *, const void *), json_t **out,
    struct err *e) ERR_CHECKED;

#endif
