/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_ENGINE_VERIFY_H
#define CENTRAL_ENGINE_VERIFY_H

#include "daemon/central/engine/engine_int.h"

/*
 * engine_verify -- a walk over everything, from one snapshot:
 *
 *   keys      the statement that the root signed names the keys in use
 *                                                   (engine_verify_keys.c)
 *   journals  links and signatures of every device's changes, their states
 *             and outcomes                          (engine_verify_journal.c)
 *             when they were received               (engine_verify_intake.c)
 *   receipts  signatures; what they say is what is held
 *   log       links, each entry's change and outcome
 *   replay    the log again into an empty store: the links prove each record
 *             after each entry; then every made table row by row
 *                                                   (engine_replay.c), by the
 *             rules of their day (engine_replay_rules.c)
 *   devices   devices and commands against the entries of the journal
 *                                                   (engine_verify_devices.c)
 *   erasures  each is signed, entered and in the log, and every word that is
 *             gone is covered by one                (engine_verify_erase.c)
 *   people    users and codes against the records and entries of the journal
 *                                                   (engine_verify_people.c)
 *   files     each has its hash                     (engine_content.c)
 *
 * Passed over, being no evidence of anything: `tries` of a change
 * (office_store.h), how often applying it was begun after a crash.
 */
struct verifying {
	struct engine *g;
	uint64_t head;
	const struct head *written_down; /* or NULL */
	/* As the replay finds them: code id -> what is known; device -> digest
	 * (device_entry.h); "device no" of commands -> word and object. */
	json_t *codes, *devices, *commands;
	json_t *files; /* hash -> the entry of its receiving */
	/* What the entries of backups say of how far they reach; the last, or
	 * null where an older program made it. */
	json_t *extents;
	/* [{"version", "entries", "from_log"}]: changes by the merge version
	 * that applied them, and of how many the result is the log's. */
	json_t *merged;
	struct verify_intakes *intakes; /* engine_verify_intake.c; owned */
	size_t n_erasures;              /* entries of the log */
	char first_bad[256];            /* "" while all adds up */
};

/* Note what does not add up; only the first is kept. */
void verify_bad(struct verifying *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
bool verify_is_bad(const struct verifying *v);

/* Each walks until the end or the first thing that is bad; errors are of the
 * store only. */
enum err_code verify_keys(struct verifying *v, struct err *e) ERR_CHECKED;
enum err_code verify_journal(struct verifying *v, const struct office_device *d,
    struct err *e) ERR_CHECKED;
enum err_code verify_replay(struct verifying *v, struct err *e) ERR_CHECKED;

/* The receipts that say when changes were received: all, then those of the
 * device that is walked. */
enum err_code verify_intakes_load(
    struct verifying *v, struct err *e) ERR_CHECKED;
enum err_code verify_intakes_of(
    struct verifying *v, struct id device, struct err *e) ERR_CHECKED;
void verify_intakes_free(struct verify_intakes *all);
/* A change among those received; the first comes after one of zeros. */
struct verify_place {
	uint64_t counter, epoch, intake;
};
/* Can it have been received so, after the one before it? */
bool verify_intake(const struct verifying *v, const struct office_device *d,
    const struct verify_place *last, const struct verify_place *at);

/* An audit entry that the replay came by, which may be about a code, a device
 * or a command. */
enum err_code verify_note(struct verifying *v, const char *action,
    const char *object, struct err *e) ERR_CHECKED;
enum err_code verify_note_content(struct verifying *v, const char *action,
    const char *object, struct err *e) ERR_CHECKED;
enum err_code verify_note_device(struct verifying *v, const char *action,
    const char *object, struct err *e) ERR_CHECKED;
/* After the replay. */
enum err_code verify_devices(struct verifying *v, struct err *e) ERR_CHECKED;
enum err_code verify_people(struct verifying *v, struct err *e) ERR_CHECKED;
enum err_code verify_contents(struct verifying *v, struct err *e) ERR_CHECKED;

/* Is every op without words covered by an erasure of its record? */
enum err_code verify_erased(struct verifying *v, const struct change *c,
    bool *out, struct err *e) ERR_CHECKED;
enum err_code verify_erasures(struct verifying *v, struct err *e) ERR_CHECKED;

/* True for an error that says that what is stored is damaged or missing: then
 * it has been noted as bad, naming what. */
bool verify_damage(
    struct verifying *v, enum err_code code, const char *what, uint64_t number);

#endif
