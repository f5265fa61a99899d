/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_CUT_WORLD_H
#define PROVE_CUT_WORLD_H

#include <jansson.h>

#include "client/core/enrolment.h"
#include "common/base/file.h"
#include "common/store/device_store.h"
#include "common/store/outside.h"
#include "common/sys/loop.h"
#include "daemon/central/engine/engine.h"
#include "daemon/central/front/front.h"
#include "daemon/central/serve/engine_host.h"
#include "daemon/sync/call.h"
#include "tests/prove/crash_image.h"
#include "tests/prove/cut_net.h"
#include "tests/support/check.h"

/*
 * cut_world -- an office and a device of one of its users in one process and
 * one loop: the office's own front and engine as `serve` has them, the device's
 * own store and calls over TLS 1.3, and between them a network that can be cut
 * at any byte.  Both are real folders.
 *
 *   cut_world_start; cut_office_*, cut_device_*; cut_world_end.
 *
 * What fails here for another reason than the cut ends the run.
 */
struct cut_world;

struct cut_office {
	char data[FILE_PATH_MAX];
	struct secret_key key;
	struct engine *engine; /* NULL: closed */
	struct engine_host *host;
	struct front *front; /* stays when the engine is closed */
	struct tcp_address address;
	/* A socket that it takes connections from, which stays the caller's, in
	 * place of one that the front makes; 0: none. */
	int given;
	/* The front has lost the engine; NULL: that is on purpose. */
	void (*on_lost)(struct cut_world *w);
	struct id user;                  /* the device's */
	struct id admins[2];             /* who may decide who sees what */
	struct id site, person, of_case; /* what there is from the first day */
	char scope[64];                  /* the case's */
};

struct cut_device {
	char home[FILE_PATH_MAX];
	struct secret_key page_key;
	struct id id;
	struct device_store *store; /* NULL: locked */
	struct office *line;        /* with full rights; NULL: locked */
};

struct cut_world {
	struct check_folder folder;
	struct loop *loop;
	struct loop_timer *patience;
	struct cut_net *net;
	struct tcp_address address; /* where devices find the office */
	struct cut_office office;
	struct cut_device device;
	/* Of the try under way: the device has given up waiting, or waits for
	 * longer than anything takes. */
	bool has_given_up, hangs;
	uint32_t patience_ms; /* before it hangs */
	/* What the try under way came to, when it did not go through. */
	struct err why;
	unsigned status; /* of the last answer to who enrols; 0: none */
	uint64_t rounds; /* round trips of the last try */
	uint64_t serial; /* makes what is written differ from all before */
	/* What the exchange under test keeps from its work to its tries. */
	struct cut_work {
		struct id record;
		uint64_t written; /* changes, when there is no store to ask */
		uint64_t command; /* the last one's number */
		size_t enrolled;  /* how many devices have begun to */
		bool is_edited;   /* the office has made the change awaited */
		struct hash32 before;
	} work;
	struct enrolment enrolment;
};

void cut_world_start(struct cut_world *w);
void cut_world_end(struct cut_world *w);

/* A try ends: with the device's own trouble (w->why is set then, and rc is
 * passed on as false), or with what a report says.  True when all went
 * through. */
bool cut_try_failed(struct cut_world *w, enum err_code rc, const struct err *e);
bool cut_try_ends(struct cut_world *w, bool is_done, enum sync_outcome outcome,
    const struct err *local);

/* Turn the loop until *is_done, or the device has given up. */
void cut_wait(struct cut_world *w, const bool *is_done);
/* ... until nothing is left to do at once. */
void cut_settle(struct cut_world *w);

/* ---- the office (cut_office.c) ---- */
void cut_office_make(struct cut_world *w);
void cut_office_front(struct cut_world *w);
/* The engine, joined to the front if there is one. */
void cut_office_open(struct cut_world *w);
enum err_code cut_office_join(struct cut_world *w, struct err *e) ERR_CHECKED;
void cut_office_close(struct cut_world *w);
/* One command of visitbook-central; request is taken; the answer is new. */
json_t *cut_office_ask(struct cut_world *w, json_t *request);
/* The same, and the id in this member of its answer. */
struct id cut_office_make_id(
    struct cut_world *w, json_t *request, const char *member);
/* Set one text of a record, as an administrator; record NULL: a new one. */
struct id cut_office_edit(struct cut_world *w, const struct id *record,
    const char *type, const char *path, const char *text);
/* NULL, or what does not add up; borrowed until the next call. */
const char *cut_office_verify(struct cut_world *w);
/* The row of the device. */
struct office_device cut_office_device(struct cut_world *w, struct id device);
uint64_t cut_office_devices(struct cut_world *w);
uint64_t cut_office_files(struct cut_world *w);
uint64_t cut_office_head(struct cut_world *w);
/* The sum of the sums of all scopes that the device's user holds. */
struct digest cut_office_digest(struct cut_world *w);

/* ---- the device (cut_device.c) ---- */
/* Enrol it, for good, and open it. */
void cut_device_make(struct cut_world *w);
void cut_device_open(struct cut_world *w);
void cut_device_close(struct cut_world *w);
/* Forget the connections to the office and what was kept of them. */
void cut_device_redial(struct cut_world *w);
struct id cut_device_save(struct cut_world *w, const struct id *record,
    const char *type, const char *path, const char *text);
/* Sync over a network that nothing cuts; it must go through. */
void cut_device_sync(struct cut_world *w);
/* NULL, or what does not add up; borrowed until the next call. */
const char *cut_device_verify(struct cut_world *w);
int64_t cut_device_number(struct cut_world *w, const char *sql);

/* ---- both folders as they were ---- */
struct cut_image;
struct cut_image *cut_image_take(struct cut_world *w);
void cut_image_free(struct cut_image *i);
/* Close what is open, put a folder back, and open it. */
void cut_image_put_office(const struct cut_image *i, struct cut_world *w);
void cut_image_put_device(const struct cut_image *i, struct cut_world *w);

#endif
