/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_EXPORT_TEXT_H
#define CLIENT_EXPORT_TEXT_H

#include "client/client.h"

/*
 * export_text -- every record as a text that people can read without any
 * program (schema/export.md): a folder for each type, a file for each record,
 * named by its title and the end of its id.  What is signed along with another
 * record (a note with its visit) stands in that one's file, behind it.
 */

/* Write them into a folder that holds none yet; files are the user's alone.
 * ERR_IO; what was written stays. */
enum err_code export_texts(struct client *c, const char *folder,
    uint64_t *texts_out, struct err *e) ERR_CHECKED;

#endif
