/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CORE_MEDIA_H
#define CORE_MEDIA_H

#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/*
 * media -- what of a file is kept: a photo without what its camera wrote into
 * it (the place, the time, the camera's number, an author, a small picture that
 * may show what was cut away).
 *
 * What may stay is listed, and everything else is left out: of a JPEG the
 * segments that the picture is decoded from, its density, the kind of its
 * colours and which way up it is; of a PNG the chunks that the picture is
 * decoded and coloured from.  Whatever follows the picture's end goes (phones
 * put films and further pictures there).  A PDF is kept as it is, byte for
 * byte: what it says is the document's.
 */
enum media { MEDIA_JPEG, MEDIA_PNG, MEDIA_PDF, MEDIA_N };

/* "jpeg": the code of list media_type. */
const char *media_word(enum media m);

/* Append what is kept of a file; which kind it is is told by its first bytes
 * alone.  ERR_INVALID: it is of no kind that is taken, or it is cut off or
 * damaged; the message is a sentence for the person.  ERR_NOMEM. */
enum err_code media_keep(const void *bytes, size_t len, struct buf *out,
    enum media *media_out, struct err *e) ERR_CHECKED;

#endif
