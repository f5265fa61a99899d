/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How things stand, locked or not.
 */
#include <stdlib.h>

#include "client/attached.h"
#include "client/commands.h"
#include "client/conflict.h"
#include "client/output.h"
#include "common/base/enc.h"
#include "common/store/device_content.h"
#include "common/store/outside.h"
#include "common/sys/json.h"

/* More than anybody writes between two syncs; counting stops there. */
#define ENVELOPES_MAX 100000
#define ASK_MS 5000

/* What the holder says of itself: a new object, or NULL when none runs. */
static json_t *
ask_holder(struct client *c)
{
	const struct json_limits limits = {
		.bytes_max = 65536, .tokens_max = 1000, .depth_max = 8
	};
	char *answer = NULL;
	json_t *json = NULL;

	if (holder_ask(c->home, "{\"do\":\"status\"}", ASK_MS, &answer, NULL) ==
	        ERR_OK &&
	    json_parse(answer, strlen(answer), &limits, &json, NULL) != ERR_OK)
		json = NULL;
	free(answer);
	return json;
}

/* The highest counter that a receipt which came while locked covers. */
static enum err_code
receipted_outside(struct outside *o, uint64_t *out, struct err *e)
{
	struct receipt *list = NULL;
	size_t n = 0;
	enum err_code code = outside_receipts(o, &list, &n, e);

	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (list[i].counter > *out)
			*out = list[i].counter;
		receipt_fini(&list[i]);
	}
	free(list);
	return code;
}

/* Locked: what the sealed envelopes tell. */
static enum err_code
status_outside(struct client *c, json_t *result, struct err *e)
{
	static const char *const unknown[] = { "outcome", "held", "conflicts",
		"last_contact", "cursor", "epoch", "digest", "forked",
		"unsent_types", "files", "files_bytes", "taken", "taken_log" };
	struct envelope *list = NULL;
	struct outside *o = NULL;
	uint64_t receipted = 0;
	size_t n = 0;
	enum err_code code;

	if ((code = outside_open(c->home, &o, e)) != ERR_OK ||
	    (code = receipted_outside(o, &receipted, e)) != ERR_OK ||
	    (code = outside_envelopes(
	         o, receipted, ENVELOPES_MAX, &list, &n, e)) != ERR_OK)
		goto out;
	code = json_put_int(result, "unsent", (int64_t)n, e);
	if (code == ERR_OK)
		code = json_put_bool(
		    result, "files_wait", outside_has_files(o), e);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		if (code == ERR_OK)
			code =
			    json_put_take(result, unknown[i], json_null(), e);
out:
	outside_envelopes_free(list, n);
	outside_close(o);
	return code;
}

static enum err_code
put_cursor(const struct store_status *st, json_t *result, struct err *e)
{
	enum err_code code;

	if ((code = json_put_take(result, "cursor",
	         st->has_cursor ? cursor_to_json(&st->cursor) : json_null(),
	         e)) != ERR_OK)
		return code;
	return json_put_take(result, "epoch",
	    st->has_cursor ? json_integer((json_int_t)st->cursor.epoch)
	                   : json_null(),
	    e);
}

/* What of the open conflicts asks for an answer, and what only to be read. */
struct open_counts {
	uint64_t asked, reviews;
};

static bool
count_each(void *arg, struct id record, const char *type,
    const struct conflict *conflict, const struct record *r)
{
	struct open_counts *n = arg;

	(void)record;
	(void)type;
	(void)r;
	if (conflict->kind == CONFLICT_ASK)
		n->asked++;
	else if (conflict->kind != CONFLICT_BESIDE)
		n->reviews++;
	return true;
}

/* What left this device since it was last told: whoever asks is told now. */
static enum err_code
put_taken(struct client *c, json_t *result, struct err *e)
{
	uint64_t untold = 0;
	json_t *log = NULL;
	enum err_code code = device_store_taken(c->store, &untold, &log, e);

	if (code == ERR_OK)
		code = json_put_take(result, "taken_log", log, e);
	if (code == ERR_OK)
		code = json_put_int(result, "taken", (int64_t)untold, e);
	if (code == ERR_OK && untold > 0)
		code = device_store_taken_told(c->store, untold, e);
	return code;
}

static enum err_code
put_counts(struct client *c, json_t *result, struct err *e)
{
	struct open_counts n = { 0 };
	enum err_code code =
	    device_store_conflicts(c->store, false, count_each, &n, e);

	if (code == ERR_OK)
		code = json_put_int(result, "asked", (int64_t)n.asked, e);
	if (code == ERR_OK)
		code = json_put_int(result, "reviews", (int64_t)n.reviews, e);
	return code == ERR_OK ? put_taken(c, result, e) : code;
}

enum err_code
status_put_asked(struct client *c, json_t *result, struct err *e)
{
	json_t *holder = ask_holder(c);
	const bool is_open = json_is_false(json_object_get(holder, "locked"));
	const bool json = c->json;
	struct err why;
	enum err_code code;

	json_decref(holder);
	if (!is_open)
		return ERR_OK;
	holder_lease_close(c->lease); /* another one is given for it */
	c->lease = NULL;
	c->json = true; /* no prompt */
	code = client_open(c, &why);
	c->json = json;
	if (code == ERR_OK)
		return put_counts(c, result, e);
	c->next[0] = '\0';
	return ERR_OK;
}

/* Files that are not with the office: they go after their text, and wait while
 * the notes are locked. */
static enum err_code
put_files(struct client *c, json_t *result, struct err *e)
{
	struct content_waiting w;
	enum err_code code = device_content_waiting(c->store, &w, e);

	if (code == ERR_OK)
		code = json_put_int(result, "files", (int64_t)w.n, e);
	if (code == ERR_OK)
		code = json_put_bool(result, "files_wait", w.n > 0, e);
	return code != ERR_OK
	    ? code
	    : json_put_int(result, "files_bytes", (int64_t)w.bytes, e);
}

static enum err_code
status_inside(struct client *c, json_t *result, struct err *e)
{
	char hex[ENC_HEX_LEN(sizeof(struct digest)) + 1];
	struct store_status st;
	json_t *types = NULL;
	enum err_code code = device_store_status(c->store, &st, e);

	if (code != ERR_OK)
		return code;
	enc_hex(&st.digest, sizeof(st.digest), hex);
	if ((code = json_put_take(result, "outcome",
	         st.last_outcome[0] != '\0' ? json_string(st.last_outcome)
	                                    : json_null(),
	         e)) != ERR_OK ||
	    (code = json_put_int(result, "unsent", (int64_t)st.unsent, e)) !=
	        ERR_OK ||
	    (code = json_put_int(result, "held", (int64_t)st.held, e)) !=
	        ERR_OK ||
	    (code = json_put_int(
	         result, "conflicts", (int64_t)st.conflicts, e)) != ERR_OK ||
	    (code = json_put_take(result, "last_contact",
	         st.last_contact != 0
	             ? json_integer((json_int_t)st.last_contact)
	             : json_null(),
	         e)) != ERR_OK ||
	    (code = json_put_str(result, "digest", hex, e)) != ERR_OK ||
	    (code = json_put_int(result, "written", (int64_t)st.written, e)) !=
	        ERR_OK ||
	    (code = json_put_int(
	         result, "receipted", (int64_t)st.receipted, e)) != ERR_OK ||
	    (code = json_put_int(result, "clock_offset", st.clock_offset, e)) !=
	        ERR_OK ||
	    (code = json_put_int(result, "clock_within",
	         (int64_t)st.clock_within, e)) != ERR_OK ||
	    (code = json_put_bool(result, "forked", st.is_forked, e)) != ERR_OK)
		return code;
	if ((code = put_cursor(&st, result, e)) != ERR_OK ||
	    (code = device_store_unsent(c->store, &types, e)) != ERR_OK ||
	    (code = json_put_take(result, "unsent_types", types, e)) !=
	        ERR_OK ||
	    (code = put_files(c, result, e)) != ERR_OK)
		return code;
	return put_counts(c, result, e);
}

/* Open the notes if that needs no question to anybody. */
static enum err_code
try_open(struct client *c, bool *is_open, struct err *e)
{
	bool json = c->json;
	enum err_code code;

	c->json = true; /* no prompt */
	code = client_open(c, e);
	c->json = json;
	*is_open = code == ERR_OK;
	if (code != ERR_LOCKED)
		return code;
	c->next[0] = '\0';
	return ERR_OK;
}

enum err_code
status_run(struct client *c, json_t *result, struct err *e)
{
	json_t *holder, *daemon, *locked;
	bool is_open;
	enum err_code code = client_check_enrolled(c, e);

	if (code != ERR_OK || (code = try_open(c, &is_open, e)) != ERR_OK)
		return code;
	holder = ask_holder(c);
	daemon = json_object_get(holder, "daemon");
	locked = json_object_get(holder, "locked");
	if ((code = json_put_bool(result, "locked",
	         holder == NULL || json_is_true(locked), e)) == ERR_OK &&
	    (code = json_put_bool(result, "daemon", json_is_true(daemon), e)) ==
	        ERR_OK)
		code = is_open ? status_inside(c, result, e)
		               : status_outside(c, result, e);
	if (code == ERR_OK && json_object_get(holder, "until") != NULL)
		code = json_put_take(result, "until",
		    json_incref(json_object_get(holder, "until")), e);
	json_decref(holder);
	return code;
}

/* "    Notes: 2, Visits: 1"; nothing where it is not known. */
static void
tell_types(const struct client *c, const json_t *types)
{
	const char *name, *before = "    ";
	json_t *n;

	json_object_foreach((json_t *)(uintptr_t)types, name, n)
	{
		const struct schema_type *type = schema_type(c->schema, name);

		output("%s%s: %lld", before, type == NULL ? name : type->plural,
		    (long long)json_integer_value(n));
		before = ", ";
	}
	if (json_object_size(types) > 0)
		output("\n");
}

static void
tell_unsent(struct client *c, const json_t *result)
{
	uint64_t n = human_num(result, "unsent");
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	if (n == 0)
		output_words(c, "sync.up", NULL);
	else
		output_words(c,
		    n == 1 ? "sync.up.waiting.one" : "sync.up.waiting.many",
		    "n", text, NULL);
	tell_types(c, json_object_get(result, "unsent_types"));
}

static void
tell_taken(const struct client *c, const json_t *result)
{
	const uint64_t taken = human_num(result, "taken");
	char n[24];

	if (taken == 0)
		return;
	(void)snprintf(n, sizeof(n), "%llu", (unsigned long long)taken);
	output_words(c, taken == 1 ? "taken.one" : "taken.many", "n", n,
	    "office", device_store_identity(c->store)->office_name, NULL);
}

void
status_tell_asked(struct client *c, const json_t *result)
{
	const uint64_t asked = human_num(result, "asked");

	tell_taken(c, result);

	if (asked == 1)
		output("Two versions of something wait for an answer: "
		       "visitbook conflict list\n");
	else if (asked > 1)
		output("Two versions wait for an answer, in %llu places: "
		       "visitbook conflict list\n",
		    (unsigned long long)asked);
	if (human_num(result, "reviews") > 0)
		conflict_tell_reviews(c, human_num(result, "reviews"));
}

static void
tell_files(struct client *c, const json_t *result)
{
	const uint64_t n = human_num(result, "files");
	char count[24], size[FILE_SIZE_TEXT_MAX];

	(void)snprintf(count, sizeof(count), "%llu", (unsigned long long)n);
	file_size_text(human_num(result, "files_bytes"), size);
	if (json_is_null(json_object_get(result, "files")) &&
	    json_is_true(json_object_get(result, "files_wait")))
		output_words(c, "file.locked", NULL);
	else if (n > 0)
		output_words(c,
		    n == 1 ? "file.waiting.one" : "file.waiting.many", "n",
		    count, "size", size, NULL);
}

void
status_human(struct client *c, const json_t *result)
{
	char time[HUMAN_TIME_MAX], day[HUMAN_TIME_MAX];
	uint64_t at = human_num(result, "last_contact");

	output("%s\n",
	    json_is_true(json_object_get(result, "locked"))
	        ? "The notes are locked."
	        : "The notes are unlocked.");
	tell_unsent(c, result);
	tell_files(c, result);
	if (json_is_null(json_object_get(result, "last_contact")) &&
	    !json_is_null(json_object_get(result, "digest"))) {
		output_words(c, "sync.never", NULL);
	} else if (at != 0) {
		human_clock(at, time);
		human_day(at, day);
		output_words(c, "sync.down", "time", time, "day", day, NULL);
	}
	if (json_is_true(json_object_get(result, "forked")))
		output_words(c, "problem.forked", NULL);
	status_tell_asked(c, result);
	tell_held(c, human_num(result, "held"));
	if (!json_is_true(json_object_get(result, "daemon")))
		output("Nothing is sent by itself now: visitbookd is not "
		       "running. visitbook sync sends.\n");
}
