/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/daemon_scene.h"

#include "tests/support/check.h"

#include <stdlib.h>

#include "daemon/sync/daemon.h"
#include "daemon/sync/daemon_int.h"
#include "schema/schema_bundle.h"

int
daemon_scene_setup(void **state)
{
	struct daemon_scene *s = calloc(1, sizeof(*s));
	struct err e;

	assert_non_null(s);
	stub_office_start(&s->office);
	assert_int_equal(
	    setenv("XDG_RUNTIME_DIR", s->office.folder.path, 1), 0);
	assert_ok(
	    schema_parse(schema_bundle_bytes, schema_bundle_len, &s->words, &e),
	    &e);
	*state = s;
	return 0;
}

int
daemon_scene_teardown(void **state)
{
	struct daemon_scene *s = *state;

	daemon_close(s->d);
	stub_office_end(&s->office);
	schema_free(s->words);
	free(s);
	return 0;
}

void
daemon_scene_start(
    struct daemon_scene *s, unsigned retry_ms, unsigned refused_ms)
{
	struct daemon_cfg cfg = daemon_cfg_default();
	struct err e;

	cfg.home = s->office.folder.path;
	cfg.words = s->words;
	cfg.retry_first_ms = retry_ms;
	cfg.retry_most_ms = 4 * retry_ms;
	cfg.refused_ms = refused_ms;
	assert_ok(daemon_open(s->office.loop, &cfg, &s->d, &e), &e);
}

bool
daemon_scene_is_waiting(const void *arg)
{
	return ((const struct daemon_scene *)arg)->office.parked != NULL;
}

bool
daemon_scene_is_idle(const void *arg)
{
	const struct daemon_scene *s = arg;

	return s->d->state == ENGINE_LOCKED_IDLE;
}
