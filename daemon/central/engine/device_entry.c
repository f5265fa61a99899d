/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/engine/device_entry.h"

#include <stdio.h>
#include <string.h>

#include "common/base/enc.h"
#include "common/sys/crypto.h"

#define HEX_LEN ENC_HEX_LEN((size_t)HASH32_LEN)

void
device_entry(const struct office_device *d, const char *code,
    char out[static DEVICE_ENTRY_CAP])
{
	char hex[HEX_LEN + 1], rest[80];
	struct hash32 digest;

	(void)snprintf(rest, sizeof(rest), "%d %llu %llu", (int)d->state,
	    (unsigned long long)d->enrolled_at,
	    (unsigned long long)d->not_after);
	digest = crypto_sha256_parts(
	    (const struct crypto_part[]){ crypto_part(d->user.b, ID_LEN),
	        crypto_part(d->label, strlen(d->label) + 1),
	        crypto_part(d->sign_pub.b, SIGN_PUB_LEN),
	        crypto_part(d->tls_sha256.b, HASH32_LEN),
	        crypto_part(d->courier_sha256.b, HASH32_LEN),
	        crypto_part(rest, strlen(rest)) },
	    6);
	enc_hex(digest.b, HASH32_LEN, hex);
	(void)snprintf(out, DEVICE_ENTRY_CAP, "%s%s%.4s %s", id_print(d->id).s,
	    code == NULL ? "" : " ", code == NULL ? "" : code, hex);
}

const char *
device_entry_digest(const char *object)
{
	const char *at = strrchr(object, ' ');

	return at != NULL && strlen(at + 1) == HEX_LEN ? at + 1 : "";
}

void
command_entry(
    const struct office_command *c, char out[static COMMAND_ENTRY_CAP])
{
	(void)snprintf(out, COMMAND_ENTRY_CAP, "%s %llu %llu %llu",
	    id_print(c->device).s, (unsigned long long)c->no,
	    (unsigned long long)c->issued, (unsigned long long)c->expires);
}
