/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/obey.h"

#include "common/store/wipe.h"
#include "common/sys/log.h"

/* *out says why this one is not obeyed, or is NULL. */
static enum err_code
wrong_with(const struct outside *o, const struct device_command *c,
    const struct commands_answer *a, const char **out, struct err *e)
{
	const struct outside_office *office = outside_get(o);
	enum err_code code = ERR_OK;

	*out = c->expires <= a->time ? "out of date" : NULL;
	if (!office->has_command_pub)
		*out = "no key to check it with";
	else if ((code = device_command_check(c, &office->command_pub,
	              office->office, office->device, e)) == ERR_NOMEM)
		return code;
	else if (code != ERR_OK)
		*out = "not ours";
	return ERR_OK;
}

enum err_code
obey_take(
    const struct outside *o, const struct commands_answer *a, struct err *e)
{
	struct outside_command kept;
	enum err_code code = outside_command_load(o, &kept, e);

	if (code != ERR_OK)
		return code;
	for (size_t i = 0; i < a->n && !kept.waits; i++) {
		const struct device_command *c = &a->list[i];
		const char *wrong;
		struct outside_command fresh = {
			.done = kept.done, .waits = true, .command = *c
		};

		if (c->no <= kept.done)
			continue;
		if ((code = wrong_with(o, c, a, &wrong, e)) != ERR_OK)
			break;
		if (wrong != NULL) {
			log_line(LOG_LEVEL_WARN, "sync",
			    "a command is not obeyed", "no=%llu reason=%s",
			    (unsigned long long)c->no, wrong);
			continue;
		}
		log_line(LOG_LEVEL_WARN, "sync", "the office gave a command",
		    "no=%llu word=%s", (unsigned long long)c->no,
		    device_command_word(c->kind));
		code = outside_command_save(o, &fresh, e);
		break;
	}
	device_command_fini(&kept.command);
	return code;
}

uint64_t
obey_done(const struct outside *o)
{
	struct outside_command kept;
	uint64_t done;
	struct err e;

	if (outside_command_load(o, &kept, &e) != ERR_OK) {
		log_err("sync", "the last command is not known", &e);
		return 0;
	}
	done = kept.done;
	device_command_fini(&kept.command);
	return done;
}

bool
obey_waits(const struct outside *o)
{
	struct outside_command kept;
	bool waits;

	if (outside_command_load(o, &kept, NULL) != ERR_OK)
		return false; /* obey_done tells the log */
	waits = kept.waits;
	device_command_fini(&kept.command);
	return waits;
}

/* Is every finished change with the office, as far as a locked folder can
 * tell? */
static enum err_code
is_handed_over(struct outside *o, uint64_t receipted, bool *out, struct err *e)
{
	uint64_t last = 0;
	enum err_code code = outside_envelopes_last(o, &last, e);

	if (code == ERR_OK)
		*out = last <= receipted && !outside_is_unsealed(o) &&
		    !outside_has_files(o);
	return code;
}

static enum err_code
wipe(struct outside *o, const char *home, uint64_t receipted, uint64_t epoch,
    bool *done_out, struct err *e)
{
	uint64_t whole = 0;
	bool may = false;
	enum err_code code = is_handed_over(o, receipted, &may, e);

	if (code != ERR_OK || (code = outside_epoch(o, &whole, e)) != ERR_OK)
		return code;
	/* What a restored office lacks may be in the journal alone. */
	if (!may || (whole != 0 && whole < epoch)) {
		log_line(LOG_LEVEL_WARN, "sync",
		    "the notes are not erased before all is handed over", NULL);
		return ERR_OK;
	}
	code = device_wipe(home, e);
	*done_out = code == ERR_OK;
	return code;
}

enum err_code
obey_next(struct outside *o, const char *home, uint64_t receipted,
    bool *done_out, struct err *e)
{
	struct outside_command kept;
	bool is_done = false;
	enum err_code code = outside_command_load(o, &kept, e);

	*done_out = false;
	if (code != ERR_OK || !kept.waits)
		return code;
	switch (kept.command.kind) {
	case DEVICE_COMMAND_LOCK:
		is_done = true; /* it is locked */
		break;
	case DEVICE_COMMAND_WIPE:
		code =
		    wipe(o, home, receipted, kept.command.epoch, &is_done, e);
		break;
	case DEVICE_COMMAND_N:
		break;
	}
	if (code == ERR_OK && is_done) {
		log_line(LOG_LEVEL_WARN, "sync", "a command is carried out",
		    "no=%llu word=%s", (unsigned long long)kept.command.no,
		    device_command_word(kept.command.kind));
		kept.done = kept.command.no;
		kept.waits = false;
		code = outside_command_save(o, &kept, e);
		*done_out = code == ERR_OK;
	}
	device_command_fini(&kept.command);
	return code;
}
