/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed in a record since a version, and putting it on top.
 *
 * Every change of a document happens at a path that gets a setter, so the
 * values of the paths whose version is above the floor are all that can
 * differ; of a path's setters only those above the floor can.
 */
#include <stdlib.h>
#include <string.h>

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
 * value that is gone is taken away.  A whole field is shared. */
static enum err_code
carry_value(const json_t *from, json_t *to, const char *path, struct err *e)
{
	const json_t *value = path_get(from, path);
	struct path_parts p;

	if (value != NULL && *path != '\0' && strchr(path, '/') == NULL)
		return json_object_set(to, path, value_plain(value)) == 0
		    ? ERR_OK
		    : value_no_memory(e);
	p = path_split(path);
	if (value == NULL && p.n > 1 && json_object_get(to, p.part[0]) == NULL)
		return ERR_OK;
	return path_set(
	    to, path, value, is_member_of(value != NULL ? from : to, &p), e);
}

/* The path with its setters above the floor, which are its last ones. */
static bool
path_news(
    const struct path_state *ps, struct version floor, struct path_state *out)
{
	size_t first = ps->n_setters;

	while (first > 0 &&
	    version_compare(ps->setters[first - 1].version, floor) > 0)
		first--;
	*out = (struct path_state){ .path = strdup(ps->path),
		.setters =
		    calloc(ps->n_setters - first + 1, sizeof(*out->setters)),
		.n_setters = ps->n_setters - first,
		.is_removed = ps->is_removed,
		.was = value_share(ps->was) };
	if (out->path == NULL || out->setters == NULL)
		return false;
	memcpy(out->setters, ps->setters + first,
	    out->n_setters * sizeof(*out->setters));
	return true;
}

static enum err_code
paths_news(const struct record *r, struct version floor, struct record *out,
    struct err *e)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < r->n_paths && code == ERR_OK; i++) {
		const struct path_state *ps = &r->paths[i];

		if (version_compare(
		        ps->setters[ps->n_setters - 1].version, floor) <= 0)
			continue;
		if (!path_news(ps, floor, &out->paths[out->n_paths++]))
			code = value_no_memory(e);
		else if (path_get(r->doc, ps->path) != NULL)
			code = carry_value(r->doc, out->doc, ps->path, e);
	}
	return code;
}

enum err_code
record_news(const struct record *r, struct version floor, struct record *out,
    struct err *e)
{
	struct record news;
	enum err_code code = record_init(&news, r->id, r->type, r->author, e);

	if (code != ERR_OK)
		return code;
	news.version = r->version;
	news.extra = value_share(r->extra);
	news.paths = calloc(r->n_paths + 1, sizeof(*news.paths));
	news.conflicts = calloc(r->n_conflicts + 1, sizeof(*news.conflicts));
	if (news.paths == NULL || news.conflicts == NULL)
		code = value_no_memory(e);
	else
		code = paths_news(r, floor, &news, e);
	for (size_t i = 0; i < r->n_conflicts && code == ERR_OK; i++) {
		if (version_compare(r->conflicts[i].version, floor) <= 0)
			continue;
		code = conflict_copy(
		    &r->conflicts[i], &news.conflicts[news.n_conflicts], e);
		news.n_conflicts += code == ERR_OK ? 1 : 0;
	}
	if (code == ERR_OK)
		*out = news;
	else
		record_fini(&news);
	return code;
}

enum err_code
record_delta(
    const struct record *r, struct version floor, json_t **out, struct err *e)
{
	struct record news;
	enum err_code code = record_news(r, floor, &news, e);

	if (code != ERR_OK)
		return code;
	code = record_to_json(&news, out, e);
	record_fini(&news);
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
	for (size_t i = 0; i < news->n_setters && code == ERR_OK; i++) {
		path_state_forget(ps, news->setters[i].device);
		code = path_state_put(ps, &news->setters[i], e);
	}
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
record_merge_news(struct record *r, const struct record *news, struct err *e)
{
	struct record next = { 0 };
	json_t *extra;
	enum err_code code = record_copy(r, &next, e);

	if (code != ERR_OK)
		return code;
	if (!id_equal(r->id, news->id) || !id_equal(r->author, news->author) ||
	    strcmp(r->type, news->type) != 0 ||
	    version_compare(r->version, news->version) > 0)
		code = err_set(e, ERR_CONFLICT, 0,
		    "the news do not belong on top of this record");
	/* Sorted, so what is above comes before what is beneath. */
	for (size_t i = 0; i < news->n_paths && code == ERR_OK; i++)
		code = merge_path(&next, &news->paths[i], news->doc, e);
	for (size_t i = 0; i < news->n_conflicts && code == ERR_OK; i++)
		code = merge_conflict(&next, &news->conflicts[i], e);
	next.version = news->version;
	extra = next.extra;
	next.extra = value_share(news->extra);
	json_decref(extra);
	if (code == ERR_OK)
		code = record_check(&next, e);
	if (code == ERR_OK) {
		struct record before = *r;

		*r = next;
		next = before;
	}
	record_fini(&next);
	return code;
}

enum err_code
record_merge_delta(struct record *r, const json_t *delta, struct err *e)
{
	const json_t *doc = json_object_get(delta, "doc");
	struct record news = { 0 };
	enum err_code code = value_check_doc(doc, e);

	if (code == ERR_OK)
		code = record_head_from_json(delta, &news, e);
	if (code != ERR_OK)
		return code;
	json_decref(news.doc);
	news.doc = value_share(doc);
	code = record_merge_news(r, &news, e);
	record_fini(&news);
	return code;
}
