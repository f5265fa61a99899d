/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_TEXT_INT_H
#define CORE_TEXT_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/core/text_merge.h"

/*
 * text_int -- the parts of text_merge, in the order in which they work: a text
 * as tokens (text_token.c); the counterparts of two lists of them
 * (text_match.c, by text_diff.c); the walk through both sides' edits
 * (text_merge.c); edits that overlap (text_clash.c); the result as it is put
 * together (text_output.c); whether a person is to read it (text_review.c).
 * Before all of it: paragraphs that one side moved (text_move.c).
 */
enum { TEXT_WAS, TEXT_OURS, TEXT_THEIRS, TEXT_N };

enum text_kind {
	TEXT_WORD, /* letters and digits, or anything beyond Latin */
	TEXT_MARK, /* one mark: a full stop, a bracket */
	TEXT_END   /* nothing: it carries the white space at the text's end */
};

/*
 * A word or a mark, and the white space before it.  A token begins and ends
 * where a reader's character does (segment.h).
 */
struct text_token {
	const char *ptr;  /* borrowed from the text */
	uint32_t len;     /* bytes of the token itself */
	uint32_t gap;     /* bytes of white space that end at ptr */
	uint64_t key;     /* the same for tokens that are equal, in all texts */
	uint8_t kind;     /* enum text_kind */
	bool ends;        /* a sentence, an item or a paragraph ends with it */
	bool begins_line; /* a newline is in the white space before it */
	bool is_plain;    /* ASCII of up to 8 bytes, which are its key */
	bool is_far;      /* beyond Latin letters: may join its neighbours */
};

/*
 * The tokens of one text; put end to end they are the text.
 *
 * 1. list has n + 1 tokens, the last and only the last is TEXT_END.
 * 2. n is below UINT32_MAX, since a text is.
 */
struct text_tokens {
	struct text_merge_part text; /* borrowed */
	struct text_token *list;     /* owned */
	size_t n;
	bool is_ascii; /* the text is */
	bool is_far;   /* one of the tokens is */
};

/* Cut a text of less than UINT32_MAX bytes.  like: the tokens of a text that
 * may have much in common with it, which makes it quicker, or NULL.  End it
 * with text_tokens_fini, also after ERR_NOMEM. */
enum err_code text_tokens_make(struct text_merge_part text,
    const struct text_tokens *like, struct text_tokens *out,
    struct err *e) ERR_CHECKED;
void text_tokens_fini(struct text_tokens *t);

/* True if they are the same bytes. */
static inline bool
text_token_same(const struct text_token *a, const struct text_token *b)
{
	if (a->len != b->len)
		return false;
	/* Of short ASCII the key is the bytes. */
	if (a->is_plain && b->is_plain)
		return a->key == b->key;
	return memcmp(a->ptr, b->ptr, a->len) == 0;
}

/* True if they read the same: typographic quotation marks and dashes are those
 * of a typewriter.  text_token_equal of any two; text_spelling_equal of two
 * whose keys are the same. */
bool text_spelling_equal(
    const struct text_token *a, const struct text_token *b);
static inline bool
text_token_equal(const struct text_token *a, const struct text_token *b)
{
	return a->key == b->key &&
	    (text_token_same(a, b) || text_spelling_equal(a, b));
}

/* True if they would read as one word when nothing is between them. */
bool text_token_glues(const struct text_token *a, const struct text_token *b);
/* How many bytes, of at most so many, two texts begin with alike, or end with
 * alike before these ends. */
size_t text_same_head(const char *a, const char *b, size_t most);
size_t text_same_tail(const char *a_end, const char *b_end, size_t most);
/* The key of a token's bytes. */
uint64_t text_key(const char *s, size_t len);
/* The hash of a sequence of keys: begin with 0 and put in one by one. */
static inline uint64_t
text_key_mix(uint64_t key, uint64_t part)
{
	key = (key ^ part) * UINT64_C(0x9e3779b97f4a7c15);
	return key ^ key >> 29;
}

/* No counterpart. */
#define TEXT_UNMATCHED UINT32_MAX

/* Keys from..to of a list, to excluded. */
struct text_keys {
	const uint64_t *list;
	size_t from, to;
};

/* Write for each key of a that has a counterpart in b its index to match[],
 * ascending: the longest common sequence, or for lists that differ much one
 * that is found in bounded time.  scratch has room for 2 * (a->to + b->to + 4)
 * numbers. */
void text_diff(const struct text_keys *a, const struct text_keys *b,
    ptrdiff_t *scratch, uint32_t *match);

/* For each token of a, its end too: */
struct text_match {
	uint32_t *to; /* its counterpart in b, ascending, or TEXT_UNMATCHED */
	bool *weak;   /* it has one, in a sentence that is another by now */
};

/* End it with text_match_fini.  ERR_NOMEM. */
enum err_code text_match_make(const struct text_tokens *a,
    const struct text_tokens *b, struct text_match *out,
    struct err *e) ERR_CHECKED;
void text_match_fini(struct text_match *t);

/* A token of the result, and the same one in each text: NULL where it is not
 * there, or has no say in how it is written. */
struct text_piece {
	const struct text_token *in[TEXT_N];
};

/* The result while it is put together. */
struct text_output {
	struct buf text;
	const char *run; /* what is to be added next, while it goes on */
	size_t run_len;
	struct text_piece last;        /* what was added last */
	const struct text_token *lost; /* first of the ancestor's tokens that
	                                  were left out since then, or NULL */
	unsigned lost_by; /* bits, 1 << TEXT_OURS and so on: who did */
	bool is_glued;    /* two words of different sides became one */
	/* Where tokens begin, while a text holds any that may join. */
	bool has_starts;
	size_t *starts;
	size_t starts_n, starts_room;
};

/* cap: most bytes. */
void text_output_init(struct text_output *o, size_t cap);
void text_output_fini(struct text_output *o);
/* Add a token that at least one side has.  What fails shows in o->text. */
void text_output_add(struct text_output *o, const struct text_piece *p);
/* Add tokens that all three texts have alike, the white space before the first
 * too, where no edit was just before them and o has no starts. */
void text_output_add_alike(struct text_output *o, struct text_merge_part bytes,
    struct text_piece last);
/* What was added is in o->text from here on. */
void text_output_end(struct text_output *o);
/* Leave out a token of the ancestor that one side took away. */
void text_output_drop(
    struct text_output *o, const struct text_token *was, int side);
/* *out is true if no two tokens have become one word or one character.
 * ERR_NOMEM. */
enum err_code text_output_is_whole(
    const struct text_output *o, bool *out, struct err *e) ERR_CHECKED;

/* Edits of the two sides that overlap: a range of each text. */
struct text_clash {
	const struct text_tokens *text;  /* TEXT_N of them */
	const struct text_match *match;  /* of OURS and THEIRS, from WAS */
	size_t from[TEXT_N], to[TEXT_N]; /* to excluded */
};

/* Add what both edits come to; *is_resolved_out is false, and nothing was
 * added, where only a person can say.  ERR_NOMEM. */
enum err_code text_clash_resolve(const struct text_clash *c,
    struct text_output *o, bool *is_resolved_out, struct err *e) ERR_CHECKED;

/* Whether one side put the ancestor's paragraphs into another order, with edits
 * in them or not.  *mover_out: TEXT_WAS, none did, or both the same way; the
 * side that did, and the ancestor and the other side's text are added to
 * was_out and other_out in that order; TEXT_N, both did differently, or the
 * other put something between two that no longer stand together, or took one
 * away, so that only a person can say.  ERR_NOMEM. */
enum err_code text_move_follow(const struct text_merge_part *texts,
    struct buf *was_out, struct buf *other_out, int *mover_out,
    struct err *e) ERR_CHECKED;

/* *out is true if a person is to read the result: see text_merge.h.
 * ERR_NOMEM. */
enum err_code text_review(const struct text_guard *guard,
    const struct text_tokens *text, const struct text_match *match, bool *out,
    struct err *e) ERR_CHECKED;

#endif
