/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text as tokens.  Latin words and the marks between them are cut by the
 * few rules below, which is quick; in a line that holds anything else
 * (segment.h) is asked about the characters beyond them and their neighbours.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/text_int.h"
#include "common/core/value.h"
#include "common/sys/segment.h"

enum sort {
	SORT_LETTER, /* Latin, and the underscore */
	SORT_DIGIT,
	SORT_SPACE, /* space, tab, newline, no-break space */
	SORT_QUOTE, /* an apostrophe of either form */
	SORT_POINT, /* full stop or comma: part of a number */
	SORT_MARK,
	SORT_FAR, /* beyond these: its neighbours matter */
	SORT_END  /* of the text */
};

struct character {
	enum sort sort;
	unsigned len; /* bytes */
};

struct cutter {
	const char *at, *end;
	size_t like_head, like_tail; /* bytes in common with another text */
	/* Of the line that at is in, where it holds anything far. */
	const char *line, *line_end;
	char *words;      /* where its words begin, NULL where it does not */
	char *characters; /* and its characters; of the same memory */
	struct text_tokens *out;
	size_t room;
};

enum {
	L = SORT_LETTER,
	D = SORT_DIGIT,
	S = SORT_SPACE,
	Q = SORT_QUOTE,
	P = SORT_POINT,
	M = SORT_MARK
};
/* clang-format off */
static const uint8_t ascii_sorts[128] = {
	M, M, M, M, M, M, M, M, M, S, S, M, M, S, M, M,
	M, M, M, M, M, M, M, M, M, M, M, M, M, M, M, M,
	S, M, M, M, M, M, M, Q, M, M, M, M, P, M, P, M,
	D, D, D, D, D, D, D, D, D, D, M, M, M, M, M, M,
	M, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	L, L, L, L, L, L, L, L, L, L, L, M, M, M, M, L,
	M, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
	L, L, L, L, L, L, L, L, L, L, L, M, M, M, M, M,
};
/* clang-format on */

/* The same as classify, of a character beyond ASCII. */
static struct character
classify_beyond(const char *at, const char *end)
{
	const unsigned char *s = (const unsigned char *)at;
	ptrdiff_t left = end - at;

	if (s[0] == 0xc2 && left >= 2) {
		if (s[1] == 0xad) /* soft hyphen */
			return (struct character){ SORT_FAR, 2 };
		return (struct character){
			s[1] == 0xa0 ? SORT_SPACE : SORT_MARK, 2
		};
	}
	if (s[0] >= 0xc3 && s[0] <= 0xc9 && left >= 2)
		return (struct character){ SORT_LETTER, 2 };
	if (s[0] == 0xe2 && left >= 3) {
		if (s[1] == 0x80 && s[2] == 0x99)
			return (struct character){ SORT_QUOTE, 3 };
		if ((s[1] == 0x80 && s[2] >= 0x90 && s[2] <= 0xa7) ||
		    (s[1] == 0x82 && s[2] >= 0xa0))
			return (struct character){ SORT_MARK, 3 };
	}
	return (struct character){ SORT_FAR,
		s[0] < 0xe0       ? 2
		    : s[0] < 0xf0 ? 3
		                  : 4 };
}

/* What a character is that no neighbour can change, else SORT_FAR: Latin
 * letters and signs up to U+024F, the dashes, quotes and dots of General
 * Punctuation, and the currency signs. */
static inline struct character
classify(const char *at, const char *end)
{
	if (at >= end)
		return (struct character){ SORT_END, 0 };
	if ((unsigned char)*at < 0x80)
		return (struct character){ ascii_sorts[(unsigned char)*at], 1 };
	return classify_beyond(at, end);
}

static bool
is_wordlike(enum sort s)
{
	return s <= SORT_DIGIT;
}

/* The end of the Latin token at p, by its own characters alone. */
static const char *
near_end(const char *p, const char *end)
{
	struct character c = classify(p, end);
	enum sort last = c.sort;

	p += c.len;
	while (is_wordlike(last)) {
		struct character next, after;

		while (p < end && (unsigned char)*p < 0x80 &&
		    is_wordlike(ascii_sorts[(unsigned char)*p]))
			last = ascii_sorts[(unsigned char)*p++];
		next = classify(p, end);
		if (is_wordlike(next.sort)) {
			p += next.len;
			last = next.sort;
			continue;
		}
		if (next.sort != SORT_QUOTE && next.sort != SORT_POINT)
			break;
		/* "didn't", "2.5": one word each. */
		after = classify(p + next.len, end);
		if (!is_wordlike(after.sort) ||
		    (next.sort == SORT_POINT &&
		        (last != SORT_DIGIT || after.sort != SORT_DIGIT)))
			break;
		p += next.len + after.len;
		last = after.sort;
	}
	return p;
}

/* Whether a reader's character ends before p, which is not before the line. */
static bool
may_cut(const struct cutter *c, const char *p)
{
	return c->characters == NULL || p >= c->line_end ||
	    c->characters[p - c->line];
}

/* Look at the line that begins at c->at. */
static enum err_code
begin_line(struct cutter *c, struct err *e)
{
	const char *p;
	size_t len;
	bool is_far = false;

	free(c->words);
	c->words = c->characters = NULL;
	c->line = c->at;
	if (c->out->is_ascii) {
		c->line_end = c->end;
		return ERR_OK;
	}
	p = memchr(c->at, '\n', (size_t)(c->end - c->at));
	c->line_end = p == NULL ? c->end : p + 1;
	for (p = c->line; p < c->line_end && !is_far;) {
		struct character next;

		if ((unsigned char)*p < 0x80) {
			p++;
			continue;
		}
		next = classify(p, c->line_end);
		is_far = next.sort == SORT_FAR;
		p += next.len;
	}
	if (!is_far)
		return ERR_OK;
	len = (size_t)(c->line_end - c->line);
	c->words = malloc(2 * len);
	if (c->words == NULL)
		return value_no_memory(e);
	c->characters = c->words + len;
	segment_words(c->line, len, c->words, c->characters);
	c->out->is_far = true;
	return ERR_OK;
}

static enum err_code
make_room(struct cutter *c, size_t more, struct err *e)
{
	size_t room = c->room * 2;
	struct text_token *list;

	if (c->out->n + more < c->room)
		return ERR_OK;
	if (room <= c->out->n + more)
		room = c->out->n + more + 1;
	list = realloc(c->out->list, room * sizeof(*list));
	if (list == NULL)
		return value_no_memory(e);
	c->out->list = list;
	c->room = room;
	return ERR_OK;
}

/* The key of up to eight bytes of ASCII: these, as text_key has it.  room: how
 * many may be read from s on. */
static uint64_t
plain_key(const char *s, size_t len, size_t room)
{
	uint64_t key = 0;

	if (room < sizeof(key)) {
		memcpy(&key, s, len);
		return le64toh(key);
	}
	/* One load, and what is behind the token shifted out of it. */
	memcpy(&key, s, sizeof(key));
	return len == 0 ? 0
	                : le64toh(key) & UINT64_MAX >> 8 * (sizeof(key) - len);
}

static enum err_code
add_token(struct cutter *c, struct text_token *token, size_t len, struct err *e)
{
	enum err_code code = make_room(c, 1, e);

	if (code != ERR_OK)
		return code;
	token->len = (uint32_t)len;
	token->is_plain = c->out->is_ascii && len <= sizeof(token->key);
	token->key = token->is_plain
	    ? plain_key(token->ptr, len, (size_t)(c->end - token->ptr))
	    : text_key(token->ptr, len);
	c->out->list[c->out->n] = *token;
	if (token->kind != TEXT_END)
		c->out->n++;
	return ERR_OK;
}

/* The white space at c->at; it may run over lines. */
static enum err_code
pass_space(struct cutter *c, struct err *e)
{
	for (;;) {
		struct character next = classify(c->at, c->end);
		enum err_code code;

		if (c->at == c->line_end && next.sort != SORT_END &&
		    (code = begin_line(c, e)) != ERR_OK)
			return code;
		if (next.sort != SORT_SPACE || !may_cut(c, c->at + next.len))
			return ERR_OK;
		c->at += next.len;
	}
}

/* A line that begins with one of these is an item, a quotation or a row. */
static bool
begins_item(const struct text_token *t)
{
	return t->kind == TEXT_MARK && strchr("-*#>|+", *t->ptr) != NULL;
}

static bool
is_stop(const struct text_token *t)
{
	return t->len == 1 &&
	    (*t->ptr == '.' || *t->ptr == '?' || *t->ptr == '!');
}

/* Whether a sentence ends with the last token, now that the next is known:
 * after a stop and perhaps a closing mark, or at an empty line. */
static void
mark_end(struct text_tokens *out, const struct text_token *next)
{
	const char *gap = next->ptr - next->gap, *line;
	struct text_token *last;

	if (out->n == 0)
		return;
	last = &out->list[out->n - 1];
	if (last->kind == TEXT_MARK && next->gap > 0)
		last->ends = is_stop(last) ||
		    (out->n > 1 && last->gap == 0 && is_stop(last - 1));
	last->ends |= next->kind == TEXT_END;
	if (!next->begins_line || last->ends)
		return;
	line = memchr(gap, '\n', next->gap);
	last->ends = begins_item(next) ||
	    (line != NULL &&
	        memchr(line + 1, '\n', next->gap - (size_t)(line + 1 - gap)) !=
	            NULL);
}

/* The end of the token at c->at; *is_far_out as in struct text_token. */
static const char *
token_end(const struct cutter *c, enum sort first, bool *is_far_out)
{
	const char *p = c->at;

	*is_far_out = first == SORT_FAR;
	if (first == SORT_FAR)
		for (p++; p < c->line_end && c->words[p - c->line] == 0;)
			p++;
	else
		p = near_end(p, c->end);
	/* An accent of its own, after which the word goes on. */
	while (!may_cut(c, p)) {
		*is_far_out = true;
		while (!may_cut(c, p))
			p++;
		if (is_wordlike(classify(p, c->end).sort))
			p = near_end(p, c->end);
	}
	return p;
}

/* Most white space is one character: a call would take longer. */
static bool
has_newline(const char *p, const char *end)
{
	while (p < end && *p != '\n')
		p++;
	return p < end;
}

/* One token and the space before it; *more_out is false after the last. */
static enum err_code
cut_token(struct cutter *c, bool *more_out, struct err *e)
{
	struct text_token token = { 0 };
	const char *start = c->at, *p;
	enum sort first;
	enum err_code code = pass_space(c, e);

	if (code != ERR_OK)
		return code;
	first = classify(c->at, c->end).sort;
	p = token_end(c, first, &token.is_far);
	token.ptr = c->at;
	token.gap = (uint32_t)(c->at - start);
	token.begins_line = has_newline(start, c->at);
	token.kind = first == SORT_END           ? TEXT_END
	    : is_wordlike(first) || token.is_far ? TEXT_WORD
	                                         : TEXT_MARK;
	mark_end(c->out, &token);
	code = add_token(c, &token, (size_t)(p - c->at), e);
	if (code != ERR_OK)
		return code;
	c->at = p;
	*more_out = token.kind != TEXT_END;
	return ERR_OK;
}

static bool
is_ascii(struct text_merge_part text)
{
	uint64_t high = 0, part;
	size_t i = 0;

	for (; text.len - i >= sizeof(part); i += sizeof(part)) {
		memcpy(&part, text.ptr + i, sizeof(part));
		high |= part;
	}
	for (; i < text.len; i++)
		high |= (unsigned char)text.ptr[i];
	return (high & UINT64_C(0x8080808080808080)) == 0;
}

/* How many bytes two texts begin with, and end with beyond that. */
static void
find_common(
    struct cutter *c, struct text_merge_part a, struct text_merge_part b)
{
	const size_t n = a.len < b.len ? a.len : b.len;

	c->like_head = text_same_head(a.ptr, b.ptr, n);
	c->like_tail =
	    text_same_tail(a.ptr + a.len, b.ptr + b.len, n - c->like_head);
}

/* The first token, with the space before it, that begins at or after byte at
 * of the text; the end if there is none. */
static size_t
token_at(const struct text_tokens *t, size_t at)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t half = low + (high - low) / 2;
		const struct text_token *token = &t->list[half];

		if ((size_t)(token->ptr - token->gap - t->text.ptr) < at)
			low = half + 1;
		else
			high = half;
	}
	return low;
}

/* Take over tokens from..to of a text that has the same bytes there, which
 * are `ahead` bytes further on in this one. */
static enum err_code
take_over(struct cutter *c, const struct text_tokens *like, size_t from,
    size_t to, ptrdiff_t ahead, struct err *e)
{
	enum err_code code = make_room(c, to - from + 1, e);

	for (size_t i = from; i < to && code == ERR_OK; i++) {
		struct text_token *token = &c->out->list[c->out->n++];

		*token = like->list[i];
		token->ptr = c->out->text.ptr + ahead +
		    (like->list[i].ptr - like->text.ptr);
		c->at = token->ptr + token->len;
	}
	return code;
}

/* A token depends on a few characters behind it and its `ends` on the token
 * behind it, so the last two of what the texts begin with are cut anew. */
static enum err_code
take_head(struct cutter *c, const struct text_tokens *like, struct err *e)
{
	size_t n = token_at(like, c->like_head);

	return n < 4 ? ERR_OK : take_over(c, like, 0, n - 3, 0, e);
}

/* Where a token was cut within what the texts end with, and the other text
 * has a cut there too, all that follows is the same.  *more_out is false
 * then. */
static enum err_code
take_tail(struct cutter *c, const struct text_tokens *like, bool *more_out,
    struct err *e)
{
	const struct text_token *last;
	ptrdiff_t ahead =
	    (ptrdiff_t)c->out->text.len - (ptrdiff_t)like->text.len;
	size_t at = (size_t)(c->at - c->out->text.ptr - ahead), from;
	enum err_code code;

	if (c->out->n == 0)
		return ERR_OK;
	last = &c->out->list[c->out->n - 1];
	if (last->ptr < c->end - c->like_tail)
		return ERR_OK;
	from = token_at(like, at);
	if (from == like->n ||
	    like->list[from].ptr - like->list[from].gap != like->text.ptr + at)
		return ERR_OK;
	mark_end(c->out, &like->list[from]);
	code = take_over(c, like, from, like->n + 1, ahead, e);
	c->out->n--; /* the end does not count */
	*more_out = false;
	return code;
}

enum err_code
text_tokens_make(struct text_merge_part text, const struct text_tokens *like,
    struct text_tokens *out, struct err *e)
{
	struct cutter c = { .at = text.ptr,
		.end = text.ptr + text.len,
		.line_end = text.ptr,
		.out = out,
		.room = text.len / 4 + 16 };
	enum err_code code = ERR_OK;
	bool more = true;

	*out = (struct text_tokens){ .text = text, .is_ascii = is_ascii(text) };
	out->list = calloc(c.room, sizeof(*out->list));
	if (out->list == NULL)
		return value_no_memory(e);
	/* Beyond ASCII a cut may depend on the whole line. */
	if (like != NULL && like->is_ascii && out->is_ascii)
		find_common(&c, text, like->text);
	if (c.like_head > 0)
		code = take_head(&c, like, e);
	while (code == ERR_OK && more) {
		code = cut_token(&c, &more, e);
		if (code == ERR_OK && more && like != NULL && c.like_tail > 0)
			code = take_tail(&c, like, &more, e);
	}
	free(c.words);
	return code;
}

void
text_tokens_fini(struct text_tokens *t)
{
	free(t->list);
	*t = (struct text_tokens){ .list = NULL };
}
