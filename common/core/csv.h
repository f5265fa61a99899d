/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_CSV_H
#define CORE_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/*
 * csv -- tables as text (RFC 4180), in and out.
 *
 * Read: UTF-8 with or without a byte order mark; lines end with CRLF, LF or CR;
 * cells are parted by ',' or ';', whichever the first line has more of outside
 * quotes.  A cell may be in double quotes, which are doubled within; line ends
 * in one become "\n".  Lines with nothing in them are passed over.
 *
 *   csv_init, csv_next until *any_out is false, csv_fini
 *
 * Written: ',', CRLF, and quotes where they are needed.  A cell that a
 * spreadsheet would take for a formula (it begins with = + - @, a tab or a line
 * end) gets an apostrophe before it, which spreadsheets do not show.
 */
#define CSV_CELLS_MAX 256
/* Excel reads a file as UTF-8 when it begins with this. */
#define CSV_MARK "\xEF\xBB\xBF"

/* One line of a table, which may be several of the file. */
struct csv_line {
	size_t number; /* line of the file that it begins on, from 1 */
	size_t n;
	const char *cells[CSV_CELLS_MAX]; /* ended with NUL; until the next */
};

struct csv {
	const char *at, *end;
	size_t number; /* of the line at `at` */
	char delimiter;
	struct buf text; /* the cells of one line */
};

/* The bytes are borrowed.  ERR_INVALID: not UTF-8; the message has the line. */
enum err_code csv_init(
    struct csv *c, const char *bytes, size_t len, struct err *e) ERR_CHECKED;
void csv_fini(struct csv *c);

/* The next line; *any_out false: there is none.  ERR_INVALID: a quote that is
 * never closed, or stands within a cell or behind one that it closed, or too
 * many cells: where the next line begins is not certain then.  The message has
 * the line.  ERR_NOMEM. */
enum err_code csv_next(struct csv *c, struct csv_line *out, bool *any_out,
    struct err *e) ERR_CHECKED;

/* Append a cell (the first of its line or a further one) and the end of a
 * line.  Look at buf_check when all is appended. */
void csv_put(struct buf *out, bool is_first, const char *text);
void csv_put_end(struct buf *out);

#endif
