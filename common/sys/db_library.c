/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite as this process uses it: its memory, and silence on standard error.
 */
#include <assert.h>
#include <malloc.h>
#include <pthread.h>

#include "common/sys/db_int.h"

/*
 * SQLite's memory: the C library's, overwritten when it is freed, so that no
 * page or statement outlives its use.  (cipher_memory_security does that too,
 * and pins each allocation with a system call.)
 */
static void *
mem_malloc(int n)
{
	return malloc((size_t)n);
}

static void
mem_free(void *p)
{
	if (p == NULL)
		return;
	secret_wipe(p, malloc_usable_size(p));
	free(p);
}

static int
mem_size(void *p)
{
	return p == NULL ? 0 : (int)malloc_usable_size(p);
}

static void *
mem_realloc(void *p, int n)
{
	size_t old = malloc_usable_size(p);
	void *new;

	if ((size_t)n <= old)
		return p;
	new = malloc((size_t)n);
	if (new == NULL)
		return NULL;
	memcpy(new, p, old);
	mem_free(p);
	return new;
}

static int
mem_roundup(int n)
{
	return (n + 7) & ~7;
}

static int
mem_init(void *unused)
{
	(void)unused;
	return SQLITE_OK;
}

static void
mem_shutdown(void *unused)
{
	(void)unused;
}

/* SQLite's log repeats what the caller is told anyway, with file names and
 * statements in it. */
static void
log_nothing(void *unused, int rc, const char *text)
{
	(void)unused;
	(void)rc;
	(void)text;
}

/* Tell SQLite its memory and log; to be called before its first use. */
static int
configure_library(void)
{
	static const sqlite3_mem_methods mem = { mem_malloc, mem_free,
		mem_realloc, mem_size, mem_roundup, mem_init, mem_shutdown,
		NULL };
	int rc = sqlite3_config(SQLITE_CONFIG_MALLOC, &mem);

	if (rc == SQLITE_OK)
		rc = sqlite3_config(SQLITE_CONFIG_LOG, log_nothing, NULL);
	return rc;
}

enum err_code
db_set_up_library(struct err *e)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static bool configured, done; /* guarded by lock */
	sqlite3 *raw = NULL;
	int rc = SQLITE_OK;

	(void)pthread_mutex_lock(&lock); /* fails only on misuse */
	if (done)
		goto out;
	if (!configured) {
		rc = configure_library();
		assert(rc == SQLITE_OK && "nobody used SQLite before");
		configured = true;
	}
	rc = sqlite3_initialize();
	/* SQLCipher's own log goes to standard error, until told once. */
	if (rc == SQLITE_OK)
		rc = sqlite3_open_v2(
		    ":memory:", &raw, SQLITE_OPEN_READWRITE, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(
		    raw, "PRAGMA cipher_log_level = NONE", NULL, NULL, NULL);
	(void)sqlite3_close(raw);
	done = rc == SQLITE_OK;
out:
	(void)pthread_mutex_unlock(&lock);
	if (rc != SQLITE_OK)
		return err_set(e, ERR_NOMEM, rc,
		    "SQLite cannot start; memory may be short");
	return ERR_OK;
}
