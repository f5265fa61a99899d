/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_ENGINE_FILE_H
#define SUPPORT_ENGINE_FILE_H

#include "common/core/blob.h"
#include "tests/support/engine_world.h"

/*
 * engine_file -- records with files, written and sent to an engine by devices
 * that speak the protocol.  Everything that fails here fails the test.
 */

/* A file of so many bytes, told from others by its first one. */
struct test_file {
	char bytes[4096];
	size_t len;
	char sha256[BLOB_HASH_TEXT_LEN + 1];
};
void test_file_make(struct test_file *f, char first, size_t len);

/* Write a record about the file, seen with the case; not sent yet. */
struct id dev_attach(
    struct dev *d, struct id of_case, const struct test_file *f);
/* Send bytes of it from `at` on (none: ask); the answer, or the word that it
 * was refused with: true, and *stand_out is set, if it was not. */
bool dev_put_file(struct dev *d, struct id record, const struct test_file *f,
    uint64_t at, size_t len, struct blob_stand *stand_out,
    enum protocol_word *word_out);
/* Send all of it in two pieces; it is whole then. */
void dev_put_whole(struct dev *d, struct id record, const struct test_file *f);
/* Ask for bytes from there on; outputs as above, the piece is the caller's to
 * end. */
bool dev_get_file(struct dev *d, struct id record, const struct test_file *f,
    uint64_t at, struct blob_piece *piece_out, enum protocol_word *word_out);

#endif
