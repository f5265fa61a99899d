/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SUPPORT_RELAY_H
#define SUPPORT_RELAY_H

#include <stdint.h>

#include "common/base/err.h"

/*
 * relay -- a TCP relay between devices and the office, whose network can be
 * cut, drained, stopped and taken over by a stranger.
 *
 * relay_open listens on a port of 127.0.0.1; relay_run forwards and obeys until
 * it is told to end; relay_close.  It is one thread and one poll loop; it
 * holds at most RELAY_CONNECTIONS_MAX connections of 128 KiB (further ones wait
 * to be accepted) and sees bytes, never what they mean.
 *
 * Commands are lines; each is answered by one line of JSON when it has taken
 * effect: {"done":"cut"}, or {"error":"..."}.  The relay is always in one of
 * five modes; a mode is entered by its command and left by any other's:
 *
 *   open        Forward.  The mode at the start.
 *   cut         Every connection is reset; a new one is refused, as by a
 *               machine on which nothing listens.
 *   blackhole   What comes from either side vanishes: bytes, ends, new
 *               connections (taken and never served).  When the mode is left,
 *               all connections are reset, since bytes of theirs are lost.
 *   stall       Nothing moves and nothing is lost: when the mode is left,
 *               everything goes on where it stopped.
 *   portal      Every connection is reset; a new one gets a web page that is
 *               not the office's, over plain HTTP or, if it begins so, over
 *               TLS with a certificate that signed itself.
 *
 * and, in any mode:
 *
 *   limit-down N   The next connection that is taken ends once N bytes have
 *                  come to the device (N = 0: once there is one to come).  The
 *                  device gets exactly N bytes and then the end of the
 *                  stream; the office sees a reset.
 *   limit-up N     The same towards the office: it gets exactly N bytes and
 *                  the end of the stream; the device sees a reset.  Both
 *                  limits may be set for the same connection.
 *   stall-up N     Enter the mode "stall" once N more bytes, or a few buffers
 *                  of 64 KiB more, have gone to the office.
 *   stats          {"mode":"open","connections":3,"open":1,"cuts":1,
 *                  "bytes_up":900,"bytes_down":5000}: connections taken since
 *                  the start and open now; those that this relay ended by
 *                  itself; bytes passed on to the office and to devices.
 *   quit           End.
 *
 * N counts bytes of TCP, TLS's own included.
 */
#define RELAY_CONNECTIONS_MAX 128

struct relay;

/* to: "127.0.0.1:8443", "[::1]:8443"; nothing has to listen there yet.
 * ERR_INVALID: not an address; ERR_NOMEM, ERR_IO. */
enum err_code relay_open(
    const char *to, struct relay **relay_out, struct err *e) ERR_CHECKED;

/* Close every connection; NULL does nothing. */
void relay_close(struct relay *r);

/* "127.0.0.1:PORT", borrowed; always the same port, also after a cut. */
const char *relay_address(const struct relay *r);

/* Forward, read commands from command_fd and answer on answer_fd (an answer
 * that would block is dropped), until "quit", the end of command_fd, or a
 * byte or the end of stop_fd (-1: none).  ERR_IO when polling failed. */
enum err_code relay_run(struct relay *r, int command_fd, int answer_fd,
    int stop_fd, struct err *e) ERR_CHECKED;

#endif
