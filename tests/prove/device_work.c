/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/device_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"

#define TEXT_ROOM 32

void
device_work_start(struct device_work *w)
{
	*w = (struct device_work){ .office = small_office_new() };
	device_start(w->office, "Ama", &w->device);
	w->person = device_new_person(&w->device, "Betty");
	device_store_close(w->device.store);
	w->device.store = NULL;
	disk_record(w->device.folder.path);
	w->log = disk_record_end();
	w->base = crash_disk_new(w->log, 0, NULL);
	w->folder = check_folder_new();
}

void
device_work_end(struct device_work *w)
{
	check_folder_end(&w->folder);
	crash_disk_free(w->base);
	disk_log_free(w->log);
	device_end(&w->device);
	small_office_free(w->office);
}

static bool
try_save(struct device_store *store, const struct id *record, const char *path,
    const char *text, struct id *out)
{
	json_t *value = json_string(text);
	const struct edit edit = { .path = path, .now = value };
	struct save_result saved;
	struct err e;
	const enum err_code code = device_store_save(
	    store, record, "person", &edit, 1, NULL, &saved, &e);

	json_decref(value);
	if (code != ERR_OK)
		return false;
	*out = saved.id;
	save_result_fini(&saved);
	return true;
}

static void
fail_now(const struct device_fault *f, bool on)
{
	if (f->on != NULL)
		f->on(on);
}

/* One exchange with the office. */
static void
try_sync(const struct device_work *w, struct device_store *store,
    struct device_told *told, const struct device_fault *f)
{
	struct sync_progress progress;
	struct sync_request request;
	struct sync_answer answer;
	struct err e;

	sync_request_init(&request);
	if (device_store_sync_request(store, false, &request, &e) == ERR_OK) {
		fail_now(f, false);
		small_office_answer(
		    w->office, w->device.identity.device, &request, 0, &answer);
		fail_now(f, true);
		if (device_store_sync_answer(store, &answer, clock_mono_ms(),
		        clock_mono_ms(), &progress, &e) == ERR_OK)
			told->has_synced = true;
		sync_answer_fini(&answer);
	}
	sync_request_fini(&request);
}

static void
work(const struct device_work *w, struct device_told *told,
    const struct device_fault *f)
{
	struct device_store *store = NULL;
	char text[TEXT_ROOM];
	struct id id;
	struct err e;

	fail_now(f, true);
	if (device_store_open(w->folder.path, &w->device.key, &store, &e) !=
	    ERR_OK)
		return;
	for (size_t i = 0; i < DEVICE_WORK_SAVES; i++) {
		(void)snprintf(text, sizeof(text), "Saved %zu", i);
		told->n_tried++;
		if (!try_save(store, NULL, "full_name", text, &id))
			continue;
		told->done[told->n_done] = id;
		told->n_done++;
	}
	try_sync(w, store, told, f);
	device_store_close(store);
}

int
device_work_try(const struct device_work *w, const struct device_fault *f,
    struct device_told *told)
{
	struct rng unused = rng_make(0);
	int status = -1;
	pid_t pid;

	*told = (struct device_told){ .has_failed = false };
	crash_image(w->base, CRASH_KEPT, &unused, w->folder.path);
	pid = fork();
	if (pid == 0) {
		told->has_failed = true; /* unless it gets to its end */
		disk_record(w->folder.path);
		f->arm(f->arg);
		work(w, told, f);
		fail_now(f, false);
		told->has_failed = f->has_failed();
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

struct device_told *
device_told_new(void)
{
	void *p = mmap(NULL, sizeof(struct device_told), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

void
device_told_free(struct device_told *told)
{
	(void)munmap(told, sizeof(*told));
}

static const char *
is_whole(const struct device_work *w, struct device_store *store,
    const struct device_told *told)
{
	struct verify_result v;
	struct record_view view;
	struct id other;
	struct err e;

	if (device_store_verify(store, &v, &e) != ERR_OK)
		return "it cannot be verified";
	if (!v.ok)
		return "it does not add up";
	if (v.written < 1 + told->n_done)
		return "a change that was saved is gone";
	if (told->has_synced && v.receipted < 1 + told->n_done)
		return "a receipt is gone";
	if (v.written > 1 + told->n_tried)
		return "it has changes that nobody made";
	for (size_t i = 0; i < told->n_done; i++) {
		if (device_store_get(store, told->done[i], &view, &e) != ERR_OK)
			return "a saved person is gone";
		record_view_fini(&view);
	}
	if (!try_save(store, &w->person, "preferred_name", "After", &other))
		return "nothing can be saved any more";
	return NULL;
}

const char *
device_work_check(const struct device_work *w, const struct device_told *told)
{
	struct device_store *store = NULL;
	const char *bad;
	struct err e;

	if (device_store_open(w->folder.path, &w->device.key, &store, &e) !=
	    ERR_OK)
		return "it does not open";
	bad = is_whole(w, store, told);
	device_store_close(store);
	return bad;
}
