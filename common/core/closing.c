/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/closing.h"

#include "common/core/limits.h"
#include "common/core/member.h"
#include "common/core/path.h"
#include "common/core/value.h"
#include "common/sys/json.h"

enum err_code
closing_said(const struct change *c, json_t **out, struct err *e)
{
	json_t *list = json_array();
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < c->n_ops && code == ERR_OK; i++) {
		const struct change_op *op = &c->ops[i];

		if (op->is_erased)
			continue;
		code = json_add_take(list,
		    op->now == NULL
		        ? json_pack("[s]", op->path)
		        : json_pack("[s, o]", op->path, value_share(op->now)),
		    e);
	}
	if (code == ERR_OK && list == NULL)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code != ERR_OK)
		json_decref(list);
	else
		*out = list;
	return code;
}

enum err_code
closing_said_paths(const json_t *said, json_t **out, struct err *e)
{
	json_t *paths = json_object(), *pair;
	enum err_code code = ERR_OK;
	size_t i;

	json_array_foreach(said, i, pair)
	{
		json_t *value = json_array_get(pair, 1);

		code = json_put_take(paths,
		    json_string_value(json_array_get(pair, 0)),
		    value == NULL ? json_null() : json_incref(value), e);
		if (code != ERR_OK)
			break;
	}
	if (code == ERR_OK && paths == NULL)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code != ERR_OK)
		json_decref(paths);
	else
		*out = paths;
	return code;
}

static bool
is_said(const json_t *said)
{
	const json_t *pair;
	size_t i;

	if (said == NULL)
		return true;
	if (!json_is_array(said))
		return false;
	json_array_foreach(said, i, pair)
	{
		const char *path = json_string_value(json_array_get(pair, 0));
		const json_t *value = json_array_get(pair, 1);

		if (path == NULL || path_check(path, NULL) != ERR_OK ||
		    json_array_size(pair) > 2 || json_is_null(value))
			return false;
	}
	return true;
}

static bool
is_change(const json_t *v)
{
	const char *text;
	struct id device;
	uint64_t n;

	return json_get_id(v, "device", &device, NULL) == ERR_OK &&
	    json_get_uint(v, "counter", &n, NULL) == ERR_OK && n > 0 &&
	    member_count(v, "made_at", &n, NULL) == ERR_OK &&
	    json_get_str(v, "reason", &text, NULL, NULL) == ERR_OK &&
	    json_get_str(v, "words", &text, NULL, NULL) == ERR_OK &&
	    is_said(json_object_get(v, "said"));
}

bool
closing_is(const json_t *v)
{
	const json_t *changes = json_object_get(v, "changes"), *one;
	const json_t *type = json_object_get(v, "type");
	struct id record;
	size_t i;

	if (json_get_id(v, "record", &record, NULL) != ERR_OK ||
	    !json_is_array(changes) || json_array_size(changes) == 0 ||
	    (type != NULL &&
	        (!json_is_string(type) || json_string_length(type) == 0 ||
	            json_string_length(type) > LIMIT_NAME_BYTES)))
		return false;
	json_array_foreach(changes, i, one)
	{
		if (!is_change(one))
			return false;
	}
	return true;
}

bool
closing_erase(json_t *changes, const struct erasure *z)
{
	json_t *one;
	bool any = false;
	size_t i;

	json_array_foreach(changes, i, one)
	{
		json_t *said = json_object_get(one, "said");

		for (size_t k = json_array_size(said); k > 0; k--) {
			const json_t *pair = json_array_get(said, k - 1);

			if (!erasure_covers(z->paths,
			        json_string_value(json_array_get(pair, 0))))
				continue;
			any = true;
			(void)json_array_remove(said, k - 1);
		}
	}
	return any;
}
