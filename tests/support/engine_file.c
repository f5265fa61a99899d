/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/engine_file.h"

#include "common/base/enc.h"

void
test_file_make(struct test_file *f, char first, size_t len)
{
	struct hash32 hash;

	assert_true(len > 0 && len <= sizeof(f->bytes));
	for (size_t i = 0; i < len; i++)
		f->bytes[i] = (char)('a' + i % 26);
	f->bytes[0] = first;
	f->len = len;
	hash = crypto_sha256(f->bytes, len);
	enc_hex(hash.b, sizeof(hash.b), f->sha256);
}

struct id
dev_attach(struct dev *d, struct id of_case, const struct test_file *f)
{
	struct id id = dev_begin_new(d, "attachment");
	char path[80], text[80];

	(void)snprintf(path, sizeof(path), "cases/%s", id_print(of_case).s);
	dev_set(d, path, NULL, "true");
	dev_set(d, "kind", NULL, "'scan'");
	dev_set(d, "media", NULL, "'jpeg'");
	(void)snprintf(text, sizeof(text), "%zu", f->len);
	dev_set(d, "size", NULL, text);
	(void)snprintf(text, sizeof(text), "'%s'", f->sha256);
	dev_set(d, "sha256", NULL, text);
	(void)dev_cut(d);
	return id;
}

bool
dev_put_file(struct dev *d, struct id record, const struct test_file *f,
    uint64_t at, size_t len, struct blob_stand *stand_out,
    enum protocol_word *word_out)
{
	char target[BLOB_TARGET_MAX];
	struct blob_piece p;
	struct answer a;
	json_t *json = NULL, *body;
	struct err e;
	bool is_fine;

	blob_piece_init(&p);
	memset(p.nonce, 0xab, sizeof(p.nonce));
	p.record = record;
	if (len > 0) {
		p.at = at;
		assert_true(buf_add(&p.bytes, f->bytes + at, len));
	}
	assert_ok(blob_piece_to_json(&p, &json, &e), &e);
	blob_target(f->sha256, target);
	a = dev_send(d, WIRE_BLOB_PUT, target, json, false);
	is_fine = a.status == 200;
	if (is_fine) {
		body = answer_json(&a);
		assert_ok(blob_stand_from_json(body, stand_out, &e), &e);
		assert_memory_equal(stand_out->nonce, p.nonce, sizeof(p.nonce));
		json_decref(body);
	} else
		*word_out = answer_word(&a);
	answer_end(&a);
	json_decref(json);
	blob_piece_fini(&p);
	return is_fine;
}

void
dev_put_whole(struct dev *d, struct id record, const struct test_file *f)
{
	const size_t half = f->len / 2;
	struct blob_stand s;
	enum protocol_word word;

	assert_true(dev_put_file(d, record, f, 0, half, &s, &word));
	assert_int_equal(s.have, half);
	assert_false(s.is_whole);
	assert_true(dev_put_file(d, record, f, half, f->len - half, &s, &word));
	assert_int_equal(s.have, f->len);
	assert_true(s.is_whole);
}

bool
dev_get_file(struct dev *d, struct id record, const struct test_file *f,
    uint64_t at, struct blob_piece *piece_out, enum protocol_word *word_out)
{
	struct blob_piece what = { .record = record, .at = at };
	char target[BLOB_TARGET_MAX];
	struct answer a;
	json_t *body;
	struct err e;
	bool is_fine;

	blob_target_get(f->sha256, &what, target);
	a = dev_send(d, WIRE_BLOB_GET, target, NULL, false);
	is_fine = a.status == 200;
	if (is_fine) {
		body = answer_json(&a);
		assert_ok(blob_piece_from_json(body, piece_out, &e), &e);
		json_decref(body);
	} else
		*word_out = answer_word(&a);
	answer_end(&a);
	return is_fine;
}
