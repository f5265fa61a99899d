/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_TEXT_INT_H
#define CORE_TEXT_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/core/text_merge.h"

/*
 * text_int -- the parts of text_merge: a text as tokens, and the difference
 * of two lists of them.
 */
enum text_token_kind {
	TEXT_WORD,  /* letters, digits, anything beyond ASCII */
	TEXT_SPACE, /* spaces and tabs */
	TEXT_LINE,  /* one newline */
	TEXT_MARK   /* one character of any other kind */
};

struct text_token {
	const char *ptr; /* borrowed from the text */
	size_t len;
	uint32_t class; /* the same for the same bytes, in all texts */
	enum text_token_kind kind;
};

/* The tokens of one text; put end to end they are the text. */
struct text_tokens {
	struct text_token *list;
	size_t n;
};

/* Cut n texts into tokens and number their classes.  End each with
 * text_tokens_fini, also after ERR_NOMEM. */
enum err_code text_tokens_make(struct text_tokens *out,
    const struct text_merge_part *texts, size_t n, struct err *e) ERR_CHECKED;
void text_tokens_fini(struct text_tokens *t);

/* No counterpart. */
#define TEXT_UNMATCHED SIZE_MAX

/* For each token of a the index of its counterpart in b, ascending, or
 * TEXT_UNMATCHED: a new array of a->n (at least 1), the caller's to free().
 * The longest common sequence, or for texts that differ much one that is
 * found in bounded time.  ERR_NOMEM. */
enum err_code text_match(const struct text_tokens *a,
    const struct text_tokens *b, size_t **out, struct err *e) ERR_CHECKED;

/* True if the word turns the meaning of those around it. */
bool text_word_weighs(const char *word, size_t len);

#endif
