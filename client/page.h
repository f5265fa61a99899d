/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_PAGE_H
#define CLIENT_PAGE_H

#include "client/client.h"
#include "common/core/page.h"

/*
 * page -- a page of the schema about one record, out of what is on this device
 * alone.
 */

/* Put what schema/cli.md says of "before-visit" into result.  The notes are
 * open; subject is the page's record.  ERR_NOTFOUND: it is not here. */
enum err_code page_make(struct client *c, const struct schema_page *page,
    struct id subject, json_t *result, struct err *e) ERR_CHECKED;

#endif
