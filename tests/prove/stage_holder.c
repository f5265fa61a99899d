/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/prove/stage_holder.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/enc.h"
#include "common/store/holder.h"
#include "common/store/keyslot.h"
#include "common/sys/json.h"
#include "tests/fault/calls.h"

#define PERSONS_MAX 10
#define ASK_MS 5000
#define HOLDERS_MAX 16

struct holder_stage stage_holder;

/* ---- the processes that hold a key, which are ours ---- */

/* Whoever starts one ends, and leaves it to this process. */
static size_t
holders(pid_t out[static HOLDERS_MAX])
{
	FILE *list = fopen("/proc/thread-self/children", "re");
	size_t n = 0;
	char text[512] = "", *at = text, *end;

	assert_non_null(list);
	(void)!fgets(text, sizeof(text), list);
	(void)fclose(list);
	for (long pid = strtol(at, &end, 10); end != at && n < HOLDERS_MAX;
	     pid = strtol(at, &end, 10)) {
		out[n++] = (pid_t)pid;
		at = end;
	}
	return n;
}

static void
end_holders(void)
{
	pid_t all[HOLDERS_MAX];
	const size_t n = holders(all);
	int status;

	for (size_t i = 0; i < n; i++) {
		(void)kill(all[i], SIGKILL);
		(void)waitpid(all[i], &status, 0);
	}
}

/* A try that ended with its process has left its holder to another.  Who
 * listens in this runtime folder was started here. */
static void
end_left_holder(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct ucred peer;
	socklen_t len = sizeof(peer);
	char path[FILE_PATH_MAX];
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct err e;

	assert_ok(holder_path(stage_holder.w.home, path, &e), &e);
	assert_true(fd >= 0 && strlen(path) < sizeof(address.sun_path));
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0) {
		(void)kill(peer.pid, SIGKILL);
		/* Its end closes what it had accepted, or its queue. */
		(void)!read(fd, path, 1);
	}
	(void)close(fd);
}

#ifndef __SANITIZE_ADDRESS__
/* How often bytes lie in what the process can write to. */
static unsigned
count_in(pid_t pid, const void *bytes, size_t len)
{
	char path[64], line[512];
	unsigned long from, to;
	unsigned n = 0;
	FILE *maps;
	int mem;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	while (maps != NULL && mem >= 0 &&
	    fgets(line, sizeof(line), maps) != NULL) {
		char *rest, *all, *at;
		ssize_t got;

		from = strtoul(line, &rest, 16);
		to = strtoul(rest + 1, &rest, 16);
		if (strncmp(rest, " rw", 3) != 0)
			continue;
		all = malloc(to - from);
		assert_non_null(all);
		got = pread(mem, all, to - from, (off_t)from);
		for (at = all; got > 0 &&
		     (at = memmem(at, (size_t)(all + got - at), bytes, len)) !=
		         NULL;
		     at++)
			n++;
		free(all);
	}
	if (maps != NULL)
		(void)fclose(maps);
	if (mem >= 0)
		(void)close(mem);
	return n;
}
#endif

/* ---- life ---- */

static void
start(void)
{
	struct holder_stage *s = &stage_holder;
	char path[FILE_PATH_MAX];
	struct err e;

	*s = (struct holder_stage){ .is_kept = false };
	client_world_start(&s->w, NULL);
	assert_true(file_join(path, s->w.home, "slots"));
	assert_ok(keyslot_open(path, crypto_part_str(CLIENT_PASSPHRASE),
	              &s->dbkey, NULL, &e),
	    &e);
}

static void
keep(void)
{
	folder_keep_as_is(&stage_holder.kept, stage_holder.w.home);
	stage_holder.is_kept = true;
}

static void
restore(void)
{
	folder_restore(&stage_holder.kept, stage_holder.w.home);
	stage_holder.saved = (struct id){ { 0 } };
}

static void
open_as(enum play_fails fails, bool is_unlocked)
{
	struct holder_stage *s = &stage_holder;
	struct err e = { 0 };

	if (!s->is_kept)
		return;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", s->w.folder.path, 1), 0);
	end_left_holder();
	fault_calls_in_programs(true);
	s->fails = fails;
	s->told_locked = false;
	if (is_unlocked)
		assert_ok(holder_try_unlock(&e), &e);
}

static void
open_command(void)
{
	open_as(PLAY_COMMAND, false);
}

static void
open_agent(void)
{
	open_as(PLAY_AGENT, false);
}

static void
open_command_unlocked(void)
{
	open_as(PLAY_COMMAND, true);
}

static void
open_agent_unlocked(void)
{
	open_as(PLAY_AGENT, true);
}

static void
shut(void)
{
	end_holders();
	fault_calls_in_programs(false);
}

static void
end(void)
{
	folder_forget(&stage_holder.kept);
	client_world_end(&stage_holder.w);
}

/* ---- tries ---- */

static enum err_code
play(const char *words, bool with_passphrase, json_t **said_out, struct err *e)
{
	const struct holder_stage *s = &stage_holder;
	const struct play p = { .words = words,
		.home = s->w.home,
		.runtime = s->w.folder.path,
		.passphrase = with_passphrase ? CLIENT_PASSPHRASE : NULL,
		.fails = s->fails };

	return play_run(&p, said_out, e);
}

/* Does a process say that it holds the key? */
static bool
is_held(void)
{
	char *answer = NULL;
	const bool is = holder_ask(stage_holder.w.home, "{\"do\":\"status\"}",
	                    ASK_MS, &answer, NULL) == ERR_OK &&
	    strstr(answer, "\"locked\":false") != NULL;

	free(answer);
	return is;
}

enum err_code
holder_try_unlock(struct err *e)
{
	stage_holder.told_locked = false;
	return play("unlock|--for|5m", true, NULL, e);
}

/* The one that holds the key may have ended with the last try. */
static void
unlocked(void)
{
	const bool was_on = torture_pause();
	struct err e = { 0 };

	stage_holder.told_locked = false;
	if (!is_held())
		assert_ok(holder_try_unlock(&e), &e);
	if (was_on)
		torture_resume();
}

enum err_code
holder_try_save(struct err *e)
{
	json_t *said = NULL;
	enum err_code code;

	unlocked();
	code = play("person|new|--set|full_name=Betty Hughes", false, &said, e);
	if (code == ERR_OK)
		assert_ok(json_get_id(said, "id", &stage_holder.saved, e), e);
	json_decref(said);
	return code;
}

enum err_code
holder_try_lock(struct err *e)
{
	enum err_code code;

	unlocked();
	code = play("lock", false, NULL, e);
	stage_holder.told_locked = code == ERR_OK;
	return code;
}

/* ---- what can be seen of it ---- */

#ifndef __SANITIZE_ADDRESS__ /* which keeps memory that was freed */
static void
tell_memory(bool held, struct buf *out)
{
	const struct secret_key *key = &stage_holder.dbkey;
	char hex[ENC_HEX_LEN(SECRET_KEY_LEN) + 1];
	pid_t all[HOLDERS_MAX];
	const size_t n = holders(all);
	unsigned found = 0;

	enc_hex(key->b, SECRET_KEY_LEN, hex);
	for (size_t i = 0; i < n; i++)
		found += count_in(all[i], key->b, SECRET_KEY_LEN) +
		    count_in(all[i], hex, sizeof(hex) - 1);
	if (held && found == 0)
		(void)buf_printf(
		    out, "BAD the key is not found where it has to be\n");
	if (!held && found > 0)
		(void)buf_printf(out,
		    "BAD the notes are locked, and the key is in memory\n");
}
#endif

static bool
count(void *arg, const struct record_summary *r)
{
	(void)r;
	++*(unsigned *)arg;
	return true;
}

static void
tell_notes(struct buf *out)
{
	const struct holder_stage *s = &stage_holder;
	const struct id none = { { 0 } };
	struct device_store *store = NULL;
	struct record_view view;
	struct verify_result v;
	unsigned n = 0;
	struct err e;

	assert_ok(device_store_open(s->w.home, &s->w.page_key, &store, &e), &e);
	assert_ok(device_store_verify(store, &v, &e), &e);
	if (!v.ok)
		(void)buf_printf(
		    out, "BAD it does not add up: %s\n", v.first_bad);
	assert_ok(device_store_list(
	              store, "person", NULL, PERSONS_MAX, count, &n, &e),
	    &e);
	(void)buf_printf(out, "somebody is there: %d\n", n > 0);
	if (!id_equal(s->saved, none)) {
		if (device_store_get(store, s->saved, &view, &e) == ERR_OK)
			record_view_fini(&view);
		else
			(void)buf_printf(out,
			    "BAD what was told to be saved is not there: %s\n",
			    e.msg);
	}
	device_store_close(store);
}

static void
state(struct buf *out)
{
	const bool held = is_held();

	if (fault_calls_asserted() > 0)
		(void)buf_printf(out, "BAD an assertion does not hold\n");
	if (held && stage_holder.told_locked)
		(void)buf_printf(out,
		    "BAD it was told that the notes are locked, and the key is "
		    "held\n");
#ifndef __SANITIZE_ADDRESS__
	tell_memory(held, out);
#endif
	tell_notes(out);
	(void)buf_printf(out, "unlocked: %d\n", held);
}

#define HOLDER                                                                 \
	.start = start, .end = end, .keep = keep, .restore = restore,          \
	.shut = shut, .state = state, .is_open = true

const struct torture_stage holder_command = { HOLDER, .open = open_command };
const struct torture_stage holder_agent = { HOLDER, .open = open_agent };
const struct torture_stage holder_command_open = { HOLDER,
	.open = open_command_unlocked };
const struct torture_stage holder_agent_open = { HOLDER,
	.open = open_agent_unlocked };
