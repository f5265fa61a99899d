/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_SCHEMA_DICTIONARY_H
#define SCHEMA_SCHEMA_DICTIONARY_H

#include <stddef.h>

/*
 * schema_dictionary -- the trained dictionaries of schema/dictionary, for
 * zip_dict_load.
 */
extern const char schema_dictionary_1[];
extern const size_t schema_dictionary_1_len;

#endif
