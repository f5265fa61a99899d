/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office as it runs: the real program with its processes, over TLS.
 */
#include "tests/support/served_office.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/utf8.h"
#include "common/core/protocol.h"
#include "common/sys/http_client.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "common/sys/zip.h"
#include "daemon/central/serve/admin.h"
#include "daemon/central/serve/admin_int.h"

#define WAIT_MS 20000

/* Wait until another process has taken that one's place. */
static void
wait_replaced(const struct served *o, const char *what, pid_t former)
{
	const uint64_t end = clock_mono_ms() + WAIT_MS;

	for (;;) {
		const pid_t now = served_child(o, what);

		if (now != 0 && now != former)
			return;
		if (clock_mono_ms() > end)
			fail_msg("no new %s", what);
		served_pause(20);
	}
}

/* ---- asking ---- */

static unsigned
get_status(const struct served *o, const char *address, const char *path)
{
	const struct http_client_cfg cfg = { .root = o->root.ptr,
		.root_len = o->root.len };
	const struct http_call call = {
		.method = "GET", .address = address, .path = path
	};
	struct http_client *client;
	struct http_answer answer;
	unsigned status;
	struct err e;

	assert_ok(http_client_new(&cfg, &client, &e), &e);
	http_answer_init(&answer);
	status = http_client_call(client, &call, &answer, &e) == ERR_OK
	    ? answer.status
	    : 0; /* restarting */
	http_answer_fini(&answer);
	http_client_free(client);
	return status;
}

static void
wait_healthy(const struct served *o)
{
	const uint64_t end = clock_mono_ms() + WAIT_MS;

	while (get_status(o, o->console, "/healthz") != 200) {
		if (clock_mono_ms() > end)
			fail_msg("the office does not get well");
		served_pause(50);
	}
}

static void
an_office_that_is_up_says_so(void **state)
{
	const struct served *o = *state;

	assert_int_equal(get_status(o, o->console, "/healthz"), 200);
	assert_int_equal(get_status(o, o->console, "/metrics"), 200);
	assert_int_equal(get_status(o, o->console, "/"), 404);
	assert_int_equal(get_status(o, o->devices, "/healthz"), 404);
	assert_int_equal(get_status(o, o->devices, "/v1/sync"), 405);
	assert_int_equal(get_status(o, o->devices, "/v1/wait"), 403);
}

/* True if a link or map of the process names something in DATA. */
static bool
links_into(pid_t pid, const char *data)
{
	char folder[64], path[FILE_PATH_MAX], target[FILE_PATH_MAX];
	const struct dirent *entry;
	bool found = false;
	DIR *dir;

	(void)snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)pid);
	dir = opendir(folder);
	assert_non_null(dir);
	while (
	    (entry = readdir(dir)) != NULL) { // NOLINT(concurrency-mt-unsafe)
		ssize_t n;

		if (!file_join(path, folder, entry->d_name))
			continue;
		n = readlink(path, target, sizeof(target) - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		found = found || strncmp(target, data, strlen(data)) == 0;
	}
	(void)closedir(dir);
	return found;
}

static bool
maps_have(pid_t pid, const char *data)
{
	char path[64];
	struct buf maps;
	bool found;
	struct err e;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	buf_init(&maps, (size_t)16 << 20);
	assert_ok(file_read_all(fd, &maps, &e), &e);
	(void)close(fd);
	found = strstr(maps.ptr, data) != NULL;
	buf_fini(&maps);
	return found;
}

static void
a_front_opens_no_store_and_the_engine_no_listener(void **state)
{
	const struct served *o = *state;
	const pid_t engine = served_child(o, "engine");
	static const char *const fronts[] = { "devices", "people" };

	if (geteuid() != 0) {
		/* They let nobody look into them, which is as it should be. */
		skip();
	}
	/* The look itself works: it finds the store where it is open. */
	assert_true(links_into(engine, o->data));
	assert_true(maps_have(engine, o->data));
	for (size_t i = 0; i < 2; i++) {
		const pid_t front = served_child(o, fronts[i]);

		assert_true(front != 0);
		assert_false(links_into(front, o->data));
		assert_false(maps_have(front, o->data));
	}
}

static void
fronts_leave_roots_rights(void **state)
{
	const struct served *o = *state;
	static const char *const fronts[] = { "devices", "people" };
	char path[64];
	struct buf text;
	struct err e;

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < 2; i++) {
		int fd;

		(void)snprintf(path, sizeof(path), "/proc/%d/status",
		    (int)served_child(o, fronts[i]));
		fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		buf_init(&text, 65536);
		assert_ok(file_read_all(fd, &text, &e), &e);
		(void)close(fd);
		assert_null(strstr(text.ptr, "Uid:\t0"));
		assert_null(strstr(text.ptr, "Gid:\t0"));
		assert_non_null(strstr(text.ptr, "CapEff:\t0000000000000000"));
		assert_non_null(strstr(text.ptr, "NoNewPrivs:\t1"));
		buf_fini(&text);
	}
}

static void
a_process_that_is_killed_is_replaced_and_the_listeners_stay(void **state)
{
	const struct served *o = *state;
	static const char *const all[] = { "engine", "people", "devices" };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const pid_t former = served_child(o, all[i]);

		assert_true(former != 0);
		assert_int_equal(kill(former, SIGKILL), 0);
		wait_replaced(o, all[i], former);
		wait_healthy(o);
		assert_int_equal(get_status(o, o->devices, "/v1/sync"), 405);
	}
}

/* ---- commands beside it, and a device that comes ---- */

static void
csr_add(struct buf *out)
{
	struct buf key;
	struct err e;

	buf_init(&key, PKI_INPUT_MAX);
	assert_ok(pki_key_make(&key, &e), &e);
	assert_ok(
	    pki_csr_make(crypto_part(key.ptr, key.len), "any", out, &e), &e);
	buf_wipe(&key);
}

/* The packed body of an enrolment. */
static void
enrol_body(const struct served *o, const struct enrol_code *code,
    const struct secret_key *key, struct buf *out)
{
	struct enrol_request r;
	struct sign_key sign;
	struct buf plain;
	json_t *json;
	struct err e;

	enrol_request_init(&r);
	memcpy(r.code_id, code->id, sizeof(r.code_id));
	(void)snprintf(r.label, sizeof(r.label), "laptop");
	csr_add(&r.tls_csr);
	csr_add(&r.courier_csr);
	sign_key_make(&sign);
	r.sign_pub = sign_pub_of(&sign);
	assert_ok(
	    enrol_request_to_json(&r, key, &o->made.root_sha256, &json, &e),
	    &e);
	buf_init(&plain, 65536);
	assert_ok(json_print(json, &plain, &e), &e);
	assert_ok(zip_pack(3, NULL, plain.ptr, plain.len, out, &e), &e);
	buf_fini(&plain);
	json_decref(json);
	enrol_request_fini(&r);
}

static void
a_device_enrols_knowing_the_code_alone(void **state)
{
	const struct served *o = *state;
	static const char *const headers[] = { "visitbook-dict: none",
		"content-type: application/json", NULL };
	struct enrol_code code;
	struct http_client_cfg cfg = { .pin = code.pin,
		.pin_len = ENROL_PIN_LEN };
	struct http_call call = { .method = "POST",
		.address = o->devices,
		.path = "/v1/enrol",
		.headers = headers };
	struct http_client *client;
	struct http_answer answer;
	struct enrol_answer enrolled;
	struct secret_key key;
	struct buf body, plain;
	json_t *json, *devices;
	struct err e;
	const struct json_limits limits = { (size_t)4 << 20, 200000, 24,
		false };

	json = served_ask(
	    o, json_pack("{s:s, s:s}", "do", "device code", "user", "Ada"));
	assert_true(enrol_code_parse(
	    json_string_value(json_object_get(json, "code")), &code));
	json_decref(json);
	enrol_code_key(code.secret, &key);
	buf_init(&body, (size_t)1 << 20);
	enrol_body(o, &code, &key, &body);
	call.body = body.ptr;
	call.body_len = body.len;
	assert_ok(http_client_new(&cfg, &client, &e), &e);
	http_answer_init(&answer);
	assert_ok(http_client_call(client, &call, &answer, &e), &e);
	assert_int_equal(answer.status, 200);
	buf_init(&plain, (size_t)4 << 20);
	assert_ok(zip_unpack(NULL, answer.body.ptr, answer.body.len,
	              (size_t)4 << 20, &plain, &e),
	    &e);
	assert_ok(json_parse(plain.ptr, plain.len, &limits, &json, &e), &e);
	assert_ok(enrol_answer_from_json(
	              json, &key, &o->made.root_sha256, &enrolled, &e),
	    &e);
	json_decref(json);
	json = served_ask(o, json_pack("{s:s}", "do", "device list"));
	devices = json_object_get(json, "devices");
	assert_int_equal(json_array_size(devices), 2);
	json_decref(json);
	enrol_answer_fini(&enrolled);
	buf_fini(&plain);
	http_answer_fini(&answer);
	http_client_free(client);
	buf_fini(&body);
}

static void
a_second_office_on_the_same_data_does_not_start(void **state)
{
	const struct served *o = *state;
	int lock;
	struct err e;

	assert_int_equal(engine_lock(o->data, 100, &lock, &e), ERR_BUSY);
}

/* The fingerprint of what the listener shows now, by its file. */
static void
file_sha256(const struct served *o, const char *name, struct hash32 *out)
{
	char path[FILE_PATH_MAX];
	struct buf text;
	struct err e;

	assert_true(file_join(path, o->data, name));
	buf_init(&text, 65536);
	assert_ok(file_load(path, &text, &e), &e);
	*out = crypto_sha256(text.ptr, text.len);
	buf_fini(&text);
}

/* Write one of the PEMs of an answer to DATA/tls. */
static void
pem_save(const struct served *o, const json_t *made, const char *key,
    const char *name)
{
	const char *pem = json_string_value(json_object_get(made, key));
	char path[FILE_PATH_MAX];
	struct err e;

	assert_non_null(pem);
	assert_true(file_join(path, o->data, name));
	assert_ok(file_save(path, pem, strlen(pem), &e), &e);
}

static void
a_new_certificate_is_used_when_told_and_a_bad_one_never(void **state)
{
	const struct served *o = *state;
	json_t *made = served_ask(o,
	    json_pack("{s:s, s:[s]}", "do", "certificate renew", "hosts",
	        "office.test"));
	struct hash32 before, after;

	file_sha256(o, "tls/server.pem", &before);
	pem_save(o, made, "key_pem", "tls/server.key");
	/* A new key beside the old certificate: what is in use stays. */
	assert_int_equal(kill(o->pid, SIGHUP), 0);
	served_pause(200);
	assert_int_equal(get_status(o, o->console, "/healthz"), 200);
	pem_save(o, made, "chain_pem", "tls/server.pem");
	assert_int_equal(kill(o->pid, SIGHUP), 0);
	served_pause(200);
	assert_int_equal(get_status(o, o->console, "/healthz"), 200);
	file_sha256(o, "tls/server.pem", &after);
	assert_false(hash32_equal(before, after));
	json_decref(made);
}

/* One line to the engine's socket, as it is; what comes back. */
static size_t
admin_line(const struct served *o, const char *line, char *out, size_t cap)
{
	struct sockaddr_un address;
	int folder, fd;
	ssize_t n;
	struct err e;

	assert_ok(admin_address(o->data, &address, &folder, &e), &e);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(close(folder), 0);
	assert_int_equal(write(fd, line, strlen(line)), (ssize_t)strlen(line));
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	n = read(fd, out, cap - 1);
	assert_int_equal(close(fd), 0);
	return n < 0 ? 0 : (size_t)n;
}

static void
what_is_no_command_leaves_the_engine_unmoved(void **state)
{
	static const char *const bad[] = { "", "\n", "nonsense\n", "{\n",
		"{\"do\":\"user list\"", "[]\n", "{\"do\":7}\n" };
	const struct served *o = *state;
	const pid_t engine = served_child(o, "engine");
	char answer[4096];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		(void)admin_line(o, bad[i], answer, sizeof(answer));
	assert_true(admin_line(o, "{\"do\":\"user list\"}\n", answer,
	                sizeof(answer)) > 0);
	assert_int_equal(served_child(o, "engine"), engine);
}

static void
it_ends_cleanly_when_told_and_starts_again(void **state)
{
	struct served *o = *state;
	json_t *answer;

	assert_int_equal(served_end(o), 0);
	/* The same commands, with nobody serving. */
	answer = served_ask(o, json_pack("{s:s}", "do", "user list"));
	json_decref(answer);
	served_start(o);
	assert_int_equal(get_status(o, o->console, "/healthz"), 200);
}

static int
office_start(void **state)
{
	static struct served o;

	served_open(&o, CENTRAL_PROGRAM);
	*state = &o;
	return 0;
}

static int
office_end(void **state)
{
	served_close(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_office_that_is_up_says_so),
		cmocka_unit_test(
		    a_front_opens_no_store_and_the_engine_no_listener),
		cmocka_unit_test(fronts_leave_roots_rights),
		cmocka_unit_test(a_device_enrols_knowing_the_code_alone),
		cmocka_unit_test(
		    a_process_that_is_killed_is_replaced_and_the_listeners_stay),
		cmocka_unit_test(
		    a_second_office_on_the_same_data_does_not_start),
		cmocka_unit_test(
		    a_new_certificate_is_used_when_told_and_a_bad_one_never),
		cmocka_unit_test(what_is_no_command_leaves_the_engine_unmoved),
		cmocka_unit_test(it_ends_cleanly_when_told_and_starts_again),
	};

	return cmocka_run_group_tests(tests, office_start, office_end);
}
