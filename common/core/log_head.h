/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_LOG_HEAD_H
#define CORE_LOG_HEAD_H

#include <jansson.h>
#include <stdbool.h>

#include "common/base/err.h"
#include "common/base/id.h"
#include "common/core/version.h"
#include "common/sys/crypto.h"

/*
 * log_head -- the office's signed word of where its log stood when it answered.
 * A device that meets an office whose log lacks it, and that does not say that
 * it was restored, shows it, or its last receipt where that came without a
 * head: nothing else can make the office begin a new epoch (engine_epoch.c,
 * promise P9).
 *
 * Signed are "vb/head/v1\n" and the canonical JSON of
 * {"epoch", "link", "office", "seq"}; as JSON it is {"epoch", "link", "seq",
 * "sig"}.
 */
struct log_head {
	struct version at;
	struct hash32 link; /* of the log at that number */
	struct sign_sig sig;
};

/* Fill sig out of the rest. */
void log_head_sign(
    struct log_head *h, const struct signer *signer, struct id office);
bool log_head_check(
    const struct log_head *h, const struct sign_pub *pub, struct id office);

enum err_code log_head_to_json(
    const struct log_head *h, json_t **out, struct err *e) ERR_CHECKED;
/* ERR_MALFORMED. */
enum err_code log_head_from_json(
    const json_t *json, struct log_head *out, struct err *e) ERR_CHECKED;

/* What a device knew when an epoch ended for it: the head as the office signed
 * it last, and the last erasure that it had told of.  As JSON {"head"} and,
 * unless it was never, "erased_upto". */
struct past_head {
	struct log_head head;
	struct version erased_upto;
};
enum err_code past_head_to_json(
    const struct past_head *p, json_t **out, struct err *e) ERR_CHECKED;
/* ERR_MALFORMED. */
enum err_code past_head_from_json(
    const json_t *json, struct past_head *out, struct err *e) ERR_CHECKED;

#endif
