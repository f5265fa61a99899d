/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include "common/base/file.h"
#include "common/core/limits.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "tests/support/golden.h"

void
golden_add(struct golden *g, const char *file, const char *kind,
    const char *what, json_t *json)
{
	struct golden_message *m = &g->messages[g->n++];
	struct buf text;
	struct err e;

	assert_true(g->n <= GOLDEN_MAX);
	buf_init(&text, LIMIT_BODY_BYTES);
	assert_ok(json_print(json, &text, &e), &e);
	json_decref(json);
	*m =
	    (struct golden_message){ .file = file, .kind = kind, .what = what };
	m->text = buf_take(&text, &m->len);
}

const struct golden_message *
golden_find(const struct golden *g, const char *file)
{
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->messages[i].file, file) == 0)
			return &g->messages[i];
	fail_msg("no golden message %s", file);
	return NULL;
}

void
golden_read(const char *name, struct buf *out)
{
	char path[512];
	struct err e;

	(void)snprintf(path, sizeof(path), "%s/schema/messages/keys/%s",
	    VISITBOOK_SOURCE_DIR, name);
	buf_init(out, 65536);
	assert_ok(file_load(path, out, &e), &e);
}

void
golden_receipt(const struct golden *g, uint64_t counter, struct receipt *out)
{
	struct hash32 link = g->full.before;
	struct err e;

	for (size_t i = 0; i < counter; i++)
		assert_ok(
		    change_link_next(link, &g->full.changes[i], &link, &e), &e);
	receipt_init(out);
	out->office = g->device.office;
	out->device = g->device.device;
	out->counter = counter;
	out->link = link;
	out->intake = counter + 1;
	out->epoch = 1;
	out->time = 1795132860000;
	out->audit_seq = 41;
	memset(out->audit_link.b, 0xa1, HASH32_LEN);
	assert_ok(receipt_sign(out, &g->receipt_key, &e), &e);
}

/* The secrets are one byte over and over, and the byte says whose. */
static void
make_keys(struct golden *g)
{
	struct buf root;
	struct err e;

	g->device = journal_make(0);
	memset(g->device.key.b, 0x11, SIGN_KEY_LEN);
	g->device.pub = sign_pub_of(&g->device.key);
	memset(g->receipt_key.b, 0x22, SIGN_KEY_LEN);
	memset(g->sealing_key.b, 0x33, SEAL_KEY_LEN);
	memset(g->command_key.b, 0x55, SIGN_KEY_LEN);
	memset(g->code.secret, 0x44, ENROL_SECRET_LEN);
	memcpy(g->code.id, "7K3M", sizeof("7K3M"));
	enrol_code_key(g->code.secret, &g->code_key);
	golden_read("root.pem", &root);
	assert_ok(pki_cert_sha256(
	              crypto_part(root.ptr, root.len), &g->root_sha256, &e),
	    &e);
	memcpy(g->code.pin, g->root_sha256.b, ENROL_PIN_LEN);
	buf_fini(&root);
}

struct log_head
golden_head(const struct golden *g)
{
	struct log_head h = { .at = { 1, 41 } };
	struct signer *office = signer_new(&g->receipt_key);

	memset(h.link.b, 0xa1, HASH32_LEN);
	log_head_sign(&h, office, g->device.office);
	signer_free(office);
	return h;
}

struct erasure *
golden_erasure(const struct golden *g)
{
	struct erasure *z = calloc(1, sizeof(*z));
	struct err e;

	assert_non_null(z);
	erasure_init(z);
	z->office = g->device.office;
	z->record = journal_id(100);
	z->version = z->since = (struct version){ 1, 40 };
	z->device = journal_id(2);
	z->counter = 12;
	z->author = journal_id(9);
	z->time = 1795132860000;
	z->paths = json_pack("[s]", "summary");
	memset(z->digest.b, 0xd1, HASH32_LEN);
	assert_ok(erasure_sign(z, &g->receipt_key, &e), &e);
	return z;
}

struct golden *
golden_make(void)
{
	struct golden *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	buf_init(&g->vectors, 65536);
	make_keys(g);
	golden_sync(g);
	golden_answers(g);
	golden_others(g);
	golden_asked(g);
	golden_bad(g);
	golden_vectors(g);
	return g;
}

void
golden_free(struct golden *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->messages[i].text);
	batch_fini(&g->full);
	buf_fini(&g->vectors);
	free(g);
}

void
golden_manifest(const struct golden *g, struct buf *out)
{
	buf_init(out, LIMIT_BODY_BYTES);
	(void)buf_add_str(out, "[\n");
	for (size_t i = 0; i < g->n; i++) {
		const struct golden_message *m = &g->messages[i];

		(void)buf_printf(out,
		    "{\"file\":\"%s\",\"kind\":\"%s\",\"good\":%s", m->file,
		    m->kind, m->error == ERR_OK ? "true" : "false");
		if (m->error != ERR_OK)
			(void)buf_printf(
			    out, ",\n \"error\":\"%s\"", err_word(m->error));
		if (m->answer != NULL)
			(void)buf_printf(out, ",\"answer\":\"%s\"", m->answer);
		(void)buf_printf(out, ",\n \"what\":\"%s\"}%s\n", m->what,
		    i + 1 < g->n ? "," : "");
	}
	(void)buf_add_str(out, "]\n");
	assert_int_equal(out->bad, ERR_OK);
}
