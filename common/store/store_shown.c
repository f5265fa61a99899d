/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person had before their eyes, for a save that comes later.
 */
#include "common/core/path.h"
#include "common/core/shown.h"
#include "common/store/store_int.h"
#include "common/sys/json.h"

void
record_shown_fini(struct record_shown *r)
{
	record_fini(&r->view);
	record_fini(&r->told);
}

/* Both in one transaction: no pull comes in between. */
static enum err_code
load(struct device_store *s, struct id record, struct record_shown *out,
    struct err *e)
{
	struct confirmed told = { 0 };
	enum err_code code = view_get(s, record, &out->view, e);

	if (code != ERR_OK)
		return code;
	code = confirmed_get(s, record, &told, e);
	if (code == ERR_OK)
		code = record_copy(&told.record, &out->told, e);
	else if (code == ERR_NOTFOUND)
		code = record_init(
		    &out->told, record, out->view.type, out->view.author, e);
	confirmed_fini(&told);
	if (code != ERR_OK)
		record_fini(&out->view);
	return code;
}

enum err_code
device_store_shown(struct device_store *s, struct id record,
    struct record_shown *out, struct err *e)
{
	struct record_shown shown = { .device = s->identity.device };
	enum err_code code = db_begin_read(s->db, e);

	if (code != ERR_OK)
		return code;
	code = load(s, record, &shown, e);
	db_rollback(s->db);
	if (code == ERR_OK)
		*out = shown;
	return code;
}

struct edit_shown
record_shown_at(const struct record_shown *r, const char *path)
{
	return (struct edit_shown){ .was = path_get(r->view.doc, path),
		.base = shown_base(&r->told, &r->view, r->device, path, NULL),
		.device = r->device };
}

const json_t *
edit_shown_was(
    const struct edit_shown *shown, const char *edit_path, const char *path)
{
	const size_t above = strlen(edit_path);
	const char *beneath = path + above + (above > 0 ? 1 : 0);

	if (strlen(path) <= above)
		return shown->was;
	if (!json_is_array(shown->was))
		return path_get(shown->was, beneath);
	for (size_t i = 0; i < json_array_size(shown->was); i++) {
		const char *member =
		    json_string_value(json_array_get(shown->was, i));

		if (member != NULL && strcmp(member, beneath) == 0)
			return json_true();
	}
	return NULL;
}

struct change_base
edit_shown_base(const struct edit_shown *shown, struct id device)
{
	struct change_base base = shown->base;

	if (!id_equal(shown->device, device))
		base.own = 0;
	return base;
}

enum err_code
edit_shown_json(const struct edit_shown *shown, json_t **out, struct err *e)
{
	json_t *obj = json_object();
	enum err_code code = json_put_id(obj, "device", shown->device, e);

	if (code == ERR_OK && shown->was != NULL)
		code = json_put_take(obj, "was",
		    json_incref((json_t *)(uintptr_t)shown->was), e);
	if (code == ERR_OK && !version_is_never(shown->base.seen))
		code = json_put_take(
		    obj, "seen", version_to_json(shown->base.seen), e);
	if (code == ERR_OK)
		code = json_put_int(obj, "own", (int64_t)shown->base.own, e);
	if (code == ERR_OK)
		*out = obj;
	else
		json_decref(obj);
	return code;
}

enum err_code
edit_shown_read(const json_t *json, struct edit_shown *out, struct err *e)
{
	const json_t *seen = json_object_get(json, "seen");
	struct edit_shown shown = { .was = json_object_get(json, "was") };
	enum err_code code = json_get_id(json, "device", &shown.device, e);

	if (code == ERR_OK)
		code = json_get_uint(json, "own", &shown.base.own, e);
	if (code == ERR_OK && seen != NULL)
		code = version_from_json(seen, &shown.base.seen, e);
	if (code == ERR_OK)
		*out = shown;
	return code;
}
