/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users, devices, enrolment codes.
 */
#include "daemon/central/store/office_walk.h"
#include "daemon/central/store/sqlite_int.h"

enum err_code
store_user_put(
    struct office_store *s, const struct office_user *u, struct err *e)
{
	return db_exec(s->db, e,
	    "INSERT INTO user (id, name, role, is_active) VALUES (?, ?, ?, ?)"
	    " ON CONFLICT (id) DO UPDATE SET name = excluded.name,"
	    " role = excluded.role, is_active = excluded.is_active",
	    "dssi", u->id, u->name, u->role, (int64_t)u->is_active);
}

/* Copy a text column that its table keeps short. */
static enum err_code
column_text(struct db_stmt *q, int i, char *out, size_t cap, struct err *e)
{
	size_t len;
	const char *text = db_col_text(q, i, &len);

	if (text == NULL || len >= cap)
		return err_set(e, ERR_CORRUPT, 0, "a stored text is too long");
	memcpy(out, text, len + 1);
	return ERR_OK;
}

static enum err_code
user_row(struct db_stmt *q, struct office_user *u, struct err *e)
{
	enum err_code code;

	if ((code = db_col_id(q, 0, &u->id, e)) != ERR_OK ||
	    (code = column_text(q, 1, u->name, sizeof(u->name), e)) != ERR_OK ||
	    (code = column_text(q, 2, u->role, sizeof(u->role), e)) != ERR_OK)
		return code;
	u->is_active = db_col_int(q, 3) != 0;
	return ERR_OK;
}

enum err_code
store_user_get(struct office_store *s, struct id id, struct office_user *out,
    struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query_one(s->db, &q, e, "no such user",
	    "SELECT id, name, role, is_active FROM user WHERE id = ?", "d", id);

	if (code != ERR_OK)
		return code;
	code = user_row(q, out, e);
	db_done(q);
	return code;
}

enum err_code
store_users(
    struct office_store *s, store_user_each each, void *arg, struct err *e)
{
	struct db_stmt *q = NULL;
	struct office_user u;
	bool row = true;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT id, name, role, is_active FROM user ORDER BY id", "");

	while (
	    code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row) {
		code = user_row(q, &u, e);
		if (code == ERR_OK && !each(arg, &u))
			break;
	}
	db_done(q);
	return code;
}

enum err_code
store_device_put(
    struct office_store *s, const struct office_device *d, struct err *e)
{
	return db_exec(s->db, e,
	    "INSERT INTO device (id, user, label, state, sign_pub, tls_sha256,"
	    " courier_sha256, enrolled_at, last_seen, not_after, counter, link,"
	    " intake, outcome_no)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (id) DO UPDATE SET user = excluded.user,"
	    " label = excluded.label, state = excluded.state,"
	    " sign_pub = excluded.sign_pub, tls_sha256 = excluded.tls_sha256,"
	    " courier_sha256 = excluded.courier_sha256,"
	    " enrolled_at = excluded.enrolled_at,"
	    " last_seen = excluded.last_seen, not_after = excluded.not_after,"
	    " counter = excluded.counter, link = excluded.link,"
	    " intake = excluded.intake, outcome_no = excluded.outcome_no",
	    "ddsibbbiiiibii", d->id, d->user, d->label, (int64_t)d->state,
	    d->sign_pub.b, sizeof(d->sign_pub.b), d->tls_sha256.b,
	    sizeof(d->tls_sha256.b), d->courier_sha256.b,
	    sizeof(d->courier_sha256.b), (int64_t)d->enrolled_at,
	    (int64_t)d->last_seen, (int64_t)d->not_after, (int64_t)d->counter,
	    d->link.b, sizeof(d->link.b), (int64_t)d->intake,
	    (int64_t)d->outcome_no);
}

#define DEVICE_COLUMNS                                                         \
	"id, user, label, state, sign_pub, tls_sha256, courier_sha256,"        \
	" enrolled_at, last_seen, not_after, counter, link, intake,"           \
	" outcome_no, backed_up"

static enum err_code
device_row(struct db_stmt *q, struct office_device *d, struct err *e)
{
	enum err_code code;

	if ((code = db_col_id(q, 0, &d->id, e)) != ERR_OK ||
	    (code = db_col_id(q, 1, &d->user, e)) != ERR_OK ||
	    (code = column_text(q, 2, d->label, sizeof(d->label), e)) !=
	        ERR_OK ||
	    (code = db_col_bytes(q, 4, d->sign_pub.b, SIGN_PUB_LEN, e)) !=
	        ERR_OK ||
	    (code = db_col_bytes(q, 5, d->tls_sha256.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = db_col_bytes(q, 6, d->courier_sha256.b, HASH32_LEN, e)) !=
	        ERR_OK ||
	    (code = db_col_bytes(q, 11, d->link.b, HASH32_LEN, e)) != ERR_OK)
		return code;
	d->state = (enum device_state)db_col_int(q, 3);
	d->enrolled_at = (uint64_t)db_col_int(q, 7);
	d->last_seen = (uint64_t)db_col_int(q, 8);
	d->not_after = (uint64_t)db_col_int(q, 9);
	d->counter = (uint64_t)db_col_int(q, 10);
	d->intake = (uint64_t)db_col_int(q, 12);
	d->outcome_no = (uint64_t)db_col_int(q, 13);
	d->backed_up = (uint64_t)db_col_int(q, 14);
	return ERR_OK;
}

enum err_code
store_device_get(struct office_store *s, struct id id,
    struct office_device *out, struct err *e)
{
	struct db_stmt *q;
	enum err_code code = db_query_one(s->db, &q, e, "no such device",
	    "SELECT " DEVICE_COLUMNS " FROM device WHERE id = ?", "d", id);

	if (code != ERR_OK)
		return code;
	code = device_row(q, out, e);
	db_done(q);
	return code;
}

enum err_code
store_device_by_cert(struct office_store *s, const struct hash32 *cert_sha256,
    struct office_device *out, bool *is_courier_out, struct err *e)
{
	struct db_stmt *q;
	struct office_device d;
	enum err_code code = db_query_one(s->db, &q, e, "no such device",
	    "SELECT " DEVICE_COLUMNS " FROM device"
	    " WHERE tls_sha256 = ?1 OR courier_sha256 = ?1",
	    "b", cert_sha256->b, sizeof(cert_sha256->b));

	if (code != ERR_OK)
		return code;
	code = device_row(q, &d, e);
	db_done(q);
	if (code != ERR_OK)
		return code;
	*is_courier_out = hash32_equal(d.courier_sha256, *cert_sha256);
	*out = d;
	return ERR_OK;
}

enum err_code
store_devices(
    struct office_store *s, store_device_each each, void *arg, struct err *e)
{
	struct db_stmt *q = NULL;
	struct office_device d;
	bool row = true;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT " DEVICE_COLUMNS " FROM device ORDER BY id", "");

	while (
	    code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row) {
		code = device_row(q, &d, e);
		if (code == ERR_OK && !each(arg, &d))
			break;
	}
	db_done(q);
	return code;
}

/* The journals of devices that hold anything, by each of the columns. */
static const char *const extents[] = {
	[EXTENT_HELD] = "SELECT id, counter FROM device"
	                " WHERE state <> 4 AND counter > 0 ORDER BY id",
	[EXTENT_BACKING_UP] =
	    "SELECT id, backing_up FROM device"
	    " WHERE state <> 4 AND backing_up > 0 ORDER BY id",
	[EXTENT_BACKED_UP] = "SELECT id, backed_up FROM device"
	                     " WHERE state <> 4 AND backed_up > 0 ORDER BY id",
};

enum err_code
store_extent_digest(struct office_store *s, enum store_extent what, bool *any,
    struct hash32 *out, struct err *e)
{
	struct db_stmt *q = NULL;
	struct hash32 sum = { 0 };
	bool row, found = false;
	enum err_code code = db_query(s->db, &q, e, extents[what], "");

	while (
	    code == ERR_OK && (code = db_step(q, &row, e)) == ERR_OK && row) {
		char line[ID_TEXT_LEN + 24];

		(void)snprintf(line, sizeof(line), "%.36s %lld",
		    db_col_text(q, 0, NULL), (long long)db_col_int(q, 1));
		sum = crypto_sha256_parts(
		    (const struct crypto_part[]){
		        crypto_part(sum.b, HASH32_LEN),
		        crypto_part(line, strlen(line)) },
		    2);
		found = true;
	}
	db_done(q);
	if (code == ERR_OK) {
		*out = sum;
		*any = found;
	}
	return code;
}

enum err_code
store_backup_begun(struct office_store *s, struct err *e)
{
	return db_exec(s->db, e, "UPDATE device SET backing_up = counter", "");
}

enum err_code
store_backup_done(struct office_store *s, struct err *e)
{
	return db_exec(s->db, e,
	    "UPDATE device SET backed_up = backing_up"
	    " WHERE backed_up < backing_up",
	    "");
}

enum err_code
store_code_put(
    struct office_store *s, const struct office_code *c, struct err *e)
{
	return db_exec(s->db, e,
	    "INSERT INTO enrol_code (id, user, key, label, needs_approval,"
	    " expires, tries, is_used, request, answer)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (id) DO UPDATE SET user = excluded.user,"
	    " key = excluded.key, label = excluded.label,"
	    " needs_approval = excluded.needs_approval,"
	    " expires = excluded.expires, tries = excluded.tries,"
	    " is_used = excluded.is_used, request = excluded.request,"
	    " answer = excluded.answer",
	    "sdbsiiiibb", c->id, c->user, c->key.b, sizeof(c->key.b), c->label,
	    (int64_t)c->needs_approval, (int64_t)c->expires, (int64_t)c->tries,
	    (int64_t)c->is_used, c->request.b, sizeof(c->request.b),
	    c->answer.ptr, c->answer.len);
}

#define CODE_ANSWER_MAX ((size_t)1024 * 1024)

static enum err_code
code_row(struct db_stmt *q, struct office_code *c, struct err *e)
{
	const void *answer;
	size_t len;
	enum err_code code;

	if ((code = column_text(q, 0, c->id, sizeof(c->id), e)) != ERR_OK ||
	    (code = db_col_id(q, 1, &c->user, e)) != ERR_OK ||
	    (code = db_col_bytes(q, 2, c->key.b, HASH32_LEN, e)) != ERR_OK ||
	    (code = column_text(q, 3, c->label, sizeof(c->label), e)) !=
	        ERR_OK ||
	    (code = db_col_bytes(q, 8, c->request.b, HASH32_LEN, e)) != ERR_OK)
		return code;
	c->needs_approval = db_col_int(q, 4) != 0;
	c->expires = (uint64_t)db_col_int(q, 5);
	c->tries = (uint64_t)db_col_int(q, 6);
	c->is_used = db_col_int(q, 7) != 0;
	answer = db_col_blob(q, 9, &len);
	(void)buf_add(&c->answer, answer, len);
	return buf_check(&c->answer, e);
}

enum err_code
store_code_get(struct office_store *s, const char *id, struct office_code *out,
    struct err *e)
{
	struct db_stmt *q;
	struct office_code c = { 0 };
	enum err_code code = db_query_one(s->db, &q, e, "no such code",
	    "SELECT id, user, key, label, needs_approval, expires, tries,"
	    " is_used, request, answer FROM enrol_code WHERE id = ?",
	    "s", id);

	if (code != ERR_OK)
		return code;
	buf_init(&c.answer, CODE_ANSWER_MAX);
	code = code_row(q, &c, e);
	db_done(q);
	if (code != ERR_OK)
		buf_fini(&c.answer);
	else
		*out = c;
	return code;
}

enum err_code
store_codes(
    struct office_store *s, store_code_each each, void *arg, struct err *e)
{
	struct db_stmt *q;
	bool row, more = true;
	enum err_code code = db_query(s->db, &q, e,
	    "SELECT id, user, key, label, needs_approval, expires, tries,"
	    " is_used, request, answer FROM enrol_code ORDER BY id",
	    "");

	if (code != ERR_OK)
		return code;
	while (more && (code = db_step(q, &row, e)) == ERR_OK && row) {
		struct office_code c = { 0 };

		buf_init(&c.answer, CODE_ANSWER_MAX);
		code = code_row(q, &c, e);
		if (code == ERR_OK)
			more = each(arg, &c);
		buf_fini(&c.answer);
		if (code != ERR_OK)
			break;
	}
	db_done(q);
	return code;
}
