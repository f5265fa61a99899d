/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_DEVICE_COMMAND_H
#define CORE_DEVICE_COMMAND_H

#include "common/core/protocol.h"

/*
 * device_command -- the office's order to one device: lock yourself, or make
 * what you hold unreadable.  Signed with the command key, so that nothing that
 * stands between can give one, and numbered, so that none is obeyed twice.
 *
 * The signed bytes are "vb/command/v1\n" followed by the canonical JSON of
 * {"device", "epoch", "expires", "no", "office", "time", "word"}; they travel
 * as they are, as a receipt's do.
 */
enum device_command_kind {
	DEVICE_COMMAND_LOCK, /* wipe the key from memory */
	DEVICE_COMMAND_WIPE, /* erase the key slots and the notes, once what was
	                        finished is with the office */
	DEVICE_COMMAND_N
};
/* "lock"; the same in the protocol, in logs and at the console. */
const char *device_command_word(enum device_command_kind kind);
bool device_command_word_parse(const char *word, enum device_command_kind *out);

struct device_command {
	struct id office, device;
	uint64_t epoch; /* the office's, when it gave it */
	uint64_t no;    /* rises from command to command of a device, from 1 */
	enum device_command_kind kind;
	uint64_t time, expires;  /* by the office's clock, Unix ms */
	struct buf signed_bytes; /* exactly what was signed; owned */
	struct sign_sig sig;
};
void device_command_init(struct device_command *c);
void device_command_fini(struct device_command *c);

/* Fill signed_bytes and sig out of the other members. */
enum err_code device_command_sign(struct device_command *c,
    const struct sign_key *key, struct err *e) ERR_CHECKED;
/* ERR_AUTH when the signature is not the command key's, or office or device
 * differ from the ones expected: it is not obeyed. */
enum err_code device_command_check(const struct device_command *c,
    const struct sign_pub *pub, struct id office, struct id device,
    struct err *e) ERR_CHECKED;

/* {"signed", "sig"}; members are read out of the signed bytes alone.
 * from_json makes *out; ERR_MALFORMED. */
enum err_code device_command_to_json(
    const struct device_command *c, json_t **out, struct err *e) ERR_CHECKED;
enum err_code device_command_from_json(
    const json_t *json, struct device_command *out, struct err *e) ERR_CHECKED;

/* Commands that wait for a device at a time. */
#define DEVICE_COMMANDS_MAX ((size_t)16)

/* The answer of GET /v1/courier/commands: those that are not carried out and
 * not out of date, ascending by number. */
struct commands_answer {
	uint8_t nonce[PROTOCOL_NONCE_LEN]; /* the request's */
	uint64_t time;                     /* the office's clock, Unix ms */
	struct device_command *list;       /* owned */
	size_t n;
};
void commands_answer_init(struct commands_answer *a);
void commands_answer_fini(struct commands_answer *a);
enum err_code commands_answer_to_json(
    const struct commands_answer *a, json_t **out, struct err *e) ERR_CHECKED;
/* Makes what it fills in.  ERR_MALFORMED, ERR_NEWER, ERR_NOMEM. */
enum err_code commands_answer_from_json(
    const json_t *json, struct commands_answer *out, struct err *e) ERR_CHECKED;

#endif
