/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/empty_store.h"

#include "common/base/clock.h"
#include "common/base/rng.h"
#include "daemon/central/engine/meta_names.h"

struct id
empty_store_id(void)
{
	return id_fresh(clock_unix_ms());
}

void
empty_store_start(struct empty_store *w)
{
	*w = (struct empty_store){ .folder = check_folder_new() };
	rng_fill(w->key.b, sizeof(w->key.b));
	assert_ok(
	    office_store_open(w->folder.path, &w->key, true, &w->s, &w->e),
	    &w->e);
	assert_ok(store_begin(w->s, &w->e), &w->e);
	assert_ok(store_meta_put(w->s, META_OFFICE,
	              id_print(empty_store_id()).s, ID_TEXT_LEN, &w->e),
	    &w->e);
}

void
empty_store_end(struct empty_store *w)
{
	store_rollback(w->s);
	office_store_close(w->s);
	check_folder_end(&w->folder);
}

struct record
empty_store_record(
    struct id id, struct id author, uint64_t seq, const char *text)
{
	json_t *json = json_pack(
	    "{s:s, s:s, s:[i,I], s:s, s:{s:s}, s:[[i,I,s,i,s,i,i]], s:{s:[i]}}",
	    "id", id_print(id).s, "type", "note", "version", 1, (json_int_t)seq,
	    "author", id_print(author).s, "doc", "summary", text, "setters", 1,
	    (json_int_t)seq, id_print(author).s, 1, id_print(author).s, 0, 0,
	    "paths", "summary", 0);
	struct record r;
	struct err e = { 0 };

	assert_non_null(json);
	assert_ok(record_from_json(json, &r, &e), &e);
	json_decref(json);
	return r;
}

void
empty_store_put(struct empty_store *w, struct record r, uint64_t seq,
    const char *const *scopes, size_t n)
{
	struct record_derived derived = { .scopes = scopes, .n_scopes = n };
	struct hash32 digest;

	assert_ok(
	    store_record_put(w->s, &r, &derived, seq, &digest, &w->e), &w->e);
	record_fini(&r);
}
