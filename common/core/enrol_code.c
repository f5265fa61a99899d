/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one-time enrolment code as a person reads it out:
 * "7K3M-8RXQ-2WTY-...", nine groups of four Crockford characters.
 */
#include "common/base/enc.h"
#include "common/base/secret.h"
#include "common/core/protocol.h"

#define ID_CHARS 4
#define SECRET_CHARS ENC_BASE32_LEN(ENROL_SECRET_LEN)
#define PIN_CHARS ENC_BASE32_LEN(ENROL_PIN_LEN)
#define ALL_CHARS (ID_CHARS + SECRET_CHARS + PIN_CHARS)

void
enrol_code_print(
    const struct enrol_code *c, char out[static ENROL_CODE_TEXT_MAX])
{
	char all[ALL_CHARS + 1];
	size_t n = 0;

	memcpy(all, c->id, ID_CHARS);
	enc_base32(c->secret, ENROL_SECRET_LEN, all + ID_CHARS);
	enc_base32(c->pin, ENROL_PIN_LEN, all + ID_CHARS + SECRET_CHARS);
	for (size_t i = 0; i < ALL_CHARS; i++) {
		if (i > 0 && i % 4 == 0)
			out[n++] = '-';
		out[n++] = all[i];
	}
	out[n] = '\0';
	secret_wipe(all, sizeof(all));
}

/* The characters without what people put between them; all of them, and no
 * more. */
static bool
collect(const char *text, char all[static ALL_CHARS + 1])
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (strchr("- \t\r\n", *text) != NULL)
			continue;
		if (n == ALL_CHARS)
			return false;
		all[n] = enc_base32_digit(*text);
		if (all[n++] == '\0')
			return false;
	}
	all[n] = '\0';
	return n == ALL_CHARS;
}

bool
enrol_code_parse(const char *text, struct enrol_code *out)
{
	char all[ALL_CHARS + 1];
	struct enrol_code code = { .id = "" };
	bool ok;

	ok = collect(text, all) &&
	    enc_base32_parse(
	        all + ID_CHARS, SECRET_CHARS, code.secret, ENROL_SECRET_LEN) &&
	    enc_base32_parse(all + ID_CHARS + SECRET_CHARS, PIN_CHARS, code.pin,
	        ENROL_PIN_LEN);
	if (ok) {
		memcpy(code.id, all, ID_CHARS);
		*out = code;
	}
	secret_wipe(all, sizeof(all));
	secret_wipe(&code, sizeof(code));
	return ok;
}

void
enrol_code_key(
    const uint8_t secret[static ENROL_SECRET_LEN], struct secret_key *out)
{
	kdf_hkdf(crypto_part(NULL, 0), crypto_part(secret, ENROL_SECRET_LEN),
	    crypto_part_str("vb/enrol/v1"), out->b, SECRET_KEY_LEN);
}
