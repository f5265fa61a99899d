/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device is: its ids, its keys, its office's keys; all inside the
 * encrypted database.
 */
#include "common/store/store_int.h"

#define PEM_MAX 16384

void
device_identity_init(struct device_identity *i)
{
	*i = (struct device_identity){ 0 };
	buf_init(&i->tls_key_pem, PEM_MAX);
	buf_init(&i->tls_cert_pem, PEM_MAX);
	buf_init(&i->courier_key_pem, PEM_MAX);
	buf_init(&i->courier_cert_pem, PEM_MAX);
	buf_init(&i->root_pem, PEM_MAX);
	buf_init(&i->issuing_pem, PEM_MAX);
	buf_init(&i->statement, PEM_MAX);
	buf_init(&i->statement_sig, PEM_MAX);
}

void
device_identity_fini(struct device_identity *i)
{
	buf_wipe(&i->tls_key_pem);
	buf_fini(&i->tls_cert_pem);
	buf_wipe(&i->courier_key_pem);
	buf_fini(&i->courier_cert_pem);
	buf_fini(&i->root_pem);
	buf_fini(&i->issuing_pem);
	buf_fini(&i->statement);
	buf_fini(&i->statement_sig);
	secret_wipe(&i->sign_key, sizeof(i->sign_key));
}

/* Each member under its name: fixed lengths, texts, and PEM buffers. */
struct member {
	const char *name;
	size_t offset;
	size_t len; /* of a fixed value or of a text's array; 0: a buffer */
	bool is_text;
};
#define FIXED(m)                                                               \
	{                                                                      \
		.name = #m, .offset = offsetof(struct device_identity, m),     \
		.len = sizeof(((struct device_identity *)0)->m)                \
	}
#define TEXT(m)                                                                \
	{                                                                      \
		.name = #m, .offset = offsetof(struct device_identity, m),     \
		.len = sizeof(((struct device_identity *)0)->m),               \
		.is_text = true                                                \
	}
#define BUFFER(m)                                                              \
	{                                                                      \
		.name = #m, .offset = offsetof(struct device_identity, m)      \
	}
static const struct member members[] = {
	FIXED(device),
	FIXED(user),
	FIXED(office),
	TEXT(user_name),
	TEXT(office_name),
	TEXT(role),
	FIXED(root_sha256),
	FIXED(sign_key),
	FIXED(receipt_pub),
	FIXED(sealing_pub),
	FIXED(recovery_pub),
	BUFFER(tls_key_pem),
	BUFFER(tls_cert_pem),
	BUFFER(courier_key_pem),
	BUFFER(courier_cert_pem),
	BUFFER(root_pem),
	BUFFER(issuing_pem),
	BUFFER(statement),
	BUFFER(statement_sig),
	TEXT(address),
	FIXED(is_pending),
};
#define MEMBERS_N (sizeof(members) / sizeof(members[0]))

enum err_code
identity_save(struct db *db, const struct device_identity *i, struct err *e)
{
	const char *base = (const char *)i;

	for (size_t n = 0; n < MEMBERS_N; n++) {
		const struct member *m = &members[n];
		const char *at = base + m->offset;
		enum err_code code;

		if (m->is_text)
			code = stored_meta_put(db, m->name, at, strlen(at), e);
		else if (m->len > 0)
			code = stored_meta_put(db, m->name, at, m->len, e);
		else
			code = stored_meta_put(db, m->name,
			    ((const struct buf *)(const void *)at)->ptr,
			    ((const struct buf *)(const void *)at)->len, e);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static enum err_code
text_load(struct db *db, const struct member *m, char *out, struct err *e)
{
	struct buf value;
	enum err_code code;

	buf_init(&value, m->len - 1);
	code = stored_meta_get(db, m->name, &value, e);
	if (code == ERR_OK)
		memcpy(out, value.ptr, value.len + 1);
	buf_fini(&value);
	return code;
}

enum err_code
identity_load(struct db *db, struct device_identity *out, struct err *e)
{
	char *base = (char *)out;

	device_identity_init(out);
	for (size_t n = 0; n < MEMBERS_N; n++) {
		const struct member *m = &members[n];
		char *at = base + m->offset;
		enum err_code code;

		if (m->is_text)
			code = text_load(db, m, at, e);
		else if (m->len > 0)
			code = meta_get_bytes(db, m->name, at, m->len, e);
		else
			code = stored_meta_get(
			    db, m->name, (struct buf *)(void *)at, e);
		if (code != ERR_OK) {
			device_identity_fini(out);
			return code == ERR_NOTFOUND ? ERR_CORRUPT : code;
		}
	}
	return ERR_OK;
}
