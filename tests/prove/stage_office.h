/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_STAGE_OFFICE_H
#define PROVE_STAGE_OFFICE_H

#include "tests/prove/stage_device.h"
#include "tests/support/engine_world.h"

/*
 * stage_office -- an office's engine whose work fails, and two devices that
 * speak with it: Amina's, who has a person, a case and a note there, and
 * Bryn's, who waits for approval.
 */
struct office_stage {
	struct world w;
	struct dev amina, bryn;
	struct id person, of_case, note;
	struct id user; /* Ada, who decides */
	struct kept_folder kept;
	/* What is sent to the engine again and again. */
	json_t *body;
	const char *target;
	enum wire_kind kind;
	bool as_courier;
	int status; /* of the last answer; 0: none came */
};
extern struct office_stage stage_off;

/* The engine is open while the work is done; or nothing is. */
extern const struct torture_stage engine_is_open, engine_is_closed;

/* Run a command (taken); its answer is new and no error. */
json_t *stage_command(json_t *request);
/* Amina's device has changes that the office lacks: its request is what
 * stage_send sends. */
void stage_request(void);
/* Send stage_off's request anew and let the engine work: ERR_OK for an answer
 * of 200; ERR_NOMEM for one that says to come again, or that something failed
 * here; ERR_BUSY when no answer came. */
enum err_code stage_send(struct err *e) ERR_CHECKED;

#endif
