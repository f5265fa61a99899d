/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_CERT_ONCE_H
#define PROVE_CERT_ONCE_H

/* From now on this process reads a certificate that it has read before by
 * taking that one. */
void cert_once_start(void);

#endif
