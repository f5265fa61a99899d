/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_device [NOTES] -- a device's own work, without a network: saving
 * beside a bare SQLCipher commit of the same note's bytes, unlocking, opening
 * and searching.
 */
#include "tests/support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/core/path.h"
#include "common/store/device_store.h"
#include "common/store/keyslot.h"
#include "common/sys/json.h"
#include "schema/schema_bundle.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_note.h"
#include "tests/bench/bench_raw.h"

#define NOTES 10000
#define EDITS 1000
#define SEARCHES 200
#define UNLOCKS 5
#define WARM_UP 20       /* saves that are not counted */
#define SAVE_TIMES_MAX 2 /* of a bare commit: what a save stays below */
#define PASSPHRASE "five words nobody would guess"

struct place {
	struct check_folder folder;
	char home[FILE_PATH_MAX], slots[FILE_PATH_MAX];
	struct device_identity identity;
	struct secret_key page_key;
	struct device_store *store;
	struct raw *raw;
	struct rng rng;
	struct bench_note_of of;
	struct id *ids; /* of the notes saved */
	size_t n;
	double note_bytes; /* of all documents */
};

/* An identity as enrolment would leave it, known to nobody. */
static void
identity_make(struct place *p)
{
	struct device_identity *i = &p->identity;
	struct sign_key receipt;
	struct seal_key sealing;

	device_identity_init(i);
	i->device = bench_id(&p->rng);
	i->user = p->of.author;
	i->office = bench_id(&p->rng);
	(void)snprintf(i->user_name, sizeof(i->user_name), "Nia");
	(void)snprintf(i->office_name, sizeof(i->office_name), "Office");
	(void)snprintf(i->role, sizeof(i->role), "ADV");
	(void)snprintf(i->address, sizeof(i->address), "127.0.0.1:1");
	sign_key_make(&i->sign_key);
	sign_key_make(&receipt);
	seal_key_make(&sealing);
	i->receipt_pub = sign_pub_of(&receipt);
	i->sealing_pub = seal_pub_of(&sealing);
	i->recovery_pub = i->sealing_pub;
	(void)buf_add_str(&i->tls_key_pem, "not used here");
	(void)buf_add_str(&i->courier_key_pem, "not used here");
}

static void
place_start(struct place *p, size_t notes)
{
	static const struct json_limits limits = {
		.bytes_max = (size_t)4 * 1024 * 1024,
		.tokens_max = 1000000,
		.depth_max = 32,
	};
	struct keyslot_new make = { .pass = {
		                        .text = crypto_part_str(PASSPHRASE),
		                        .params = KDF_PARAMS_DEFAULT,
		                        .created_ms = clock_unix_ms() } };
	struct secret_key dbkey;
	json_t *bundle = NULL;
	struct err e;

	*p = (struct place){ .folder = check_folder_new(),
		.rng = rng_make(BENCH_SEED) };
	p->of = (struct bench_note_of){ .of_case = bench_id(&p->rng),
		.visit = bench_id(&p->rng),
		.author = bench_id(&p->rng) };
	identity_make(p);
	p->ids = calloc(notes + WARM_UP, sizeof(*p->ids));
	assert_non_null(p->ids);
	assert_true(file_join(p->home, p->folder.path, "home"));
	assert_ok(file_make_folder(p->home, &e), &e);
	assert_true(file_join(p->slots, p->home, "slots"));
	make.device = p->identity.device;
	make.user = p->identity.user;
	assert_ok(keyslot_create(p->slots, &make, &dbkey, &e), &e);
	keyslot_page_key(&dbkey, &p->page_key);
	assert_ok(json_parse((const char *)schema_bundle_bytes,
	              schema_bundle_len, &limits, &bundle, &e),
	    &e);
	assert_ok(device_store_create(
	              p->home, &p->page_key, &p->identity, bundle, &e),
	    &e);
	json_decref(bundle);
	assert_ok(device_store_open(p->home, &p->page_key, &p->store, &e), &e);
	p->raw = raw_open(p->folder.path, "raw.db", true);
}

static void
place_end(struct place *p)
{
	raw_close(p->raw);
	device_store_close(p->store);
	device_identity_fini(&p->identity);
	free(p->ids);
	check_folder_end(&p->folder);
}

static double
save(struct place *p, const struct id *record, const struct edit *edits,
    size_t n)
{
	struct save_result result;
	struct err e;
	double start = bench_now_ms(), ms;

	assert_ok(device_store_save(
	              p->store, record, "note", edits, n, NULL, &result, &e),
	    &e);
	ms = bench_now_ms() - start;
	assert_true(result.counter > 0 && result.is_sealed);
	if (record == NULL)
		p->ids[p->n++] = result.id;
	save_result_fini(&result);
	return ms;
}

static double
save_note(struct place *p, const json_t *doc)
{
	struct edit edits[32];
	size_t n = 0;
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)doc, name, value) edits[n++] =
	    (struct edit){ .path = name, .now = value };
	return save(p, NULL, edits, n);
}

static double
commit_bare(struct place *p, const json_t *doc)
{
	struct buf bytes;
	struct err e;
	double start;

	buf_init(&bytes, 65536);
	assert_ok(json_print(doc, &bytes, &e), &e);
	p->note_bytes += (double)bytes.len;
	start = bench_now_ms();
	raw_put(p->raw, bytes.ptr, bytes.len);
	start = bench_now_ms() - start;
	buf_fini(&bytes);
	return start;
}

static void
figures_of(const char *what, struct bench_times *ours, struct bench_times *bare)
{
	static const struct {
		const char *name;
		double q;
	} at[] = { { "p50", 0.5 }, { "p99", 0.99 } };
	char name[64];

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		double a = bench_quantile(ours, at[i].q);
		double b = bench_quantile(bare, at[i].q);

		(void)snprintf(name, sizeof(name), "%s %s", what, at[i].name);
		bench_figure(name, "ms", a, SAVE_TIMES_MAX * b);
		(void)snprintf(name, sizeof(name), "%s %s beside a bare commit",
		    what, at[i].name);
		bench_figure(name, "times", a / b, SAVE_TIMES_MAX);
	}
}

/* New notes, each in turns with a bare commit of its bytes. */
static void
measure_new(struct place *p, size_t notes)
{
	struct bench_times ours = { 0 }, bare = { 0 };

	for (size_t i = 0; i < notes + WARM_UP; i++) {
		json_t *doc = bench_note(&p->rng, &p->of);
		double b = commit_bare(p, doc), a = save_note(p, doc);

		if (i >= WARM_UP) {
			bench_add(&bare, b);
			bench_add(&ours, a);
		}
		json_decref(doc);
	}
	bench_figure_alone("note, mean", "bytes of JSON",
	    p->note_bytes / (double)(notes + WARM_UP));
	figures_of("save of a new note", &ours, &bare);
	bench_times_fini(&ours);
	bench_times_fini(&bare);
}

/* One sentence into a note that is there; the bare commit writes the whole
 * note, as a program that keeps one row for it would. */
static void
measure_edit(struct place *p)
{
	struct bench_times ours = { 0 }, bare = { 0 };

	for (size_t i = 0; i < EDITS; i++) {
		struct id id = p->ids[rng_below(&p->rng, p->n)];
		struct edit edit = { .path = "summary" };
		struct record_view v;
		json_t *now;
		struct err e;

		assert_ok(device_store_get(p->store, id, &v, &e), &e);
		now = bench_note_edit(&p->rng,
		    json_string_value(path_get(v.record.doc, "summary")),
		    (unsigned)rng_below(&p->rng, 100));
		edit.now = now;
		bench_add(&ours, save(p, &id, &edit, 1));
		assert_int_equal(
		    json_object_set(v.record.doc, "summary", now), 0);
		bench_add(&bare, commit_bare(p, v.record.doc));
		json_decref(now);
		record_view_fini(&v);
	}
	figures_of("save of one more sentence", &ours, &bare);
	bench_times_fini(&ours);
	bench_times_fini(&bare);
}

static bool
count_hit(void *arg, const struct search_hit *hit)
{
	(void)hit;
	++*(size_t *)arg;
	return true;
}

static double
search(struct place *p, const char *query, size_t *hits)
{
	struct err e;
	double start = bench_now_ms();

	*hits = 0;
	assert_ok(
	    device_store_search(p->store, query, 0, 20, count_hit, hits, &e),
	    &e);
	return bench_now_ms() - start;
}

static void
measure_search(struct place *p)
{
	static const char *const queries[] = { "bus pass", "\"care plan\"",
		"hughes kettle", "nobody knocks", "locked suitcase",
		"photogr" };
	struct bench_times t = { 0 };
	size_t hits;
	double first = search(p, "chapel", &hits);

	assert_true(hits > 0);
	bench_figure_alone(
	    "index after the saves, per note", "ms", first / (double)p->n);
	for (size_t i = 0; i < SEARCHES; i++) {
		bench_add(&t,
		    search(p,
		        queries[i % (sizeof(queries) / sizeof(queries[0]))],
		        &hits));
		assert_true(hits > 0);
	}
	bench_figure("search p50", "ms", bench_quantile(&t, 0.5), 10);
	bench_figure("search p99", "ms", bench_quantile(&t, 0.99), 10);
	bench_times_fini(&t);
}

/* From the passphrase to an open store; the limit is Argon2id alone. */
static void
measure_unlock(struct place *p)
{
	struct bench_times ours = { 0 }, kdf = { 0 }, open = { 0 };
	struct kdf_salt salt = { { 1 } };
	struct secret_key key;
	struct err e;

	device_store_close(p->store);
	for (int i = 0; i < UNLOCKS; i++) {
		double start = bench_now_ms(), mid;

		assert_ok(kdf_argon2id(KDF_PARAMS_DEFAULT,
		              crypto_part_str(PASSPHRASE), &salt, &key, &e),
		    &e);
		bench_add(&kdf, bench_now_ms() - start);
		start = bench_now_ms();
		assert_ok(keyslot_open(p->slots, crypto_part_str(PASSPHRASE),
		              &key, NULL, &e),
		    &e);
		keyslot_page_key(&key, &key);
		mid = bench_now_ms();
		assert_ok(device_store_open(p->home, &key, &p->store, &e), &e);
		bench_add(&ours, bench_now_ms() - start);
		bench_add(&open, bench_now_ms() - mid);
		if (i + 1 < UNLOCKS)
			device_store_close(p->store);
	}
	bench_figure("unlock beside Argon2id alone", "ms",
	    bench_quantile(&ours, 0.5), bench_quantile(&kdf, 0.5));
	bench_figure_alone(
	    "open of the store within it", "ms", bench_quantile(&open, 0.5));
	bench_times_fini(&ours);
	bench_times_fini(&kdf);
	bench_times_fini(&open);
}

int
main(int argc, char **argv)
{
	size_t notes = bench_count(argc, argv, NOTES);
	struct place p;

	place_start(&p, notes);
	measure_new(&p, notes);
	measure_edit(&p);
	measure_search(&p);
	measure_unlock(&p);
	place_end(&p);
	return 0;
}
