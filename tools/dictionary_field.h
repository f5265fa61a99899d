/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_DICTIONARY_FIELD_H
#define TOOLS_DICTIONARY_FIELD_H

#include "tools/dictionary.h"

/*
 * dictionary_field -- the fields of a type as a table: a row each, in the
 * order of showing, columns and members under the field that they are of.  A
 * row's id is TYPE.PATH, with the paths that "TYPE fields" tells.
 */
void dictionary_fields(
    const struct dictionary *d, const struct schema_type *type);

/* A class of retention as a link; and how long that is, if is_whole. */
void dictionary_retention(
    const struct dictionary *d, const char *code, bool is_whole);

/* Each field that takes its codes from the list, as a link in an item of its
 * own. */
void dictionary_used_by(
    const struct dictionary *d, const struct schema_list *list);

#endif
