/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two records are one, and somebody has written to the other since: what they
 * said stays there, and somebody should look whether it belongs to the one that
 * stands.
 */
#include <stdlib.h>

#include "common/core/same.h"
#include "common/sys/json.h"
#include "daemon/central/command/command_ids.h"

/* Was it written since they are one, and not to the one that stands since
 * then? */
static bool
is_later(const struct same_pair *p, const char *path)
{
	const struct version at = record_related_version(&p->other, path);

	return version_compare(at,
	           record_path_version(&p->other, p->type->same.field)) > 0 &&
	    version_compare(at, record_related_version(&p->keep, path)) > 0;
}

static enum err_code
labels_put(const struct same_pair *p, const struct same_edits *s, json_t *list,
    struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < s->n && code == ERR_OK; i++) {
		const struct schema_field *field =
		    schema_find_field(p->type, s->paths[i]);

		if (is_later(p, s->paths[i]))
			code = json_add_take(list,
			    json_string(
			        field == NULL ? s->paths[i] : field->label),
			    e);
	}
	return code;
}

static enum err_code
pair_put(struct command *c, const struct same_pair *p, json_t *labels,
    json_t *list, struct err *e)
{
	json_t *one = json_object();
	enum err_code code;

	if ((code = json_put_id(one, "id", p->keep.id, e)) == ERR_OK &&
	    (code = command_title_put(c, one, "title", p->keep.id, e)) ==
	        ERR_OK &&
	    (code = json_put_id(one, "other", p->other.id, e)) == ERR_OK &&
	    (code = json_put_take(one, "labels", json_incref(labels), e)) ==
	        ERR_OK)
		code = json_add_take(list, json_incref(one), e);
	json_decref(one);
	return code;
}

static enum err_code
later_add(
    struct command *c, const struct same_pair *p, json_t *list, struct err *e)
{
	json_t *labels = json_array();
	struct same_edits s;
	enum err_code code =
	    same_edits_make(p->type, &p->keep, &p->other, &s, e);

	if (code == ERR_OK) {
		code = labels_put(p, &s, labels, e);
		same_edits_fini(&s);
	}
	if (code == ERR_OK && json_array_size(labels) > 0)
		code = pair_put(c, p, labels, list, e);
	json_decref(labels);
	return code;
}

/* The other one, and what stands for it. */
static enum err_code
other_add(struct command *c, const struct schema_type *type, struct id id,
    json_t *list, struct err *e)
{
	struct same_pair p = { .type = type };
	const char *stands;
	struct id keep;
	enum err_code code = store_record_get(c->store, id, &p.other, e);

	if (code != ERR_OK)
		return code;
	stands = same_stands(type, p.other.doc);
	if (stands == NULL || record_is_removed(&p.other) ||
	    !id_parse(stands, &keep)) {
		record_fini(&p.other);
		return ERR_OK;
	}
	code = store_record_get(c->store, keep, &p.keep, e);
	if (code == ERR_OK) {
		code = later_add(c, &p, list, e);
		record_fini(&p.keep);
	} else if (code == ERR_NOTFOUND) {
		code = ERR_OK;
	}
	record_fini(&p.other);
	return code;
}

enum err_code
command_same_later(struct command *c, const struct schema_type *type,
    json_t *list, size_t limit, struct err *e)
{
	struct command_ids ids = { 0 };
	enum err_code code = command_ids_of_type(c, type, &ids, e);

	for (size_t i = 0;
	     i < ids.n && code == ERR_OK && json_array_size(list) < limit; i++)
		code = other_add(c, type, ids.list[i], list, e);
	free(ids.list);
	return code;
}
