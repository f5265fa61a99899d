/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULT_CALLS_INT_H
#define FAULT_CALLS_INT_H

#include "tests/fault/calls.h"

/*
 * calls_int -- between the kinds of calls with their errors (calls.c) and what
 * stands before the C library's (calls_wrap.c).
 */
enum call_kind {
	CALL_OPEN,
	CALL_READ,
	CALL_WRITE,
	CALL_SYNC,
	CALL_RESIZE,
	CALL_NAME, /* rename, unlink, mkdir, link */
	CALL_LOCK,
	CALL_MAP,
	CALL_SOCKET, /* socket, socketpair, pipe, epoll_create, eventfd */
	CALL_CONNECT,
	CALL_ACCEPT,
	CALL_BIND, /* bind, listen */
	CALL_SEND,
	CALL_RECV,
	CALL_POLL,
	CALL_WATCH, /* epoll_ctl, inotify */
	CALL_RANDOM,
	CALL_MEMFD,
	CALL_PIN, /* mlock */
	CALL_FORK,
	CALL_EXEC,
	CALL_KINDS
};

/* This call is made now.  0: it goes on as ever; FAULT_SHORT: with half of its
 * bytes; else it fails with this error. */
#define FAULT_SHORT (-1)
int fault_calls_now(enum call_kind kind);

#endif
