/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking everything.
 */
#include "client/commands.h"
#include "client/output.h"
#include "common/core/head.h"
#include "common/sys/json.h"

static enum err_code
put_outcomes(const struct verify_result *v, json_t *result, struct err *e)
{
	json_t *outcomes = json_object();
	enum err_code code = outcomes == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : ERR_OK;

	for (int i = 0; i < OUTCOME_N && code == ERR_OK; i++)
		code =
		    json_put_int(outcomes, outcome_word((enum outcome_kind)i),
		        (int64_t)v->outcomes[i], e);
	if (code != ERR_OK) {
		json_decref(outcomes);
		return code;
	}
	return json_put_take(result, "outcomes", outcomes, e);
}

/* Is the journal, or that of an earlier enrolment, the one whose last link
 * somebody wrote down? */
static enum err_code
compare_head(struct client *c, struct verify_result *v, struct err *e)
{
	const char *text = args_get(c->args, "head");
	struct head head;
	bool is_same;
	enum err_code code;

	if (text == NULL)
		return ERR_OK;
	if ((code = head_parse(text, &head, e)) != ERR_OK ||
	    (code = device_store_has_link(c->store, &head, &is_same, e)) !=
	        ERR_OK)
		return code;
	if (is_same || !v->ok)
		return ERR_OK;
	v->ok = false;
	(void)snprintf(v->first_bad, sizeof(v->first_bad),
	    head.n > v->written
	        ? "head %llu: the journal ends before it, at %llu"
	        : "head %llu: the journal, of %llu changes, has another link"
	          " there than the one that was written down",
	    (unsigned long long)head.n, (unsigned long long)v->written);
	return ERR_OK;
}

enum err_code
verify_run(struct client *c, json_t *result, struct err *e)
{
	struct verify_result v;
	enum err_code code = client_open(c, e);

	if (code != ERR_OK ||
	    (code = device_store_verify(c->store, &v, e)) != ERR_OK ||
	    (code = compare_head(c, &v, e)) != ERR_OK)
		return code;
	c->status = v.ok ? STATUS_DONE : STATUS_MISMATCH;
	if ((code = json_put_bool(result, "ok", v.ok, e)) != ERR_OK ||
	    (code = json_put_int(result, "written", (int64_t)v.written, e)) !=
	        ERR_OK ||
	    (code = json_put_int(
	         result, "receipted", (int64_t)v.receipted, e)) != ERR_OK ||
	    (code = put_outcomes(&v, result, e)) != ERR_OK ||
	    (code = json_put_int(result, "held", (int64_t)v.held, e)) !=
	        ERR_OK ||
	    (code = json_put_hex(result, "head", v.head.b, HASH32_LEN, e)) !=
	        ERR_OK)
		return code;
	return json_put_take(result, "first_bad",
	    v.ok ? json_null() : json_string(v.first_bad), e);
}

void
verify_human(struct client *c, const json_t *result)
{
	(void)c;
	output("Written here: %llu. With the office: %llu. Held there: %llu.\n",
	    (unsigned long long)human_num(result, "written"),
	    (unsigned long long)human_num(result, "receipted"),
	    (unsigned long long)human_num(result, "held"));
	if (json_is_true(json_object_get(result, "ok")))
		output("Everything adds up. Last link: %s\n",
		    human_str(result, "head"));
	else
		output("Something does not add up: %s.\nDo not delete "
		       "anything; ask the office.\n",
		    human_str(result, "first_bad"));
}
