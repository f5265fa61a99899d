/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROVE_STAGE_NET_H
#define PROVE_STAGE_NET_H

#include "tests/prove/cut_kinds.h"
#include "tests/prove/stage_device.h"

/*
 * stage_net -- an office in a process of its own, with its front, its engine
 * and the channel between them, and two devices of one of its users that speak
 * with it over TLS on 127.0.0.1; the calls of the first device fail, or those
 * of the office.
 *
 * Before each state is looked at the other device syncs with the office that
 * the calls failed in, which has to serve it: one device's trouble, or a call
 * that failed, is nobody else's.
 */
struct net_stage {
	struct cut_world w;
	struct cut_device other;
	const struct cut_kind *kind;
	struct cut_work work; /* as it was prepared */
	json_t *enrolling;    /* what enrolling keeps; NULL: it is not that */
	struct kept_folder kept[4]; /* the office's, the devices' */
	bool is_kept;
	pid_t office;    /* 0: not running */
	int ask;         /* it ends when this is closed */
	bool has_failed; /* the last try */
	/* What else can be seen, when both are open; NULL: nothing. */
	void (*tells)(struct net_stage *s, struct buf *out);
	/* Of commands (work_command.c). */
	bool is_office;  /* its calls fail */
	bool is_command; /* else those of a process that is played */
	char fresh[FILE_PATH_MAX], code[80];
	bool has_enrolled; /* as it was told */
	char made[40];     /* an id as it was told; "": none */
};
extern struct net_stage stage_net;

/* Whose calls fail. */
extern const struct torture_stage net_device, net_office;

/* Prepare the exchange of this word (cut_kinds). */
void net_prepare(const char *word);
/* One try of it, with the office running. */
enum err_code net_work(struct err *e);

/* ---- the office's process (net_office.c) ---- */
void net_office_start(struct net_stage *s);
/* NULL, or what was wrong with how it ran; borrowed. */
const char *net_office_end(struct net_stage *s);
/* Where it has ended on purpose, as who started it would: start another.  As
 * net_office_end. */
const char *net_office_again(struct net_stage *s);

#endif
