/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SCHEMA_SCHEMA_BUNDLE_H
#define SCHEMA_SCHEMA_BUNDLE_H

#include <stddef.h>

/*
 * schema_bundle -- everything in schema/records, schema/codes and
 * schema/words.json as one canonical JSON text, made at build time, for
 * schema_parse.  The bytes are followed by a NUL that the length does not
 * count.
 */
extern const char schema_bundle_bytes[];
extern const size_t schema_bundle_len;

#endif
