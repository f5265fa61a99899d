/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/*
 * banned -- functions that this project does not call: included into every
 * translation unit by the compiler's -include, so a use does not compile.
 *
 * The headers that declare them come first, since a poisoned name may not
 * even be declared afterwards.  Instead: snprintf, buf_printf, memcpy with a
 * checked length, strtoll, strtok_r, gmtime_r, posix_spawn, rng_fill.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok atoi
#pragma GCC poison gets gmtime localtime tmpnam system popen
/* OpenSSL's headers name parameters rand: only a call of it is refused. */
#define rand() rand_is_banned_use_rng_fill

#endif
