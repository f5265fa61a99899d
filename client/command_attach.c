/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A photo of a letter, a scan: kept with the record that it belongs to, and
 * written out again.
 */
#include "client/attached.h"
#include "client/commands.h"
#include "client/given.h"
#include "client/output.h"
#include "client/save.h"
#include "common/base/clock.h"
#include "common/base/enc.h"
#include "common/base/rng.h"
#include "common/core/limits.h"
#include "common/core/media.h"
#include "common/core/path.h"
#include "common/store/device_content.h"
#include "common/sys/json.h"

static void
random_bytes(uint8_t out[static 10])
{
	rng_fill(out, 10);
}

/* What has a file and may belong to a record of the type, and its ref to it. */
static const struct schema_type *
attachment_type(const struct schema *s, const char *to, const char **field_out)
{
	for (size_t t = 0; t < schema_types_n(s); t++) {
		const struct schema_type *type = schema_type_at(s, t);
		const json_t *of = type->content.of;

		for (size_t i = 0; i < json_array_size(of); i++) {
			*field_out = json_string_value(json_array_get(of, i));
			if (strcmp(schema_find_field(type, *field_out)->ref,
			        to) == 0)
				return type;
		}
	}
	return NULL;
}

/* Which record it is to belong to; c->type is what is made then. */
static enum err_code
find_owner(struct client *c, struct record *owner, const char **field_out,
    struct err *e)
{
	const char *text = c->args->operands[0];
	const struct path_state *whole;
	struct id id;
	enum err_code code;

	if ((code = client_id(c, text, &id, e)) != ERR_OK ||
	    (code = client_open(c, e)) != ERR_OK)
		return code;
	code = device_store_record(c->store, id, owner, e);
	if (code == ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND, 0,
		    "there is no record with the id %.40s on this device",
		    text);
	if (code != ERR_OK)
		return code;
	whole = record_path(owner, "");
	c->type = attachment_type(c->schema, owner->type, field_out);
	if (c->type != NULL && (whole == NULL || !whole->is_removed))
		return ERR_OK;
	code = client_fail(c, ERR_INVALID, STATUS_REFUSED, "closed", e,
	    c->type == NULL ? "nothing is attached to a %.64s"
	                    : "this %.64s was removed, so nothing can be added "
	                      "to it",
	    owner->type);
	record_fini(owner);
	return code;
}

/* Read the file, and leave out of it what says where it was taken. */
static enum err_code
load_file(
    struct client *c, struct buf *kept, enum media *media_out, struct err *e)
{
	const struct schema_field *size =
	    schema_find_field(c->type, c->type->content.size);
	char most[FILE_SIZE_TEXT_MAX];
	struct buf bytes;
	enum err_code code;

	file_size_text((uint64_t)size->max, most);
	buf_init(&bytes, LIMIT_BLOB_BYTES);
	code = file_load(c->args->operands[1], &bytes, e);
	if (code == ERR_NOTFOUND)
		(void)err_set(e, ERR_NOTFOUND, 0, "there is no file %.200s",
		    c->args->operands[1]);
	if (code == ERR_OK)
		code = media_keep(bytes.ptr, bytes.len, kept, media_out, e);
	else if (code == ERR_INVALID)
		kept->len = LIMIT_BLOB_BYTES + 1;
	if (kept->len > (size_t)size->max) {
		client_next(c,
		    "Take the photo with fewer points, or scan fewer pages at "
		    "once.");
		code = client_fail(c, ERR_INVALID, STATUS_REFUSED, "too_large",
		    e, "the file is too large: at most %s can be attached",
		    most);
		buf_reset(kept);
	}
	buf_wipe(&bytes);
	return code;
}

/* Append an id that is not there yet. */
static enum err_code
add_id(json_t *ids, const char *text, struct err *e)
{
	return json_list_has(ids, text)
	    ? ERR_OK
	    : json_add_take(ids, json_string(text), e);
}

/* Whoever sees what it belongs to sees it: the same cases, say. */
static enum err_code
take_scope(struct client *c, const struct record *owner, struct edits *edits,
    struct err *e)
{
	const struct schema_type *type = schema_type(c->schema, owner->type);
	const char *into = c->type->content.seen_with;
	const char *ref = schema_find_field(c->type, into)->ref;
	json_t *ids = json_array();
	enum err_code code =
	    ids == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory") : ERR_OK;

	if (code == ERR_OK && strcmp(owner->type, ref) == 0)
		code = add_id(ids, id_print(owner->id).s, e);
	for (size_t i = 0; type != NULL && i < type->fields_n; i++) {
		const struct schema_field *f = &type->fields[i];
		const json_t *value = json_object_get(owner->doc, f->name);

		if (code != ERR_OK || value == NULL || f->ref == NULL ||
		    strcmp(f->ref, ref) != 0)
			continue;
		if (f->kind == SCHEMA_REF)
			code = add_id(ids, json_string_value(value), e);
		for (size_t k = 0; f->kind == SCHEMA_REFS &&
		     k < json_array_size(value) && code == ERR_OK;
		     k++)
			code = add_id(ids,
			    json_string_value(json_array_get(value, k)), e);
	}
	if (code == ERR_OK && json_array_size(ids) > 0)
		code = edits_value(edits, into, ids, e);
	json_decref(ids);
	return code;
}

/* What the record says of the file. */
static enum err_code
take_file(struct client *c, const struct buf *kept, enum media media,
    struct edits *edits, struct err *e)
{
	const struct schema_content *f = &c->type->content;
	const char *kind = args_get(c->args, "kind");
	const struct hash32 hash = crypto_sha256(kept->ptr, kept->len);
	char hex[BLOB_HASH_TEXT_LEN + 1];
	json_t *size = json_integer((json_int_t)kept->len);
	enum err_code code =
	    size == NULL ? err_set(e, ERR_NOMEM, 0, "out of memory") : ERR_OK;

	enc_hex(hash.b, sizeof(hash.b), hex);
	if (code == ERR_OK &&
	    (code = edits_set(edits, f->kind, kind, strlen(kind), EDIT_ARGUMENT,
	         e)) == ERR_OK &&
	    (code = edits_value(edits, f->size, size, e)) == ERR_OK &&
	    (code = edits_set(edits, f->hash, hex, BLOB_HASH_TEXT_LEN,
	         EDIT_ARGUMENT, e)) == ERR_OK)
		code = edits_set(edits, f->media, media_word(media),
		    strlen(media_word(media)), EDIT_ARGUMENT, e);
	json_decref(size);
	return code;
}

static enum err_code
attach_save(struct client *c, const struct edits *from,
    const struct content_file *file, json_t *result, struct err *e)
{
	struct save_result saved;
	struct edit *edits = calloc(from->n, sizeof(*edits));
	enum err_code code;

	if (edits == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < from->n; i++)
		edits[i] = (struct edit){ .path = from->items[i].path,
			.now = from->items[i].now };
	code = device_store_attach(
	    c->store, c->type->name, edits, from->n, file, &saved, e);
	free(edits);
	if (code != ERR_OK)
		return code;
	if ((code = json_put_id(result, "id", saved.id, e)) == ERR_OK)
		code =
		    json_put_int(result, "counter", (int64_t)saved.counter, e);
	if (code == ERR_OK)
		code = json_put_int(result, "size", (int64_t)file->len, e);
	client_saved(c);
	save_result_fini(&saved);
	return code;
}

static enum err_code
attach(struct client *c, const struct record *owner, const char *field,
    json_t *result, struct err *e)
{
	struct given g = { .refused = json_object() };
	const struct id_text of = id_print(owner->id);
	struct content_file file;
	struct buf kept;
	enum media media = MEDIA_N;
	enum err_code code;

	buf_init(&kept, LIMIT_BLOB_BYTES + 1);
	edits_init(&g.edits, c->type, NULL);
	g.edits.now_ms = clock_unix_ms();
	g.edits.random = random_bytes;
	if ((code = load_file(c, &kept, &media, e)) != ERR_OK)
		goto out;
	given_take(c, &g, false);
	if ((code = g.why.code) != ERR_OK) {
		*e = g.why;
		goto out;
	}
	file = (struct content_file){ kept.ptr, kept.len };
	if ((code = take_file(c, &kept, media, &g.edits, e)) == ERR_OK &&
	    (code = take_scope(c, owner, &g.edits, e)) == ERR_OK &&
	    (code = edits_set(&g.edits, field, of.s, ID_TEXT_LEN, EDIT_ARGUMENT,
	         e)) == ERR_OK)
		code = attach_save(c, &g.edits, &file, result, e);
	if (code == ERR_OK)
		code = json_put_str(result, "media", media_word(media), e);
out:
	edits_fini(&g.edits);
	json_decref(g.refused);
	buf_wipe(&kept);
	return code;
}

enum err_code
attach_run(struct client *c, json_t *result, struct err *e)
{
	const char *field = NULL;
	struct record owner;
	enum err_code code = find_owner(c, &owner, &field, e);

	if (code != ERR_OK)
		return code;
	code = attach(c, &owner, field, result, e);
	record_fini(&owner);
	return code;
}

void
attach_human(struct client *c, const json_t *result)
{
	char size[FILE_SIZE_TEXT_MAX];

	file_size_text(human_num(result, "size"), size);
	saved_human(c, result);
	output_words(c,
	    strcmp(human_str(result, "media"), media_word(MEDIA_PDF)) == 0
	        ? "file.kept.as_is"
	        : "file.kept",
	    "size", size, NULL);
}

/* ---- out again ---- */

/* It comes with the next sync; whoever listens begins one now. */
static enum err_code
fetch_later(struct client *c, struct id id, json_t *result, struct err *e)
{
	enum err_code code = device_content_want(c->store, id, e);

	if (code != ERR_OK)
		return code;
	client_saved(c);
	return json_put_bool(result, "here", false, e);
}

enum err_code
attachment_save_run(struct client *c, json_t *result, struct err *e)
{
	const char *path = c->args->operands[1];
	struct record_view view;
	struct buf bytes;
	enum err_code code = record_open(c, c->args->operands[0], &view, e);

	if (code != ERR_OK)
		return code;
	buf_init(&bytes, LIMIT_BLOB_BYTES);
	code = device_content_read(c->store, view.record.id, &bytes, e);
	if (code == ERR_NOTFOUND) {
		code = fetch_later(c, view.record.id, result, e);
	} else if (code == ERR_OK && file_exists(path)) {
		code = client_fail(c, ERR_INVALID, STATUS_REFUSED, "usage", e,
		    "there is a file %.200s already", path);
	} else if (code == ERR_OK) {
		code = file_save(path, bytes.ptr, bytes.len, e);
		if (code == ERR_OK)
			code = json_put_bool(result, "here", true, e);
		if (code == ERR_OK)
			code =
			    json_put_int(result, "size", (int64_t)bytes.len, e);
	}
	buf_wipe(&bytes);
	record_view_fini(&view);
	return code;
}

void
attachment_save_human(struct client *c, const json_t *result)
{
	char size[FILE_SIZE_TEXT_MAX];

	if (!json_is_true(json_object_get(result, "here"))) {
		output_words(c, "file.wanted", NULL);
		return;
	}
	file_size_text(human_num(result, "size"), size);
	output_words(c, "file.saved", "size", size, NULL);
}
