/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_ATTACHED_H
#define CLIENT_ATTACHED_H

#include "client/client.h"
#include "common/core/record.h"

/*
 * attached -- what belongs to a record and has a file: photos of letters,
 * scans.  Which types have files, and what they may belong to, the schema says.
 */

/* Put "attachments" into what is shown of a record, where something belongs to
 * it: the id, title, type and size of each, and where its file is. */
enum err_code attached_to_json(struct client *c, const struct record *r,
    json_t *result, struct err *e) ERR_CHECKED;
void attached_human(struct client *c, const json_t *result);

/* ERR_INVALID, with what to do, when the record has a file and what it belongs
 * to is signed: then it stays. */
enum err_code attached_check_open(
    struct client *c, const struct record *r, struct err *e) ERR_CHECKED;

/* "420 KB", "1.3 MB". */
#define FILE_SIZE_TEXT_MAX 32
void file_size_text(uint64_t bytes, char out[static FILE_SIZE_TEXT_MAX]);

#endif
