/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise P6: when the notes are locked nothing that opens them is left in the
 * daemon's memory, and while they are unlocked the same search finds it.
 *
 * The daemon is this program started anew, so that its memory never held what
 * the test knows; what it looks for it is told in masked form.
 */
#include "tests/support/check.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/enc.h"
#include "common/store/holder.h"
#include "common/store/keyslot.h"
#include "common/sys/json.h"
#include "daemon/sync/daemon.h"
#include "schema/schema_bundle.h"
#include "tests/support/memory_scan.h"
#include "tests/support/stub_office.h"

/* What is looked for: the database key, the key of its pages, the device's
 * signing key, and its TLS key as text and as a number. */
enum { DBKEY, PAGE_KEY, SIGN_KEY, TLS_TEXT, TLS_NUMBER, SECRETS_N };

/* ---- the daemon's process ---- */

struct child {
	struct loop *loop;
	struct memory_mask masks[SECRETS_N];
};

/* One line: how often each of them lies in memory. */
static void
on_count(int signo, void *arg)
{
	const struct child *c = arg;
	char line[128];
	size_t counts[SECRETS_N];
	int n;

	(void)signo;
	for (size_t i = 0; i < SECRETS_N; i++)
		counts[i] = memory_count(&c->masks[i]);
	n = snprintf(line, sizeof(line), "%zu %zu %zu %zu %zu\n", counts[DBKEY],
	    counts[PAGE_KEY], counts[SIGN_KEY], counts[TLS_TEXT],
	    counts[TLS_NUMBER]);
	if (write(STDOUT_FILENO, line, (size_t)n) != n)
		_exit(3);
}

static void
on_term(int signo, void *arg)
{
	(void)signo;
	loop_stop(((struct child *)arg)->loop);
}

static int
be_daemon(char *argv[])
{
	struct daemon_cfg cfg = daemon_cfg_default();
	struct child c = { .loop = NULL };
	struct loop_signal *count = NULL, *term = NULL;
	struct schema *words = NULL;
	struct daemon *d = NULL;
	struct err e;

	json_wipe_freed();
	for (size_t i = 0; i < SECRETS_N; i++)
		if (!enc_hex_parse(argv[2 + i], strlen(argv[2 + i]),
		        c.masks[i].b, SECRET_KEY_LEN))
			return 4;
	cfg.home = argv[1];
	if (schema_parse(schema_bundle_bytes, schema_bundle_len, &words, &e) !=
	        ERR_OK ||
	    loop_new(&c.loop, &e) != ERR_OK ||
	    loop_signal_new(c.loop, SIGUSR1, on_count, &c, &count, &e) !=
	        ERR_OK ||
	    loop_signal_new(c.loop, SIGTERM, on_term, &c, &term, &e) != ERR_OK)
		return 5;
	cfg.words = words;
	if (daemon_open(c.loop, &cfg, &d, &e) != ERR_OK ||
	    write(STDOUT_FILENO, "ready\n", 6) != 6 ||
	    loop_run(c.loop, &e) != ERR_OK)
		return 6;
	daemon_close(d);
	loop_signal_free(count);
	loop_signal_free(term);
	loop_free(c.loop);
	schema_free(words);
	return 0;
}

/* ---- the test ---- */

struct scene {
	struct stub_office office;
	pid_t pid;
	int out; /* the daemon's standard output */
};

static bool
has_line(const void *arg)
{
	struct pollfd p = { .fd = ((const struct scene *)arg)->out,
		.events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
read_line(struct scene *s, char line[static 128])
{
	size_t len = 0;

	stub_until(&s->office, has_line, s);
	do {
		assert_true(len < 127);
		assert_int_equal(read(s->out, line + len, 1), 1);
	} while (line[len++] != '\n');
	line[len] = '\0';
}

static void
mask_print(struct memory_mask m, char out[static ENC_HEX_LEN(32) + 1])
{
	enc_hex(m.b, SECRET_KEY_LEN, out);
}

static void
scene_start(struct scene *s)
{
	char hex[SECRETS_N][ENC_HEX_LEN(32) + 1];
	struct memory_mask text, number;
	struct secret_key page_key;
	char line[128];
	int ends[2];

	stub_office_start(&s->office);
	assert_int_equal(
	    setenv("XDG_RUNTIME_DIR", s->office.folder.path, 1), 0);
	keyslot_page_key(&s->office.dbkey, &page_key);
	memory_mask_key(&s->office.device.key, &text, &number);
	mask_print(memory_mask(s->office.dbkey.b), hex[DBKEY]);
	mask_print(memory_mask(page_key.b), hex[PAGE_KEY]);
	mask_print(memory_mask(s->office.device_key.b), hex[SIGN_KEY]);
	mask_print(text, hex[TLS_TEXT]);
	mask_print(number, hex[TLS_NUMBER]);
	assert_int_equal(pipe(ends), 0);
	s->pid = check_fork();
	if (s->pid == 0) {
		(void)dup2(ends[1], STDOUT_FILENO);
		(void)execl("/proc/self/exe", "test_locked_memory",
		    s->office.folder.path, hex[DBKEY], hex[PAGE_KEY],
		    hex[SIGN_KEY], hex[TLS_TEXT], hex[TLS_NUMBER],
		    (char *)NULL);
		_exit(9);
	}
	(void)close(ends[1]);
	s->out = ends[0];
	read_line(s, line);
	assert_string_equal(line, "ready\n");
}

static void
counts_now(struct scene *s, size_t counts[static SECRETS_N])
{
	char line[128];
	char *at = line;

	assert_int_equal(kill(s->pid, SIGUSR1), 0);
	read_line(s, line);
	print_message("%s", line);
	for (size_t i = 0; i < SECRETS_N; i++)
		counts[i] = strtoul(at, &at, 10);
}

static bool
is_waiting(const void *arg)
{
	return ((const struct scene *)arg)->office.parked != NULL;
}

static bool
has_two(const void *arg)
{
	return ((const struct scene *)arg)->office.counter == 2;
}

static void
nothing_that_opens_the_notes_outlives_a_lock(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	size_t counts[SECRETS_N];
	char *answer = NULL;
	int status = 0;
	struct err e;

	(void)state;
	assert_non_null(s);
	scene_start(s);
	counts_now(s, counts);
	for (size_t i = 0; i < SECRETS_N; i++)
		assert_int_equal(counts[i], 0);

	stub_device_save(&s->office, "Betty");
	assert_ok(
	    holder_unlock(s->office.folder.path, &s->office.dbkey, 0, &e), &e);
	stub_until(&s->office, is_waiting, s);
	counts_now(s, counts);
	assert_true(counts[DBKEY] > 0);
	assert_true(counts[SIGN_KEY] > 0);
	assert_true(counts[TLS_TEXT] > 0);

	/* The daemon answers a lock without the office's help. */
	assert_ok(holder_ask(s->office.folder.path, "{\"do\":\"lock\"}", 10000,
	              &answer, &e),
	    &e);
	assert_string_equal(answer, "{\"ok\":true}");
	free(answer);
	counts_now(s, counts);
	for (size_t i = 0; i < SECRETS_N; i++)
		assert_int_equal(counts[i], 0);

	/* And yet what is saved goes on travelling. */
	stub_device_save(&s->office, "Owain");
	stub_until(&s->office, has_two, s);
	counts_now(s, counts);
	for (size_t i = 0; i < SECRETS_N; i++)
		assert_int_equal(counts[i], 0);
	assert_int_equal(kill(s->pid, SIGTERM), 0);
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	(void)close(s->out);
	stub_office_end(&s->office);
	free(s);
}

#ifdef __SANITIZE_ADDRESS__
/* The sanitizer keeps terabytes of its own, and freed memory. */
static void
memory_cannot_be_searched_under_a_sanitizer(void **state)
{
	(void)state;
	skip();
}
static const struct CMUnitTest sanitized[] = {
	cmocka_unit_test(memory_cannot_be_searched_under_a_sanitizer),
};
#endif

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_that_opens_the_notes_outlives_a_lock),
	};

	if (argc == 2 + SECRETS_N) {
		check_plays_a_part();
		return be_daemon(argv);
	}
#ifdef __SANITIZE_ADDRESS__
	(void)tests;
	return cmocka_run_group_tests(sanitized, NULL, NULL);
#else
	return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
