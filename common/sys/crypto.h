/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CRYPTO_H
#define SYS_CRYPTO_H

/*
 * crypto -- every cryptographic operation of the project, over OpenSSL 3 and
 * libargon2; nothing here is a primitive of our own.
 *
 *   crypto_hash.h  SHA-256, HMAC-SHA256
 *   crypto_sign.h  Ed25519 signatures
 *   crypto_seal.h  sealing to a public key (HPKE, RFC 9180)
 *   crypto_aead.h  sealing under a shared key (AES-256-GCM)
 *   crypto_kdf.h   passphrase to key (Argon2id), key to keys (HKDF)
 *
 * Rules for all of them: input is given as a crypto_part, which is borrowed for
 * the call.  Whoever holds a secret wipes it with secret_wipe when done.
 * Secrets are handed out through pointers, never returned: a returned struct
 * passes through a place of the compiler's that nobody can wipe.  The
 * functions leave no copy of theirs behind.  Any thread may call
 * any function.  Functions without an error value cannot fail: when the
 * library breaks (it is out of memory, or has lost an algorithm that it always
 * has) they end the process with a line on standard error, since there is no
 * safe way on.
 */
#include "common/sys/crypto_aead.h"
#include "common/sys/crypto_hash.h"
#include "common/sys/crypto_kdf.h"
#include "common/sys/crypto_seal.h"
#include "common/sys/crypto_sign.h"

#endif
