/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The units for systemd, as systemd-analyze sees them: they are well formed,
 * and they leave the programs as little as can be.
 */
#include "tests/support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/file.h"

#define ANALYZE "/usr/bin/systemd-analyze"

/* The exit status of systemd-analyze with these words. */
static int
analyze(const char *const words[])
{
	char *argv[10] = { (char *)(uintptr_t) "systemd-analyze" };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	for (size_t i = 0; i < 8 && words[i] != NULL; i++)
		argv[i + 1] = (char *)(uintptr_t)words[i];
	if (pid == 0) {
		(void)execv(ANALYZE, argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Copy a unit of the sources, with `from` replaced by `to`. */
static void
copy(const char *source, const char *folder, const char *name, const char *from,
    const char *to)
{
	char path[FILE_PATH_MAX], text[16384];
	struct buf in;
	const char *at;
	struct err e;

	buf_init(&in, sizeof(text) / 2);
	assert_true(file_join(path, VISITBOOK_SOURCE_DIR, source));
	assert_ok(file_load(path, &in, &e), &e);
	at = strstr(in.ptr, from);
	(void)snprintf(text, sizeof(text), "%.*s%s%s",
	    at == NULL ? (int)in.len : (int)(at - in.ptr), in.ptr,
	    at == NULL ? "" : to, at == NULL ? "" : at + strlen(from));
	buf_fini(&in);
	assert_true(file_join(path, folder, name));
	assert_ok(file_save(path, text, strlen(text), &e), &e);
}

/* The units in a folder, with programs that are there. */
static struct check_folder
units(void)
{
	struct check_folder folder = check_folder_new();

	copy("daemon/central/visitbook-central.service", folder.path,
	    "visitbook-central.service", "/usr/sbin/visitbook-central",
	    CENTRAL_PROGRAM);
	copy("daemon/central/visitbook-central-devices.socket", folder.path,
	    "visitbook-central-devices.socket", "", "");
	copy("daemon/central/visitbook-central-console.socket", folder.path,
	    "visitbook-central-console.socket", "", "");
	copy("daemon/sync/visitbookd.service.in", folder.path,
	    "visitbookd.service", "@CMAKE_INSTALL_FULL_BINDIR@/visitbookd",
	    CENTRAL_PROGRAM);
	return folder;
}

static void
exposure_at_most(const char *name, const char *tenths)
{
	struct check_folder folder;
	char path[FILE_PATH_MAX], threshold[32];

	if (access(ANALYZE, X_OK) != 0)
		skip();
	folder = units();
	assert_true(file_join(path, folder.path, name));
	(void)snprintf(threshold, sizeof(threshold), "--threshold=%s", tenths);
	assert_int_equal(
	    analyze((const char *const[]){ "security", "--offline=true",
	        "--no-pager", threshold, path, NULL }),
	    0);
	check_folder_end(&folder);
}

static void
the_office_is_exposed_by_1_5_at_most(void **state)
{
	(void)state;
	exposure_at_most("visitbook-central.service", "15");
}

static void
a_users_own_service_is_exposed_as_little_as_it_can_be(void **state)
{
	(void)state;
	exposure_at_most("visitbookd.service", "40");
}

static void
the_units_are_well_formed(void **state)
{
	static const char *const names[] = { "visitbook-central.service",
		"visitbook-central-devices.socket",
		"visitbook-central-console.socket", "visitbookd.service" };
	struct check_folder folder;

	(void)state;
	if (access(ANALYZE, X_OK) != 0)
		skip();
	folder = units();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[FILE_PATH_MAX];

		assert_true(file_join(path, folder.path, names[i]));
		assert_int_equal(analyze((const char *const[]){
		                     "verify", "--man=no", path, NULL }),
		    0);
	}
	check_folder_end(&folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_office_is_exposed_by_1_5_at_most),
		cmocka_unit_test(
		    a_users_own_service_is_exposed_as_little_as_it_can_be),
		cmocka_unit_test(the_units_are_well_formed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
