/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device that this office certified and does not know: it enrolled after the
 * backup that the store came from.  Its certificate says who it is; what it
 * hands over is received, receipted and held until an administrator approves
 * it, and until then it is told nothing.
 */
#include "common/base/enc.h"
#include "common/core/change.h"
#include "common/sys/log.h"
#include "daemon/central/engine/device_entry.h"
#include "daemon/central/engine/engine_int.h"
#include "daemon/central/engine/enrol.h"

#define DAY_MS ((uint64_t)24 * 60 * 60 * 1000)

enum err_code
device_cert_issue(const struct pki_issuer *issuer,
    const struct device_cert *cert, struct buf *cert_out, struct err *e)
{
	const struct office_device *d = cert->device;
	const struct id_text name = id_print(d->id), user = id_print(d->user);
	char key[ENC_HEX_LEN(SIGN_PUB_LEN) + 1];
	const struct pki_profile profile = { .kind = cert->kind,
		.common_name = name.s,
		.user = user.s,
		.sign_key = key,
		.not_before_ms = cert->now_ms - DAY_MS,
		.not_after_ms = d->not_after };

	enc_hex(d->sign_pub.b, SIGN_PUB_LEN, key);
	return pki_issue(issuer, cert->csr, &profile, cert_out, e);
}

bool
found_read(const struct engine *g, const struct pki_info *info,
    const struct hash32 *cert, struct office_device *out)
{
	struct office_device d = { .state = DEVICE_PENDING,
		.label = "not in the backup",
		.not_after = info->not_after_ms };

	if (!id_parse(info->common_name, &d.id) ||
	    !id_parse(info->user, &d.user) ||
	    !enc_hex_parse(info->sign_key, strlen(info->sign_key), d.sign_pub.b,
	        SIGN_PUB_LEN) ||
	    !sign_pub_is_sound(&d.sign_pub))
		return false;
	d.link = change_link_start(g->office, d.id);
	if (info->kind == PKI_COURIER)
		d.courier_sha256 = *cert;
	else
		d.tls_sha256 = *cert;
	*out = d;
	return true;
}

enum err_code
found_put(struct round *r, const struct office_device *found, struct err *e)
{
	char object[DEVICE_ENTRY_CAP];
	struct audit_entry a = { .actor = found->user,
		.action = "device.found",
		.object = object,
		.reason = "it enrolled after the backup" };
	struct office_device *known, d = *found;
	struct log_entry entry;
	/* Another request of the same group may have brought it. */
	enum err_code code = round_device(r, d.id, &known, e);

	if (code != ERR_NOTFOUND)
		return code;
	d.last_seen = r->now_ms;
	log_line(LOG_LEVEL_WARN, "engine",
	    "device found that enrolled after the backup", "device=%s",
	    id_print(d.id).s);
	device_entry(&d, NULL, object);
	code = store_device_put(r->g->store, &d, e);
	return code != ERR_OK ? code : audit_put(r, &a, &entry, e);
}
