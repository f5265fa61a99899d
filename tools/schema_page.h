/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_SCHEMA_PAGE_H
#define TOOLS_SCHEMA_PAGE_H

#include <jansson.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/core/schema.h"

/*
 * schema_page -- one page for people with everything that a bundle holds:
 * every type, field, code and rule.  It is HTML without scripts and without
 * anything from elsewhere; its sentences are words of the bundle
 * (dictionary.*, policy.*, kind.*, scope.*), so nothing here knows any one type
 * or field.
 *
 * The page is built into a buffer that remembers what went wrong (buf.h).
 */
struct page {
	const json_t *bundle;        /* as it was loaded */
	const struct schema *schema; /* of the same bundle */
	struct buf *out;
};

/* Write the whole page.  ERR_NOMEM, or the buffer's limit. */
enum err_code page_write(const struct page *p, struct err *e) ERR_CHECKED;

/* ---- its parts ---- */

void page_types(const struct page *p);
void page_lists(const struct page *p);
void page_guard(const struct page *p);
void page_dual(const struct page *p);
void page_holidays(const struct page *p);
void page_templates(const struct page *p);
void page_checklists(const struct page *p);
void page_pages(const struct page *p);
void page_guides(const struct page *p);
/* Among the facts of a type: how its records are answered and become cases,
 * what they begin with, and what is asked before somebody is given its work. */
void page_work(const struct page *p, const struct schema_type *type);

/* ---- pieces ---- */

/* HTML as it is, in printf's form: only names of the schema and constants,
 * which have no character that HTML reads as its own. */
void page_html(const struct page *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Text of the schema, with such characters escaped. */
void page_text(const struct page *p, const char *text);
/* <tag>text</tag>. */
void page_in(const struct page *p, const char *tag, const char *text);
/* A sentence of the words, alone and in a tag; and with its {braces} filled in,
 * from pairs of name and value that end with NULL. */
void page_word(const struct page *p, const char *key);
void page_word_in(const struct page *p, const char *tag, const char *key);
void page_words(const struct page *p, const char *key, ...)
    __attribute__((sentinel));
/* A date of the schema in words: "21 November 2026". */
#define PAGE_DAY_MAX 40
void page_day(const char *date, char out[static PAGE_DAY_MAX]);
/* Labels of codes, with commas between them; label of a field or "". */
void page_labels(const struct page *p, const struct schema_list *list,
    const json_t *codes, struct buf *out);
const char *page_label_of(const struct schema_type *type, const char *path);
const char *page_type_label(const struct page *p, const char *name);
/* From its first to its last day; in which nations; a paragraph that says where
 * something comes from.  NULL: always, everywhere, nothing. */
void page_days(const struct page *p, const char *first, const char *last);
void page_nations(const struct page *p, const json_t *nations);
void page_source(const struct page *p, const char *source);
/* <dt>word</dt><dd>: the caller writes what is in it and ends it. */
void page_fact(const struct page *p, const char *word);
void page_fact_end(const struct page *p);

/* A table that may be wider than the page: its caption (a word, and the text
 * that fills "{name}" in) and its heads, words that end with NULL. */
void page_table(const struct page *p, const char *id, const char *caption,
    const char *name, const char *const *heads);
void page_table_end(const struct page *p);

#endif
