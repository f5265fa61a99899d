/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_messages -- write the golden messages into schema/messages.
 *
 *   make_messages
 *
 * They come out the same each time: a difference is a change of the protocol,
 * which schema/protocol.md tells of.
 */
#include "tests/support/check.h"

#include "common/base/file.h"
#include "tests/support/golden.h"

static void
save(const char *name, const char *text, size_t len)
{
	char path[512];
	struct err e;

	(void)snprintf(path, sizeof(path), "%s/schema/messages/%s",
	    VISITBOOK_SOURCE_DIR, name);
	assert_ok(file_save(path, text, len, &e), &e);
}

static void
the_golden_messages_are_written(void **state)
{
	struct golden *g = golden_make();
	struct buf manifest;

	(void)state;
	golden_manifest(g, &manifest);
	save("manifest.json", manifest.ptr, manifest.len);
	save("signatures.json", g->vectors.ptr, g->vectors.len);
	for (size_t i = 0; i < g->n; i++)
		save(g->messages[i].file, g->messages[i].text,
		    g->messages[i].len);
	buf_fini(&manifest);
	golden_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_golden_messages_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
