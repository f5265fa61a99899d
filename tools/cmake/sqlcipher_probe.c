/* SPDX-License-Identifier: Apache-2.0 */
/* Exit 0 only if the SQLCipher that this links is fit for use; see
 * sqlcipher.cmake.  Compiled and run at configure time. */
#define SQLITE_HAS_CODEC 1
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
refuse(const char *why)
{
	printf("%s\n", why);
	return 1;
}

static int
first_column(void *out, int n, char **values, char **names)
{
	(void)names;
	if (n > 0 && values[0] != NULL)
		*(int *)out = atoi(values[0]);
	return 0;
}

int
main(void)
{
	sqlite3 *db = NULL;
	int cipher_major = 0;

	if (SQLITE_VERSION_NUMBER < 3051003)
		return refuse("SQLite is older than 3.51.3");
	if (sqlite3_libversion_number() != SQLITE_VERSION_NUMBER)
		return refuse("header and library differ");
	if (!sqlite3_compileoption_used("TEMP_STORE=2") &&
	    !sqlite3_compileoption_used("TEMP_STORE=3"))
		return refuse("temporary tables may reach the disk");
	if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
	    sqlite3_exec(db, "PRAGMA cipher_version", first_column,
	        &cipher_major, NULL) != SQLITE_OK ||
	    cipher_major < 4)
		return refuse("not SQLCipher 4");
	if (sqlite3_exec(db, "CREATE VIRTUAL TABLE t USING fts5(x)", NULL, NULL,
	        NULL) != SQLITE_OK)
		return refuse("FTS5 is missing");
	return 0;
}
