/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/wait.h"

#include <stdio.h>

#include "common/base/rng.h"
#include "common/core/query.h"

enum err_code
wait_target(struct device_store *store, uint64_t epoch, uint64_t command,
    char out[static WAIT_TARGET_MAX], struct err *e)
{
	uint8_t nonce[PROTOCOL_NONCE_LEN];
	struct sync_request r;
	enum err_code code;

	sync_request_init(&r);
	code = device_store_sync_request(store, false, &r, e);
	if (code == ERR_OK) {
		(void)snprintf(out, WAIT_TARGET_MAX,
		    "/v1/wait?epoch=%llu&floor=%llu&outcomes=%llu"
		    "&command=%llu",
		    (unsigned long long)epoch,
		    (unsigned long long)(r.has_cursor ? r.cursor.floor : 0),
		    (unsigned long long)r.outcome_no,
		    (unsigned long long)command);
		rng_fill(nonce, sizeof(nonce));
		query_add_nonce(out, WAIT_TARGET_MAX, nonce);
	}
	sync_request_fini(&r);
	return code;
}
