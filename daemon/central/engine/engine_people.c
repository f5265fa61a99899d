/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the people's listener asks for: is the office well, and its counts.
 */
#include <sys/resource.h>

#include "daemon/central/engine/engine_int.h"

static void
reply_text(struct engine *g, struct job *j, int status, const struct buf *text)
{
	struct wire_answer answer = { .status = status,
		.content_type = "text/plain; version=0.0.4",
		.sig = "",
		.dict = "",
		.body = text->ptr,
		.body_len = text->len };

	j->is_answered = true;
	if (g->reply != NULL)
		g->reply(g->reply_arg, j->token, &answer);
}

/* Well is who can read the store. */
static void
answer_health(struct engine *g, struct job *j)
{
	struct hash32 link;
	struct buf text;
	uint64_t seq = 0;
	struct err e;
	enum err_code code = store_begin_read(g->store, &e);

	if (code == ERR_OK)
		code = store_log_head(g->store, &seq, &link, &e);
	store_rollback(g->store);
	if (code != ERR_OK) {
		reply_error(g, j, &e);
		return;
	}
	buf_init(&text, 256);
	(void)buf_printf(&text, "ok seq=%llu epoch=%llu\n",
	    (unsigned long long)seq, (unsigned long long)g->epoch);
	reply_text(g, j, 200, &text);
	buf_fini(&text);
}

static bool
device_count(void *arg, const struct office_device *d)
{
	uint64_t *n = arg;

	if (d->state == DEVICE_ACTIVE || d->state == DEVICE_PENDING)
		(*n)++;
	return true;
}

/* Devices that may come; 0 when the store cannot say. */
static uint64_t
devices(struct engine *g)
{
	uint64_t n = 0;
	struct err e;

	if (store_begin_read(g->store, &e) != ERR_OK ||
	    store_devices(g->store, device_count, &n, &e) != ERR_OK)
		n = 0;
	store_rollback(g->store);
	return n;
}

static uint64_t
milliseconds(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_usec / 1000;
}

static void
answer_metrics(struct engine *g, struct job *j)
{
	struct engine_counts c = engine_counts(g);
	struct rusage used = { 0 };
	const int known = getrusage(RUSAGE_SELF, &used);
	const struct {
		const char *name, *type;
		uint64_t value;
	} lines[] = {
		{ "requests_total", "counter", c.requests },
		{ "problems_total", "counter", c.problems },
		{ "changes_received_total", "counter", c.changes_received },
		{ "changes_applied_total", "counter", c.changes_applied },
		{ "changes_held_total", "counter", c.changes_held },
		{ "conflicts_total", "counter", c.conflicts },
		{ "waits_parked", "gauge", c.parked },
		{ "requests_waiting", "gauge", c.waiting },
		{ "devices", "gauge", devices(g) },
		{ "engine_memory_max_bytes", "gauge",
		    known != 0 ? 0 : (uint64_t)used.ru_maxrss * 1024 },
		{ "engine_cpu_milliseconds_total", "counter",
		    milliseconds(used.ru_utime) + milliseconds(used.ru_stime) },
	};
	struct buf text;

	buf_init(&text, 4096);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		(void)buf_printf(&text,
		    "# TYPE visitbook_%s %s\nvisitbook_%s %llu\n",
		    lines[i].name, lines[i].type, lines[i].name,
		    (unsigned long long)lines[i].value);
	reply_text(g, j, 200, &text);
	buf_fini(&text);
}

void
answer_people(struct engine *g, struct job *j)
{
	if (j->kind == WIRE_HEALTH)
		answer_health(g, j);
	else if (j->kind == WIRE_METRICS)
		answer_metrics(g, j);
	else
		reply_problem(g, j, WORD_NOT_FOUND, NULL);
}
