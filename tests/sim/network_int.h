/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_NETWORK_INT_H
#define SIM_NETWORK_INT_H

#include "common/base/buf.h"
#include "common/sys/http_client.h"
#include "tests/sim/network.h"

/*
 * network_int -- what the files of the network share: the queue of what is
 * under way (network.c), what happens to it there (network_way.c), and its two
 * ends (network_device.c, network_office.c).
 */
#define NETWORK_TIMEOUT_MS 30000

/* A call that the device waits for. */
struct http_job {
	struct http_job *next;
	uint64_t number;
	struct sim_device *device;
	http_done_fn *done;
	void *arg;
};

enum what { REQUEST, ANSWER, FAILURE, WORK };

struct message {
	struct message *next;
	uint64_t at_ms, number; /* those due at one time go by number */
	enum what what;
	struct sim_device *device;
	struct sim_node *node;
	uint64_t job;
	enum http_outcome outcome; /* of a failure */
	/* Request. */
	char method[8], target[160], sig[160], dict[16];
	bool as_courier;
	unsigned life; /* of the device when it asked */
	/* Both. */
	struct buf body;
	int status;
	char type[48];
};

/* A request that an engine has taken: whose answer the token is. */
struct owed {
	struct owed *next;
	struct sim_node *node;
	struct sim_device *device;
	uint64_t token, job;
	bool as_courier;
	unsigned life;
	char target[160];
	struct buf request_signed; /* what an answer is signed over */
};

struct old_answer {
	int status;
	char sig[160], dict[16];
	struct buf body;
};

struct network {
	struct world *world;
	uint32_t faults;
	bool is_even;
	struct http_job *jobs;
	struct message *queue; /* sorted */
	struct owed *owed;
	uint64_t numbers, tokens;
	struct sim_device *opening;
	bool opening_as_courier;
	struct old_answer old[SIM_DEVICES_MAX];
	json_t *old_receipts[SIM_DEVICES_MAX]; /* of some answer before */
};

/* Something that begins its way so much later from now, new; queue it, or free
 * it. */
struct message *network_message(
    struct network *net, enum what what, uint64_t after_ms);
void network_message_free(struct message *m);
void network_queue(struct network *net, struct message *m);
void network_owed_free(struct owed *o);

/* A request begins its way, and an answer; m is taken. */
void network_request(struct network *net, struct message *m);
void network_give(struct network *net, struct message *m);
/* A call ends without an answer. */
void network_fail_later(struct network *net, struct sim_device *d, uint64_t job,
    enum http_outcome outcome, uint64_t after_ms);
/* An office that lies: the receipts of an earlier answer may take the place of
 * those of m. */
void network_old_receipts(
    struct network *net, struct message *m, const struct buf *request_signed);

/* A request is there; a call has its answer, or will get none. */
void network_arrive(struct network *net, const struct message *m);
void network_finish(struct network *net, const struct message *m);

#endif
