/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_EXPORT_H
#define CENTRAL_EXPORT_H

#include "common/base/buf.h"
#include "common/core/digest.h"
#include "common/core/limits.h"
#include "daemon/central/command/command.h"

/*
 * export -- all records of an office as lines for programs, and an office that
 * has none made of such lines.  schema/everything.md has the form.
 *
 * What the file is checked by is the sum of the SHA-256 of its "record" lines:
 * it depends on what the records say, and on nothing that differs from office
 * to office.
 */
#define EXPORT_NAME "office.jsonl" /* in the folder that is named */
#define EXPORT_FORMAT 1            /* of the file */
/* A record, and the names around it. */
#define EXPORT_LINE_MAX (LIMIT_RECORD_BYTES + (size_t)4096)

/* Append the line of a record, without its end; *digest grows by it.  Not for
 * the record of the settings, which is an office's own. */
enum err_code export_record_print(const struct record *r, struct buf *out,
    struct digest *digest, struct err *e) ERR_CHECKED;
void export_digest_add(struct digest *digest, const char *line, size_t len);

/* ---- a record is made again of what a line says (everything_record.c) ---- */

struct everything_record {
	struct id id, author;
	const struct schema_type *type;
	const json_t *doc;
	bool is_here; /* there is such a record already */
};
/* In as few changes of the office as it fits into, in the open transaction; a
 * signed one is signed by the last.  ERR_INVALID: it cannot be, and why. */
enum err_code everything_record_save(struct command *c,
    const struct everything_record *x, struct err *e) ERR_CHECKED;

/* ---- files beside records (everything_file.c) ---- */

/* Note the file that a record names, if it names one: in files, {hash: true}.
 */
enum err_code everything_file_note(struct command *c, const struct record *r,
    json_t *files, struct err *e) ERR_CHECKED;
/* Give `write` a line for each piece of those of them that are here; it takes
 * the line's end on itself. */
typedef enum err_code (*export_write)(
    void *arg, struct buf *line, struct err *e);
struct export_files {
	const json_t *files;
	export_write write;
	void *arg;
	uint64_t n; /* how many files, from 0 */
};
enum err_code export_files_print(
    struct command *c, struct export_files *x, struct err *e) ERR_CHECKED;
/* Keep the piece that such a line has, in the open transaction; *n grows with
 * the last one of a file.  Pieces come in order, and of named files alone:
 * ERR_INVALID. */
enum err_code everything_file_take(struct command *c, const json_t *line,
    const json_t *files, uint64_t *n, struct err *e) ERR_CHECKED;

#endif
