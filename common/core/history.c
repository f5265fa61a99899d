/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/history.h"

#include <stdlib.h>

#include "common/core/limits.h"
#include "common/core/member.h"
#include "common/core/path.h"
#include "common/sys/json.h"

void
history_init(struct history *h)
{
	*h = (struct history){ 0 };
}

void
history_fini(struct history *h)
{
	for (size_t i = 0; i < h->n_entries; i++)
		json_decref(h->entries[i].paths);
	free(h->entries);
	history_init(h);
}

static enum err_code
entry_to_json(const struct history_entry *h, json_t *list, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_take(
	         json, "version", version_to_json(h->version), e)) != ERR_OK ||
	    (code = json_put_int(json, "time", (int64_t)h->time, e)) !=
	        ERR_OK ||
	    (code = json_put_int(json, "made_at", (int64_t)h->made_at, e)) !=
	        ERR_OK ||
	    (h->clock_offset != 0 &&
	        (code = json_put_int(
	             json, "clock_offset", h->clock_offset, e)) != ERR_OK) ||
	    (h->clock_within != 0 &&
	        (code = json_put_int(json, "clock_within",
	             (int64_t)h->clock_within, e)) != ERR_OK) ||
	    (code = json_put_id(json, "author", h->author, e)) != ERR_OK ||
	    (code = json_put_id(json, "device", h->device, e)) != ERR_OK ||
	    (code = json_put_int(json, "counter", (int64_t)h->counter, e)) !=
	        ERR_OK)
		goto out;
	if (json_array_size(h->paths) > 0)
		code = json_put_take(json, "paths", json_incref(h->paths), e);
	if (code == ERR_OK)
		code = json_add_take(list, json_incref(json), e);
out:
	json_decref(json);
	return code;
}

enum err_code
history_to_json(const struct history *h, json_t **out, struct err *e)
{
	json_t *json = json_object(), *list = json_array();
	enum err_code code;

	if ((code = json_put_int(json, "v", PROTOCOL_VERSION, e)) != ERR_OK ||
	    (code = json_put_hex(
	         json, "nonce", h->nonce, PROTOCOL_NONCE_LEN, e)) != ERR_OK ||
	    (code = json_put_id(json, "record", h->record, e)) != ERR_OK)
		goto out;
	for (size_t i = 0; i < h->n_entries && code == ERR_OK; i++)
		code = entry_to_json(&h->entries[i], list, e);
	if (code == ERR_OK && h->n_entries > 0)
		code = json_put_take(json, "entries", json_incref(list), e);
	if (code == ERR_OK)
		*out = json_incref(json);
out:
	json_decref(list);
	json_decref(json);
	return code;
}

static enum err_code
paths_get(const json_t *json, struct history_entry *h, struct err *e)
{
	json_t *list;
	size_t n;
	enum err_code code;

	if ((code = member_list(json, "paths", LIMIT_OPS, &list, &n, e)) !=
	        ERR_OK ||
	    n == 0)
		return code;
	for (size_t i = 0; i < n; i++) {
		const char *path = json_string_value(json_array_get(list, i));

		if (path == NULL || path_check(path, NULL) != ERR_OK)
			return err_set(e, ERR_MALFORMED, 0, "paths: no path");
	}
	h->paths = json_incref(list);
	return ERR_OK;
}

static enum err_code
entry_from_json(const json_t *json, struct history_entry *h, struct err *e)
{
	enum err_code code;

	if ((code = version_from_json(
	         json_object_get(json, "version"), &h->version, e)) != ERR_OK ||
	    (code = json_get_uint(json, "time", &h->time, e)) != ERR_OK ||
	    (code = json_get_uint(json, "made_at", &h->made_at, e)) != ERR_OK ||
	    (json_has(json, "clock_offset") &&
	        (code = json_get_int(
	             json, "clock_offset", &h->clock_offset, e)) != ERR_OK) ||
	    (code = member_count(json, "clock_within", &h->clock_within, e)) !=
	        ERR_OK ||
	    (code = json_get_id(json, "author", &h->author, e)) != ERR_OK ||
	    (code = json_get_id(json, "device", &h->device, e)) != ERR_OK ||
	    (code = json_get_uint(json, "counter", &h->counter, e)) != ERR_OK)
		return code;
	if (json_has(json, "clock_offset") && h->clock_offset == 0)
		return err_set(
		    e, ERR_MALFORMED, 0, "clock_offset: 0 is left out");
	if (version_is_never(h->version) || h->counter == 0)
		return err_set(e, ERR_MALFORMED, 0, "entries: no change");
	return paths_get(json, h, e);
}

static enum err_code
entries_get(const json_t *json, struct history *h, struct err *e)
{
	json_t *list;
	size_t n;
	enum err_code code;

	if ((code = member_list(json, "entries", HISTORY_MAX, &list, &n, e)) !=
	        ERR_OK ||
	    n == 0)
		return code;
	h->entries = calloc(n, sizeof(*h->entries));
	if (h->entries == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < n; i++) {
		h->n_entries++;
		code =
		    entry_from_json(json_array_get(list, i), &h->entries[i], e);
		if (code != ERR_OK)
			return code;
		if (i > 0 &&
		    version_compare(
		        h->entries[i].version, h->entries[i - 1].version) >= 0)
			return err_set(
			    e, ERR_MALFORMED, 0, "entries: not in order");
	}
	return ERR_OK;
}

enum err_code
history_from_json(const json_t *json, struct history *out, struct err *e)
{
	struct history h;
	enum err_code code;

	history_init(&h);
	if ((code = member_version(json, e)) != ERR_OK ||
	    (code = json_get_hex(
	         json, "nonce", h.nonce, PROTOCOL_NONCE_LEN, e)) != ERR_OK ||
	    (code = json_get_id(json, "record", &h.record, e)) != ERR_OK ||
	    (code = entries_get(json, &h, e)) != ERR_OK) {
		history_fini(&h);
		return code;
	}
	*out = h;
	return ERR_OK;
}
