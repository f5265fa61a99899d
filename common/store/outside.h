/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_OUTSIDE_H
#define STORE_OUTSIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/id.h"
#include "common/core/device_command.h"
#include "common/core/protocol.h"

/*
 * outside -- what a data folder holds that is readable while it is locked:
 * public keys, the courier's TLS key, sealed envelopes, and receipts that
 * came while it was locked.  Nothing in it can pull a record.
 *
 *   outside/office.json   device, user and office ids, address, root and
 *                         issuing certificates, statement
 *   outside/courier.pem   courier key and certificate
 *   outside/envelopes     a spool (spool.h) of kind "e": number is the
 *                         counter, payload is key id(8), the device's own way
 *                         to the envelope (72, crypto_seal.h), sealed bytes
 *   outside/receipts      a spool of kind "r": number is the counter, payload
 *                         is the receipt in JSON
 *   outside/command.json  the office's last command: taken, carried out
 *   outside/epoch         the office's, when it last held all of the journal
 *   outside/unsealed      empty; there while a change could not be sealed
 *   outside/files         empty; there while a file beside a record may not be
 *                         with the office
 *
 * Errors are those of spool.h, ERR_NOMEM, and ERR_CORRUPT for what was written
 * here and does not read.
 */
struct outside;

/* ERR_NOTFOUND when home is not enrolled. */
enum err_code outside_open(
    const char *home, struct outside **out, struct err *e) ERR_CHECKED;
void outside_close(struct outside *o);

struct outside_office {
	struct id device, user, office;
	char address[256];
	struct sign_pub receipt_pub;
	bool has_command_pub; /* else no command is believed */
	struct sign_pub command_pub;
	struct seal_pub sealing_pub;
	struct buf root_pem, issuing_pem, courier_key_pem, courier_cert_pem;
};
/* Borrowed for outside's life. */
const struct outside_office *outside_get(const struct outside *o);

/* Keep other processes from the envelopes, so that what is committed and then
 * added is added in the order of its commits; outside_release is legal when
 * nothing is held. */
enum err_code outside_hold(struct outside *o, struct err *e) ERR_CHECKED;
void outside_release(struct outside *o);
bool outside_is_held(const struct outside *o);
/* While they are held: is this the counter that comes next? */
bool outside_expects(const struct outside *o, uint64_t counter);
/* Append and fdatasync. */
enum err_code outside_envelope_add(
    struct outside *o, const struct envelope *env, struct err *e) ERR_CHECKED;
/* Read envelopes with a counter above `after`, at most limit, and only such as
 * are on the disk; array owned by the caller (free each and the array with
 * outside_envelopes_free). */
enum err_code outside_envelopes(struct outside *o, uint64_t after, size_t limit,
    struct envelope **out, size_t *n_out, struct err *e) ERR_CHECKED;
void outside_envelopes_free(struct envelope *list, size_t n);
/* Highest counter in the spool, 0 if empty. */
enum err_code outside_envelopes_last(
    struct outside *o, uint64_t *out, struct err *e) ERR_CHECKED;
/* Drop envelopes up to a counter (they are receipted): rewrites the spool
 * when more than half of it can go. */
enum err_code outside_envelopes_drop(
    struct outside *o, uint64_t upto, struct err *e) ERR_CHECKED;

/* Keep a receipt that verified while locked; the store verifies it again. */
enum err_code outside_receipt_add(
    struct outside *o, const struct receipt *r, struct err *e) ERR_CHECKED;
/* All that are kept, in the order in which they came; the caller ends each with
 * receipt_fini and frees the array, which is NULL for none. */
enum err_code outside_receipts(struct outside *o, struct receipt **out,
    size_t *n_out, struct err *e) ERR_CHECKED;
/* Drop them: the store has them. */
enum err_code outside_receipts_clear(
    struct outside *o, struct err *e) ERR_CHECKED;

/* What became of the office's commands to this device (outside_state.c). */
struct outside_command {
	uint64_t done;                 /* number of the last carried out */
	bool waits;                    /* one was taken and is not: */
	struct device_command command; /* ended with device_command_fini */
};
/* Nothing is known: zeros.  ERR_CORRUPT. */
enum err_code outside_command_load(const struct outside *o,
    struct outside_command *out, struct err *e) ERR_CHECKED;
/* Durable when it returns. */
enum err_code outside_command_save(const struct outside *o,
    const struct outside_command *c, struct err *e) ERR_CHECKED;

/* A finished change is in the database and could not be sealed (full disk), or
 * all are sealed again.  While locked this alone tells of it. */
enum err_code outside_unsealed_set(
    const struct outside *o, bool is_unsealed, struct err *e) ERR_CHECKED;
bool outside_is_unsealed(const struct outside *o);
/* The same of files beside records, which the courier cannot carry. */
enum err_code outside_files_set(
    const struct outside *o, bool has_files, struct err *e) ERR_CHECKED;
bool outside_has_files(const struct outside *o);

/* The office's epoch when, unlocked, the whole journal was last receipted; 0:
 * never yet.  Receipts of an earlier one may be worth nothing. */
enum err_code outside_epoch_set(
    const struct outside *o, uint64_t epoch, struct err *e) ERR_CHECKED;
enum err_code outside_epoch(
    const struct outside *o, uint64_t *out, struct err *e) ERR_CHECKED;

#endif
