/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file beside a record: the text first, then the question where the office
 * stands, then its bytes.
 */
#include <stdio.h>

#include "common/base/enc.h"
#include "common/store/device_content.h"
#include "tests/prove/cut_kinds.h"

#define FILE_BYTES 700

void
cut_prepare_file(struct cut_world *w)
{
	char bytes[FILE_BYTES], hex[BLOB_HASH_TEXT_LEN + 1];
	const struct content_file file = { bytes, sizeof(bytes) };
	struct hash32 hash;
	struct edit edits[3] = { { .path = "sha256" }, { .path = "size" },
		{ .path = "cases" } };
	json_t *values[3];
	struct save_result saved;
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)('a' + i % 26);
	(void)snprintf(bytes, 24, "%023llu", (unsigned long long)++w->serial);
	hash = crypto_sha256(bytes, sizeof(bytes));
	enc_hex(hash.b, sizeof(hash.b), hex);
	values[0] = json_string(hex);
	values[1] = json_integer(FILE_BYTES);
	values[2] = json_pack("[s]", id_print(w->office.of_case).s);
	for (size_t i = 0; i < 3; i++)
		edits[i].now = values[i];
	assert_ok(device_store_attach(w->device.store, "attachment", edits, 3,
	              &file, &saved, &e),
	    &e);
	save_result_fini(&saved);
	for (size_t i = 0; i < 3; i++)
		json_decref(values[i]);
}

/* All of it is there, the device says; is it? */
const char *
cut_file_is_false(struct cut_world *w)
{
	struct content_waiting waiting;
	struct err e = { 0 };
	const uint64_t attached =
	    (uint64_t)cut_device_number(w, "SELECT count(*) FROM content");

	assert_ok(device_content_waiting(w->device.store, &waiting, &e), &e);
	return attached - waiting.n > cut_office_files(w)
	    ? "a file that the office has not got counts as sent"
	    : NULL;
}
