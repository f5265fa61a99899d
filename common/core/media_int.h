/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_MEDIA_INT_H
#define CORE_MEDIA_INT_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/*
 * media_int -- the walkers of media.h: append what is kept of a file that
 * begins as its kind does.  ERR_INVALID: it is cut off or damaged, and out
 * holds a part of it.  Want of memory marks out alone.
 */
enum err_code media_jpeg(const uint8_t *bytes, size_t len, struct buf *out,
    struct err *e) ERR_CHECKED;
enum err_code media_png(const uint8_t *bytes, size_t len, struct buf *out,
    struct err *e) ERR_CHECKED;

#endif
