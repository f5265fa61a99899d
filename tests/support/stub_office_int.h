/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_STUB_OFFICE_INT_H
#define SUPPORT_STUB_OFFICE_INT_H

#include "tests/support/stub_office.h"

/*
 * stub_office_int -- what the two halves of stub_office share.
 */
void stub_office_on_request(struct http_request *r, void *arg);

/* Answer, signed, with this body packed (NULL: none). */
void stub_office_answer(struct stub_office *o, struct http_request *r,
    unsigned status, const json_t *body);

#endif
