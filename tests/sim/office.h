/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_OFFICE_H
#define SIM_OFFICE_H

#include "tests/sim/world.h"

/*
 * office -- the nodes, each an engine over the one store, and what is done at
 * the office.
 */
#define OFFICE_FOLDER "/sim/office/"
#define OFFICE_HOME "/sim/office"
#define OFFICE_BACKUP "/sim/backup/office.db"

/* Open a node's engine; a node that is up stays so. */
void node_up(struct sim_node *n);
/* Close it; answers that it owes are lost. */
void node_down(struct sim_node *n, uint64_t up_after_ms);
/* Bring up those whose time has come. */
void nodes_wake(struct world *w);
/* A node that is up, or NULL. */
struct sim_node *office_node(struct world *w);

/* Let a node work; it dies there if its process does. */
void node_work(struct sim_node *n);

/* Run a command of visitbook-central; the answer is new. */
json_t *office_command(struct sim_node *n, json_t *request);

void office_backup(struct world *w);
/* Stop all nodes, go back to the backup and begin a new epoch. */
void office_restore(struct world *w);
/* The backup is put in the store's place, and nobody tells the office: it hears
 * of it from devices, and two administrators confirm who may see what. */
void office_roll_back(struct world *w);

#endif
