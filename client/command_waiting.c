/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who waits since an advocate was asked for, by what is on this device.
 */
#include "client/commands.h"
#include "client/output.h"
#include "client/waiting.h"
#include "common/core/waiting.h"
#include "common/sys/json.h"

#define PAGE 500

/* A page of records of a type, as they are told. */
struct page {
	struct id ids[PAGE];
	size_t n;
};

static bool
take_id(void *arg, const struct record_summary *r)
{
	struct page *p = arg;

	p->ids[p->n++] = r->id;
	return p->n < PAGE;
}

static enum err_code
one_add(struct client *c, const struct schema_type *type, struct id id,
    json_t *lines, struct err *e)
{
	json_t *one = json_object();
	struct record r;
	enum err_code code = device_store_record(c->store, id, &r, e);

	if (code != ERR_OK)
		goto out;
	if (!record_is_removed(&r))
		code = waited_put(c, type, &r, one, e);
	if (code == ERR_OK &&
	    (json_is_true(json_object_get(one, "waits")) ||
	        (args_has(c->args, "all") && json_object_size(one) > 0)))
		code = json_add_take(lines, json_incref(one), e);
	record_fini(&r);
out:
	json_decref(one);
	return code;
}

static enum err_code
type_add(struct client *c, const struct schema_type *type, json_t *lines,
    struct err *e)
{
	struct page p;
	struct id last;
	const struct id *after = NULL;
	enum err_code code;

	do {
		p.n = 0;
		code = device_store_list(
		    c->store, type->name, after, PAGE, take_id, &p, e);
		for (size_t i = 0; i < p.n && code == ERR_OK; i++)
			code = one_add(c, type, p.ids[i], lines, e);
		if (p.n > 0)
			last = p.ids[p.n - 1];
		after = &last;
	} while (code == ERR_OK && p.n == PAGE);
	return code;
}

enum err_code
waiting_run(struct client *c, json_t *result, struct err *e)
{
	json_t *lines;
	enum err_code code = client_open(c, e);

	if (code != ERR_OK)
		return code;
	lines = json_array();
	for (size_t i = 0; i < schema_types_n(c->schema) && code == ERR_OK;
	     i++) {
		const struct schema_type *type = schema_type_at(c->schema, i);

		if (type->intake.of_case != NULL)
			code = type_add(c, type, lines, e);
	}
	if (code == ERR_OK)
		code = waiting_put(lines, result, e);
	json_decref(lines);
	return code;
}

void
waiting_human(struct client *c, const json_t *result)
{
	const struct human h = output_human(c);

	human_waiting(&h, result);
	output_words(c, "intake.here", NULL);
}
