/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon that starts where an agent already holds the key: the agent gives
 * way, so that it does not matter which of the two was started first.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/store/holder_int.h"
#include "common/sys/json.h"

/* Commands that hold a lease finish first; an agent ends soon after. */
#define GIVE_WAY_MS 5000
#define LOOK_AGAIN_MS 50

static const struct json_limits status_limits = {
	.bytes_max = HOLDER_ANSWER_MAX,
	.tokens_max = 1000,
	.depth_max = 8,
};

/* What the process that holds the folder says of itself; ERR_BUSY for a
 * daemon, which gives way to nobody. */
static enum err_code
ask_agent(const char *home, uint64_t *until_ms_out, struct err *e)
{
	char *answer = NULL;
	json_t *json = NULL;
	bool is_daemon = true;
	enum err_code code =
	    holder_ask(home, "{\"do\":\"status\"}", GIVE_WAY_MS, &answer, e);

	if (code != ERR_OK)
		return code;
	code = json_parse(answer, strlen(answer), &status_limits, &json, e);
	if (code == ERR_OK)
		code = json_get_bool(json, "daemon", &is_daemon, e);
	if (code == ERR_OK)
		code = json_get_uint(json, "until", until_ms_out, e);
	if (code == ERR_OK && is_daemon)
		code = err_set(e, ERR_BUSY, 0,
		    "another process already holds the key of this folder");
	json_decref(json);
	free(answer);
	return code;
}

/* Take the agent's key, if it has one, and have it lock, which ends it. */
static enum err_code
take_from_agent(const char *home, struct holder_legacy *legacy, struct err *e)
{
	struct holder_lease *lease = NULL;
	char *answer = NULL;
	uint64_t until_ms = 0;
	enum err_code code = ask_agent(home, &until_ms, e);

	if (code != ERR_OK)
		return code;
	code = holder_lease_open(home, &legacy->key, &lease, e);
	if (code == ERR_LOCKED) /* it is on its way out already */
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	legacy->has_key = true;
	legacy->until_ms = until_ms;
	holder_lease_close(lease);
	code = holder_ask(home, "{\"do\":\"lock\"}", GIVE_WAY_MS, &answer, e);
	free(answer);
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

enum err_code
holder_open_over(struct loop *loop, const char *home,
    const struct holder_events *events, struct holder_legacy *legacy_out,
    struct holder **out, struct err *e)
{
	const struct timespec pause = { .tv_nsec = LOOK_AGAIN_MS * 1000000L };
	const uint64_t end_ms = clock_mono_ms() + GIVE_WAY_MS;
	struct holder_legacy legacy = { .has_key = false };
	bool gives_way = false;
	enum err_code code = holder_open(loop, home, events, out, e);

	if (code == ERR_BUSY) {
		code = take_from_agent(home, &legacy, e);
		gives_way = code == ERR_OK || code == ERR_NOTFOUND;
		if (code == ERR_IO || code == ERR_MALFORMED)
			code = err_set(e, ERR_BUSY, 0,
			    "another process holds the key of this folder and "
			    "does not answer");
	}
	while (gives_way) {
		code = holder_open(loop, home, events, out, e);
		gives_way = code == ERR_BUSY && clock_mono_ms() < end_ms;
		if (gives_way)
			(void)nanosleep(&pause, NULL);
	}
	if (code == ERR_OK)
		*legacy_out = legacy;
	secret_wipe(&legacy, sizeof(legacy));
	return code;
}

void
holder_inherit(struct holder *h, struct holder_legacy *legacy)
{
	if (legacy->has_key)
		holder_take_key(h, &legacy->key, legacy->until_ms);
	secret_wipe(legacy, sizeof(*legacy));
}
