/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making, opening and closing a data folder.
 */
#include "common/base/enc.h"
#include "common/base/file.h"
#include "common/core/limits.h"
#include "common/store/outside_int.h"
#include "common/store/store_again_int.h"
#include "common/store/store_told_int.h"
#include "schema/schema_bundle.h"
#include "schema/schema_sql.h"

#define DEVICE_APPLICATION_ID 0x56426476 /* "VBdv" */

static const struct db_migration migrations[] = {
	{ .sql = schema_device_1 },
	{ .sql = schema_device_2 },
	{ .sql = schema_device_3 },
	{ .sql = schema_device_4 },
	{ .sql = schema_device_5 },
	{ .sql = schema_device_6 },
	{ .sql = schema_device_7 },
	{ .sql = schema_device_8 },
	{ .sql = schema_device_9 },
	{ .sql = schema_device_10 },
};

static enum err_code
database_open(const char *home, const struct db_options *how, struct db **out,
    struct err *e)
{
	char path[FILE_PATH_MAX];
	struct db_options options = *how;
	bool create = how->create;
	struct db *db = NULL;
	enum err_code code;

	options.path = path;
	options.application_id = DEVICE_APPLICATION_ID;

	if (!file_join(path, home, "notes.db"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	if (create && file_exists(path))
		return err_set(
		    e, ERR_CONFLICT, 0, "this folder holds notes already");
	if (!create && !file_exists(path))
		return err_set(
		    e, ERR_NOTFOUND, 0, "this device is not enrolled yet");
	code = db_open(&options, &db, e);
	if (code == ERR_OK)
		code = db_migrate(db, migrations,
		    sizeof(migrations) / sizeof(migrations[0]), e);
	if (code != ERR_OK) {
		db_close(db);
		return code;
	}
	*out = db;
	return ERR_OK;
}

/* The command key, if the root's statement names one; it was checked when the
 * device enrolled. */
static enum err_code
command_pub(const struct device_identity *i, struct sign_pub *out,
    bool *has_out, struct err *e)
{
	static const struct json_limits limits = {
		.bytes_max = 4096, .tokens_max = 64, .depth_max = 2
	};
	json_t *json = NULL;
	enum err_code code =
	    json_parse(i->statement.ptr, i->statement.len, &limits, &json, e);

	*has_out = code == ERR_OK &&
	    json_get_hex(json, "command", out->b, SIGN_PUB_LEN, NULL) ==
	        ERR_OK &&
	    sign_pub_is_sound(out);
	json_decref(json);
	/* One that does not read names none. */
	return code == ERR_NOMEM ? code : ERR_OK;
}

enum err_code
outside_identity(
    const char *home, const struct device_identity *i, struct err *e)
{
	struct outside_office o = { .device = i->device,
		.user = i->user,
		.office = i->office,
		.receipt_pub = i->receipt_pub,
		.sealing_pub = i->sealing_pub,
		.root_pem = i->root_pem,
		.issuing_pem = i->issuing_pem,
		.courier_key_pem = i->courier_key_pem,
		.courier_cert_pem = i->courier_cert_pem };

	enum err_code code =
	    command_pub(i, &o.command_pub, &o.has_command_pub, e);

	memcpy(o.address, i->address, sizeof(o.address));
	return code == ERR_OK ? outside_save(home, &o, e) : code;
}

enum err_code
device_store_create(const char *home, const struct secret_key *page_key,
    const struct device_identity *identity, const json_t *schema_bundle,
    struct err *e)
{
	struct db *db = NULL;
	enum err_code code;

	if ((code = file_make_folder(home, e)) != ERR_OK ||
	    (code = database_open(home,
	         &(struct db_options){ .key = page_key, .create = true }, &db,
	         e)) != ERR_OK)
		return code;
	if ((code = db_begin(db, e)) != ERR_OK ||
	    (code = identity_save(db, identity, e)) != ERR_OK ||
	    (code = meta_put_json(db, "schema", schema_bundle, e)) != ERR_OK ||
	    (code = envelope_key_renew(db, e)) != ERR_OK ||
	    (code = db_commit(db, e)) != ERR_OK)
		goto out;
	/* The folder counts as enrolled once office.json is there. */
	code = outside_identity(home, identity, e);
out:
	db_rollback(db);
	db_close(db);
	return code;
}

/* The stored bundle, parsed; its hash tells the office which one it is.  One
 * of an older form, kept by an older program, gives way to the program's own
 * until the office sends a newer. */
static enum err_code
schema_open(struct device_store *s, struct err *e)
{
	struct hash32 hash;
	struct buf bytes;
	enum err_code code;

	buf_init(&bytes, LIMIT_RECORD_BYTES);
	code = stored_meta_get(s->db, "schema", &bytes, e);
	if (code == ERR_OK)
		code = schema_parse(bytes.ptr, bytes.len, &s->schema, e);
	if (code == ERR_INVALID)
		code = schema_parse(
		    schema_bundle_bytes, schema_bundle_len, &s->schema, e);
	if (code == ERR_OK) {
		hash = crypto_sha256(bytes.ptr, bytes.len);
		enc_hex(hash.b, HASH32_LEN, s->schema_hash);
	}
	buf_fini(&bytes);
	return code;
}

/* Receipts that came while the notes were locked: verified again, stored,
 * and only then let go. */
static enum err_code
take_outside_receipts(struct device_store *s, struct err *e)
{
	struct receipt *list = NULL;
	size_t n = 0;
	enum err_code code = outside_receipts(s->outside, &list, &n, e);

	if (code != ERR_OK || n == 0)
		return code;
	code = db_begin(s->db, e);
	if (code == ERR_OK)
		code = told_begin(s, e);
	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		code = receipt_store(s, &list[i], e);
		if (code == ERR_AUTH) /* it earns nothing; pass over it */
			code = ERR_OK;
	}
	if (code == ERR_OK)
		code = told_end(s, e);
	if (code == ERR_OK)
		code = db_commit(s->db, e);
	db_rollback(s->db);
	for (size_t i = 0; i < n; i++)
		receipt_fini(&list[i]);
	free(list);
	return code == ERR_OK ? outside_receipts_clear(s->outside, e) : code;
}

/* Folders from before there were commands learn whose to believe. */
static enum err_code
learn_command_pub(struct device_store *s, struct err *e)
{
	struct sign_pub pub;
	bool has = false;
	enum err_code code;

	if (outside_get(s->outside)->has_command_pub)
		return ERR_OK;
	if ((code = command_pub(&s->identity, &pub, &has, e)) != ERR_OK || !has)
		return code;
	code = outside_identity(s->home, &s->identity, e);
	if (code != ERR_OK)
		return code;
	outside_close(s->outside);
	s->outside = NULL;
	return outside_open(s->home, &s->outside, e);
}

/* What could not be written down for want of room can wait: it is done at the
 * next save or open, and what was written before can be read. */
static enum err_code
unless_full(enum err_code code)
{
	return code == ERR_IO ? ERR_OK : code;
}

static enum err_code
store_open(const char *home, const struct db_options *how,
    struct device_store **out, struct err *e)
{
	struct device_store *s = calloc(1, sizeof(*s));
	int64_t life = 1;
	enum err_code code;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	device_identity_init(&s->identity);
	(void)snprintf(s->home, sizeof(s->home), "%s", home);
	if ((code = database_open(home, how, &s->db, e)) != ERR_OK ||
	    (code = identity_load(s->db, &s->identity, e)) != ERR_OK ||
	    (code = meta_get_int(s->db, "life", 1, &life, e)) != ERR_OK ||
	    (code = outside_open(home, &s->outside, e)) != ERR_OK ||
	    (!id_equal(outside_get(s->outside)->device, s->identity.device) &&
	        (code = again_follow(s, e)) != ERR_OK) ||
	    (code = learn_command_pub(s, e)) != ERR_OK ||
	    (code = schema_open(s, e)) != ERR_OK)
		goto fail;
	s->life = (uint64_t)life;
	s->signer = signer_new(&s->identity.sign_key);
	if ((code = journal_take_back(s, e)) != ERR_OK ||
	    (code = unless_full(told_first(s, e))) != ERR_OK ||
	    (code = unless_full(views_renew(s, e))) != ERR_OK ||
	    (code = unless_full(take_outside_receipts(s, e))) != ERR_OK ||
	    (code = unless_full(journal_seal_missing(s, e))) != ERR_OK)
		goto fail;
	*out = s;
	return ERR_OK;
fail:
	device_store_close(s);
	return code;
}

enum err_code
device_store_open(const char *home, const struct secret_key *page_key,
    struct device_store **out, struct err *e)
{
	return store_open(
	    home, &(struct db_options){ .key = page_key }, out, e);
}

enum err_code
device_store_open_alone(const char *home, const struct secret_key *page_key,
    struct device_store **out, struct err *e)
{
	return store_open(home,
	    &(struct db_options){ .key = page_key, .alone = true }, out, e);
}

void
device_store_close(struct device_store *s)
{
	if (s == NULL)
		return;
	outside_close(s->outside);
	schema_free(s->schema);
	signer_free(s->signer);
	device_identity_fini(&s->identity);
	db_close(s->db);
	free(s);
}

const struct device_identity *
device_store_identity(const struct device_store *s)
{
	return &s->identity;
}

const struct schema *
device_store_schema(const struct device_store *s)
{
	return s->schema;
}
