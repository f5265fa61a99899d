/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/version.h"

int
version_compare(struct version a, struct version b)
{
	if (a.epoch != b.epoch)
		return a.epoch < b.epoch ? -1 : 1;
	if (a.seq != b.seq)
		return a.seq < b.seq ? -1 : 1;
	return 0;
}

bool
version_is_never(struct version v)
{
	return v.epoch == 0 && v.seq == 0;
}

json_t *
version_to_json(struct version v)
{
	json_t *pair = json_array();

	if (json_array_append_new(pair, json_integer((json_int_t)v.epoch)) !=
	        0 ||
	    json_array_append_new(pair, json_integer((json_int_t)v.seq)) != 0) {
		json_decref(pair);
		return NULL;
	}
	return pair;
}

enum err_code
version_from_json(const json_t *json, struct version *out, struct err *e)
{
	const json_t *epoch = json_array_get(json, 0);
	const json_t *seq = json_array_get(json, 1);
	struct version v;

	if (json == NULL) {
		*out = (struct version){ 0, 0 };
		return ERR_OK;
	}
	if (json_array_size(json) != 2 || !json_is_integer(epoch) ||
	    !json_is_integer(seq) || json_integer_value(epoch) < 0 ||
	    json_integer_value(seq) < 0)
		return err_set(e, ERR_MALFORMED, 0,
		    "a version is not two whole numbers from 0 up");
	v.epoch = (uint64_t)json_integer_value(epoch);
	v.seq = (uint64_t)json_integer_value(seq);
	if (version_is_never(v))
		return err_set(e, ERR_MALFORMED, 0,
		    "a version of [0,0] is to be left out");
	*out = v;
	return ERR_OK;
}
