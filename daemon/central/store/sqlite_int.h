/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CENTRAL_SQLITE_INT_H
#define CENTRAL_SQLITE_INT_H

#include "common/store/stored.h"
#include "common/sys/db.h"
#include "daemon/central/store/office_store.h"

/*
 * sqlite_int -- what the files of the SQLite store share.
 */
struct office_store {
	struct db *db;
	char path[1024];
	struct secret_key key; /* for backups; wiped on close */
};

#endif
