/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/device_command.h"

#include <stdlib.h>
#include <string.h>

#include "common/core/member.h"
#include "common/sys/json.h"

static const char command_context[] = "vb/command/v1\n";

/* A command is about 230 bytes. */
#define COMMAND_BYTES_MAX 1024

static const char *const words[DEVICE_COMMAND_N] = {
	[DEVICE_COMMAND_LOCK] = "lock",
	[DEVICE_COMMAND_WIPE] = "wipe",
};

const char *
device_command_word(enum device_command_kind kind)
{
	return words[kind];
}

bool
device_command_word_parse(const char *word, enum device_command_kind *out)
{
	for (int i = 0; i < DEVICE_COMMAND_N; i++)
		if (strcmp(words[i], word) == 0) {
			*out = (enum device_command_kind)i;
			return true;
		}
	return false;
}

void
device_command_init(struct device_command *c)
{
	*c = (struct device_command){ 0 };
	buf_init(&c->signed_bytes, COMMAND_BYTES_MAX);
}

void
device_command_fini(struct device_command *c)
{
	buf_fini(&c->signed_bytes);
}

static enum err_code
members_to_json(const struct device_command *c, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_id(json, "device", c->device, e)) != ERR_OK ||
	    (code = json_put_int(json, "epoch", (int64_t)c->epoch, e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "expires", (int64_t)c->expires, e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "no", (int64_t)c->no, e)) != ERR_OK ||
	    (code = json_put_id(json, "office", c->office, e)) != ERR_OK ||
	    (code = json_put_int(json, "time", (int64_t)c->time, e)) !=
	        ERR_OK ||
	    (code = json_put_str(
	         json, "word", device_command_word(c->kind), e)) != ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

enum err_code
device_command_sign(
    struct device_command *c, const struct sign_key *key, struct err *e)
{
	json_t *json = NULL;
	enum err_code code = members_to_json(c, &json, e);

	if (code != ERR_OK)
		return code;
	buf_reset(&c->signed_bytes);
	(void)buf_add_str(&c->signed_bytes, command_context);
	code = json_print(json, &c->signed_bytes, e);
	json_decref(json);
	if (code == ERR_OK)
		sign_make(
		    key, c->signed_bytes.ptr, c->signed_bytes.len, &c->sig);
	return code;
}

enum err_code
device_command_check(const struct device_command *c, const struct sign_pub *pub,
    struct id office, struct id device, struct err *e)
{
	if (!id_equal(c->office, office) || !id_equal(c->device, device))
		return err_set(e, ERR_AUTH, 0,
		    "the command is for another device or office");
	if (!sign_check(pub, c->signed_bytes.ptr, c->signed_bytes.len, &c->sig))
		return err_set(e, ERR_AUTH, 0,
		    "the command's signature is not the office's");
	return ERR_OK;
}

enum err_code
device_command_to_json(
    const struct device_command *c, json_t **out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_base64(json, "signed", c->signed_bytes.ptr,
	         c->signed_bytes.len, e)) != ERR_OK ||
	    (code = json_put_base64(json, "sig", c->sig.b, SIGN_SIG_LEN, e)) !=
	        ERR_OK) {
		json_decref(json);
		return code;
	}
	*out = json;
	return ERR_OK;
}

static enum err_code
members_from_json(const json_t *json, struct device_command *c, struct err *e)
{
	const char *word;
	enum err_code code;

	if ((code = json_get_id(json, "device", &c->device, e)) != ERR_OK ||
	    (code = json_get_uint(json, "epoch", &c->epoch, e)) != ERR_OK ||
	    (code = json_get_uint(json, "expires", &c->expires, e)) != ERR_OK ||
	    (code = json_get_uint(json, "no", &c->no, e)) != ERR_OK ||
	    (code = json_get_id(json, "office", &c->office, e)) != ERR_OK ||
	    (code = json_get_uint(json, "time", &c->time, e)) != ERR_OK ||
	    (code = json_get_str(json, "word", &word, NULL, e)) != ERR_OK)
		return code;
	if (c->no == 0)
		return err_set(e, ERR_MALFORMED, 0, "no: numbers start at 1");
	if (!device_command_word_parse(word, &c->kind))
		return err_set(
		    e, ERR_NEWER, 0, "word: no command that is known here");
	return ERR_OK;
}

/* The members are those of the signed bytes, which must be the one spelling
 * that device_command_sign would make. */
static enum err_code
members_parse(struct device_command *c, struct err *e)
{
	static const struct json_limits limits = {
		.bytes_max = COMMAND_BYTES_MAX, .tokens_max = 32, .depth_max = 2
	};
	const size_t skip = sizeof(command_context) - 1;
	json_t *json = NULL, *again = NULL;
	enum err_code code;

	if (c->signed_bytes.len < skip ||
	    memcmp(c->signed_bytes.ptr, command_context, skip) != 0)
		return err_set(e, ERR_MALFORMED, 0, "signed: not a command");
	code = json_parse_canonical(c->signed_bytes.ptr + skip,
	    c->signed_bytes.len - skip, &limits, &json, e);
	if (code == ERR_OK)
		code = members_from_json(json, c, e);
	if (code == ERR_OK)
		code = members_to_json(c, &again, e);
	if (code == ERR_OK && !json_equal(json, again))
		code = err_set(e, ERR_MALFORMED, 0,
		    "signed: not the members of a command");
	json_decref(again);
	json_decref(json);
	return code;
}

enum err_code
device_command_from_json(
    const json_t *json, struct device_command *out, struct err *e)
{
	struct device_command c;
	enum err_code code;

	device_command_init(&c);
	code = json_get_base64(json, "signed", &c.signed_bytes, e);
	if (code == ERR_OK)
		code = json_get_bytes(json, "sig", c.sig.b, SIGN_SIG_LEN, e);
	if (code == ERR_OK)
		code = members_parse(&c, e);
	if (code != ERR_OK) {
		device_command_fini(&c);
		return code;
	}
	*out = c;
	return ERR_OK;
}

void
commands_answer_init(struct commands_answer *a)
{
	*a = (struct commands_answer){ 0 };
}

void
commands_answer_fini(struct commands_answer *a)
{
	for (size_t i = 0; i < a->n; i++)
		device_command_fini(&a->list[i]);
	free(a->list);
	commands_answer_init(a);
}

enum err_code
commands_answer_to_json(
    const struct commands_answer *a, json_t **out, struct err *e)
{
	json_t *json = json_object(), *list = json_array(), *one = NULL;
	enum err_code code;

	if ((code = json_put_int(json, "v", PROTOCOL_VERSION, e)) != ERR_OK ||
	    (code = json_put_hex(
	         json, "nonce", a->nonce, PROTOCOL_NONCE_LEN, e)) != ERR_OK ||
	    (code = json_put_int(json, "time", (int64_t)a->time, e)) != ERR_OK)
		goto out;
	for (size_t i = 0; i < a->n && code == ERR_OK; i++) {
		code = device_command_to_json(&a->list[i], &one, e);
		if (code == ERR_OK)
			code = json_add_take(list, one, e);
	}
	if (code == ERR_OK && a->n > 0)
		code = json_put_take(json, "commands", json_incref(list), e);
	if (code == ERR_OK)
		*out = json_incref(json);
out:
	json_decref(list);
	json_decref(json);
	return code;
}

static enum err_code
commands_get(const json_t *json, struct commands_answer *a, struct err *e)
{
	json_t *list;
	size_t n;
	enum err_code code;

	if ((code = member_list(json, "commands", DEVICE_COMMANDS_MAX, &list,
	         &n, e)) != ERR_OK ||
	    n == 0)
		return code;
	a->list = calloc(n, sizeof(*a->list));
	if (a->list == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n; i++) {
		code = device_command_from_json(
		    json_array_get(list, i), &a->list[i], e);
		if (code != ERR_OK)
			return code;
		a->n++;
		if (i > 0 && a->list[i].no <= a->list[i - 1].no)
			return err_set(
			    e, ERR_MALFORMED, 0, "commands: not in order");
	}
	return ERR_OK;
}

enum err_code
commands_answer_from_json(
    const json_t *json, struct commands_answer *out, struct err *e)
{
	struct commands_answer a;
	enum err_code code;

	commands_answer_init(&a);
	if ((code = member_version(json, e)) != ERR_OK ||
	    (code = json_get_hex(
	         json, "nonce", a.nonce, PROTOCOL_NONCE_LEN, e)) != ERR_OK ||
	    (code = json_get_uint(json, "time", &a.time, e)) != ERR_OK ||
	    (code = commands_get(json, &a, e)) != ERR_OK) {
		commands_answer_fini(&a);
		return code;
	}
	*out = a;
	return ERR_OK;
}
