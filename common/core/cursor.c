/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/enc.h"
#include "common/core/protocol.h"
#include "common/sys/json.h"

json_t *
cursor_to_json(const struct cursor *c)
{
	char hex[ENC_HEX_LEN(HASH32_LEN) + 1];

	enc_hex(c->link.b, HASH32_LEN, hex);
	return json_pack("[I, I, s, I, s]", (json_int_t)c->epoch,
	    (json_int_t)c->floor, hex, (json_int_t)c->position,
	    id_is_zero(c->position_id) ? "" : id_print(c->position_id).s);
}

/* A whole number from 0 up at place i of an array. */
static bool
number_at(const json_t *array, size_t i, uint64_t *out)
{
	const json_t *v = json_array_get(array, i);

	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*out = (uint64_t)json_integer_value(v);
	return true;
}

enum err_code
cursor_from_json(const json_t *json, struct cursor *out, struct err *e)
{
	struct cursor c = { 0 };
	const char *hex = json_string_value(json_array_get(json, 2));
	const char *id = json_string_value(json_array_get(json, 4));

	if (json_array_size(json) != 5 || !number_at(json, 0, &c.epoch) ||
	    !number_at(json, 1, &c.floor) || !number_at(json, 3, &c.position) ||
	    hex == NULL || id == NULL ||
	    !enc_hex_parse(hex, strlen(hex), c.link.b, HASH32_LEN) ||
	    (id[0] != '\0' &&
	        (!id_parse(id, &c.position_id) || id_is_zero(c.position_id))))
		return err_set(e, ERR_MALFORMED, 0, "cursor: not of its form");
	*out = c;
	return ERR_OK;
}
