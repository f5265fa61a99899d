/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests of what a user holds, and the lists that a device asks for when its
 * own differ.
 */
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "daemon/central/engine/engine_page.h"

/* Ids in one answer to a repair, about 60 bytes each: as many records as the
 * device can ask for in two requests. */
#define IDS_MAX (2 * LIMIT_WANTED)

struct sums {
	char (*names)[104];
	struct digest *sums;
	size_t n, room;
	bool failed;
};

static bool
add_sum(void *arg, const char *scope, const struct digest *sum)
{
	struct sums *all = arg;

	if (all->n == all->room) {
		size_t room = all->room == 0 ? 16 : all->room * 2;
		char(*names)[104] = realloc(all->names, room * sizeof(*names));
		struct digest *sums;

		if (names != NULL)
			all->names = names;
		sums = realloc(all->sums, room * sizeof(*sums));
		if (sums != NULL)
			all->sums = sums;
		all->failed = names == NULL || sums == NULL;
		if (all->failed)
			return false;
		all->room = room;
	}
	(void)snprintf(all->names[all->n], sizeof(all->names[0]), "%s", scope);
	all->sums[all->n++] = *sum;
	return true;
}

static enum err_code
hash_scopes(const struct sums *all, struct hash32 *out, struct err *e)
{
	const char **names = calloc(all->n + 1, sizeof(*names));

	if (names == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	for (size_t i = 0; i < all->n; i++)
		names[i] = all->names[i];
	*out = digest_of_scopes(names, all->sums, all->n);
	free(names);
	return ERR_OK;
}

static enum err_code
list_scopes(const struct sums *all, json_t **out, struct err *e)
{
	json_t *list = json_object();
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < all->n && code == ERR_OK; i++)
		code = json_put_hex(
		    list, all->names[i], all->sums[i].sum.b, HASH32_LEN, e);
	if (code == ERR_OK)
		*out = list;
	else
		json_decref(list);
	return code;
}

enum err_code
page_scopes(struct page_build *b, uint64_t floor, struct err *e)
{
	struct office_store *s = b->g->store;
	struct id user = b->job->device.user;
	struct sums all = { 0 };
	uint64_t changed = 0;
	bool is_listed;
	enum err_code code = store_scope_sums(s, user, add_sum, &all, e);

	if (code == ERR_OK && all.failed)
		code = err_set(e, ERR_NOMEM, 0, "out of memory");
	if (code == ERR_OK && b->a->is_last)
		code = hash_scopes(&all, &b->a->scopes_hash, e);
	if (code == ERR_OK)
		code = store_grants_seq(s, user, &changed, e);
	is_listed = b->job->sync.want_scopes ||
	    (b->a->is_last && (floor == 0 || changed > floor));
	if (code == ERR_OK && is_listed)
		code = list_scopes(&all, &b->a->scopes, e);
	free(all.names);
	free(all.sums);
	return code;
}

struct listing {
	json_t *list;
	size_t left;
	struct id last; /* listed */
	bool has_more;
	enum err_code code;
};

static bool
add_id(void *arg, struct id id, const char *type, struct version version)
{
	struct listing *l = arg;
	json_t *pair;

	(void)type;
	l->has_more = l->left == 0;
	if (l->has_more)
		return false;
	l->left--;
	l->last = id;
	pair = json_pack("[s, o]", id_print(id).s, version_to_json(version));
	l->code = json_add_take(l->list, pair, NULL);
	return l->code == ERR_OK;
}

static bool
holds_scope(const struct page_build *b, const char *scope, struct err *e)
{
	struct sums all = { 0 };
	bool found = false;

	if (store_scope_sums(
	        b->g->store, b->job->device.user, add_sum, &all, e) == ERR_OK)
		for (size_t i = 0; i < all.n; i++)
			found |= strcmp(all.names[i], scope) == 0;
	free(all.names);
	free(all.sums);
	return found;
}

/* One scope's part of the list, from where the device says. */
static enum err_code
list_ids(
    struct page_build *b, const char *scope, struct listing *l, struct err *e)
{
	const char *text =
	    json_string_value(json_object_get(b->job->sync.ids_after, scope));
	struct id after;
	const bool has_after = text != NULL && id_parse(text, &after);
	enum err_code code = store_scope_records(
	    b->g->store, scope, has_after ? &after : NULL, add_id, l, e);

	if (code == ERR_OK)
		code = l->code;
	if (code != ERR_OK || !l->has_more)
		return code;
	if (b->a->ids_upto == NULL)
		b->a->ids_upto = json_object();
	return json_put_id(b->a->ids_upto, scope, l->last, e);
}

enum err_code
page_ids(struct page_build *b, struct err *e)
{
	const json_t *want = b->job->sync.want_ids;
	size_t left = IDS_MAX;
	enum err_code code = ERR_OK;

	if (want == NULL)
		return ERR_OK;
	b->a->ids = json_object();
	for (size_t i = 0;
	     i < json_array_size(want) && left > 0 && code == ERR_OK; i++) {
		const char *scope = json_string_value(json_array_get(want, i));
		struct listing l = { .list = json_array(), .left = left };

		if (!holds_scope(b, scope, e)) {
			json_decref(l.list);
			continue;
		}
		code = list_ids(b, scope, &l, e);
		left = l.left;
		if (code == ERR_OK)
			code = json_put_take(b->a->ids, scope, l.list, e);
		else
			json_decref(l.list);
	}
	return code;
}
