/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_TEXT_MERGE_H
#define CORE_TEXT_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/*
 * text_merge -- three-way merge of free text, word by word.
 *
 * Edits that do not touch merge; edits that overlap or stand side by side do
 * not, and both texts go to a person.  Side by side is: fewer than
 * TEXT_MERGE_APART unchanged words between an edit of one and an edit of the
 * other, where the end of a line counts as two words.  An edit that both made
 * the same way counts once.  The result never splits a UTF-8 sequence.
 *
 * A clean result may still read wrongly.  Where both edited one paragraph and
 * one of them touched a word that turns the meaning of others (negation,
 * quantity, risk, capacity, consent, medication, safeguarding), it is to be
 * put before a person.
 *
 * Pure; the same when ours and theirs change places; memory linear in the
 * texts; three texts of 100 kB with little in common take 50 to 200 ms.  Every
 * rule here is part of what MERGE_VERSION numbers.
 */
#define TEXT_MERGE_APART 3

struct text_merge_part {
	const char *ptr; /* borrowed */
	size_t len;
};
struct text_merge_result {
	bool is_clean;
	bool review; /* clean, but a person should look at it */
};

/* Append the merged text to *out, unless it is not clean; *out is as it was
 * then and after an error.  Texts are well-formed UTF-8.  ERR_NOMEM, or
 * ERR_INVALID past out's cap. */
enum err_code text_merge(struct text_merge_part was,
    struct text_merge_part ours, struct text_merge_part theirs, struct buf *out,
    struct text_merge_result *result_out, struct err *e) ERR_CHECKED;

#endif
