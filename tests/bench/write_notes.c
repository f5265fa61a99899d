/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_notes HOME new COUNT        a person, a case and so many notes on it
 * write_notes HOME edit FROM COUNT  one sentence into each of so many notes,
 *                                   by order of id from the FROM-th on
 *
 * Fills an unlocked device of a benchmark as fast as its store saves, without
 * a process for each note.  The key is leased like a command's.
 */
#include "tests/support/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/path.h"
#include "common/store/device_store.h"
#include "common/store/holder.h"
#include "common/store/keyslot.h"
#include "tests/bench/bench_note.h"

struct writer {
	struct device_store *store;
	struct holder_lease *lease;
	struct rng rng;
	struct id *ids; /* of the notes here, ascending */
	size_t n;
};

static void
open_store(struct writer *w, const char *home)
{
	struct secret_key key, page;
	struct err e;

	assert_ok(holder_lease_open(home, &key, &w->lease, &e), &e);
	keyslot_page_key(&key, &page);
	assert_ok(device_store_open(home, &page, &w->store, &e), &e);
	secret_wipe(&key, sizeof(key));
	secret_wipe(&page, sizeof(page));
}

static struct id
save(struct writer *w, const struct id *id, const char *type,
    const struct edit *edits, size_t n)
{
	struct save_result r;
	struct err e;
	struct id made;

	assert_ok(
	    device_store_save(w->store, id, type, edits, n, NULL, &r, &e), &e);
	made = r.id;
	save_result_fini(&r);
	return made;
}

static struct id
save_text(
    struct writer *w, const char *type, const char *path, const char *text)
{
	json_t *value = json_string(text);
	struct edit edit = { .path = path, .now = value };
	struct id id = save(w, NULL, type, &edit, 1);

	json_decref(value);
	return id;
}

static void
write_new(struct writer *w, size_t count)
{
	struct bench_note_of of = { .author =
		                        device_store_identity(w->store)->user,
		.visit = bench_id(&w->rng) };
	struct id person = save_text(w, "person", "full_name", "Betty Hughes");

	of.of_case = save_text(w, "case", "person", id_print(person).s);
	for (size_t i = 0; i < count; i++) {
		json_t *doc = bench_note(&w->rng, &of);
		struct edit edits[32];
		size_t n = 0;
		const char *name;
		json_t *value;

		json_object_foreach(doc, name, value) edits[n++] =
		    (struct edit){ .path = name, .now = value };
		(void)save(w, NULL, "note", edits, n);
		json_decref(doc);
	}
}

static bool
keep_id(void *arg, const struct record_summary *r)
{
	struct writer *w = arg;
	struct id *more = realloc(w->ids, (w->n + 1) * sizeof(*more));

	if (more == NULL)
		abort();
	w->ids = more;
	more[w->n++] = r->id;
	return true;
}

static int
by_id(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct id));
}

static void
write_edits(struct writer *w, size_t from, size_t count)
{
	struct err e;

	assert_ok(device_store_list(
	              w->store, "note", NULL, SIZE_MAX / 2, keep_id, w, &e),
	    &e);
	assert_true(from + count <= w->n);
	qsort(w->ids, w->n, sizeof(*w->ids), by_id);
	for (size_t i = from; i < from + count; i++) {
		struct edit edit = { .path = "summary" };
		struct record_view v;
		json_t *now;

		assert_ok(device_store_get(w->store, w->ids[i], &v, &e), &e);
		now = bench_note_edit(&w->rng,
		    json_string_value(path_get(v.record.doc, "summary")),
		    (unsigned)rng_below(&w->rng, 100));
		edit.now = now;
		(void)save(w, &w->ids[i], "note", &edit, 1);
		json_decref(now);
		record_view_fini(&v);
	}
	free(w->ids);
}

static size_t
number(const char *text)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno != 0 || *end != '\0' || n > 1000000) {
		(void)fprintf(stderr, "not a count: %s\n", text);
		exit(2);
	}
	return (size_t)n;
}

int
main(int argc, char **argv)
{
	bool is_new = argc == 4 && strcmp(argv[2], "new") == 0;
	bool is_edit = argc == 5 && strcmp(argv[2], "edit") == 0;
	struct writer w = { .rng = rng_make(BENCH_SEED) };

	if (!is_new && !is_edit) {
		(void)fprintf(stderr,
		    "usage: write_notes HOME new COUNT | edit FROM COUNT\n");
		return 2;
	}
	open_store(&w, argv[1]);
	if (is_new)
		write_new(&w, number(argv[3]));
	else
		write_edits(&w, number(argv[3]), number(argv[4]));
	device_store_close(w.store);
	holder_lease_close(w.lease);
	return 0;
}
