/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/access.h"

#include "common/store/keyslot.h"

enum err_code
access_store(const char *home, const struct secret_key *dbkey,
    struct device_store **out, struct err *e)
{
	struct secret_key page_key;
	enum err_code code;

	keyslot_page_key(dbkey, &page_key);
	code = device_store_open(home, &page_key, out, e);
	secret_wipe(&page_key, sizeof(page_key));
	return code;
}

enum err_code
access_full(struct loop *loop, const struct device_store *store,
    struct office **out, struct err *e)
{
	const struct device_identity *i = device_store_identity(store);
	const struct office_cfg cfg = { .address = i->address,
		.office = i->office,
		.receipt_pub = i->receipt_pub,
		.sign_key = &i->sign_key,
		.root_pem = &i->root_pem,
		.issuing_pem = &i->issuing_pem,
		.cert_pem = &i->tls_cert_pem,
		.key_pem = &i->tls_key_pem };

	return office_open(loop, &cfg, out, e);
}

enum err_code
access_courier(struct loop *loop, const struct outside *outside,
    struct office **out, struct err *e)
{
	const struct outside_office *o = outside_get(outside);
	const struct office_cfg cfg = { .address = o->address,
		.office = o->office,
		.receipt_pub = o->receipt_pub,
		.root_pem = &o->root_pem,
		.issuing_pem = &o->issuing_pem,
		.cert_pem = &o->courier_cert_pem,
		.key_pem = &o->courier_key_pem };

	return office_open(loop, &cfg, out, e);
}
