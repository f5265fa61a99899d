/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices within one writing transaction.
 */
#include "common/base/clock.h"
#include "daemon/central/engine/engine_int.h"

void
round_init(struct round *r, struct engine *g)
{
	*r = (struct round){ .g = g, .now_ms = clock_unix_ms() };
}

enum err_code
round_device(
    struct round *r, struct id id, struct office_device **out, struct err *e)
{
	struct round_device *d;
	enum err_code code;

	for (d = r->devices; d != NULL; d = d->next)
		if (id_equal(d->device.id, id)) {
			*out = &d->device;
			return ERR_OK;
		}
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = store_device_get(r->g->store, id, &d->device, e);
	if (code != ERR_OK) {
		free(d);
		return code;
	}
	d->next = r->devices;
	r->devices = d;
	*out = &d->device;
	return ERR_OK;
}

enum err_code
round_flush(struct round *r, struct err *e)
{
	for (struct round_device *d = r->devices; d != NULL; d = d->next) {
		enum err_code code =
		    store_device_put(r->g->store, &d->device, e);

		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

void
round_fini(struct round *r)
{
	while (r->devices != NULL) {
		struct round_device *d = r->devices;

		r->devices = d->next;
		free(d);
	}
}

enum err_code
mark_undo(struct engine *g, enum err_code code, struct err *e)
{
	struct err undo;

	if (!store_in_transaction(g->store)) {
		if (e != NULL)
			e->code = ERR_IO;
		return ERR_IO;
	}
	if (store_mark_undo(g->store, &undo) != ERR_OK)
		return err_set(e, ERR_IO, undo.sys, "%s", undo.msg);
	return code;
}
