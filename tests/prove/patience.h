/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_PATIENCE_H
#define PROVE_PATIENCE_H

/*
 * patience -- how long something is waited for before it is said to hang.
 *
 * A time of an idle machine becomes longer where more processes want a
 * processor than there are: a run of the lowest priority beside others' builds
 * waits for most of the time.
 */
unsigned patience_of(unsigned idle);

#endif
