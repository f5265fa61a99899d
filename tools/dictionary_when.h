/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_DICTIONARY_WHEN_H
#define TOOLS_DICTIONARY_WHEN_H

#include "common/core/schema_when.h"
#include "tools/dictionary.h"

/*
 * dictionary_when -- conditions on a record, in words: an item of a list for
 * each of them.
 */
void dictionary_whens(const struct dictionary *d,
    const struct schema_type *type, const struct schema_when *list, size_t n);

/* "Group: member" or the label of a field. */
#define DICTIONARY_PLACE_MAX 256
void dictionary_place(const struct schema_type *type, const char *path,
    char out[static DICTIONARY_PLACE_MAX]);

#endif
