/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIMKIT_FIELDS_H
#define SIMKIT_FIELDS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/rng.h"

/*
 * fields -- which fields of a record are written, one of each kind and policy,
 * and a new value for one.
 */

/* Words that no text has yet: "w0001", "w0002", ... */
struct words {
	unsigned n; /* how many were given */
};
void word_new(struct words *w, char out[static 16]);
/* The n-th of them; its length. */
size_t word_print(unsigned n, char out[static 16]);

enum field_form {
	FORM_TEXT, /* words, changed here and there */
	FORM_LINE,
	FORM_CODE, /* one of `codes` */
	FORM_YES_NO,
	FORM_NUMBER, /* 1 to 5 */
	FORM_MEMBER, /* of a set: path/code, there or not */
	FORM_GROUP,  /* an object with the member `codes` names */
	FORM_ROW     /* path/<row>/column, or the row as a whole */
};

struct field_choice {
	const char *type, *path;
	const char *codes; /* "a b c"; of a row: its column */
	const char *column_codes;
	enum field_form form, column;
};

/* One edit: the path written out, and the value, NULL to remove. */
struct field_edit {
	char path[200];
	json_t *now;
};

/* Choose a field of the type and a new value for it, given what is shown. */
bool field_choose(struct words *w, struct rng *dice, const char *type,
    const json_t *doc, struct field_edit *out);

#endif
