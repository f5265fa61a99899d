/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went in and should be looked at all the same: texts that were put
 * together, answers of which the more careful one was kept, and what was done
 * although the agreement that it rests on had been taken back
 * (common/core/agreed.h).
 *
 * The last is found by looking at the records as they are, so it does not
 * matter which of them came first, and nothing has to be kept of it but that
 * somebody has seen it: an entry of the office's journal about the two.
 */
#include <string.h>

#include "common/sys/json.h"
#include "daemon/central/command/command_against.h"
#include "daemon/central/setup/passphrase.h"

#define SEEN "agreed.seen"
#define OBJECT_CAP (2 * ID_TEXT_LEN + 2)

/* By whom it was seen; zero: nobody yet. */
struct seen {
	struct id by;
	uint64_t at;
	json_t *reason; /* or NULL */
};

/* ---- who has seen it ---- */

struct entry {
	struct log_entry last;
	bool is_there;
};

static bool
entry_keep(void *arg, const struct log_entry *l)
{
	struct entry *entry = arg;

	entry->last = *l;
	entry->is_there = true;
	return false; /* the first that said so */
}

static enum err_code
seen_find(struct command *c, struct id id, struct seen *out, struct err *e)
{
	struct entry entry = { 0 };
	struct change change;
	enum err_code code =
	    store_log_of_record(c->store, id, 0, false, entry_keep, &entry, e);

	*out = (struct seen){ 0 };
	if (code != ERR_OK || !entry.is_there)
		return code;
	code = store_change_get(
	    c->store, entry.last.device, entry.last.counter, &change, e);
	if (code != ERR_OK)
		return code;
	out->by = change.author;
	out->at = entry.last.time;
	for (size_t i = 0; i < change.n_ops; i++)
		if (strcmp(change.ops[i].path, "reason") == 0)
			out->reason = json_incref(change.ops[i].now);
	change_fini(&change);
	return ERR_OK;
}

/* ---- in words ---- */

static const char *
role_label(const struct schema *s, const char *role)
{
	const struct schema_type *account = schema_account_type(s);

	return schema_code_label(
	    schema_find_field(account, account->account.role)->codes, role);
}

static enum err_code
against_put(struct command *c, const struct against *a, const struct seen *seen,
    json_t *out, struct err *e)
{
	const char *role = a->type->agreed.role;
	const bool is_seen = seen->at != 0;
	enum err_code code;

	if ((code = json_put_id(out, "id", a->id, e)) != ERR_OK ||
	    (code = json_put_str(out, "kind", "agreed", e)) != ERR_OK ||
	    (code = json_put_str(
	         out, "state", is_seen ? "decided" : "open", e)) != ERR_OK ||
	    (code = json_put_id(out, "record", a->record, e)) != ERR_OK ||
	    (code = json_put_str(out, "type", a->type->name, e)) != ERR_OK ||
	    (code = json_put_str(out, "label", a->type->label, e)) != ERR_OK ||
	    (code = command_title_put(c, out, "title", a->record, e)) !=
	        ERR_OK ||
	    (code = json_put_id(out, "against", a->agreement, e)) != ERR_OK ||
	    (code = command_title_put(
	         c, out, "against_title", a->agreement, e)) != ERR_OK ||
	    (code = json_put_str(out, "role", role, e)) != ERR_OK ||
	    (code = json_put_str(out, "role_label",
	         role_label(engine_schema(c->g), role), e)) != ERR_OK)
		return code;
	if (!is_seen)
		return json_put_take(out, "seen", json_null(), e);
	return json_put_take(out, "seen",
	    json_pack("{s:s, s:I, s:o?}", "by", id_print(seen->by).s, "at",
	        (json_int_t)seen->at, "reason", json_incref(seen->reason)),
	    e);
}

static enum err_code
one_add(struct command *c, const struct against *a, bool all, json_t *list,
    struct err *e)
{
	struct seen seen = { 0 };
	json_t *one = json_object();
	enum err_code code = seen_find(c, a->id, &seen, e);

	if (code == ERR_OK && (all || seen.at == 0)) {
		code = against_put(c, a, &seen, one, e);
		if (code == ERR_OK)
			code = json_add_take(list, json_incref(one), e);
	}
	json_decref(seen.reason);
	json_decref(one);
	return code;
}

/* ---- all of them ---- */

/* Those that somebody has looked at too, if all; of which one is wanted. */
struct each {
	struct command *c;
	json_t *list;
	bool all;
	struct id wanted;
	struct against found;
	bool is_found;
};

static enum err_code
each_list(void *arg, const struct against *a, struct err *e)
{
	const struct each *w = arg;

	return one_add(w->c, a, w->all, w->list, e);
}

static enum err_code
each_wanted(void *arg, const struct against *a, struct err *e)
{
	struct each *w = arg;

	(void)e;
	if (id_equal(a->id, w->wanted)) {
		w->found = *a;
		w->is_found = true;
	}
	return ERR_OK;
}

enum err_code
command_review_list(struct command *c, struct err *e)
{
	struct each w = { .c = c,
		.list = json_array(),
		.all = json_is_true(json_object_get(c->in, "all")) };
	enum err_code code = store_begin_read(c->store, e);

	if (code == ERR_OK)
		code = against_all(c, each_list, &w, e);
	if (code == ERR_OK)
		code = command_conflict_reviews(c, w.list, e);
	if (code == ERR_OK)
		return json_put_take(c->out, "reviews", w.list, e);
	json_decref(w.list);
	return code;
}

/* ---- somebody has looked ---- */

/* Who they are, and that it is theirs to look at. */
static enum err_code
who_check(struct command *c, const struct against *a, struct err *e)
{
	const char *passphrase = command_text_or(c, "passphrase", NULL);
	const char *role = a->type->agreed.role;
	struct office_user u;
	enum err_code code;

	if (id_is_zero(c->acting)) {
		c->next = "Say who you are with --as USER.";
		return err_set(e, ERR_INVALID, 0,
		    "somebody has to say that they have looked");
	}
	if ((code = store_user_get(c->store, c->acting, &u, e)) != ERR_OK)
		return code;
	if (strcmp(u.role, role) != 0)
		return err_set(e, ERR_CONFLICT, 0,
		    "%.80s cannot say so: this is for somebody whose role is "
		    "\"%.60s\"",
		    u.name, role_label(engine_schema(c->g), role));
	if (passphrase == NULL)
		return err_set(
		    e, ERR_INVALID, 0, "the passphrase of who acts is needed");
	code = passphrase_check(
	    c->store, c->acting, crypto_part_str(passphrase), e);
	if (code != ERR_NOTFOUND && code != ERR_AUTH)
		return code;
	c->next = "Try again; nothing was changed. A colleague without a "
	          "passphrase gets one with user passphrase.";
	return err_set(e, ERR_AUTH, 0, "that is not their passphrase");
}

static enum err_code
seen_put(struct command *c, const struct against *a, struct err *e)
{
	char object[OBJECT_CAP];
	const struct audit_entry entry = { .actor = c->acting,
		.action = SEEN,
		.object = object,
		.reason = command_text_or(c, "reason", NULL),
		.about = &a->id };
	struct log_entry logged;
	struct seen seen = { 0 };
	enum err_code code = seen_find(c, a->id, &seen, e);

	json_decref(seen.reason);
	if (code == ERR_OK && seen.at != 0) {
		c->next = "Nothing more is to be done.";
		code =
		    err_set(e, ERR_CONFLICT, 0, "this was looked at already");
	}
	(void)snprintf(object, sizeof(object), "%s %s", id_print(a->record).s,
	    id_print(a->agreement).s);
	if (code != ERR_OK ||
	    (code = engine_audit(c->g, &entry, &logged, e)) != ERR_OK ||
	    (code = store_commit(c->store, e)) != ERR_OK ||
	    (code = json_put_id(c->out, "id", a->id, e)) != ERR_OK ||
	    (code = json_put_id(c->out, "record", a->record, e)) != ERR_OK)
		return code;
	return json_put_str(c->out, "state", "decided", e);
}

enum err_code
command_review_seen(struct command *c, struct err *e)
{
	struct each w = { .c = c };
	const char *text;
	enum err_code code = command_text(c, "review", &text, e);

	if (code != ERR_OK)
		return code;
	if (!id_parse(text, &w.wanted))
		return err_set(e, ERR_INVALID, 0, "%.60s is no id", text);
	if ((code = store_begin(c->store, e)) != ERR_OK ||
	    (code = against_all(c, each_wanted, &w, e)) != ERR_OK)
		return code;
	if (!w.is_found) {
		c->next = "visitbook-central review list names them; of two "
		          "versions, conflict decide ID --take current says "
		          "that what stands is right.";
		return err_set(e, ERR_NOTFOUND, 0,
		    "nothing of that id waits for somebody's eyes");
	}
	code = who_check(c, &w.found, e);
	return code != ERR_OK ? code : seen_put(c, &w.found, e);
}
