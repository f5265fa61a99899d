/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_ROW_FLIPS_H
#define SUPPORT_ROW_FLIPS_H

#include "common/sys/db.h"

/*
 * row_flips -- every small damage that a table can take, read off the database
 * itself, so that a table or column that is added later is damaged too:
 *
 *   in every column of the first, the middle and the last row one bit turned
 *   (of `meta`: in every row); the first and the last row gone; the first two
 *   rows with each other's content.
 *
 * Everything that fails here fails the test.
 */
struct row_flip {
	char table[48];
	char column[48]; /* "": the row is deleted; "*": swapped */
	int64_t at;      /* which row, in the order of the key */
	char key[64];    /* its first key column as text */
	char said[200];  /* all of it in words */
};

/* Do one.  False: the store itself does not take it, or it changes nothing
 * (two rows that are equal but for the key). */
bool row_flip_do(struct db *db, const struct row_flip *f);

/* How many values, of any column of any table, hold this text. */
size_t row_hunt(struct db *db, const char *text);

/* What is not found, and why that is right. */
struct row_exempt {
	const char *table, *column; /* column NULL: all of the table */
	const char *key;            /* NULL: every row; "#0": the first */
	const char *why;
};

/* What verify says of a copy of the scene's database with this damage, "" when
 * it sees nothing.  False: there is no such damage. */
#define ROW_SAID_MAX 300
typedef bool row_said(
    void *scene, const struct row_flip *f, char said[static ROW_SAID_MAX]);

/* Read off db what damages there are, close it, and ask `said` of each: fails
 * the test when one is not seen and not on the list, when one of the list is
 * never met unseen, and when a table of the scene holds nothing. */
void row_flips_check(struct db *db, row_said *said, void *scene,
    const struct row_exempt *list, size_t n);

#endif
