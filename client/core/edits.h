/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_EDITS_H
#define CLIENT_EDITS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/core/schema.h"

/*
 * edits -- what a person asks to be changed, as paths and values for
 * device_store_save.
 *
 * edits_init for one record of a type, edits_set for every PATH and its text,
 * edits_doc for a whole JSON object, then read items[], then edits_fini.  Pure:
 * time and row ids come in through the struct.
 *
 * Paths are those of common/core/path.h, and beyond them:
 *   statements/+/text      a new row; "+" names the same row all through one
 *                          list, and so does "+2" or "+aunt"
 *   actual/start           a member of a group, beside those that it has
 *   addresses/+/address/town   a member of a row's group
 *
 * All messages are sentences for the person who gave the value.
 */
#define EDITS_MAX 1000
#define EDITS_NEW_ROWS_MAX 200

struct edit_item {
	char *path;  /* owned */
	json_t *now; /* owned; NULL removes */
};

struct edits {
	const struct schema_type *type;
	const json_t *doc; /* borrowed: the record as shown, or NULL */
	uint64_t now_ms;   /* what "now" means */
	/* Fill 10 random bytes, for ids of new rows. */
	void (*random)(uint8_t out[static 10]);
	bool has_text; /* something in it did not come as an argument */
	struct edit_item *items;
	size_t n;
	struct edit_row {
		char *name; /* "statements/+2"; owned */
		char id[37];
	} * rows;
	size_t rows_n;
};

void edits_init(
    struct edits *l, const struct schema_type *type, const json_t *doc);
void edits_fini(struct edits *l);

/* How a value came: texts that may hold anyone's words are not taken from an
 * argument, which every process of the machine can read. */
enum edit_source { EDIT_ARGUMENT, EDIT_TEXT };

/* Ask for path to hold what the text says by the field's kind; empty text
 * removes.  One newline at the end of the text is no part of it, and line
 * ends of other systems become newlines.  A later value for the same path
 * replaces an earlier one.  ERR_INVALID, ERR_NOMEM. */
enum err_code edits_set(struct edits *l, const char *path, const char *text,
    size_t len, enum edit_source source, struct err *e) ERR_CHECKED;

/* The same with a value that is already one. */
enum err_code edits_value(struct edits *l, const char *path,
    const json_t *value, struct err *e) ERR_CHECKED;

/* A whole JSON object: each member is a field and its value; rows may be
 * named "+", "+2" and so on. */
enum err_code edits_doc(
    struct edits *l, const json_t *doc, struct err *e) ERR_CHECKED;

/* True if the list sets this path or something above or beneath it. */
bool edits_touch(const struct edits *l, const char *path);

/* The field that plain text goes to: the type's first text field that must be
 * filled in before sign-off; NULL when it has none. */
const struct schema_field *edits_main_field(const struct schema_type *type);

#endif
