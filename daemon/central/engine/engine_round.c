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
	struct office_device **devices, *d;
	enum err_code code;

	for (size_t i = 0; i < r->n_devices; i++)
		if (id_equal(r->devices[i]->id, id)) {
			*out = r->devices[i];
			return ERR_OK;
		}
	devices = realloc(r->devices, (r->n_devices + 1) * sizeof(*r->devices));
	if (devices == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	r->devices = devices;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return err_set(e, ERR_NOMEM, 0, "out of memory");
	code = store_device_get(r->g->store, id, d, e);
	if (code != ERR_OK) {
		free(d);
		return code;
	}
	r->devices[r->n_devices++] = d;
	*out = d;
	return ERR_OK;
}

enum err_code
round_flush(struct round *r, struct err *e)
{
	for (size_t i = 0; i < r->n_devices; i++) {
		enum err_code code =
		    store_device_put(r->g->store, r->devices[i], e);

		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

void
round_fini(struct round *r)
{
	for (size_t i = 0; i < r->n_devices; i++)
		free(r->devices[i]);
	free(r->devices);
	*r = (struct round){ 0 };
}
