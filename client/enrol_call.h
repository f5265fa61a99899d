/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLIENT_ENROL_CALL_H
#define CLIENT_ENROL_CALL_H

#include "client/client.h"
#include "client/core/enrolment.h"

/*
 * enrol_call -- an enrolment's exchange with the office.
 */

/* What a machine is called that its user gives no name. */
#define ENROL_LABEL "visitbook"

/* Learn the root, send the request, take the answer.  A request whose answer
 * was lost is sent again with the same bytes, which the office answers as it
 * did before.  How it ends and what to do is said to c. */
enum err_code enrol_call(struct client *c, struct enrolment *en,
    const char *address, struct err *e) ERR_CHECKED;

#endif
