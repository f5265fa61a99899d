/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/keyslot_world.h"

struct keyslot_pass
floor_pass(const char *text)
{
	return (struct keyslot_pass){ .text = crypto_part_str(text),
		.params = KDF_FLOOR,
		.created_ms = FLOOR_PASS_CREATED_MS };
}

struct keyslot_world
keyslot_world_new(void)
{
	struct keyslot_world w = { .folder = check_folder_new(),
		.device = { { 0xd0, 1 } },
		.user = { { 0xe0, 2 } } };
	struct seal_pub pub;
	const struct keyslot_new make = { .device = w.device,
		.user = w.user,
		.pass = floor_pass("old words"),
		.recovery = &pub };
	struct err e;

	seal_key_make(&w.recovery);
	pub = seal_pub_of(&w.recovery);
	assert_true(file_join(w.path, w.folder.path, "keys"));
	assert_ok(keyslot_create(w.path, &make, &w.dbkey, &e), &e);
	return w;
}

void
keyslot_world_end(struct keyslot_world *w)
{
	check_folder_end(&w->folder);
}

void
keyslot_world_load(
    const struct keyslot_world *w, uint8_t out[static KEYSLOT_FILE_LEN])
{
	struct buf b;
	struct err e;

	buf_init(&b, KEYSLOT_FILE_LEN);
	assert_ok(file_load(w->path, &b, &e), &e);
	assert_int_equal(b.len, KEYSLOT_FILE_LEN);
	memcpy(out, b.ptr, b.len);
	buf_fini(&b);
}
