/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/outcome.h"

#include <stdio.h>

#include "common/sys/json.h"
#include "daemon/sync/call.h"

static const struct {
	const char *word;
	const char *sentence; /* key in schema/words.json */
	enum status status;
} outcomes[SYNC_OUTCOME_N] = {
	[SYNC_DONE] = { "done", "network.done", STATUS_DONE },
	[SYNC_OFFLINE] = { "offline", "network.offline", STATUS_UNREACHABLE },
	[SYNC_PORTAL] = { "portal", "network.not_ours", STATUS_UNREACHABLE },
	[SYNC_OFFICE_DOWN] = { "office_down", "network.office_down",
	    STATUS_UNREACHABLE },
	[SYNC_CERTIFICATE] = { "certificate", "network.certificate",
	    STATUS_UNREACHABLE },
	[SYNC_REFUSED] = { "refused", "network.refused", STATUS_REFUSED },
	[SYNC_TIMEOUT] = { "timeout", "network.timeout", STATUS_UNREACHABLE },
};

void
sync_report_take(struct sync_report *r, const struct office_answer *a)
{
	r->bytes_up += a->bytes_up;
	r->bytes_down += a->bytes_down;
	r->outcome = a->outcome;
	r->has_word = a->has_word;
	r->word = a->word;
	r->retry_after_s = a->retry_after_s;
	if (a->outcome == SYNC_DONE || a->has_word)
		r->round_trips++;
}

void
sync_report_add(struct sync_report *r, const struct sync_report *other)
{
	r->round_trips += other->round_trips;
	r->sent += other->sent;
	r->receipts += other->receipts;
	r->bytes_up += other->bytes_up;
	r->bytes_down += other->bytes_down;
}

bool
sync_report_is_shut_out(const struct sync_report *r)
{
	return r->outcome == SYNC_REFUSED && r->has_word &&
	    (r->word == WORD_REVOKED || r->word == WORD_UNKNOWN_DEVICE);
}

bool
sync_report_is_expired(const struct sync_report *r)
{
	return r->has_word && r->word == WORD_EXPIRED;
}

void
sync_report_refuse(struct sync_report *r, enum protocol_word word)
{
	r->outcome = SYNC_REFUSED;
	r->has_word = true;
	r->word = word;
}

const char *
sync_outcome_word(enum sync_outcome outcome)
{
	return outcomes[outcome].word;
}

const char *
sync_report_text(const struct sync_report *r, const struct schema *s)
{
	char key[64];

	if (r->outcome == SYNC_DONE && !r->has_word && r->is_courier)
		return schema_word(s, "network.handed_over");
	if (!r->has_word)
		return schema_word(s, outcomes[r->outcome].sentence);
	(void)snprintf(key, sizeof(key), "problem.%s", protocol_word(r->word));
	return schema_word(s, key);
}

enum err_code
sync_report_to_json(const struct sync_report *r, const struct schema *s,
    json_t **out, struct err *e)
{
	const struct {
		const char *key;
		uint64_t value;
	} counts[] = {
		{ "round_trips", r->round_trips },
		{ "sent", r->sent },
		{ "receipts", r->receipts },
		{ "held", r->held },
		{ "pulled", r->pulled },
		{ "bytes_up", r->bytes_up },
		{ "bytes_down", r->bytes_down },
	};
	json_t *json = json_object();
	enum err_code code =
	    json_put_str(json, "outcome", sync_outcome_word(r->outcome), e);

	for (size_t i = 0;
	     code == ERR_OK && i < sizeof(counts) / sizeof(counts[0]); i++)
		code = json_put_int(
		    json, counts[i].key, (int64_t)counts[i].value, e);
	if (code == ERR_OK)
		code = json_put_str(json, "text", sync_report_text(r, s), e);
	if (code == ERR_OK && r->has_word)
		code = json_put_str(json, "word", protocol_word(r->word), e);
	if (code != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

enum status
sync_report_exit(const struct sync_report *r)
{
	return outcomes[r->outcome].status;
}
