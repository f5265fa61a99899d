/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure_ingest [DEVICES] -- the engine takes 200 notes from each device, ten
 * requests at a time, and answers each with a receipt after its commit.
 * Fronts, TLS and the devices' own work are left out.  Beside it, in turns,
 * plain SQLite stores the bytes of the same notes, and nothing else: one to a
 * commit, and 200 to a commit.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/file.h"
#include "common/base/rng.h"
#include "common/sys/json.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_note.h"
#include "tests/bench/bench_raw.h"
#include "tests/support/engine_world.h"

#define DEVICES 50
#define NOTES 200
#define AT_ONCE 10
#define CHANGES (NOTES + 2) /* with the person and the case */

/* What a kind of storing came to. */
struct cost {
	double ms, cpu_ms;
	size_t n;
};

struct ingest {
	struct world w;
	struct check_folder folder;
	struct raw *one, *many;
	struct rng rng;
	struct buf docs; /* of one device: NOTES texts, each ended with NUL */
	struct cost ours, raw_one, raw_many;
	uint64_t tokens[AT_ONCE];
	size_t n_waiting;
};

static void
op_add(struct change *c, const char *path, const json_t *now, struct rng *rng)
{
	struct change_base base = { 0 };
	uint8_t salt[CHANGE_SALT_LEN];
	struct err e;

	rng_bytes(rng, salt, sizeof(salt));
	assert_ok(change_add_op(c, path, &base, NULL, now, salt, &e), &e);
}

/* A note's document as the change that makes it: one op for each value, and
 * for each member of a set. */
static void
note_cut(struct dev *d, const json_t *doc, struct rng *rng)
{
	const char *name;
	json_t *value;

	(void)dev_begin_new(d, "note");
	json_object_foreach((json_t *)(uintptr_t)doc, name, value)
	{
		char path[128];

		if (!json_is_array(value))
			op_add(&d->open, name, value, rng);
		for (size_t i = 0; i < json_array_size(value); i++) {
			(void)snprintf(path, sizeof(path), "%s/%s", name,
			    json_string_value(json_array_get(value, i)));
			op_add(&d->open, path, json_true(), rng);
		}
	}
	(void)dev_cut(d);
}

static void
notes_write(struct ingest *in, struct dev *d)
{
	struct bench_note_of of = { .of_case = dev_case(
		                        d, dev_person(d, "Betty Hughes")),
		.visit = bench_id(&in->rng),
		.author = d->user };
	struct err e;

	buf_reset(&in->docs);
	for (int i = 0; i < NOTES; i++) {
		json_t *doc = bench_note(&in->rng, &of);

		note_cut(d, doc, &in->rng);
		assert_ok(json_print(doc, &in->docs, &e), &e);
		(void)buf_add_char(&in->docs, '\0');
		json_decref(doc);
	}
	assert_ok(buf_check(&in->docs, &e), &e);
}

/* One device with its notes; its request waits in the engine's queue. */
static void
device_queue(struct ingest *in, size_t number)
{
	struct sync_request r;
	json_t *body = NULL;
	struct dev d;
	char name[32];
	struct err e;

	(void)snprintf(name, sizeof(name), "advocate %zu", number);
	dev_start(&d, &in->w, world_user(&in->w, name), DEVICE_ACTIVE);
	notes_write(in, &d);
	dev_request(&d, &r);
	r.pull = false;
	assert_ok(sync_request_to_json(&r, &body, &e), &e);
	in->tokens[in->n_waiting++] =
	    dev_queue(&d, WIRE_SYNC, "/v1/sync", body, false);
	json_decref(body);
	sync_request_fini(&r);
	dev_end(&d);
}

static void
cost_add(struct cost *c, double ms, double cpu_ms, size_t n)
{
	c->ms += bench_now_ms() - ms;
	c->cpu_ms += bench_cpu_ms() - cpu_ms;
	c->n += n;
}

/* The notes that were written last, into the bare databases. */
static void
store_bare(struct ingest *in)
{
	const char *end = in->docs.ptr + in->docs.len;
	double ms = bench_now_ms(), cpu_ms = bench_cpu_ms();

	for (const char *p = in->docs.ptr; p < end; p += strlen(p) + 1)
		raw_put(in->one, p, strlen(p));
	cost_add(&in->raw_one, ms, cpu_ms, NOTES);
	ms = bench_now_ms();
	cpu_ms = bench_cpu_ms();
	raw_begin(in->many);
	for (const char *p = in->docs.ptr; p < end; p += strlen(p) + 1)
		raw_put(in->many, p, strlen(p));
	raw_commit(in->many);
	cost_add(&in->raw_many, ms, cpu_ms, NOTES);
}

static void
work(struct ingest *in)
{
	double ms = bench_now_ms(), cpu_ms = bench_cpu_ms();

	while (engine_work(in->w.g) == 0)
		continue;
	cost_add(&in->ours, ms, cpu_ms, in->n_waiting * CHANGES);
	for (size_t i = 0; i < in->n_waiting; i++) {
		struct sync_answer out;
		struct answer a;
		json_t *json;
		struct err e;

		assert_true(world_answer(&in->w, in->tokens[i], &a));
		assert_int_equal(a.status, 200);
		json = answer_json(&a);
		assert_ok(sync_answer_from_json(json, &out, &e), &e);
		assert_int_equal(out.n_receipts, 1);
		assert_int_equal(out.receipts[0].counter, CHANGES);
		sync_answer_fini(&out);
		json_decref(json);
		answer_end(&a);
	}
	in->n_waiting = 0;
}

static void
figures(struct ingest *in, double peak_mb)
{
	const double per_s = 1e3 * (double)in->ours.n / in->ours.ms;
	const struct cost *one = &in->raw_one, *many = &in->raw_many;
	double cpu = in->ours.cpu_ms / (double)in->ours.n * 10;

	bench_figure("ingest beside one row a commit", "changes/s", per_s,
	    1e3 * (double)one->n / one->ms);
	bench_figure("ingest beside 200 rows a commit", "changes/s", per_s,
	    1e3 * (double)many->n / many->ms);
	bench_figure("ingest, processor time beside one row a commit",
	    "s per 10,000", cpu, one->cpu_ms / (double)one->n * 10);
	bench_figure("ingest, processor time beside 200 rows a commit",
	    "s per 10,000", cpu, many->cpu_ms / (double)many->n * 10);
	bench_figure("ingest, peak memory", "MB", peak_mb, 48);
}

static void
disk_figure(struct ingest *in)
{
	char path[FILE_PATH_MAX];
	struct stat st;

	assert_true(file_join(path, in->w.folder.path, "office.db"));
	assert_int_equal(stat(path, &st), 0);
	bench_figure("office on disk, with history and audit", "bytes a note",
	    (double)st.st_size / (double)in->raw_one.n, 1600);
}

int
main(int argc, char **argv)
{
	size_t devices = bench_count(argc, argv, DEVICES);
	struct ingest in = { .folder = check_folder_new(),
		.rng = rng_make(BENCH_SEED) };

	world_start(&in.w);
	in.w.is_unchecked = true;
	in.one = raw_open(in.folder.path, "one.db", false);
	in.many = raw_open(in.folder.path, "many.db", false);
	buf_init(&in.docs, (size_t)4 * 1024 * 1024);
	for (size_t i = 0; i < devices; i++) {
		device_queue(&in, i);
		store_bare(&in);
		if (in.n_waiting == AT_ONCE || i + 1 == devices)
			work(&in);
	}
	assert_int_equal(
	    engine_counts(in.w.g).changes_applied, devices * CHANGES);
	figures(&in, bench_peak_mb());
	world_restart(&in.w);
	disk_figure(&in);
	raw_close(in.one);
	raw_close(in.many);
	buf_fini(&in.docs);
	world_end(&in.w);
	check_folder_end(&in.folder);
	return 0;
}
