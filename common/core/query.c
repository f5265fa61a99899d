/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/query.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/enc.h"

/* What follows "name=", up to its end or "&"; NULL when it is not there. */
static const char *
find(const char *target, const char *name)
{
	const char *at = strchr(target, '?');
	const size_t len = strlen(name);

	while (at != NULL) {
		at++;
		if (strncmp(at, name, len) == 0 && at[len] == '=')
			return at + len + 1;
		at = strchr(at, '&');
	}
	return NULL;
}

bool
query_number(const char *target, const char *name, uint64_t *out)
{
	const char *at = find(target, name);
	uint64_t n;
	char *end;

	if (at == NULL || at[0] < '0' || at[0] > '9')
		return false;
	errno = 0;
	n = strtoull(at, &end, 10);
	if (errno != 0 || n > INT64_MAX || (*end != '&' && *end != '\0'))
		return false;
	*out = n;
	return true;
}

bool
query_id(const char *target, const char *name, struct id *out)
{
	const char *at = find(target, name);
	char text[ID_TEXT_LEN + 1];

	if (at == NULL || strcspn(at, "&") != ID_TEXT_LEN)
		return false;
	memcpy(text, at, ID_TEXT_LEN);
	text[ID_TEXT_LEN] = '\0';
	return id_parse(text, out);
}

bool
query_nonce(const char *target, uint8_t out[static PROTOCOL_NONCE_LEN])
{
	const char *at = find(target, "nonce");

	return at != NULL &&
	    enc_hex_parse(at, strcspn(at, "&"), out, PROTOCOL_NONCE_LEN);
}

void
query_add_nonce(
    char *target, size_t cap, const uint8_t nonce[static PROTOCOL_NONCE_LEN])
{
	char hex[ENC_HEX_LEN(PROTOCOL_NONCE_LEN) + 1];
	const size_t len = strlen(target);

	enc_hex(nonce, PROTOCOL_NONCE_LEN, hex);
	assert(len + QUERY_NONCE_MAX <= cap);
	(void)snprintf(target + len, cap - len, "%cnonce=%s",
	    strchr(target, '?') == NULL ? '?' : '&', hex);
}
