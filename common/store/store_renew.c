/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New TLS keys and certificates in the place of the old ones.  The database
 * comes first: should the file outside not follow, the courier's old
 * certificate goes on until it runs out, and the next renewal mends it.
 */
#include "common/store/outside_int.h"
#include "common/store/store_told_int.h"

static enum err_code
replace(struct buf *to, struct crypto_part from, struct err *e)
{
	buf_wipe(to);
	(void)buf_add(to, from.ptr, from.len);
	return buf_check(to, e);
}

/* The identity with the new ones in it; the rest is copied as it is. */
static enum err_code
identity_renewed(struct device_store *s, const struct device_renewal *r,
    struct device_identity *out, struct err *e)
{
	enum err_code code;

	if ((code = identity_load(s->db, out, e)) != ERR_OK)
		return code;
	if ((code = replace(&out->tls_key_pem, r->tls_key_pem, e)) != ERR_OK ||
	    (code = replace(&out->tls_cert_pem, r->tls_cert_pem, e)) !=
	        ERR_OK ||
	    (code = replace(&out->courier_key_pem, r->courier_key_pem, e)) !=
	        ERR_OK ||
	    (code = replace(&out->courier_cert_pem, r->courier_cert_pem, e)) !=
	        ERR_OK)
		return code;
	return replace(&out->issuing_pem, r->issuing_pem, e);
}

static enum err_code
outside_renew(
    struct device_store *s, const struct device_identity *i, struct err *e)
{
	struct outside_office office = *outside_get(s->outside);

	/* Lent for the call; outside itself reads the file when opened. */
	office.issuing_pem = i->issuing_pem;
	office.courier_key_pem = i->courier_key_pem;
	office.courier_cert_pem = i->courier_cert_pem;
	return outside_save(s->home, &office, e);
}

enum err_code
device_store_renew(
    struct device_store *s, const struct device_renewal *r, struct err *e)
{
	struct device_identity fresh;
	enum err_code code;

	device_identity_init(&fresh);
	if ((code = db_begin(s->db, e)) != ERR_OK ||
	    (code = told_begin(s, e)) != ERR_OK ||
	    (code = identity_renewed(s, r, &fresh, e)) != ERR_OK ||
	    (code = identity_save(s->db, &fresh, e)) != ERR_OK ||
	    (code = told_end(s, e)) != ERR_OK ||
	    (code = db_commit(s->db, e)) != ERR_OK)
		goto out;
	code = outside_renew(s, &fresh, e);
	device_identity_fini(&s->identity);
	s->identity = fresh;
	device_identity_init(&fresh);
out:
	db_rollback(s->db);
	device_identity_fini(&fresh);
	return code;
}
