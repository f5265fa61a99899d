/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed in a record since a version, and putting it on top.
 *
 * Every change of a document happens at a path that gets a setter, so the
 * values of the paths whose version is above the floor are all that can
 * differ; of a path's setters only those above the floor can.
 */
#include "common/core/path.h"
#include "common/core/record_int.h"
#include "common/core/value.h"
#include "common/sys/json.h"

/* True if the path's value in doc is a member of a set. */
static bool
is_member_of(const json_t *doc, const struct path_parts *p)
{
	return p->n == 2 && json_is_array(json_object_get(doc, p->part[0]));
}

/* Copy what stands at a path from one document to another; in the target a
 * value that is gone is taken away. */
static enum err_code
carry_value(const json_t *from, json_t *to, const char *path, struct err *e)
{
	struct path_parts p = path_split(path);
	const json_t *value = path_get(from, path);
	bool is_member = is_member_of(value != NULL ? from : to, &p);
	const json_t *there = json_object_get(to, p.part[0]);

	if (value == NULL && p.n > 1 && there == NULL)
		return ERR_OK;
	return path_set(to, path, value, is_member, e);
}

enum err_code
record_delta(
    const struct record *r, struct version floor, json_t **out, struct err *e)
{
	json_t *obj = NULL, *doc = json_object();
	enum err_code code = ERR_OK;

	if (doc == NULL)
		return value_no_memory(e);
	for (size_t i = 0; i < r->n_paths && code == ERR_OK; i++) {
		const char *path = r->paths[i].path;

		if (version_compare(record_path_version(r, path), floor) > 0 &&
		    path_get(r->doc, path) != NULL)
			code = carry_value(r->doc, doc, path, e);
	}
	if (code == ERR_OK)
		code = record_head_to_json(r, floor, &obj, e);
	if (code == ERR_OK)
		code = json_put_take(obj, "doc", value_share(doc), e);
	json_decref(doc);
	if (code == ERR_OK)
		*out = obj;
	else
		json_decref(obj);
	return code;
}

/* Put one path's news on top. */
static enum err_code
merge_path(struct record *r, const struct path_state *news,
    const json_t *news_doc, struct err *e)
{
	struct path_state *ps = NULL;
	enum err_code code;

	if (news->is_removed && path_get(news_doc, news->path) != NULL)
		return err_set(
		    e, ERR_MALFORMED, 0, "a removed path has a value");
	code = record_path_make(r, news->path, &ps, e);
	for (size_t i = 0; i < news->n_setters && code == ERR_OK; i++)
		code = path_state_put(ps, &news->setters[i], e);
	if (code == ERR_OK)
		code = carry_value(news_doc, r->doc, news->path, e);
	if (code != ERR_OK)
		return code;
	ps->is_removed = news->is_removed;
	json_decref(ps->was);
	ps->was = value_share(news->was);
	return ERR_OK;
}

static enum err_code
merge_conflict(struct record *r, const struct conflict *news, struct err *e)
{
	struct conflict copy;
	enum err_code code = conflict_copy(news, &copy, e);
	struct conflict *mine;
	size_t i;

	if (code != ERR_OK)
		return code;
	for (i = 0; i < r->n_conflicts; i++)
		if (id_equal(r->conflicts[i].id, news->id))
			break;
	if (i < r->n_conflicts)
		mine = &r->conflicts[i];
	else
		code = record_conflict_make(r, news->id, news->path, &mine, e);
	if (code != ERR_OK) {
		conflict_fini(&copy);
		return code;
	}
	conflict_fini(mine);
	*mine = copy;
	return ERR_OK;
}

enum err_code
record_merge_delta(struct record *r, const json_t *delta, struct err *e)
{
	const json_t *doc = json_object_get(delta, "doc");
	struct record news = { 0 }, next = { 0 };
	json_t *extra;
	enum err_code code = value_check_doc(doc, e);

	if (code == ERR_OK)
		code = record_head_from_json(delta, &news, e);
	if (code == ERR_OK)
		code = record_copy(r, &next, e);
	if (code == ERR_OK &&
	    (!id_equal(r->id, news.id) || !id_equal(r->author, news.author) ||
	        strcmp(r->type, news.type) != 0 ||
	        version_compare(r->version, news.version) > 0))
		code = err_set(e, ERR_CONFLICT, 0,
		    "the news do not belong on top of this record");
	/* Sorted, so what is above comes before what is beneath. */
	for (size_t i = 0; i < news.n_paths && code == ERR_OK; i++)
		code = merge_path(&next, &news.paths[i], doc, e);
	for (size_t i = 0; i < news.n_conflicts && code == ERR_OK; i++)
		code = merge_conflict(&next, &news.conflicts[i], e);
	next.version = news.version;
	extra = next.extra;
	next.extra = news.extra;
	news.extra = extra;
	if (code == ERR_OK)
		code = record_check(&next, e);
	if (code == ERR_OK) {
		struct record before = *r;

		*r = next;
		next = before;
	}
	record_fini(&news);
	record_fini(&next);
	return code;
}
