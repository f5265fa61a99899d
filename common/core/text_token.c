/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text as tokens.  Latin words and the marks between them are cut by the
 * few rules below, which is quick; in a line that holds anything else
 * (segment.h) is asked about the characters beyond them and their neighbours.
 */
#include <stdlib.h>
#include <string.h>

#include "common/core/text_int.h"
#include "common/core/value.h"
#include "common/sys/segment.h"

enum class {
	CLASS_END,    /* of the text */
	CLASS_SPACE,  /* space, tab, newline, no-break space */
	CLASS_LETTER, /* Latin, and the underscore */
	CLASS_DIGIT,
	CLASS_QUOTE, /* an apostrophe of either form */
	CLASS_POINT, /* full stop or comma: part of a number */
	CLASS_MARK,
	CLASS_FAR /* all else */
};

struct character {
	enum class class;
	unsigned len; /* bytes */
};

struct cutter {
	const char *text, *end;
	const char *at;
	/* Of the line that at is in, where it holds anything far. */
	const char *line, *line_end;
	char *marks; /* NULL where it does not */
	struct text_tokens *out;
	size_t room;
};

static enum class ascii_class(unsigned char c) {
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    c == '_') return CLASS_LETTER;
	if (c >= '0' && c <= '9') return CLASS_DIGIT;
	if (c == ' ' || c == '\n' || c == '\t' || c == '\r') return CLASS_SPACE;
	if (c == '\'') return CLASS_QUOTE;
	return c == '.' || c == ',' ? CLASS_POINT : CLASS_MARK;
}

/* What a character is that no neighbour can change, else CLASS_FAR: Latin
 * letters and signs up to U+024F, the dashes, quotes and dots of General
 * Punctuation, and the currency signs. */
static struct character
classify(const char *at, const char *end)
{
	const unsigned char *s = (const unsigned char *)at;
	ptrdiff_t left = end - at;

	if (left <= 0)
		return (struct character){ CLASS_END, 0 };
	if (s[0] < 0x80)
		return (struct character){ ascii_class(s[0]), 1 };
	if (s[0] == 0xc2 && left >= 2) {
		if (s[1] == 0xad) /* soft hyphen */
			return (struct character){ CLASS_FAR, 2 };
		return (struct character){
			s[1] == 0xa0 ? CLASS_SPACE : CLASS_MARK, 2
		};
	}
	if (s[0] >= 0xc3 && s[0] <= 0xc9 && left >= 2)
		return (struct character){ CLASS_LETTER, 2 };
	if (s[0] == 0xe2 && left >= 3) {
		if (s[1] == 0x80 && s[2] == 0x99)
			return (struct character){ CLASS_QUOTE, 3 };
		if ((s[1] == 0x80 && s[2] >= 0x90 && s[2] <= 0xa7) ||
		    (s[1] == 0x82 && s[2] >= 0xa0))
			return (struct character){ CLASS_MARK, 3 };
	}
	return (struct character){ CLASS_FAR,
		s[0] < 0xe0       ? 2
		    : s[0] < 0xf0 ? 3
		                  : 4 };
}

static bool is_wordlike(enum class c)
{
	return c == CLASS_LETTER || c == CLASS_DIGIT;
}

/* The end of the Latin token at p, by its own characters alone. */
static const char *
near_end(const char *p, const char *end)
{
	struct character c = classify(p, end);
	enum class last = c.class;

	p += c.len;
	while (is_wordlike(last)) {
		struct character next = classify(p, end), after;

		if (is_wordlike(next.class)) {
			p += next.len;
			last = next.class;
			continue;
		}
		if (next.class != CLASS_QUOTE && next.class != CLASS_POINT)
			break;
		/* "didn't", "2.5": one word each. */
		after = classify(p + next.len, end);
		if (!is_wordlike(after.class) ||
		    (next.class == CLASS_POINT &&
		        (last != CLASS_DIGIT || after.class != CLASS_DIGIT)))
			break;
		p += next.len + after.len;
		last = after.class;
	}
	return p;
}

/* Whether a cut before p is allowed; p is not before the line. */
static bool
may_cut(const struct cutter *c, const char *p)
{
	return c->marks == NULL || p >= c->line_end || c->marks[p - c->line];
}

/* Look at the line that begins at c->at. */
static enum err_code
begin_line(struct cutter *c, struct err *e)
{
	const char *p;
	size_t len;
	bool is_far = false;

	free(c->marks);
	c->marks = NULL;
	c->line = c->at;
	p = memchr(c->at, '\n', (size_t)(c->end - c->at));
	c->line_end = p == NULL ? c->end : p + 1;
	for (p = c->line; p < c->line_end && !is_far;) {
		struct character next;

		if ((unsigned char)*p < 0x80) {
			p++;
			continue;
		}
		next = classify(p, c->line_end);
		is_far = next.class == CLASS_FAR;
		p += next.len;
	}
	if (!is_far)
		return ERR_OK;
	len = (size_t)(c->line_end - c->line);
	c->marks = malloc(2 * len);
	if (c->marks == NULL)
		return value_no_memory(e);
	segment_words(c->line, len, c->marks, c->marks + len);
	c->out->is_far = true;
	return ERR_OK;
}

/* The next byte of a token in its plain spelling: typographic quotation marks
 * and dashes are those of a typewriter.  -1 at the end. */
static int
plain_byte(const char **at, const char *end)
{
	const unsigned char *s = (const unsigned char *)*at;

	if (*at == end)
		return -1;
	if (s[0] != 0xe2 || end - *at < 3 || s[1] != 0x80) {
		++*at;
		return s[0];
	}
	if (s[2] >= 0x90 && s[2] <= 0x94) {
		*at += 3;
		return '-';
	}
	if (s[2] == 0x98 || s[2] == 0x99) {
		*at += 3;
		return '\'';
	}
	if (s[2] == 0x9c || s[2] == 0x9d) {
		*at += 3;
		return '"';
	}
	++*at;
	return s[0];
}

uint64_t
text_key_mix(uint64_t key, uint64_t part)
{
	key = (key ^ part) * UINT64_C(0x9e3779b97f4a7c15);
	return key ^ key >> 29;
}

/* The bytes, up to 8, or a hash of them. */
static uint64_t
key_of(const char *s, size_t len)
{
	uint64_t key = 0, part = 0;
	const char *end = s + len;
	unsigned n = 0;
	int c;

	while ((c = plain_byte(&s, end)) >= 0) {
		if (n > 0 && n % sizeof(part) == 0) {
			key = text_key_mix(key, part);
			part = 0;
		}
		part |= (uint64_t)(unsigned)c << n % sizeof(part) * 8;
		n++;
	}
	if (n <= sizeof(part))
		return part;
	return text_key_mix(key, part) ^ n;
}

static enum err_code
add_token(struct cutter *c, struct text_token token, size_t len, struct err *e)
{
	if (c->out->n + 1 >= c->room) {
		size_t room = c->room * 2;
		struct text_token *list =
		    realloc(c->out->list, room * sizeof(*list));

		if (list == NULL)
			return value_no_memory(e);
		c->out->list = list;
		c->room = room;
	}
	token.len = (uint32_t)len;
	token.key = key_of(token.ptr, len);
	c->out->list[c->out->n] = token;
	if (token.kind != TEXT_END)
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

		if (c->at == c->line_end && next.class != CLASS_END &&
		    (code = begin_line(c, e)) != ERR_OK)
			return code;
		if (next.class != CLASS_SPACE || !may_cut(c, c->at + next.len))
			return ERR_OK;
		c->at += next.len;
	}
}

/* A line that begins with one of these is an item, a quotation or a row. */
static bool
begins_line(const struct text_token *t)
{
	return t->kind == TEXT_MARK && strchr("-*#>|+", *t->ptr) != NULL;
}

static bool
is_stop(const struct text_token *t)
{
	return t->len == 1 && strchr(".?!", *t->ptr) != NULL;
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
	last->ends = next->kind == TEXT_END;
	if (next->gap == 0 || last->ends)
		return;
	last->ends = is_stop(last) ||
	    (out->n > 1 && last->kind == TEXT_MARK && last->gap == 0 &&
	        is_stop(last - 1));
	line = memchr(gap, '\n', next->gap);
	if (line != NULL && !last->ends)
		last->ends = begins_line(next) ||
		    memchr(line + 1, '\n',
		        next->gap - (size_t)(line + 1 - gap)) != NULL;
}

/* One token and the space before it; *more_out is false after the last. */
static enum err_code
cut_token(struct cutter *c, bool *more_out, struct err *e)
{
	struct text_token token = { 0 };
	const char *start = c->at, *p;
	struct character first;
	enum err_code code = pass_space(c, e);

	if (code != ERR_OK)
		return code;
	first = classify(c->at, c->end);
	p = first.class == CLASS_FAR ? c->at + first.len
	                             : near_end(c->at, c->end);
	token.is_far = first.class == CLASS_FAR || !may_cut(c, p);
	while (!may_cut(c, p))
		p++;
	token.ptr = c->at;
	token.gap = (uint32_t)(c->at - start);
	token.kind = first.class == CLASS_END          ? TEXT_END
	    : is_wordlike(first.class) || token.is_far ? TEXT_WORD
	                                               : TEXT_MARK;
	mark_end(c->out, &token);
	code = add_token(c, token, (size_t)(p - c->at), e);
	if (code != ERR_OK)
		return code;
	c->at = p;
	*more_out = token.kind != TEXT_END;
	return ERR_OK;
}

enum err_code
text_tokens_make(
    struct text_merge_part text, struct text_tokens *out, struct err *e)
{
	struct cutter c = { .text = text.ptr,
		.end = text.ptr + text.len,
		.at = text.ptr,
		.line_end = text.ptr,
		.out = out,
		.room = text.len / 4 + 16 };
	enum err_code code = ERR_OK;
	bool more = true;

	*out = (struct text_tokens){ 0 };
	out->list = malloc(c.room * sizeof(*out->list));
	if (out->list == NULL)
		return value_no_memory(e);
	while (code == ERR_OK && more) {
		code = cut_token(&c, &more, e);
	}
	free(c.marks);
	return code;
}

void
text_tokens_fini(struct text_tokens *t)
{
	free(t->list);
	*t = (struct text_tokens){ 0 };
}

bool
text_token_same(const struct text_token *a, const struct text_token *b)
{
	return a->len == b->len && memcmp(a->ptr, b->ptr, a->len) == 0;
}

bool
text_token_equal(const struct text_token *a, const struct text_token *b)
{
	const char *p = a->ptr, *q = b->ptr;
	int c;

	if (a->key != b->key)
		return false;
	if (text_token_same(a, b))
		return true;
	while ((c = plain_byte(&p, a->ptr + a->len)) ==
	    plain_byte(&q, b->ptr + b->len))
		if (c < 0)
			return true;
	return false;
}

bool
text_token_glues(const struct text_token *a, const struct text_token *b)
{
	return a->kind == TEXT_WORD && b->kind == TEXT_WORD && !a->is_far &&
	    !b->is_far;
}
