/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * id -- UUID version 7 (RFC 9562 section 5.7) as a value.
 *
 * Records, devices, users, offices, conflicts and rows are all named by one.
 * The text form is 36 lower-case characters; no other spelling is read.
 */
#define ID_LEN 16
#define ID_TEXT_LEN 36

struct id {
	uint8_t b[ID_LEN];
};

/* Text with NUL, for printing and for SQL. */
struct id_text {
	char s[ID_TEXT_LEN + 1];
};

/* Make a version 7 id out of a Unix time in milliseconds (48 bits used) and
 * 10 random bytes. */
struct id id_make(uint64_t unix_ms, const uint8_t random[static 10]);

/* The same with bytes from the kernel (rng_fill): a new thing's name. */
struct id id_fresh(uint64_t unix_ms);

/* The time that id_make was given. */
uint64_t id_time_ms(struct id id);

/* Make a version 8 id out of a hash's first 16 bytes, for ids that must
 * derive from what they name (a conflict's). */
struct id id_from_hash(const uint8_t hash[static 16]);

/* Read the text form, of any version; false if it is not one. */
bool id_parse(const char *text, struct id *out);
struct id_text id_print(struct id id);

bool id_equal(struct id a, struct id b);
bool id_is_zero(struct id id);

#endif
