/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/template.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/sys/db_int.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "daemon/central/engine/device_entry.h"
#include "daemon/central/engine/meta_names.h"
#include "schema/schema_bundle.h"
#include "tests/sim/device.h"
#include "tests/sim/network.h"
#include "tests/sim/office.h"
#include "tests/sim/trace.h"

struct template template;

#define VALID_MS ((uint64_t)10 * 365 * 86400 * 1000)

static const char *const roles[SIM_USERS] = { "ADV", "ADV", "SEN", "ADV", "ADV",
	"ADV", "SEN", "ADV", "ADV", "VOL", "RES", "MGR" };

unsigned
template_user_of(unsigned slot)
{
	static const unsigned first[] = { 0, 1, 2, 0, 3, 1, 4, 5, 2, 6 };

	if (slot < sizeof(first) / sizeof(first[0]))
		return first[slot];
	return slot % (SIM_USERS - SIM_ADMINS);
}

static struct id
fresh_id(void)
{
	uint8_t random[10];

	rng_fill(random, sizeof(random));
	return id_make(clock_unix_ms(), random);
}

/* ---- the office ---- */

static enum err_code
put_keys(struct office_store *s, struct err *e)
{
	const struct setup_keys *k = &template.keys;
	const struct id_text office = id_print(k->office);
	const struct id_text engine = id_print(k->engine_device);
	const struct {
		const char *name;
		const void *value;
		size_t len;
	} all[] = { { META_OFFICE, office.s, ID_TEXT_LEN },
		{ META_OFFICE_NAME, "Office", 6 }, { META_EPOCH, "1", 1 },
		{ META_ENGINE_DEVICE, engine.s, ID_TEXT_LEN },
		{ META_ENGINE_SIGN_KEY, k->engine.b, SIGN_KEY_LEN },
		{ META_RECEIPT_KEY, k->receipt.b, SIGN_KEY_LEN },
		{ META_SEALING_KEY, k->sealing.b, SEAL_KEY_LEN },
		{ META_COMMAND_KEY, k->command.b, SIGN_KEY_LEN },
		{ META_ROOT_PEM, k->root.ptr, k->root.len },
		{ META_ISSUING_PEM, k->issuing.ptr, k->issuing.len },
		{ META_ISSUING_KEY_PEM, k->issuing_key.ptr,
		    k->issuing_key.len },
		{ META_STATEMENT, k->statement.ptr, k->statement.len },
		{ META_STATEMENT_SIG, k->statement_sig.ptr,
		    k->statement_sig.len } };
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && code == ERR_OK;
	     i++)
		code =
		    store_meta_put(s, all[i].name, all[i].value, all[i].len, e);
	return code;
}

static enum err_code
put_engine(struct office_store *s, struct err *e)
{
	struct office_device engine = { .id = template.keys.engine_device,
		.state = DEVICE_ENGINE,
		.label = "office",
		.sign_pub = sign_pub_of(&template.keys.engine) };

	engine.link = change_link_start(template.keys.office, engine.id);
	return store_device_put(s, &engine, e);
}

/* A certificate as enrolment gives it; der is what the listener sees. */
static enum err_code
issue(struct id id, enum pki_kind kind, struct buf *key, struct buf *pem,
    struct buf *der, struct err *e)
{
	const struct setup_keys *k = &template.keys;
	const struct id_text name = id_print(id);
	const struct pki_issuer issuer = { .cert = crypto_part(
		                               k->issuing.ptr, k->issuing.len),
		.key = crypto_part(k->issuing_key.ptr, k->issuing_key.len) };
	const struct pki_profile profile = { .kind = kind,
		.common_name = name.s,
		.not_before_ms = TEMPLATE_START_MS,
		.not_after_ms = TEMPLATE_START_MS + VALID_MS };
	struct buf csr;
	enum err_code code;

	buf_init(&csr, PKI_INPUT_MAX);
	buf_init(der, PKI_INPUT_MAX);
	if ((code = pki_key_make(key, e)) == ERR_OK &&
	    (code = pki_csr_make(
	         crypto_part(key->ptr, key->len), name.s, &csr, e)) == ERR_OK &&
	    (code = pki_issue(&issuer, crypto_part(csr.ptr, csr.len), &profile,
	         pem, e)) == ERR_OK)
		code = pki_cert_der(crypto_part(pem->ptr, pem->len), der, e);
	buf_fini(&csr);
	return code;
}

static void
copy_buf(struct buf *to, const struct buf *from)
{
	to->cap = PKI_INPUT_MAX;
	(void)buf_add(to, from->ptr, from->len);
}

static enum err_code
put_device(struct engine *g, unsigned slot, struct err *e)
{
	struct office_store *s = engine_store(g);
	char object[DEVICE_ENTRY_CAP];
	const struct audit_entry audit = { .action = "device.found",
		.object = object };
	struct log_entry entry;
	struct template_device *t = &template.devices[slot];
	struct device_identity *i = &t->identity;
	struct office_device row = { .state = DEVICE_ACTIVE,
		.not_after = TEMPLATE_START_MS + VALID_MS };
	enum err_code code;

	device_identity_init(i);
	i->device = fresh_id();
	i->user = template.users[template_user_of(slot)];
	i->office = template.keys.office;
	(void)snprintf(i->user_name, sizeof(i->user_name), "User");
	(void)snprintf(i->office_name, sizeof(i->office_name), "Office");
	(void)snprintf(
	    i->role, sizeof(i->role), "%s", roles[template_user_of(slot)]);
	(void)snprintf(i->address, sizeof(i->address), "office:1");
	i->root_sha256 = template.keys.root_sha256;
	sign_key_make(&i->sign_key);
	i->receipt_pub = sign_pub_of(&template.keys.receipt);
	i->sealing_pub = seal_pub_of(&template.keys.sealing);
	i->recovery_pub = seal_pub_of(&template.keys.recovery);
	copy_buf(&i->root_pem, &template.keys.root);
	copy_buf(&i->issuing_pem, &template.keys.issuing);
	copy_buf(&i->statement, &template.keys.statement);
	copy_buf(&i->statement_sig, &template.keys.statement_sig);
	if ((code = issue(i->device, PKI_DEVICE, &i->tls_key_pem,
	         &i->tls_cert_pem, &t->cert, e)) != ERR_OK ||
	    (code = issue(i->device, PKI_COURIER, &i->courier_key_pem,
	         &i->courier_cert_pem, &t->courier_cert, e)) != ERR_OK)
		return code;
	t->cert_sha256 = crypto_sha256(t->cert.ptr, t->cert.len);
	t->courier_sha256 =
	    crypto_sha256(t->courier_cert.ptr, t->courier_cert.len);
	row.id = i->device;
	row.user = i->user;
	row.sign_pub = sign_pub_of(&i->sign_key);
	row.tls_sha256 = t->cert_sha256;
	row.courier_sha256 = t->courier_sha256;
	row.link = change_link_start(i->office, i->device);
	(void)snprintf(row.label, sizeof(row.label), "device %u", slot);
	device_entry(&row, NULL, object);
	code = store_device_put(s, &row, e);
	return code != ERR_OK ? code : engine_audit(g, &audit, &entry, e);
}

static enum err_code
make_store(struct err *e)
{
	struct office_store *s = NULL;
	enum err_code code;

	if ((code = setup_keys_make("Office", NULL, 0, TEMPLATE_START_MS,
	         &template.keys, e)) != ERR_OK ||
	    (code = office_store_open(
	         OFFICE_HOME, &template.key, true, &s, e)) != ERR_OK)
		return code;
	if ((code = store_begin(s, e)) == ERR_OK &&
	    (code = put_keys(s, e)) == ERR_OK &&
	    (code = put_engine(s, e)) == ERR_OK)
		code = store_commit(s, e);
	store_rollback(s);
	office_store_close(s);
	return code;
}

/* ---- what is there from the first day ---- */

static enum err_code
save(struct engine *g, const char *type, const char *path, json_t *value,
    struct id *out, struct err *e)
{
	const struct office_edit edit = { .path = path, .now = value };
	const struct office_save s = { .author = template.users[SIM_USERS - 1],
		.type = type,
		.edits = &edit,
		.n_edits = 1 };
	struct office_saved saved;
	enum err_code code = engine_save(g, &s, &saved, e);

	if (code == ERR_OK)
		*out = saved.id;
	json_decref(value);
	return code;
}

static enum err_code
grant(struct engine *g, unsigned user, unsigned of_case, struct err *e)
{
	char scope[64];
	const struct grant_step step = { .user = template.users[user],
		.scope = scope };
	enum err_code code;

	(void)snprintf(scope, sizeof(scope), "case:%s",
	    id_print(template.cases[of_case]).s);
	template.grants[user][of_case] = true;
	if ((code = store_begin(engine_store(g), e)) == ERR_OK &&
	    (code = engine_grant(g, &step, e)) == ERR_OK)
		code = store_commit(engine_store(g), e);
	store_rollback(engine_store(g));
	return code;
}

static enum err_code
make_users(struct engine *g, struct err *e)
{
	for (unsigned i = 0; i < SIM_USERS; i++) {
		json_t *request = json_pack("{s:s, s:o, s:s}", "do", "user add",
		    "name", json_sprintf("User %u", i), "role", roles[i]);
		json_t *answer = NULL;
		enum err_code code = engine_command(g, request, &answer, e);

		if (code == ERR_OK &&
		    !id_parse(
		        json_string_value(json_object_get(answer, "user")),
		        &template.users[i]))
			code = err_set(
			    e, ERR_INVALID, 0, "user %u is not made", i);
		json_decref(request);
		json_decref(answer);
		if (code != ERR_OK)
			return code;
	}
	return ERR_OK;
}

static enum err_code
make_devices(struct engine *g, unsigned n_devices, struct err *e)
{
	struct office_store *s = engine_store(g);
	enum err_code code = store_begin(s, e);

	for (unsigned i = 0; i < n_devices && code == ERR_OK; i++)
		code = put_device(g, i, e);
	if (code == ERR_OK)
		code = store_commit(s, e);
	store_rollback(s);
	return code;
}

static enum err_code
make_records(struct engine *g, struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned i = 0; i < SIM_SITES && code == ERR_OK; i++)
		code = save(g, "site", "name", json_sprintf("Place %u", i),
		    &template.sites[i], e);
	for (unsigned i = 0; i < SIM_CASES && code == ERR_OK; i++)
		if ((code = save(g, "person", "full_name",
		         json_sprintf("Person %u", i), &template.people[i],
		         e)) == ERR_OK)
			code = save(g, "case", "person",
			    json_string(id_print(template.people[i]).s),
			    &template.cases[i], e);
	/* Everybody has the first case, some each of the others. */
	for (unsigned u = 0; u < SIM_USERS - SIM_ADMINS && code == ERR_OK; u++)
		for (unsigned k = 0; k < SIM_CASES && code == ERR_OK; k++)
			if (k == 0 || u % 3 != k)
				code = grant(g, u, k, e);
	return code;
}

/* ---- devices ---- */

/* A new data folder that has pulled what there is. */
static bool
make_device(struct world *w, unsigned slot)
{
	struct sim_device *d = &w->devices[slot];
	struct template_device *t = &template.devices[slot];
	struct err e = { 0 };

	world_device(w, slot);
	if (device_store_create(d->home, &template.key, &t->identity,
	        template.bundle, &e) != ERR_OK) {
		(void)fprintf(stderr, "device %u: %s\n", slot, e.msg);
		return false;
	}
	device_boot(d);
	device_sync(d);
	world_pass(w, 1000);
	device_halt(d);
	if (d->report.outcome != SYNC_DONE || d->report.pulled == 0) {
		(void)fprintf(stderr, "device %u: its first sync: %s\n", slot,
		    sync_outcome_word(d->report.outcome));
		return false;
	}
	t->image = disk_take(d->folder);
	return true;
}

static bool
make_world(unsigned n_devices)
{
	static struct world w;
	struct trace trace;
	struct hash32 unused;
	struct err e = { 0 };
	bool ok = true;

	w = (struct world){ .n_nodes = 1, .trace = &trace, .epoch = 1 };
	trace_init(&trace, NULL, NULL);
	(void)network_new(&w, 0);
	w.nodes[0].world = &w;
	node_up(&w.nodes[0]);
	if (w.is_violated || make_users(w.nodes[0].engine, &e) != ERR_OK ||
	    make_records(w.nodes[0].engine, &e) != ERR_OK ||
	    make_devices(w.nodes[0].engine, n_devices, &e) != ERR_OK) {
		(void)fprintf(
		    stderr, "the office: %s %s\n", e.msg, w.violation);
		ok = false;
	}
	for (unsigned i = 0; i < n_devices && ok; i++)
		ok = make_device(&w, i);
	node_down(&w.nodes[0], 0);
	network_free(network_of(&w));
	template.office = disk_take(OFFICE_FOLDER);
	trace_fini(&trace, &unused);
	for (unsigned i = 0; i < n_devices; i++)
		device_forget(&w.devices[i]);
	return ok;
}

bool
template_make(unsigned n_devices)
{
	static const struct json_limits limits = {
		.bytes_max = (size_t)4 * 1024 * 1024,
		.tokens_max = 1000000,
		.depth_max = 32,
	};
	struct err e = { 0 };

	seam.now_ms = TEMPLATE_START_MS;
	seam.rng = rng_make(1);
	if (db_set_up_library(&e) != ERR_OK)
		return false;
	disk_start();
	if (json_parse((const char *)schema_bundle_bytes, schema_bundle_len,
	        &limits, &template.bundle, &e) != ERR_OK ||
	    make_store(&e) != ERR_OK) {
		(void)fprintf(stderr, "the office is not made: %s\n", e.msg);
		return false;
	}
	if (!make_world(n_devices))
		return false;
	disk_remove(DISK_ROOT);
	return true;
}

void
template_free(void)
{
	for (unsigned i = 0; i < SIM_DEVICES_MAX; i++) {
		struct template_device *t = &template.devices[i];

		disk_image_free(t->image);
		device_identity_fini(&t->identity);
		buf_fini(&t->cert);
		buf_fini(&t->courier_cert);
	}
	disk_image_free(template.office);
	setup_keys_fini(&template.keys);
	json_decref(template.bundle);
}
