/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_STORE_TOLD_INT_H
#define STORE_STORE_TOLD_INT_H

#include "common/store/store_int.h"

/*
 * store_told_int -- what the office told has no signature of its own once it is
 * in a table: answers are signed as a whole, and not kept.  So the device signs
 * it as it signs its journal.  Meta "told" has
 *
 *   {"sig", "told": {"meta", "rows", "scopes", "sums"}}
 *
 * the sum modulo 2^256 of the hashes of each table's rows (enum told_table),
 * how many rows there are of some, the hash of every named value, that of the
 * scopes and their sums (core/ digest.h), and the device's signature of
 * "vb/told/v1\n", office, device and the canonical text of all that.  verify
 * adds up again.
 *
 * Sums are kept row by row: in the transaction that writes, told_begin; of a
 * row that goes or changes told_out before; of one that came told_in; told_end
 * before the commit.  Who writes a named value does the same.  A later
 * migration that touches one of the tables empties the value of "told": it is
 * made anew from the tables when the folder is next opened.
 *
 * What the disk lost without a word may come again: outcomes above the last
 * that is here, a receipt for what seems to have none, a record that is dropped
 * once more.  A row that comes while fewer are there than were signed for is
 * taken for one of those, and not added: where it is, everything adds up when
 * all are back, and where it is not nothing ever does.  For receipts see
 * told_settle.
 *
 * Errors: those of db.h, ERR_CORRUPT, ERR_NOMEM.
 */

/* Load what is signed.  What does not read is left as it is and kept up no
 * more, for verify to find. */
enum err_code told_begin(struct device_store *s, struct err *e) ERR_CHECKED;
enum err_code told_end(struct device_store *s, struct err *e) ERR_CHECKED;
/* The row with this key, which for a table without a number of its own is the
 * row id; nothing where there is none. */
enum err_code told_out(struct device_store *s, enum told_table t, int64_t key,
    struct err *e) ERR_CHECKED;
enum err_code told_in(struct device_store *s, enum told_table t, int64_t key,
    struct err *e) ERR_CHECKED;
/* The same of a table whose key is a record's id. */
enum err_code told_out_id(struct device_store *s, enum told_table t,
    struct id id, struct err *e) ERR_CHECKED;
enum err_code told_in_id(struct device_store *s, enum told_table t,
    struct id id, struct err *e) ERR_CHECKED;
/* What the rows of a table add up to as they are.  For the records, a repair
 * that has ended puts it in the place of the sum that was kept: the office's
 * sums have shown then that the words are right.  What they do not cover of a
 * row (own, own_held, life and epoch) is signed for as it is. */
enum err_code told_sum(struct device_store *s, enum told_table t,
    struct digest *out, struct err *e) ERR_CHECKED;
/* Does the office tell rows of it again that it told before, and how many are
 * there (0 where not); its name. */
bool told_comes_again(enum told_table t);
enum err_code told_count(struct device_store *s, enum told_table t,
    uint64_t *out, struct err *e) ERR_CHECKED;
const char *told_name(enum told_table t);
/* Sign for a table as it is: of receipts, when one has come after some were
 * lost, since each proves itself and the last covers those before it; of what
 * waits sealed, when nothing of it needs to be there any more. */
enum err_code told_settle(
    struct device_store *s, enum told_table t, struct err *e) ERR_CHECKED;
/* Make it from the tables as they are, and sign: a folder that has none yet, or
 * becomes another device. */
enum err_code told_again(struct device_store *s, struct err *e) ERR_CHECKED;
/* Sign what a folder begins with.  In no transaction. */
enum err_code told_first(struct device_store *s, struct err *e) ERR_CHECKED;

/* For verify: "" in why_out when it all adds up, else what does not. */
enum err_code told_check(struct device_store *s, char *why_out, size_t why_cap,
    struct err *e) ERR_CHECKED;

#endif
