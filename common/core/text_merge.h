/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_TEXT_MERGE_H
#define CORE_TEXT_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/*
 * text_merge -- three-way merge of free text.
 *
 * Edits that do not touch merge; edits that overlap or stand side by side do
 * not, and both texts go to a person.  An edit that both sides made the same
 * way counts once.  The result never splits a UTF-8 sequence.  Pure;
 * symmetric up to the order of two insertions at different places; memory
 * linear in the texts.
 */

/* Append the merged text to *out and set *clean_out; with false *out is left
 * as it was.  Texts are well-formed UTF-8.  ERR_NOMEM, or ERR_INVALID past
 * out's cap. */
enum err_code text_merge(const char *was, size_t was_len, const char *ours,
    size_t ours_len, const char *theirs, size_t theirs_len, struct buf *out,
    bool *clean_out, struct err *e) ERR_CHECKED;

#endif
