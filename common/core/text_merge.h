/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_TEXT_MERGE_H
#define CORE_TEXT_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/err.h"

struct text_guard;

/*
 * text_merge -- three-way merge of free text, by sentence and word.
 *
 * The texts are compared sentence by sentence and then word by word; a mark is
 * a word of its own, white space is none.  Edits of the two sides merge
 *
 * - that stand apart: a line or a sentence ends between them, or at least one
 *   word or mark stays as it was;
 * - that both made the same way: they count once;
 * - of which one holds the other: all that the one put there is in the other,
 *   and what it took away is gone from it; the larger is the result.  To take
 *   all of a passage away that the other side edited is not that.
 *
 * Where one side put paragraphs into another order, the other's edits in them
 * go along, and the result is put before a person.
 *
 * Anything else goes to a person, and so does a word that one took away and the
 * other moved within its sentence.  Where less is left of a sentence than was
 * changed, the whole sentence is one edit.  White space and the spelling of
 * quotation marks and dashes never clash: what one side changed stands, but
 * where only the other side wrote in the sentence the quotation marks in it
 * stay as that one has them, so that they are pairs, and so do apostrophes
 * close to its words.  The result holds every word that either put there, has
 * no others, and never splits or joins what a reader takes for one character or
 * word.
 *
 * A clean result may still read wrongly.  It is to be put before a person
 * where both changed more than marks, capitals or slips of the pen in one
 * sentence, or in two beside each other in one paragraph, and a word that
 * turns the meaning of others (text_guard.h: negation, quantity, risk,
 * capacity, consent, medication, safeguarding, who does what) is among what
 * changed or beside it, or stands in the sentence that both changed; where one
 * named another number, person, day or side, in the same sentence or in one
 * beside it in the paragraph; where one put words in the place of others and
 * the other changed what is close to them, a sentence beside theirs in the
 * paragraph, or the one after the next that points back ("this", "then"),
 * whatever the words; and where both changed words of one of those kinds in one
 * paragraph.
 *
 * Pure; the same when ours and theirs change places; memory linear in the
 * texts; three texts of 100 kB with little in common take 50 to 200 ms.  Every
 * rule here is part of what MERGE_VERSION numbers.
 */
struct text_merge_part {
	const char *ptr; /* borrowed */
	size_t len;
};
struct text_merge_result {
	bool is_clean;
	bool review; /* clean, but a person should look at it */
};

struct text_merge_task {
	/* Well-formed UTF-8, each below 4 GiB. */
	struct text_merge_part was, ours, theirs;
	/* NULL: every word turns the meaning of others. */
	const struct text_guard *guard;
};

/* Append the merged text to *out, unless it is not clean; *out is as it was
 * then and after an error.  ERR_NOMEM, or ERR_INVALID past out's cap. */
enum err_code text_merge(const struct text_merge_task *task, struct buf *out,
    struct text_merge_result *result_out, struct err *e) ERR_CHECKED;

#endif
