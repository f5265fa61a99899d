/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_VIEW_JSON_H
#define CLIENT_VIEW_JSON_H

#include <jansson.h>

#include "common/store/device_store.h"

/*
 * view_json -- records as the objects of schema/cli.md.
 *
 * All give new objects or put members into one of the caller's, and fail with
 * ERR_NOMEM alone.
 */

/* `note show`: id, type, content, transport, seq, receipt, outcome, reason,
 * reason_path, closed, doc, conflicts, beside, review, reviews, counter,
 * author, removed, signed, written, uncertain.  now_ms: the office's clock, as
 * well as it is known. */
enum err_code view_to_json(const struct schema_type *type,
    const struct record_view *v, uint64_t now_ms, json_t *out,
    struct err *e) ERR_CHECKED;

/* A line of `note list`: id, content, transport, seq, title, conflicts,
 * received_at, removed. */
enum err_code summary_to_json(const struct schema_type *type,
    const struct record_summary *r, json_t **out, struct err *e) ERR_CHECKED;

#endif
