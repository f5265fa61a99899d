/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ENGINE_CONTENT_H
#define CENTRAL_ENGINE_CONTENT_H

#include "common/core/blob.h"
#include "daemon/central/engine/engine.h"
#include "daemon/central/store/office_content.h"

/*
 * engine_content -- the files beside records.  In the open transaction.
 */

/* Entries of the engine's journal: "<hash> <device>", when all of a file had
 * come from there; and "<hash>", when it went. */
#define CONTENT_RECEIVE "file.receive"
#define CONTENT_ERASE "file.erase"

/* A record names this file no more (hex; "": none): it goes, in part or whole,
 * unless another record names it.  by: who had it erased. */
struct round;
enum err_code content_unname(struct round *r, struct id by, const char *sha256,
    struct err *e) ERR_CHECKED;

/* All bytes of a file are there: where its hash is right it is the file from
 * now on, and the journal says who brought it; about: the record that named it,
 * or NULL.  *is_right_out: false where it is not, and nothing was changed. */
enum err_code engine_content_settle(struct engine *g, struct id by,
    const struct id *about, const struct office_content *c, bool *is_right_out,
    struct err *e) ERR_CHECKED;

/* The file that a record names.  ERR_NOTFOUND: it names none, or it has not
 * come yet. */
enum err_code engine_content_of(struct engine *g, const struct record *r,
    struct office_content *out, struct err *e) ERR_CHECKED;

#endif
