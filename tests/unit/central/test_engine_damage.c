/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page of the office's store that cannot be read for a while, as want of
 * memory inside the cipher has it: that is no fault of any change.
 */
#include "tests/support/check.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "tests/support/engine_world.h"

#define PAGE_BYTES 4096

static off_t
pages(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size / PAGE_BYTES;
}

/* Damage the page, or make it good again. */
static void
turn(const char *path, off_t page)
{
	const int fd = open(path, O_RDWR | O_CLOEXEC);
	const off_t at = page * PAGE_BYTES + PAGE_BYTES / 2;
	uint8_t byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0xffU;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	assert_int_equal(close(fd), 0);
}

/* Send what is due once, whatever comes of it. */
static void
send_once(struct dev *d)
{
	struct sync_request r;
	struct answer a;
	json_t *json = NULL;
	uint64_t token;
	struct err e;

	sync_request_init(&r);
	dev_request(d, &r);
	assert_ok(sync_request_to_json(&r, &json, &e), &e);
	token = dev_queue(d, WIRE_SYNC, "/v1/sync", json, false);
	(void)engine_work(d->w->g);
	if (world_answer(d->w, token, &a))
		answer_end(&a);
	json_decref(json);
	sync_request_fini(&r);
}

static int64_t
poisoned(struct world *w)
{
	return world_number(
	    w, "SELECT count(*) FROM change WHERE reason = 'poison'");
}

static int64_t
waiting(struct world *w)
{
	return world_number(w, "SELECT count(*) FROM change WHERE state = 1");
}

struct scene {
	struct world w;
	struct dev d;
	char path[FILE_PATH_MAX];
};

static void
scene_start(struct scene *s)
{
	world_start(&s->w);
	dev_start(&s->d, &s->w, world_user(&s->w, "Amina"), DEVICE_ACTIVE);
	(void)dev_person(&s->d, "Betty");
	dev_sync(&s->d);
	assert_true(file_join(s->path, s->w.folder.path, "office.db"));
}

static void
scene_end(struct scene *s)
{
	dev_end(&s->d);
	world_end(&s->w);
}

/* A change comes while the page does not read, and the engine works so often
 * with it. */
static void
meet(struct scene *s, off_t page, unsigned times)
{
	(void)dev_person(&s->d, "Carwyn");
	world_restart(&s->w);
	turn(s->path, page);
	send_once(&s->d);
	while (--times > 0)
		(void)engine_work(s->w.g);
	turn(s->path, page);
}

static void
a_page_that_does_not_read_once_holds_no_change(void **state)
{
	struct scene s;
	unsigned met = 0;

	(void)state;
	scene_start(&s);
	for (off_t page = 1; page < pages(s.path); page++) {
		meet(&s, page, 1);
		met += waiting(&s.w) > 0;
		dev_push(&s.d);
		assert_int_equal(waiting(&s.w), 0);
		assert_int_equal(poisoned(&s.w), 0);
	}
	assert_true(met > 0);
	scene_end(&s);
}

/* It is damage after all, which the change is held for, and the rest flows. */
static void
a_page_that_never_reads_holds_what_needs_it(void **state)
{
	struct scene s;

	(void)state;
	scene_start(&s);
	for (off_t page = 1; poisoned(&s.w) == 0; page++) {
		assert_true(page < pages(s.path));
		meet(&s, page, 5);
		if (poisoned(&s.w) == 0)
			dev_push(&s.d);
	}
	assert_int_equal(waiting(&s.w), 0);
	scene_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_page_that_does_not_read_once_holds_no_change),
		cmocka_unit_test(a_page_that_never_reads_holds_what_needs_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
