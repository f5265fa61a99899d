/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/watch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/sys/log.h"

struct watch {
	watch_cb *cb;
	void *arg;
	int fd;                  /* -1: the timer polls */
	struct loop_fd *watcher; /* of fd */
	struct loop_timer *timer;
};

static void
on_events(int fd, unsigned events, void *arg)
{
	const struct watch *w = arg;
	_Alignas(struct inotify_event) char some[4096];

	(void)events;
	/* What they say is not needed: one look covers all of them. */
	while (read(fd, some, sizeof(some)) > 0)
		;
	w->cb(w->arg);
}

static void
on_timer(void *arg)
{
	const struct watch *w = arg;
	struct err e;

	w->cb(w->arg);
	if (loop_timer_start(w->timer, WATCH_POLL_MS, &e) != ERR_OK)
		log_err("watch", "saves are noticed when told only", &e);
}

/* False where the kernel has no inotify, or no more watches for this user. */
static bool
ask_kernel(struct loop *loop, struct watch *w, const char *folder)
{
	struct err e;

	w->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->fd < 0)
		return false;
	return inotify_add_watch(
	           w->fd, folder, IN_MODIFY | IN_CREATE | IN_MOVED_TO) >= 0 &&
	    loop_fd_new(loop, w->fd, on_events, w, &w->watcher, &e) == ERR_OK &&
	    loop_fd_set(w->watcher, LOOP_READ, &e) == ERR_OK;
}

static void
forget_kernel(struct watch *w)
{
	if (w->watcher != NULL)
		loop_fd_free(w->watcher);
	if (w->fd >= 0)
		(void)close(w->fd); /* nothing was written */
	w->watcher = NULL;
	w->fd = -1;
}

enum err_code
watch_open(struct loop *loop, const char *home, watch_cb *cb, void *arg,
    struct watch **out, struct err *e)
{
	struct watch *w = calloc(1, sizeof(*w));
	char folder[FILE_PATH_MAX];
	enum err_code code = ERR_OK;

	if (w == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	w->cb = cb;
	w->arg = arg;
	w->fd = -1;
	if (!file_join(folder, home, "outside") ||
	    !ask_kernel(loop, w, folder)) {
		forget_kernel(w);
		code = loop_timer_new(loop, on_timer, w, &w->timer, e);
		if (code == ERR_OK)
			code = loop_timer_start(w->timer, WATCH_POLL_MS, e);
	}
	if (code != ERR_OK) {
		watch_close(w);
		return code;
	}
	*out = w;
	return ERR_OK;
}

void
watch_close(struct watch *w)
{
	if (w == NULL)
		return;
	forget_kernel(w);
	if (w->timer != NULL)
		loop_timer_free(w->timer);
	free(w);
}
