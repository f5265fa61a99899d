/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of protocol.md, their HTTP status, and problem+json around them.
 */
#include "common/core/protocol.h"

#include "common/sys/json.h"

static const struct {
	const char *word;
	int status;
	const char *title;
} words[WORD_N] = {
	[WORD_MALFORMED] = { "malformed", 400, "Outside the protocol" },
	[WORD_TOO_LARGE] = { "too_large", 413, "Too much at once" },
	[WORD_UNKNOWN_DEVICE] = { "unknown_device", 403, "Device not known" },
	[WORD_REVOKED] = { "revoked", 403, "Device revoked" },
	[WORD_EXPIRED] = { "expired", 403, "Certificate out of date" },
	[WORD_PENDING] = { "pending", 403, "Device waits for approval" },
	[WORD_FORKED] = { "forked", 409, "Journal differs" },
	[WORD_GAP] = { "gap", 409, "Changes are missing before these" },
	[WORD_RESEND_FULL] = { "resend_full", 409, "Send the values in full" },
	[WORD_BAD_SIGNATURE] = { "bad_signature", 403, "Signature is wrong" },
	[WORD_BAD_CODE] = { "bad_code", 403, "Code is not valid" },
	[WORD_EPOCH] = { "epoch", 409, "The office was restored" },
	[WORD_NEWER] = { "newer", 400, "Made by a newer version" },
	[WORD_DICTIONARY] = { "dictionary", 400, "Dictionary not known" },
	[WORD_BUSY] = { "busy", 503, "Try again later" },
	[WORD_NOT_FOUND] = { "not_found", 404, "Not found" },
	[WORD_NOT_ALLOWED] = { "not_allowed", 403, "Not allowed" },
	[WORD_INTERNAL] = { "internal", 500, "The office failed" },
};

const char *
protocol_word(enum protocol_word word)
{
	return words[word].word;
}

bool
protocol_word_parse(const char *text, enum protocol_word *out)
{
	for (int i = 0; i < WORD_N; i++)
		if (strcmp(words[i].word, text) == 0) {
			*out = (enum protocol_word)i;
			return true;
		}
	return false;
}

int
protocol_word_status(enum protocol_word word)
{
	return words[word].status;
}

enum err_code
problem_to_json(
    enum protocol_word word, const char *detail, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_str(json, "type", "about:blank", e)) != ERR_OK ||
	    (code = json_put_str(json, "title", words[word].title, e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "status", words[word].status, e)) !=
	        ERR_OK ||
	    (code = json_put_str(json, "detail", detail, e)) != ERR_OK ||
	    (code = json_put_str(json, "word", words[word].word, e)) !=
	        ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

enum err_code
problem_from_json(const json_t *json, enum protocol_word *word,
    char detail[static 256], struct err *e)
{
	const char *text, *said;
	size_t len;
	enum err_code code;

	if ((code = json_get_str(json, "word", &text, NULL, e)) != ERR_OK ||
	    (code = json_get_str(json, "detail", &said, &len, e)) != ERR_OK)
		return code;
	if (!protocol_word_parse(text, word))
		return err_set(e, ERR_MALFORMED, 0, "word: not one we know");
	if (len > 255) /* cut it where a character starts */
		for (len = 255; ((unsigned char)said[len] & 0xc0) == 0x80;)
			len--;
	memcpy(detail, said, len);
	detail[len] = '\0';
	return ERR_OK;
}
