/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/store/device_store.h"
#include "daemon/central/engine/engine.h"
#include "daemon/central/setup/setup_keys.h"
#include "daemon/sync/call.h"
#include "daemon/sync/courier.h"
#include "daemon/sync/exchange.h"
#include "tests/sim/disk.h"
#include "tests/sim/seam.h"
#include "tests/simkit/fields.h"
#include "tests/simkit/simulation.h"

/*
 * world -- one office and its devices as a seed has them: what is simulated.
 *
 * What runs is the product: its engine over its store, its device stores with
 * their exchange and courier, the codecs and signatures between them.  Around
 * it are a disk, a network and clocks that obey the seed (disk.h, network.h,
 * seam.h).  The device's decisions (view, push, staging, repair) sit inside its
 * SQL, so it is run with its SQL; that costs schedules a second, and nothing
 * of it is told a second time here.
 *
 * What is checked as far as the product goes today: a copied device is refused
 * and keeps its words (its way on, cutting them again, is not played).
 * Not played at this level: certificates and their renewal, enrolment, waits,
 * attachments, power loss, a disk that is full.
 *
 *   kinds.h       the steps of a plan (tests/simkit/plan.h)
 *   template.h    the office and its devices as every schedule finds them
 *   network.h     requests and answers under way
 *   office.h      the engines and what is done at the office
 *   device.h      a machine: unlock, lock, sync, crash, come back
 *   person.h      what people write
 *   invariants.h  what must hold
 *   marks.h       whose words have got where
 *   erased.h      words that are erased for good
 */
#define SIM_DEVICES_MAX 50
#define SIM_NODES_MAX 2
#define SIM_USERS 12
#define SIM_ADMINS 2
#define SIM_SITES 2
#define SIM_CASES 3
#define SIM_MARKS_MAX 2048
#define SIM_ERASURES_MAX 64

/* What can go wrong; each seed has some of them. */
enum fault {
	FAULT_DROP,
	FAULT_DUPLICATE,
	FAULT_REORDER,
	FAULT_DELAY,
	FAULT_TRUNCATE,
	FAULT_CORRUPT,
	FAULT_ONE_WAY,   /* requests do not arrive */
	FAULT_HALF_OPEN, /* answers do not arrive */
	FAULT_OFFICE_CRASH,
	FAULT_OFFICE_CRASH_REPLY, /* after the commit, before the answer */
	FAULT_DEVICE_CRASH,
	FAULT_LOCKED,
	FAULT_CLOCK,
	FAULT_OLD_COPY, /* a device goes on from an old backup of itself */
	FAULT_CLONE,
	FAULT_REVOKED,
	FAULT_RESTORE, /* the office goes on from a backup */
	FAULT_SCOPE,   /* a grant ends, and may begin again */
	FAULT_NEWER,   /* a change with members that are not known here */
	FAULT_TWO_ADMINS,
	FAULT_OLD_ANSWER,  /* an office's earlier answer is played again */
	FAULT_OLD_RECEIPT, /* an answer with a receipt of before, signed */
	FAULT_FORGED,      /* a device says that it is another */
	FAULT_POISON,      /* a change that the office cannot apply */
	FAULT_ERASED,      /* words that two people erase */
	FAULT_ROLL_BACK,   /* the store is put back without its knowing */
	FAULT_N
};

enum event {
	EVENT_CONFLICT,
	EVENT_HELD,
	EVENT_EPOCH,
	EVENT_DECISION,
	EVENT_DROP,
	EVENT_N
};

/* Own changes, counter by counter, as saves told of them. */
struct sim_journal {
	struct hash32 *links; /* of change n + 1 */
	size_t n;
};

struct sim_device {
	struct world *world;
	unsigned slot, identity; /* identity: another's slot in a clone */
	struct id id, user;
	unsigned user_no;
	char home[32], folder[33]; /* "/sim/d3" and "/sim/d3/" */
	struct disk_process process;
	int64_t clock_offset;
	struct device_store *store; /* open, or NULL: locked or halted */
	struct outside *outside;    /* locked: what is readable then */
	struct office *office;
	struct exchange *exchange;
	struct courier *courier;
	bool is_locked;
	bool is_revoked;
	bool is_forked;   /* a copy of it has written; it has no way on yet */
	bool is_left_out; /* of what is compared at the end */
	struct sync_report report; /* of the last sync */
	bool is_quiet;             /* it brought nothing and left nothing */
	uint64_t one_way_until, half_open_until;
	struct disk_image *backup;
	size_t backup_links; /* own changes in it */
	uint64_t calls;      /* requests so far, for the network's own dice */
	uint64_t written;    /* changes that saves told of */
	/* Link of each own change as saved, by counter - 1. */
	struct hash32 *links;
	size_t n_links;
	/* The journals that it had each time an old copy took its place: what
	 * was asked from one may still be under way. */
	struct sim_journal *past;
	unsigned n_past;                     /* the life it is in, from 0 */
	uint64_t receipted, receipted_epoch; /* as of its last sync */
	/* The last receipt that the office gave for this identity. */
	uint64_t given_intake, given_epoch;
};

/* Words of a record that were erased, and the entry of the log that did it. */
struct sim_erasure {
	struct id record;
	struct version version;
	bool is_lost;  /* the office was restored, and does not know of it */
	bool was_lost; /* ... at some time */
};

struct sim_node {
	struct world *world;
	unsigned no;
	struct engine *engine; /* NULL: down */
	struct disk_process process;
	bool works_at_set;
	uint64_t up_at; /* when down: comes up then */
};

struct world {
	uint64_t seed;
	struct rng rng; /* of the steps that are not of the plan */
	unsigned n_devices, n_nodes;
	struct sim_device devices[SIM_DEVICES_MAX];
	struct sim_node nodes[SIM_NODES_MAX];
	int64_t office_clock_offset;
	unsigned epoch;
	bool has_backup;
	bool is_calm; /* faults are over */
	bool
	    is_left_alone; /* nobody writes into tables at the end (tamper.h) */
	bool grants[SIM_USERS][SIM_CASES], backup_grants[SIM_USERS][SIM_CASES];
	struct words words; /* given to texts */
	/* Which record each was written to, up to here (marks.h). */
	struct id marks[SIM_MARKS_MAX];
	unsigned n_marked;
	/* Which erasure took each away, plus one (erased.h). */
	uint8_t erased_by[SIM_MARKS_MAX];
	struct sim_erasure erasures[SIM_ERASURES_MAX];
	unsigned n_erasures, backup_erasures;
	uint64_t newer_counter;   /* the puppet's last change from tomorrow */
	struct hash32 newer_link; /* and its link */
	/* Held changes ("device/counter") that administrators tried again:
	 * they may let one go before what it waits for. */
	char let_go[64][64];
	size_t n_let_go;
	/* Links of the decisions that somebody made whose words they saw among
	 * the versions, or standing: nobody may tell them that it was not
	 * theirs. */
	struct hash32 authors_decisions[64];
	size_t n_authors_decisions;
	struct run_counts counts;
	struct run_size size;
	bool wrote[SIM_DEVICES_MAX]; /* by slot */
	/* The first thing found that must not be. */
	bool is_violated;
	char violation[600];
	struct trace *trace;
};

/* Note a violation of an invariant ("I6"); the first one counts. */
void violation(struct world *w, const char *invariant, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void count_fault(struct world *w, enum fault f);
void count_event(struct world *w, enum event e);
/* One that was saved at d, or that a machine beside them all sent (NULL). */
void count_change(struct world *w, const struct sim_device *d);

/* Who and where the device of a slot is; nothing is opened. */
void world_device(struct world *w, unsigned slot);

/* Let time pass: what is due until then arrives. */
void world_pass(struct world *w, uint64_t ms);

/* Whose machine runs from now on: its disk and its clock. */
void enter_device(struct sim_device *d);
void enter_node(struct sim_node *n);
void leave(void);

#endif
