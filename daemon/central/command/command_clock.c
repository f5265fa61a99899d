/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By how much the clock was off that a time in an answer was told by, as far
 * as what the office holds shows it for certain, whatever the device knew.
 */
#include "common/sys/json.h"
#include "daemon/central/command/command.h"

/* Of one change, by the office's clock as far as the device knew it. */
struct made {
	int64_t at_ms; /* 0: it is not here */
	uint64_t seen; /* the newest entry of the log that its author had seen,
	                * in this epoch; 0: none */
};

static void
seen_add(const struct change *c, uint64_t epoch, struct made *out)
{
	for (size_t i = 0; i < c->n_ops; i++) {
		const struct version seen = c->ops[i].base.seen;

		if (seen.epoch == epoch && seen.seq > out->seen)
			out->seen = seen.seq;
	}
}

static enum err_code
made_get(struct command *c, struct id device, uint64_t counter,
    struct made *out, struct err *e)
{
	struct intake_change stored;
	struct change change;
	enum err_code code =
	    store_intake_get(c->store, device, counter, &stored, e);

	*out = (struct made){ .at_ms = 0 };
	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	code = intake_change_read(&stored, &change, e);
	if (code == ERR_OK) {
		out->at_ms = (int64_t)change.made_at + change.clock_offset;
		seen_add(&change, stored.epoch, out);
		change_fini(&change);
	}
	intake_change_fini(&stored);
	/* One that nobody could read is not here for this. */
	return code == ERR_NOMEM ? code : ERR_OK;
}

static void
at_least(int64_t off, int64_t *out)
{
	if (off > *out)
		*out = off;
}

/* It was made after its device joined. */
static enum err_code
against_joining(struct command *c, struct id device, const struct made *made,
    int64_t *out, struct err *e)
{
	struct office_device joined;
	enum err_code code = store_device_get(c->store, device, &joined, e);

	if (code == ERR_OK && joined.enrolled_at > 0)
		at_least((int64_t)joined.enrolled_at - made->at_ms, out);
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

/* ... and after what its author had seen. */
static enum err_code
against_seen(
    struct command *c, const struct made *made, int64_t *out, struct err *e)
{
	struct log_entry seen;
	enum err_code code;

	if (made->seen == 0)
		return ERR_OK;
	code = store_log_get(c->store, made->seen, &seen, e);
	if (code == ERR_OK)
		at_least((int64_t)seen.time - made->at_ms, out);
	return code == ERR_NOTFOUND ? ERR_OK : code;
}

/* ... and before it was received. */
static enum err_code
against_receipt(struct command *c, struct id device, uint64_t counter,
    const struct made *made, int64_t *out, struct err *e)
{
	struct receipt receipt;
	enum err_code code =
	    store_receipt_get(c->store, device, counter, &receipt, e);

	if (code == ERR_NOTFOUND)
		return ERR_OK;
	if (code != ERR_OK)
		return code;
	at_least(made->at_ms - (int64_t)receipt.time, out);
	receipt_fini(&receipt);
	return ERR_OK;
}

static enum err_code
off_by_ms(struct command *c, struct id device, uint64_t counter, int64_t *out,
    struct err *e)
{
	struct made made, before;
	enum err_code code = made_get(c, device, counter, &made, e);

	*out = 0;
	if (code != ERR_OK || made.at_ms == 0 ||
	    (code = made_get(c, device, counter - 1, &before, e)) != ERR_OK)
		return code;
	if (before.at_ms != 0)
		at_least(before.at_ms - made.at_ms, out);
	if ((code = against_joining(c, device, &made, out, e)) != ERR_OK ||
	    (code = against_seen(c, &made, out, e)) != ERR_OK)
		return code;
	return against_receipt(c, device, counter, &made, out, e);
}

enum err_code
command_clock_put(struct command *c, json_t *timed, struct err *e)
{
	const json_int_t told =
	    json_integer_value(json_object_get(timed, "uncertainty_s"));
	const json_int_t counter =
	    json_integer_value(json_object_get(timed, "counter"));
	int64_t off;
	struct id device;
	enum err_code code = json_get_id(timed, "device", &device, e);

	if (code == ERR_OK)
		code = off_by_ms(c, device, (uint64_t)counter, &off, e);
	if (code != ERR_OK || (off + 999) / 1000 <= told)
		return code;
	return json_put_int(timed, "uncertainty_s", (off + 999) / 1000, e);
}
