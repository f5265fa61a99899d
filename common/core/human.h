/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_HUMAN_H
#define CORE_HUMAN_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/id.h"
#include "common/core/schema.h"

/*
 * human -- what people read of records and conflicts, in the same words on a
 * device and at the office: labels, code labels and titles in place of names,
 * codes and ids, by the schema alone.
 *
 * Everything is told from the objects of schema/cli.md, so what scripts and
 * people get cannot differ.  What is told goes piece by piece to `put`, which
 * keeps what it holds from steering a terminal (common/base/terminal.h).
 */
#define HUMAN_NAME_MAX 400

struct human {
	const struct schema *schema;   /* of the words and types */
	const struct schema *built_in; /* the program's own, where an older one
	                                * is kept with the notes */
	const char *program;           /* as people type it */
	struct id me;                  /* who reads it, or zero: nobody */
	uint64_t now_ms;
	void (*put)(void *arg, const char *text);
	/* The title of a record, or the id as it is. */
	void (*name)(
	    void *arg, const char *id_text, char out[static HUMAN_NAME_MAX]);
	void *arg;
};

/* printf. */
void human_put(const struct human *h, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A text with lines, each behind this indent. */
void human_text(const struct human *h, const char *text, const char *indent);

/* A sentence of the words, "" if there is none. */
const char *human_word(const struct human *h, const char *key);
/* Such a sentence with its {braces} filled in: pairs of name and value, ended
 * by NULL.  Told with a newline; the key itself where there is none. */
void human_words(const struct human *h, const char *key, ...)
    __attribute__((sentinel));
void human_words_of(const struct human *h, const char *key, va_list ap);

/* "You", or the title of who it is. */
void human_who(const struct human *h, const char *id_text,
    char out[static HUMAN_NAME_MAX]);

/* ---- times ---- */

/* "21 November 2026", "18:05"; and "18:05" today, "18:05 on 22 November 2026"
 * on any other day. */
#define HUMAN_TIME_MAX 48
void human_day(uint64_t unix_ms, char out[static HUMAN_TIME_MAX]);
void human_clock(uint64_t unix_ms, char out[static HUMAN_TIME_MAX]);
void human_when(
    const struct human *h, uint64_t unix_ms, char out[static HUMAN_TIME_MAX]);

/* How far a device's clock may have been off that told a time, as words to put
 * behind it: " (device's clock, ±3 min: it was behind)", from an hour on with
 * "time uncertain"; "" below a minute, which is what is shown of a time.
 * timed: an object with "clock_offset" and "uncertainty_s" (either may be
 * missing). */
#define HUMAN_UNSURE_MAX 160
void human_unsure(const struct human *h, const json_t *timed,
    char out[static HUMAN_UNSURE_MAX]);

/* ---- values and documents ---- */

/* One value of a field (or NULL for a field of a newer schema). */
void human_value(const struct human *h, const struct schema_field *field,
    const json_t *value, const char *indent);
/* Every field of a document that has a value, in the order of the schema. */
void human_doc(
    const struct human *h, const struct schema_type *type, const json_t *doc);

/* ---- whole answers ---- */

/* "TYPE show". */
void human_record(const struct human *h, const json_t *shown);
/* "waiting"; and what one line of it, or "waited" of "TYPE show", says of how
 * long and for what. */
void human_waiting(const struct human *h, const json_t *answer);
void human_waited(const struct human *h, const json_t *one);
/* Where the last own change of such an answer, or of a line of "TYPE list",
 * is. */
void human_transport(
    const struct human *h, const struct schema_type *type, const json_t *shown);
/* "conflict show". */
void human_conflict(const struct human *h, const json_t *shown);
/* Something to be read, and nothing to be answered. */
bool human_is_review(const json_t *conflict);
/* "conflict list": each that asks for an answer.  How many that were. */
size_t human_conflicts(const struct human *h, const json_t *list);
/* "check". */
void human_check(const struct human *h, const json_t *told);
/* Its "warnings", also as "sign" gives them; nothing where there are none. */
void human_warnings(const struct human *h, const json_t *warnings);
/* How many records a list or search left out: "errors", which were entered in
 * error, and "same", for which another stands.  Tells nothing for 0. */
void human_left_out(const struct human *h, const json_t *answer);

/* ---- members of an answer ---- */

/* Borrowed text of a member, "" if it is none. */
const char *human_str(const json_t *obj, const char *key);
/* A member's number, 0 if it is none. */
uint64_t human_num(const json_t *obj, const char *key);

#endif
