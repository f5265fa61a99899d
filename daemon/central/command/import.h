/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_IMPORT_H
#define CENTRAL_IMPORT_H

#include "common/core/csv.h"
#include "common/core/limits.h"
#include "daemon/central/command/command.h"

/*
 * import -- a table becomes records of one type, as changes of the office.
 *
 *   import_columns   what each column sets, by the header and a map
 *   import_line      a line is read into the entry of its record
 *                    (import_key.c: which that is; import_value.c reads a
 *                    cell, import_find.c what is called so)
 *   import_entries   each entry is saved, or its lines are refused
 *
 * Lines with the same key are one record.  A line that cannot be taken, and
 * with it all of its record, is refused with a sentence; the rest goes on.  All
 * happens in the caller's writing transaction, so that one that only tries is
 * undone by not committing.
 */
#define IMPORT_BYTES_MAX ((size_t)6 * 1024 * 1024)
#define IMPORT_LINES_MAX ((size_t)25000)
/* A path in a map: four names and a row's sign. */
#define IMPORT_PATH_CAP 272
/* What stands for the id of the record itself. */
#define IMPORT_ID "@id"

enum import_kind {
	IMPORT_SKIPPED = 1,
	IMPORT_IS_ID,
	IMPORT_FIELD,     /* "name" */
	IMPORT_SET,       /* "client_group": members, parted by ; or | */
	IMPORT_MEMBER,    /* "client_group/dementia": yes or no */
	IMPORT_GROUP,     /* "address/postcode" */
	IMPORT_ROW,       /* "phones/+/number" */
	IMPORT_ROW_GROUP, /* "addresses/+/address/postcode" */
};

struct import_column {
	enum import_kind kind;
	bool is_key;
	char header[128]; /* as people know it, cut */
	char path[IMPORT_PATH_CAP];
	/* Of the path; "+" and "+name" are part 1 of a row's. */
	char part[4][LIMIT_NAME_BYTES + 1];
	const struct schema_field *leaf; /* what a cell holds; NULL: a member */
};

/* One record, from one line or several. */
struct import_entry {
	struct id id; /* that it has or is to have; zero: any */
	bool is_here; /* there is such a record */
	bool is_refused;
	json_t *values; /* path -> value; of a set, an array of members to
	                 * add; of a member, true or false */
	json_t *groups; /* field -> members */
	json_t *rows;   /* array of [field, columns] */
	json_t *lines;  /* array of numbers */
};

struct import {
	struct command *c;
	const struct schema_type *type;
	struct import_column columns[CSV_CELLS_MAX];
	size_t n_columns;
	json_t *names;  /* type -> what its records are called -> id, or false:
	                 * several are */
	json_t *known;  /* key -> id of the record that has it, or false */
	json_t *by_key; /* key -> place in entries */
	struct import_entry *entries; /* owned */
	size_t n_entries, room;
	size_t lines, refused;
	json_t *refusals; /* array of {"line", "column", "value", "why"} */
	json_t *rows;     /* array of {"line", "what", "id"?} */
	size_t made, changed, same; /* records */
	uint64_t first, last;       /* counters; 0: nothing was saved */
};

/* Read what the columns set.  map: {"columns": {header: path or null}, "key":
 * header or array of them}, or NULL; keys: array of headers, or NULL.
 * ERR_INVALID: a sentence that names the column. */
enum err_code import_columns(struct import *im, const struct csv_line *header,
    const json_t *map, const json_t *keys, struct err *e) ERR_CHECKED;

/* Take a line in, or note why not.  Errors are not the line's. */
enum err_code import_line(
    struct import *im, const struct csv_line *line, struct err *e) ERR_CHECKED;

/* The entry that the key in these values (by column; id: of the column of ids)
 * means, new if no line before had it.  ERR_INVALID: the key means several
 * records, or one of another type. */
enum err_code import_entry_of(struct import *im, const json_t *const *values,
    struct id id, struct import_entry **out, struct err *e) ERR_CHECKED;

/* Whose a key or a name of this record is: the id of the one that stands for
 * it, or its own. */
struct id_text import_whose(
    const struct schema_type *type, const struct record *r);

/* Save what was taken in, and fill rows and counts. */
enum err_code import_entries(struct import *im, struct err *e) ERR_CHECKED;

/* A line is not taken, for the reason in *why; column NULL: none in
 * particular. */
enum err_code import_refuse(struct import *im, size_t line,
    const struct import_column *column, const char *value,
    const struct err *why, struct err *e) ERR_CHECKED;

/* The value of a cell that is not empty, in *out: of a set, an array; of a
 * member, true or false.  ERR_INVALID: what is wrong with it, in one
 * sentence. */
enum err_code import_value(struct import *im,
    const struct import_column *column, const char *text, json_t **out,
    struct err *e) ERR_CHECKED;

/* The one record of the type that is called so: its id, a line of its title, or
 * the whole of it, in any case.  ERR_INVALID: none is, or several. */
enum err_code import_find(struct import *im, const char *type, const char *text,
    struct id *out, struct err *e) ERR_CHECKED;

/* Call back for each record of a type (NULL: of any) that was not removed. */
typedef enum err_code (*import_each)(
    void *arg, const struct record *r, struct err *e);
enum err_code import_records(struct command *c, const char *type,
    import_each each, void *arg, struct err *e) ERR_CHECKED;

/* ---- what was imported, as the journal has it (import_batch.c) ---- */

struct import_batch {
	struct id id;
	struct id device;     /* whose journal it is in, */
	uint64_t first, last; /* from here to here */
	char type[65];
	char file[257];
	struct id by;
	uint64_t at; /* Unix ms */
	uint64_t made, changed, refused;
	bool is_undone;
};
/* Write one down, in the open transaction; and that one was undone. */
enum err_code import_batch_put(
    struct command *c, const struct import_batch *b, struct err *e) ERR_CHECKED;
enum err_code import_batch_undone(
    struct command *c, const struct import_batch *b, struct err *e) ERR_CHECKED;
/* All, oldest first, in *out (the caller frees it); in the open
 * transaction. */
enum err_code import_batches(struct command *c, struct import_batch **out,
    size_t *n_out, struct err *e) ERR_CHECKED;
/* The one that the request names.  ERR_NOTFOUND, ERR_INVALID. */
enum err_code import_batch_find(
    struct command *c, struct import_batch *out, struct err *e) ERR_CHECKED;
enum err_code import_batch_json(
    const struct import_batch *b, json_t *out, struct err *e) ERR_CHECKED;

#endif
