/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasures in a list, as requests and answers have them.
 */
#include "common/core/erasure.h"
#include "common/core/member.h"
#include "common/sys/json.h"

void
erasures_free(struct erasure *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		erasure_fini(&list[i]);
	free(list);
}

enum err_code
erasures_to_json(
    const struct erasure *list, size_t n, json_t *json, struct err *e)
{
	json_t *out;
	enum err_code code = ERR_OK;

	if (n == 0)
		return ERR_OK;
	out = json_array();
	for (size_t i = 0; i < n && code == ERR_OK; i++) {
		json_t *one = NULL;

		code = erasure_to_json(&list[i], &one, e);
		if (code == ERR_OK)
			code = json_add_take(out, one, e);
	}
	if (code == ERR_OK)
		return json_put_take(json, "erasures", out, e);
	json_decref(out);
	return code;
}

enum err_code
erasures_from_json(const json_t *json, size_t max, struct erasure **out,
    size_t *n_out, struct err *e)
{
	json_t *list;
	size_t n;
	enum err_code code = member_list(json, "erasures", max, &list, &n, e);

	if (code != ERR_OK || n == 0)
		return code;
	*out = calloc(n, sizeof(**out));
	if (*out == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n; i++) {
		code =
		    erasure_from_json(json_array_get(list, i), &(*out)[i], e);
		if (code != ERR_OK)
			return code;
		++*n_out;
	}
	return ERR_OK;
}
