/* SPDX-License-Identifier: Apache-2.0 */
#include "common/core/written.h"

#include <string.h>

#include "common/core/version.h"
#include "common/sys/json.h"

/* Below that nothing is seen of it: times are shown to the minute. */
#define SHOWN_S 60

uint64_t
written_uncertainty_s(uint64_t made_at, int64_t clock_offset, uint64_t now_ms)
{
	const int64_t ahead = (int64_t)made_at + clock_offset - (int64_t)now_ms;
	int64_t ms = clock_offset < 0 ? -clock_offset : clock_offset;

	if (ahead > ms)
		ms = ahead;
	return (uint64_t)(ms / 1000 + (ms % 1000 != 0 ? 1 : 0));
}

enum err_code
written_put(json_t *out, const struct setter *s, uint64_t now_ms, struct err *e)
{
	enum err_code code;

	if ((code = json_put_id(out, "by", s->author, e)) != ERR_OK ||
	    (code = json_put_id(out, "device", s->device, e)) != ERR_OK ||
	    (code = json_put_int(out, "counter", (int64_t)s->counter, e)) !=
	        ERR_OK ||
	    (code = json_put_int(out, "at", (int64_t)s->made_at, e)) !=
	        ERR_OK ||
	    (code = json_put_int(out, "clock_offset", s->clock_offset, e)) !=
	        ERR_OK ||
	    (code = json_put_int(out, "uncertainty_s",
	         (int64_t)written_uncertainty_s(
	             s->made_at, s->clock_offset, now_ms),
	         e)) != ERR_OK)
		return code;
	return json_put_take(out, "version", version_to_json(s->version), e);
}

static bool
is_same_change(const json_t *told, const struct setter *s)
{
	const char *device = json_string_value(json_object_get(told, "device"));
	const json_int_t counter =
	    json_integer_value(json_object_get(told, "counter"));

	return device != NULL && strcmp(device, id_print(s->device).s) == 0 &&
	    (uint64_t)counter == s->counter;
}

/* Name the path with the change, which is told once. */
static enum err_code
uncertain_add(json_t *list, const struct setter *s, const char *path,
    uint64_t now_ms, struct err *e)
{
	json_t *told = NULL, *paths = json_array();
	enum err_code code;

	for (size_t i = 0; i < json_array_size(list); i++) {
		told = json_array_get(list, i);
		if (is_same_change(told, s)) {
			json_decref(paths);
			return json_add_take(json_object_get(told, "paths"),
			    json_string(path), e);
		}
	}
	told = json_object();
	code = json_put_take(told, "paths", paths, e);
	if (code == ERR_OK)
		code = json_add_take(paths, json_string(path), e);
	if (code == ERR_OK)
		code = written_put(told, s, now_ms, e);
	if (code == ERR_OK)
		return json_add_take(list, told, e);
	json_decref(told);
	return code;
}

/* Own changes that the office has not told yet sort last (shown.c). */
static bool
is_later(const struct setter *s, const struct setter *than)
{
	const int order =
	    than == NULL ? 1 : version_compare(s->version, than->version);

	return order > 0 || (order == 0 && s->counter > than->counter);
}

static bool
is_unsure(const struct setter *s, uint64_t now_ms)
{
	return written_uncertainty_s(s->made_at, s->clock_offset, now_ms) >=
	    SHOWN_S;
}

enum err_code
written_to_json(
    const struct record *r, uint64_t now_ms, json_t *out, struct err *e)
{
	const struct setter *last = NULL;
	json_t *uncertain = json_array(), *written = json_null();
	enum err_code code = json_put_take(out, "uncertain", uncertain, e);

	for (size_t i = 0; i < r->n_paths && code == ERR_OK; i++) {
		const struct path_state *p = &r->paths[i];

		for (size_t k = 0; k < p->n_setters; k++)
			if (is_later(&p->setters[k], last))
				last = &p->setters[k];
		/* What stands is what the path's last change left. */
		if (p->n_setters > 0 &&
		    is_unsure(&p->setters[p->n_setters - 1], now_ms))
			code = uncertain_add(uncertain,
			    &p->setters[p->n_setters - 1], p->path, now_ms, e);
	}
	if (code == ERR_OK && last != NULL) {
		written = json_object();
		code = written_put(written, last, now_ms, e);
	}
	if (code == ERR_OK)
		return json_put_take(out, "written", written, e);
	json_decref(written);
	return code;
}
