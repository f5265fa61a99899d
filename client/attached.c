/* SPDX-License-Identifier: Apache-2.0 */
#include "client/attached.h"

#include "client/output.h"
#include "common/core/signed.h"
#include "common/store/device_content.h"
#include "common/sys/json.h"

#define TITLE_CAP 512

void
file_size_text(uint64_t bytes, char out[static FILE_SIZE_TEXT_MAX])
{
	const uint64_t kilo = 1024, mega = kilo * 1024;

	if (bytes >= mega)
		(void)snprintf(out, FILE_SIZE_TEXT_MAX, "%llu.%llu MB",
		    (unsigned long long)(bytes / mega),
		    (unsigned long long)(bytes % mega * 10 / mega));
	else
		(void)snprintf(out, FILE_SIZE_TEXT_MAX, "%llu KB",
		    (unsigned long long)((bytes + kilo - 1) / kilo));
}

struct listing {
	struct client *c;
	const struct schema_type *type;
	json_t *list;
	struct err e;
};

static enum err_code
place_put(struct client *c, struct id id, json_t *one, struct err *e)
{
	struct content_view v;
	enum err_code code = device_content_view(c->store, id, &v, e);

	/* It says of no file, which show tells of it. */
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code == ERR_OK)
		code = json_put_int(one, "size", (int64_t)v.size, e);
	if (code == ERR_OK)
		code = json_put_bool(one, "here", v.is_here, e);
	if (code == ERR_OK)
		code = json_put_bool(one, "wanted", v.is_wanted, e);
	if (code == ERR_OK)
		code = json_put_bool(one, "with_office", v.is_with_office, e);
	return code;
}

static enum err_code
one_put(struct listing *l, struct id id, struct err *e)
{
	json_t *one = json_object();
	const struct path_state *whole;
	struct record r;
	struct buf title;
	bool is_removed;
	enum err_code code = device_store_record(l->c->store, id, &r, e);

	buf_init(&title, TITLE_CAP);
	if (code != ERR_OK)
		goto out;
	whole = record_path(&r, "");
	is_removed = whole != NULL && whole->is_removed;
	record_fini(&r);
	if (is_removed)
		goto out;
	/* A title that was cut for its length is one, too. */
	if (device_store_title(l->c->store, id, &title, e) == ERR_NOMEM) {
		code = ERR_NOMEM;
		goto out;
	}
	if ((code = json_put_id(one, "id", id, e)) == ERR_OK &&
	    (code = json_put_str(one, "type", l->type->name, e)) == ERR_OK &&
	    (code = json_put_str(one, "title", title.ptr, e)) == ERR_OK &&
	    (code = place_put(l->c, id, one, e)) == ERR_OK)
		code = json_add_take(l->list, json_incref(one), e);
out:
	buf_wipe(&title);
	json_decref(one);
	return code;
}

static bool
naming_add(void *arg, struct id id)
{
	struct listing *l = arg;

	return json_add_take(l->list, json_string(id_print(id).s), &l->e) ==
	    ERR_OK;
}

/* Those that name the record are collected first: reading one while they are
 * walked would ask the store within its own answer. */
static enum err_code
list_of(
    struct listing *l, const struct record *r, const char *field, struct err *e)
{
	const struct naming_query what = {
		.target = r->id, .type = l->type->name, .field = field
	};
	json_t *list = l->list, *ids = json_array();
	enum err_code code;

	l->list = ids;
	code = device_store_naming(l->c->store, &what, naming_add, l, e);
	l->list = list;
	if (code == ERR_OK && l->e.code != ERR_OK) {
		*e = l->e;
		code = e->code;
	}
	for (size_t i = 0; i < json_array_size(ids) && code == ERR_OK; i++) {
		struct id id;

		if (id_parse(json_string_value(json_array_get(ids, i)), &id))
			code = one_put(l, id, e);
	}
	json_decref(ids);
	return code;
}

enum err_code
attached_to_json(
    struct client *c, const struct record *r, json_t *result, struct err *e)
{
	struct listing l = { .c = c, .list = json_array() };
	enum err_code code = ERR_OK;

	for (size_t t = 0; t < schema_types_n(c->schema); t++) {
		l.type = schema_type_at(c->schema, t);
		for (size_t i = 0;
		     i < json_array_size(l.type->content.of) && code == ERR_OK;
		     i++) {
			const char *field = json_string_value(
			    json_array_get(l.type->content.of, i));
			const struct schema_field *f =
			    schema_find_field(l.type, field);

			if (strcmp(f->ref, r->type) == 0)
				code = list_of(&l, r, field, e);
		}
	}
	if (code == ERR_OK && json_array_size(l.list) > 0)
		code = json_put_take(
		    result, "attachments", json_incref(l.list), e);
	if (code == ERR_OK && c->type->content.hash != NULL) {
		json_t *file = json_object();

		code = place_put(c, r->id, file, e);
		if (code == ERR_OK && json_object_size(file) > 0)
			code =
			    json_put_take(result, "file", json_incref(file), e);
		json_decref(file);
	}
	json_decref(l.list);
	return code;
}

static void
tell_place(struct client *c, const json_t *one)
{
	char size[FILE_SIZE_TEXT_MAX];
	const char *key = "file.elsewhere";

	if (!json_has(one, "size"))
		return;
	file_size_text(human_num(one, "size"), size);
	if (json_is_true(json_object_get(one, "here")))
		key = json_is_true(json_object_get(one, "with_office"))
		    ? "file.office"
		    : "file.device";
	else if (json_is_true(json_object_get(one, "wanted")))
		key = "file.wanted";
	output_words(c, key, "size", size, NULL);
}

void
attached_human(struct client *c, const json_t *result)
{
	const json_t *list = json_object_get(result, "attachments");

	if (json_has(result, "file"))
		tell_place(c, json_object_get(result, "file"));
	if (json_array_size(list) > 0)
		output_words(c, "file.attached", NULL);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		output("  %s  %s\n    ", human_str(one, "id"),
		    human_str(one, "title"));
		tell_place(c, one);
	}
}

static enum err_code
look_up(void *arg, struct id id, struct record *out, struct err *e)
{
	struct client *c = arg;

	return device_store_record(c->store, id, out, e);
}

enum err_code
attached_check_open(struct client *c, const struct record *r, struct err *e)
{
	bool is_signed = false;
	enum err_code code =
	    signed_keeps(c->schema, r, look_up, c, &is_signed, e);

	if (code != ERR_OK || !is_signed)
		return code;
	client_next(c,
	    "If it should never have been kept, ask the office: two people "
	    "there can erase it.");
	return client_fail(c, ERR_INVALID, STATUS_REFUSED, "closed", e,
	    "what this %.64s belongs to is signed, so it stays with it",
	    c->type->name);
}
