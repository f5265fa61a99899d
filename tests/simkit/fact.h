/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIMKIT_FACT_H
#define SIMKIT_FACT_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "common/sys/crypto_hash.h"

/*
 * fact -- a line of a schedule's history (tools/lib/check-history.mjs reads
 * them), as both simulations write it.
 */
json_t *fact_hex(const struct hash32 *h);
json_t *fact_number(uint64_t n);
/* One line, with the seed that it is of; fact is taken. */
void fact_write(FILE *history, uint64_t seed, json_t *fact);

#endif
