/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text as tokens.  Words, so that two people may edit one paragraph; the
 * spaces and marks between them are tokens of their own, so that nothing of
 * the text is lost.
 */
#include <stdlib.h>
#include <string.h>

#include "common/core/text_int.h"
#include "common/core/value.h"

static bool
is_word_byte(unsigned char c)
{
	/* Beyond ASCII: any byte of a UTF-8 sequence, which is never cut. */
	return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

/* Bytes of the token that starts at s, and its kind. */
static size_t
measure(const char *s, const char *end, enum text_token_kind *kind_out)
{
	const char *p = s;

	if (*s == '\n') {
		*kind_out = TEXT_LINE;
		return 1;
	}
	if (*s == ' ' || *s == '\t') {
		*kind_out = TEXT_SPACE;
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		return (size_t)(p - s);
	}
	if (!is_word_byte((unsigned char)*s)) {
		*kind_out = TEXT_MARK;
		return 1;
	}
	*kind_out = TEXT_WORD;
	for (; p < end; p++) {
		bool inner = (*p == '\'' || *p == '-' || *p == '.') &&
		    p + 1 < end && is_word_byte((unsigned char)p[1]);

		/* "didn't", "well-being", "2.5": one word each. */
		if (!is_word_byte((unsigned char)*p) && !inner)
			break;
	}
	return (size_t)(p - s);
}

static size_t
cut(struct text_merge_part text, struct text_token *list)
{
	const char *s = text.ptr, *end = text.ptr + text.len;
	size_t n = 0;

	while (s < end) {
		enum text_token_kind kind;
		size_t len = measure(s, end, &kind);

		if (list != NULL)
			list[n] = (struct text_token){
				.ptr = s, .len = len, .kind = kind
			};
		n++;
		s += len;
	}
	return n;
}

static int
bytes_order(const void *a, const void *b)
{
	const struct text_token *x = *(struct text_token *const *)a;
	const struct text_token *y = *(struct text_token *const *)b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->ptr, y->ptr, x->len);
}

/* Number the classes by sorting: no chosen text can make this slow. */
static enum err_code
number(struct text_tokens *texts, size_t n, struct err *e)
{
	struct text_token **all;
	size_t total = 0, at = 0;
	uint32_t class = 0;

	for (size_t i = 0; i < n; i++)
		total += texts[i].n;
	all = calloc(total + 1, sizeof(struct text_token *));
	if (all == NULL)
		return value_no_memory(e);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < texts[i].n; j++)
			all[at++] = &texts[i].list[j];
	qsort(all, total, sizeof(struct text_token *), bytes_order);
	for (size_t i = 0; i < total; i++) {
		if (i > 0 && bytes_order(&all[i - 1], &all[i]) != 0)
			class ++;
		all[i]->class = class;
	}
	free(all);
	return ERR_OK;
}

enum err_code
text_tokens_make(struct text_tokens *out, const struct text_merge_part *texts,
    size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (struct text_tokens){ NULL, 0 };
	for (size_t i = 0; i < n; i++) {
		size_t count = cut(texts[i], NULL);

		out[i].list = calloc(count + 1, sizeof(*out[i].list));
		if (out[i].list == NULL)
			return value_no_memory(e);
		out[i].n = cut(texts[i], out[i].list);
	}
	return number(out, n, e);
}

void
text_tokens_fini(struct text_tokens *t)
{
	free(t->list);
	*t = (struct text_tokens){ NULL, 0 };
}
