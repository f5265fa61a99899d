/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_DICTIONARY_H
#define TOOLS_DICTIONARY_H

#include <jansson.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/core/schema.h"

/*
 * dictionary -- one page for people with everything that a bundle holds:
 * every type, field, code and rule.  It is HTML without scripts and without
 * anything from elsewhere; its sentences are words of the bundle
 * (dictionary.*, policy.*, kind.*, scope.*), so nothing here knows any one type
 * or field.
 *
 * The page is built into a buffer that remembers what went wrong (buf.h).
 */
struct dictionary {
	const json_t *bundle;        /* as it was loaded */
	const struct schema *schema; /* of the same bundle */
	struct buf *out;
};

/* Write the whole page.  ERR_NOMEM, or the buffer's limit. */
enum err_code dictionary_write(
    const struct dictionary *d, struct err *e) ERR_CHECKED;

/* ---- its parts ---- */

void dictionary_types(const struct dictionary *d);
void dictionary_lists(const struct dictionary *d);
void dictionary_guard(const struct dictionary *d);
void dictionary_dual(const struct dictionary *d);
void dictionary_holidays(const struct dictionary *d);
void dictionary_templates(const struct dictionary *d);
void dictionary_checklists(const struct dictionary *d);
void dictionary_pages(const struct dictionary *d);
void dictionary_guides(const struct dictionary *d);
void dictionary_retentions(const struct dictionary *d);
/* Among the facts of a type: how its records are answered and become cases,
 * what they begin with, and what is asked before somebody is given its work. */
void dictionary_work(
    const struct dictionary *d, const struct schema_type *type);
/* Which agreement of its person its records rest on. */
void dictionary_agreed(
    const struct dictionary *d, const struct schema_type *type);

/* ---- pieces ---- */

/* HTML as it is, in printf's form: only names of the schema and constants,
 * which have no character that HTML reads as its own. */
void dictionary_html(const struct dictionary *d, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Text of the schema, with such characters escaped. */
void dictionary_text(const struct dictionary *d, const char *text);
/* <tag>text</tag>. */
void dictionary_in(
    const struct dictionary *d, const char *tag, const char *text);
/* A sentence of the words, alone and in a tag; and with its {braces} filled in,
 * from pairs of name and value that end with NULL. */
void dictionary_word(const struct dictionary *d, const char *key);
void dictionary_word_in(
    const struct dictionary *d, const char *tag, const char *key);
void dictionary_words(const struct dictionary *d, const char *key, ...)
    __attribute__((sentinel));
/* A date of the schema in words: "21 November 2026". */
#define DICTIONARY_DAY_MAX 40
void dictionary_day(const char *date, char out[static DICTIONARY_DAY_MAX]);
/* Labels of codes, with commas between them; label of a field or "". */
void dictionary_labels(const struct dictionary *d,
    const struct schema_list *list, const json_t *codes, struct buf *out);
const char *dictionary_label_of(
    const struct schema_type *type, const char *path);
const char *dictionary_type_label(const struct dictionary *d, const char *name);
/* From its first to its last day; in which nations; a paragraph that says where
 * something comes from.  NULL: always, everywhere, nothing. */
void dictionary_days(
    const struct dictionary *d, const char *first, const char *last);
void dictionary_nations(const struct dictionary *d, const json_t *nations);
void dictionary_source(const struct dictionary *d, const char *source);
/* <dt>word</dt><dd>: the caller writes what is in it and ends it. */
void dictionary_fact(const struct dictionary *d, const char *word);
void dictionary_fact_end(const struct dictionary *d);

/* A table that may be wider than the page: its caption (a word, and the text
 * that fills "{name}" in) and its heads, words that end with NULL. */
void dictionary_table(const struct dictionary *d, const char *id,
    const char *caption, const char *name, const char *const *heads);
void dictionary_table_end(const struct dictionary *d);

#endif
