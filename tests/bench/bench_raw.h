/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_BENCH_RAW_H
#define BENCH_BENCH_RAW_H

#include <stdbool.h>
#include <stddef.h>

/*
 * bench_raw -- the bare work that storing cannot do without: rows of given
 * bytes in one table, write-ahead log, synchronous FULL.  No journal, no
 * index, no signature.
 *
 * raw_open, then raw_put alone (each its own commit) or between raw_begin and
 * raw_commit, raw_close.  What fails ends the program.
 */
struct raw;

/* A new file; encrypted: SQLCipher as the programs use it. */
struct raw *raw_open(const char *folder, const char *name, bool encrypted);
void raw_put(struct raw *r, const void *bytes, size_t len);
void raw_begin(struct raw *r);
void raw_commit(struct raw *r);
void raw_close(struct raw *r);

#endif
