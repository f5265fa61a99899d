/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office: set up as `init` does, its front and its engine joined by a
 * channel as `serve` joins its processes.
 */
#include "tests/prove/cut_world.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/rng.h"
#include "common/sys/channel.h"
#include "common/sys/json.h"
#include "daemon/central/serve/serve_int.h"
#include "daemon/central/setup/setup.h"
#include "daemon/central/setup/store_key.h"
#include "daemon/central/store/office_content.h"

json_t *
cut_office_ask(struct cut_world *w, json_t *request)
{
	json_t *answer = NULL;
	struct err e = { 0 };

	assert_non_null(request);
	assert_ok(engine_command(w->office.engine, request, &answer, &e), &e);
	if (json_has(answer, "error"))
		fail_msg("the office answers %s",
		    json_dumps(json_object_get(answer, "error"), 0));
	json_decref(request);
	return answer;
}

struct id
cut_office_make_id(struct cut_world *w, json_t *request, const char *member)
{
	json_t *answer = cut_office_ask(w, request);
	struct id id;

	assert_true(
	    id_parse(json_string_value(json_object_get(answer, member)), &id));
	json_decref(answer);
	return id;
}

static struct id
new_user(struct cut_world *w, const char *name, const char *role)
{
	return cut_office_make_id(w,
	    json_pack("{s:s, s:s, s:s}", "do", "user add", "name", name, "role",
	        role),
	    "user");
}

struct id
cut_office_edit(struct cut_world *w, const struct id *record, const char *type,
    const char *path, const char *text)
{
	json_t *value = json_string(text);
	const struct office_edit edit = { .path = path, .now = value };
	const struct office_save save = { .author = w->office.admins[0],
		.record = record,
		.type = type,
		.edits = &edit,
		.n_edits = 1 };
	struct office_saved saved;
	struct err e = { 0 };

	assert_ok(engine_save(w->office.engine, &save, &saved, &e), &e);
	json_decref(value);
	return saved.id;
}

/* ---- life ---- */

void
cut_office_make(struct cut_world *w)
{
	struct cut_office *o = &w->office;
	struct setup_options options = { .name = "Office",
		.admins = {
		    { "Ada", crypto_part_str("the first of two admins") },
		    { "Bo", crypto_part_str("the second of two admins") } } };
	const struct engine_options opening = { .data = o->data,
		.key = &o->key };
	struct setup_result made;
	struct err e = { 0 };

	assert_true(file_join(o->data, w->folder.path, "office"));
	options.data = o->data;
	assert_ok(setup_office(&options, &made, &e), &e);
	assert_ok(store_key_load(o->data, &o->key, &e), &e);
	assert_ok(engine_open(&opening, &o->engine, &e), &e);
	o->admins[0] = new_user(w, "Vera", "MGR");
	o->admins[1] = new_user(w, "Tom", "MGR");
	o->user = new_user(w, "Ama", "ADV");
	o->site = cut_office_edit(w, NULL, "site", "name", "Sea View");
	o->person = cut_office_edit(w, NULL, "person", "full_name", "Betty");
	o->of_case =
	    cut_office_edit(w, NULL, "case", "person", id_print(o->person).s);
	(void)snprintf(
	    o->scope, sizeof(o->scope), "case:%s", id_print(o->of_case).s);
	json_decref(cut_office_ask(w,
	    json_pack("{s:s, s:s, s:s}", "do", "grant add", "user",
	        id_print(o->user).s, "scope", o->scope)));
	engine_close(o->engine);
	o->engine = NULL;
}

static void
on_lost(void *arg)
{
	struct cut_world *w = arg;

	/* Else the engine is closed on purpose, and comes back. */
	if (w->office.on_lost != NULL)
		w->office.on_lost(w);
}

enum err_code
cut_office_join(struct cut_world *w, struct err *e)
{
	struct cut_office *o = &w->office;
	int fds[2];
	enum err_code code = channel_pair(fds, e);

	if (code != ERR_OK)
		return code;
	code = engine_host_attach(o->host, WIRE_DEVICES, fds[0], e);
	if (code != ERR_OK) {
		(void)close(fds[1]);
		return code;
	}
	return front_channel(o->front, fds[1], e);
}

static void
join(struct cut_world *w)
{
	struct err e = { 0 };

	assert_ok(cut_office_join(w, &e), &e);
}

/* Where connections come from. */
static void
listen_for(struct cut_office *o, int *fd_out)
{
	struct err e = { 0 };

	if (o->given == 0) {
		assert_ok(
		    tcp_listen("127.0.0.1:0", fd_out, &o->address, &e), &e);
		return;
	}
	*fd_out = fcntl(o->given, F_DUPFD_CLOEXEC, 0);
	assert_true(*fd_out >= 0);
}

void
cut_office_front(struct cut_world *w)
{
	struct cut_office *o = &w->office;
	struct serve keys = { .o = { .data = o->data } };
	struct front_options front = {
		.listener = WIRE_DEVICES, .on_lost = on_lost, .arg = w
	};
	struct err e = { 0 };

	front_free(o->front);
	o->front = NULL;
	control_tls_init(&keys.tls);
	rng_fill(keys.tls.ticket, sizeof(keys.tls.ticket));
	assert_ok(serve_tls_load(&keys, &e), &e);
	listen_for(o, &front.listen_fd);
	assert_ok(front_new(w->loop, &front, &o->front, &e), &e);
	assert_ok(front_tls(o->front, &keys.tls, &e), &e);
	control_tls_fini(&keys.tls);
	if (w->net != NULL)
		cut_net_to(w->net, &o->address);
	if (o->engine != NULL)
		join(w);
}

void
cut_office_open(struct cut_world *w)
{
	struct cut_office *o = &w->office;
	const struct engine_options opening = { .data = o->data,
		.key = &o->key };
	struct err e = { 0 };

	assert_ok(engine_open(&opening, &o->engine, &e), &e);
	if (o->front == NULL)
		return;
	assert_ok(engine_host_new(w->loop, o->engine, &o->host, &e), &e);
	join(w);
}

void
cut_office_close(struct cut_world *w)
{
	struct cut_office *o = &w->office;

	if (o->engine == NULL)
		return;
	engine_end(o->engine);
	engine_host_free(o->host);
	engine_close(o->engine);
	o->host = NULL;
	o->engine = NULL;
}

/* ---- what it holds ---- */

const char *
cut_office_verify(struct cut_world *w)
{
	static char bad[256];
	json_t *result = NULL;
	struct err e = { 0 };

	if (engine_verify(w->office.engine, &result, &e) != ERR_OK)
		return "it cannot be verified";
	(void)snprintf(bad, sizeof(bad), "%s",
	    json_is_true(json_object_get(result, "ok"))
	        ? ""
	        : json_string_value(json_object_get(result, "first_bad")));
	json_decref(result);
	return bad[0] == '\0' ? NULL : bad;
}

static struct office_store *
look(struct cut_world *w)
{
	struct office_store *s = engine_store(w->office.engine);
	struct err e = { 0 };

	assert_ok(store_begin_read(s, &e), &e);
	return s;
}

struct office_device
cut_office_device(struct cut_world *w, struct id device)
{
	struct office_store *s = look(w);
	struct office_device d = { .counter = 0 };
	struct err e = { 0 };
	const enum err_code code = store_device_get(s, device, &d, &e);

	if (code != ERR_NOTFOUND)
		assert_ok(code, &e);
	store_rollback(s);
	return d;
}

static bool
count(void *arg, const struct office_device *d)
{
	(void)d;
	++*(uint64_t *)arg;
	return true;
}

uint64_t
cut_office_devices(struct cut_world *w)
{
	struct office_store *s = look(w);
	uint64_t n = 0;
	struct err e = { 0 };

	assert_ok(store_devices(s, count, &n, &e), &e);
	store_rollback(s);
	return n;
}

static bool
count_file(void *arg, const struct office_content *c)
{
	(void)c;
	++*(uint64_t *)arg;
	return true;
}

uint64_t
cut_office_files(struct cut_world *w)
{
	struct office_store *s = look(w);
	uint64_t n = 0;
	struct err e = { 0 };

	assert_ok(store_contents(s, count_file, &n, &e), &e);
	store_rollback(s);
	return n;
}

uint64_t
cut_office_head(struct cut_world *w)
{
	struct office_store *s = look(w);
	struct hash32 link;
	uint64_t seq;
	struct err e = { 0 };

	assert_ok(store_log_head(s, &seq, &link, &e), &e);
	store_rollback(s);
	return seq;
}

static bool
add(void *arg, const char *scope, const struct digest *sum)
{
	(void)scope;
	digest_add(arg, &sum->sum);
	return true;
}

struct digest
cut_office_digest(struct cut_world *w)
{
	struct office_store *s = look(w);
	struct digest all = { 0 };
	struct err e = { 0 };

	assert_ok(store_scope_sums(s, w->office.user, add, &all, &e), &e);
	store_rollback(s);
	return all;
}
