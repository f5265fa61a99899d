/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/erase_scene.h"

#include "common/core/path.h"
#include "common/store/store_int.h"
#include "daemon/central/engine/engine_int.h"
#include "daemon/central/store/sqlite_int.h"
#include "tests/support/row_flips.h"

void
erase_scene_start(struct erase_scene *s)
{
	world_start(&s->w);
	real_start(&s->r, &s->w, world_user(&s->w, "Nia"));
	real_start(&s->other, &s->w, world_user(&s->w, "Amina"));
	s->site = real_save(&s->r, NULL, "site", "name", "'Oak House'");
	erase_scene_sync(s);
}

void
erase_scene_end(struct erase_scene *s)
{
	real_end(&s->other);
	real_end(&s->r);
	world_end(&s->w);
}

void
erase_scene_sync(struct erase_scene *s)
{
	(void)real_sync(&s->r);
	(void)real_sync(&s->other);
}

void
erase_scene_door(struct erase_scene *s, struct real *by, const char *words)
{
	(void)real_save(by, &s->site, "site", "door_notes", words);
}

void
erase_scene_assert_door(
    struct erase_scene *s, struct real *at, const char *words)
{
	struct record_view view;
	struct err e;

	assert_ok(device_store_get(at->store, s->site, &view, &e), &e);
	assert_string_equal(
	    json_string_value(path_get(view.record.doc, "door_notes")), words);
	record_view_fini(&view);
}

void
erase_scene_assert_no_mark(struct erase_scene *s)
{
	assert_int_equal(row_hunt(s->r.store->db, MARK), 0);
	assert_int_equal(row_hunt(s->other.store->db, MARK), 0);
	world_lay_open(&s->w);
	assert_int_equal(row_hunt(engine_store(s->w.g)->db, MARK), 0);
	s->w.is_unchecked = false;
	real_verifies(&s->r);
	real_verifies(&s->other);
}
