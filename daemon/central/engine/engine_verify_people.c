/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users and enrolment codes against the office's own journal: a user's row says
 * what the record of its id says, a code's row what was written down when it
 * was made and used.
 */
#include <string.h>

#include "common/core/path.h"
#include "daemon/central/engine/engine_verify.h"
#include "daemon/central/engine/enrol.h"
#include "daemon/central/store/office_walk.h"

/* ---- codes ---- */

static enum err_code
note_code(
    struct verifying *v, const char *action, const char *object, struct err *e)
{
	const char *id = object;
	json_t *one;

	if (strcmp(action, "code.make") == 0) {
		/* "<user> <code> <digest>": the whole is compared. */
		if (strlen(object) <= ID_TEXT_LEN + 1)
			return ERR_OK;
		one = json_pack(
		    "{s:s, s:b, s:b}", "made", object, "used", 0, "spent", 0);
		id = object + ID_TEXT_LEN + 1;
		if (one != NULL &&
		    json_object_setn_new(v->codes, id, ENROL_ID_LEN, one) == 0)
			return ERR_OK;
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	}
	if (strcmp(action, "device.enrol") == 0)
		id = strlen(object) > ID_TEXT_LEN + ENROL_ID_LEN
		    ? object + ID_TEXT_LEN + 1
		    : "";
	else if (strcmp(action, "code.spent") != 0)
		return ERR_OK;
	one = json_object_getn(v->codes, id, strnlen(id, (size_t)ENROL_ID_LEN));
	if (one == NULL)
		return ERR_OK;
	return json_object_set_new(one,
	           strcmp(action, "code.spent") == 0 ? "spent" : "used",
	           json_true()) == 0
	    ? ERR_OK
	    : err_set(e, ERR_NOMEM, 0, "out of memory");
}

enum err_code
verify_note(
    struct verifying *v, const char *action, const char *object, struct err *e)
{
	enum err_code code = note_code(v, action, object, e);

	if (code == ERR_OK)
		code = verify_note_content(v, action, object, e);
	return code != ERR_OK ? code : verify_note_device(v, action, object, e);
}

struct code_walk {
	struct verifying *v;
	size_t n;
};

static bool
check_code(void *arg, const struct office_code *c)
{
	struct code_walk *w = arg;
	const json_t *one = json_object_get(w->v->codes, c->id);
	const char *made = json_string_value(json_object_get(one, "made"));
	char object[ENROL_OBJECT_CAP];

	enrol_code_object(c, object);
	w->n++;
	if (made == NULL || strcmp(made, object) != 0)
		verify_bad(w->v, "code %s: it was not made so", c->id);
	else if (json_is_true(json_object_get(one, "used")) != c->is_used)
		verify_bad(w->v, "code %s: it was %sused", c->id,
		    c->is_used ? "not " : "");
	else if (json_is_true(json_object_get(one, "spent")) !=
	    (c->tries >= ENROL_TRIES_MAX))
		verify_bad(w->v, "code %s: its tries are others", c->id);
	return !verify_is_bad(w->v);
}

static enum err_code
check_codes(struct verifying *v, struct err *e)
{
	struct code_walk w = { .v = v };
	enum err_code code = store_codes(v->g->store, check_code, &w, e);

	if (code == ERR_CORRUPT) {
		verify_bad(v, "codes: one does not read");
		code = ERR_OK;
	}
	if (code == ERR_OK && !verify_is_bad(v) &&
	    w.n != json_object_size(v->codes))
		verify_bad(v, "codes: %zu were made, %zu are here",
		    json_object_size(v->codes), w.n);
	return code;
}

/* ---- users ---- */

struct user_walk {
	struct verifying *v;
	size_t n;
	enum err_code code; /* of a callback that can only stop */
	struct err *e;
};

static bool
says(const struct record *r, const char *field, const char *text)
{
	const char *said = json_string_value(path_get(r->doc, field));

	return said != NULL && strcmp(said, text) == 0;
}

static bool
check_user(void *arg, const struct office_user *u)
{
	struct user_walk *w = arg;
	struct id_text id = id_print(u->id);
	const struct schema_type *type = schema_account_type(w->v->g->schema);
	const struct schema_account *as = &type->account;
	struct record r;

	w->n++;
	w->code = store_record_get(w->v->g->store, u->id, &r, w->e);
	if (w->code == ERR_NOTFOUND) {
		verify_bad(
		    w->v, "user %s: no change made this colleague", id.s);
		w->code = ERR_OK;
		return false;
	}
	if (w->code != ERR_OK)
		return false;
	if (strcmp(r.type, type->name) != 0 || !says(&r, as->name, u->name) ||
	    !says(&r, as->role, u->role) ||
	    json_is_true(path_get(r.doc, as->active)) != u->is_active)
		verify_bad(w->v, "user %s: the record says otherwise", id.s);
	record_fini(&r);
	return !verify_is_bad(w->v);
}

static bool
count_record(void *arg, struct id id, const char *type, struct version version)
{
	(void)id;
	(void)type;
	(void)version;
	++*(size_t *)arg;
	return true;
}

static enum err_code
check_users(struct verifying *v, struct err *e)
{
	struct user_walk w = { .v = v, .e = e };
	size_t records = 0;
	enum err_code code = store_users(v->g->store, check_user, &w, e);

	if (code == ERR_OK)
		code = w.code;
	if (code == ERR_CORRUPT) {
		verify_bad(v, "users: one does not read");
		code = ERR_OK;
	}
	if (code != ERR_OK || verify_is_bad(v))
		return code;
	code =
	    store_records(v->g->store, schema_account_type(v->g->schema)->name,
	        NULL, SIZE_MAX / 2, count_record, &records, e);
	if (code == ERR_OK && records != w.n)
		verify_bad(v, "users: %zu colleagues were added, %zu are here",
		    records, w.n);
	return code;
}

enum err_code
verify_people(struct verifying *v, struct err *e)
{
	enum err_code code = check_users(v, e);

	return code != ERR_OK || verify_is_bad(v) ? code : check_codes(v, e);
}
