/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasures are done again: by a restored office those in the list that is kept
 * elsewhere that its backup does not know, and by one that was put back those
 * that it made before it knew.
 */
#include "common/sys/json.h"
#include "daemon/central/engine/engine_erase.h"
#include "daemon/central/engine/engine_int.h"

struct listing {
	json_t *list;
	enum err_code code;
	struct err *e;
};

static bool
list_erasure(void *arg, const struct erasure *z)
{
	struct listing *l = arg;
	json_t *one = NULL;

	l->code = erasure_to_json(z, &one, l->e);
	if (l->code == ERR_OK)
		l->code = json_add_take(l->list, one, l->e);
	return l->code == ERR_OK;
}

enum err_code
access_list_erasures(struct engine *g, json_t *list, struct err *e)
{
	const struct version first = { 0, 0 };
	struct listing l = { .list = list, .code = ERR_OK, .e = e };
	enum err_code code =
	    store_erasures_above(g->store, first, list_erasure, &l, e);

	return code != ERR_OK ? code : l.code;
}

static enum err_code
make(struct engine *g, const struct erasure *z, struct version since,
    struct err *e)
{
	const struct erase_order order = { .actor = z->author,
		.record = z->record,
		.paths = z->paths,
		.since = since,
		.is_again = true };
	struct erasure done;
	uint64_t n;
	enum err_code code = engine_erase(g, &order, &done, &n, e);

	if (code == ERR_OK)
		erasure_fini(&done);
	return code;
}

enum err_code
access_erase_above(struct engine *g, struct version known, struct err *e)
{
	json_t *list = json_array();
	struct listing l = { .list = list, .code = ERR_OK, .e = e };
	enum err_code code = list == NULL
	    ? err_set(e, ERR_NOMEM, 0, "out of memory")
	    : store_erasures_above(g->store, known, list_erasure, &l, e);

	if (code == ERR_OK)
		code = l.code;
	for (size_t i = 0; i < json_array_size(list) && code == ERR_OK; i++) {
		struct erasure z;

		code = erasure_from_json(json_array_get(list, i), &z, e);
		if (code != ERR_OK)
			break;
		code = make(g, &z, (struct version){ 0, 0 }, e);
		erasure_fini(&z);
	}
	json_decref(list);
	return code;
}

struct search {
	const struct erasure *z;
	bool is_here;
};

static bool
is_same(void *arg, const struct erasure *z)
{
	struct search *s = arg;

	/* The same, or one that was done again for it. */
	s->is_here = version_compare(z->since, s->z->since) == 0 &&
	    json_equal(z->paths, s->z->paths);
	return !s->is_here;
}

static enum err_code
do_again(struct engine *g, const struct erasure *z, struct err *e)
{
	struct search s = { .z = z };
	enum err_code code =
	    store_erasures_of(g->store, z->record, is_same, &s, e);

	if (code != ERR_OK || s.is_here)
		return code;
	code = make(g, z, z->since, e);
	/* A record that the backup lacks comes back from devices, and from
	 * those that were told of the erasure without its words. */
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

enum err_code
access_take_erasures(struct engine *g, const json_t *list, struct err *e)
{
	const struct sign_pub pub = sign_pub_of(&g->receipt_key);
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < json_array_size(list) && code == ERR_OK; i++) {
		struct erasure z;

		code = erasure_from_json(json_array_get(list, i), &z, e);
		if (code != ERR_OK)
			return code;
		code = erasure_check(&z, &pub, g->office, e);
		if (code == ERR_OK)
			code = do_again(g, &z, e);
		erasure_fini(&z);
	}
	return code;
}
