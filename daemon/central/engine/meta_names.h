/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_META_NAMES_H
#define CENTRAL_META_NAMES_H

/*
 * meta_names -- the named values of the office's store (store_meta_get), as
 * `init` writes them and the engine reads them.  Keys are raw bytes; PEM and
 * JSON are texts without a NUL.
 */
#define META_OFFICE "office"               /* id, 36 characters */
#define META_OFFICE_NAME "office_name"     /* UTF-8 */
#define META_EPOCH "epoch"                 /* decimal digits, "1" at first */
#define META_ENGINE_DEVICE "engine_device" /* id, 36 characters */
#define META_ENGINE_SIGN_KEY "engine_sign_key" /* 32 bytes, Ed25519 seed */
#define META_RECEIPT_KEY "receipt_key"         /* 32 bytes, Ed25519 seed */
#define META_SEALING_KEY "sealing_key"         /* 32 bytes, X25519 */
#define META_COMMAND_KEY "command_key"         /* 32 bytes, Ed25519 seed */
#define META_ROOT_PEM "root_pem"
#define META_ISSUING_PEM "issuing_pem"
#define META_ISSUING_KEY_PEM "issuing_key_pem"
#define META_STATEMENT "statement"         /* canonical JSON, see protocol.h */
#define META_STATEMENT_SIG "statement_sig" /* the root's signature */
/* The last day whose grants were given; and behind a space each, where the
 * clock once left days out, the last before those, a slash, and the first after
 * them (engine_days.c). */
#define META_DAY "grants_day"
#define META_ACCESS "access" /* after a restore: "closed", then "open" */
#define META_SCHEMA "schema" /* bundle, canonical JSON; newest seen */

/* The longest value that the engine reads: the schema bundle. */
#define META_VALUE_MAX ((size_t)4 * 1024 * 1024)

#endif
