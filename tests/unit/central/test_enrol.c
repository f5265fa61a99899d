/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/check.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/rng.h"
#include "common/sys/json.h"
#include "daemon/central/engine/enrol.h"
#include "daemon/central/engine/meta_names.h"
#include "daemon/central/setup/setup_keys.h"

#define MINUTE_MS ((uint64_t)60000)

/* An office's store with one user, and what enrolment needs of it. */
struct world {
	struct check_folder folder;
	struct setup_keys keys;
	struct office_store *store;
	struct enrol_office office;
	struct id user;
	unsigned audits;
	char last_action[40];
};

/* A device's side: its request, ready to be sent. */
struct device {
	struct enrol_code code;
	struct secret_key key;
	struct enrol_request request;
	json_t *json;
};

static enum err_code
audit(void *arg, struct id actor, const char *action, const char *object,
    const char *reason, struct err *e)
{
	struct world *w = arg;

	(void)actor;
	(void)object;
	(void)reason;
	(void)e;
	w->audits++;
	(void)snprintf(w->last_action, sizeof(w->last_action), "%s", action);
	return ERR_OK;
}

static void
user_put(struct world *w, bool is_active)
{
	struct office_user u = { .id = w->user,
		.name = "Amina",
		.role = "ADV",
		.is_active = is_active };
	struct err e;

	assert_ok(store_begin(w->store, &e), &e);
	assert_ok(store_user_put(w->store, &u, &e), &e);
	assert_ok(store_commit(w->store, &e), &e);
}

static void
world_start(struct world *w)
{
	struct secret_key key;
	struct err e;

	*w = (struct world){ .folder = check_folder_new() };
	rng_fill(key.b, sizeof(key.b));
	w->user = id_fresh(clock_unix_ms());
	assert_ok(
	    setup_keys_make("Office", NULL, 0, clock_unix_ms(), &w->keys, &e),
	    &e);
	assert_ok(
	    office_store_open(w->folder.path, &key, true, &w->store, &e), &e);
	assert_ok(store_begin(w->store, &e), &e);
	assert_ok(
	    store_meta_put(w->store, META_OFFICE_NAME, "Office", 6, &e), &e);
	assert_ok(store_meta_put(w->store, META_STATEMENT,
	              w->keys.statement.ptr, w->keys.statement.len, &e),
	    &e);
	assert_ok(store_meta_put(w->store, META_STATEMENT_SIG,
	              w->keys.statement_sig.ptr, w->keys.statement_sig.len, &e),
	    &e);
	assert_ok(store_commit(w->store, &e), &e);
	user_put(w, true);
	w->office = (struct enrol_office){ .store = w->store,
		.office = w->keys.office,
		.root_sha256 = w->keys.root_sha256,
		.root_pem = crypto_part_buf(&w->keys.root),
		.issuing = { crypto_part_buf(&w->keys.issuing),
		    crypto_part_buf(&w->keys.issuing_key) },
		.bundle = json_pack("{s:i}", "version", 1),
		.now_ms = clock_unix_ms(),
		.audit = audit,
		.arg = w };
	assert_non_null(w->office.bundle);
}

static void
world_end(struct world *w)
{
	json_decref(w->office.bundle);
	office_store_close(w->store);
	setup_keys_fini(&w->keys);
	check_folder_end(&w->folder);
}

/* The code that an administrator reads out. */
static struct enrol_code
code_new(struct world *w, bool needs_approval)
{
	const struct enrol_code_order order = { .user = w->user,
		.label = "Laptop 7",
		.needs_approval = needs_approval,
		.root_sha256 = w->keys.root_sha256,
		.now_ms = w->office.now_ms };
	char text[ENROL_CODE_TEXT_MAX];
	struct enrol_code c;
	uint64_t expires;
	struct err e;

	assert_ok(store_begin(w->store, &e), &e);
	assert_ok(enrol_code_make(w->store, &order, text, &expires, &e), &e);
	assert_ok(store_commit(w->store, &e), &e);
	assert_int_equal(expires, w->office.now_ms + 30 * MINUTE_MS);
	assert_true(enrol_code_parse(text, &c));
	return c;
}

static void
csr_make(struct buf *out)
{
	struct buf key;
	struct err e;

	buf_init(&key, PKI_INPUT_MAX);
	assert_ok(pki_key_make(&key, &e), &e);
	assert_ok(pki_csr_make(crypto_part_buf(&key), "any", out, &e), &e);
	buf_wipe(&key);
}

static struct device
device_new(const struct world *w, struct enrol_code code)
{
	struct device d = { .code = code };
	struct sign_key sign;
	struct err e;

	enrol_code_key(code.secret, &d.key);
	enrol_request_init(&d.request);
	memcpy(d.request.code_id, code.id, sizeof(code.id));
	(void)snprintf(d.request.label, sizeof(d.request.label), "my laptop");
	csr_make(&d.request.tls_csr);
	csr_make(&d.request.courier_csr);
	sign_key_make(&sign);
	d.request.sign_pub = sign_pub_of(&sign);
	assert_ok(enrol_request_to_json(
	              &d.request, &d.key, &w->keys.root_sha256, &d.json, &e),
	    &e);
	return d;
}

static void
device_end(struct device *d)
{
	json_decref(d->json);
	enrol_request_fini(&d->request);
}

static void
refused(struct world *w, const json_t *request, enum protocol_word expected)
{
	enum protocol_word word = WORD_N;
	json_t *answer = NULL;
	struct err e;

	assert_int_not_equal(
	    enrol_treat(&w->office, request, &answer, &word, &e), ERR_OK);
	assert_int_equal(word, expected);
	assert_null(answer);
}

static json_t *
accepted(struct world *w, const json_t *request)
{
	enum protocol_word word;
	json_t *answer = NULL;
	struct err e;

	assert_ok(enrol_treat(&w->office, request, &answer, &word, &e), &e);
	return answer;
}

/* How the device stands at the office. */
static struct office_device
device_at_office(struct world *w, struct id id)
{
	struct office_device d;
	struct err e;

	assert_ok(store_begin_read(w->store, &e), &e);
	assert_ok(store_device_get(w->store, id, &d, &e), &e);
	store_rollback(w->store);
	return d;
}

static void
a_device_with_a_code_gets_certificates_that_chain_to_the_root(void **state)
{
	struct world w;
	struct device d;
	struct enrol_answer a;
	struct office_device kept;
	struct hash32 tls;
	struct buf said;
	json_t *answer;
	struct err e;

	(void)state;
	world_start(&w);
	d = device_new(&w, code_new(&w, false));
	answer = accepted(&w, d.json);
	assert_ok(
	    enrol_answer_from_json(answer, &d.key, &w.keys.root_sha256, &a, &e),
	    &e);
	const struct pki_chain full = { crypto_part_buf(&a.tls_cert_pem),
		crypto_part_buf(&a.issuing_pem), crypto_part_buf(&a.root_pem) };
	const struct pki_chain courier = { crypto_part_buf(&a.courier_cert_pem),
		crypto_part_buf(&a.issuing_pem), crypto_part_buf(&a.root_pem) };
	assert_ok(
	    pki_verify_chain(&full, &w.keys.root_sha256, PKI_DEVICE, &e), &e);
	assert_ok(
	    pki_verify_chain(&courier, &w.keys.root_sha256, PKI_COURIER, &e),
	    &e);
	buf_init(&said, PKI_INPUT_MAX);
	(void)buf_add_str(&said, "vb/statement/v1\n");
	(void)buf_add(&said, a.statement.ptr, a.statement.len);
	assert_ok(
	    pki_sign_check(crypto_part_buf(&a.root_pem), crypto_part_buf(&said),
	        crypto_part_buf(&a.statement_sig), &e),
	    &e);
	assert_false(a.is_pending);
	assert_true(id_equal(a.user, w.user));
	kept = device_at_office(&w, a.device);
	assert_int_equal(kept.state, DEVICE_ACTIVE);
	assert_string_equal(kept.label, "Laptop 7");
	assert_ok(
	    pki_cert_sha256(crypto_part_buf(&a.tls_cert_pem), &tls, &e), &e);
	assert_true(hash32_equal(kept.tls_sha256, tls));
	assert_string_equal(w.last_action, "device.enrol");
	buf_fini(&said);
	enrol_answer_fini(&a);
	json_decref(answer);
	device_end(&d);
	world_end(&w);
}

static void
a_lost_answer_can_be_asked_for_again_and_makes_no_second_device(void **state)
{
	struct world w;
	struct device d;
	json_t *first, *second;

	(void)state;
	world_start(&w);
	d = device_new(&w, code_new(&w, false));
	first = accepted(&w, d.json);
	w.office.now_ms += 60 * MINUTE_MS;
	second = accepted(&w, d.json);
	assert_true(json_equal(first, second));
	assert_int_equal(w.audits, 1);
	json_decref(first);
	json_decref(second);
	device_end(&d);
	world_end(&w);
}

static void
a_second_device_cannot_use_a_code_again(void **state)
{
	struct world w;
	struct enrol_code code;
	struct device first, second;

	(void)state;
	world_start(&w);
	code = code_new(&w, false);
	first = device_new(&w, code);
	second = device_new(&w, code);
	json_decref(accepted(&w, first.json));
	refused(&w, second.json, WORD_BAD_CODE);
	device_end(&first);
	device_end(&second);
	world_end(&w);
}

static void
five_wrong_proofs_end_a_code(void **state)
{
	struct world w;
	struct enrol_code code, wrong;
	struct device right, guess;

	(void)state;
	world_start(&w);
	code = code_new(&w, false);
	wrong = code;
	wrong.secret[0] ^= 1;
	right = device_new(&w, code);
	guess = device_new(&w, wrong);
	for (int i = 0; i < ENROL_TRIES_MAX; i++)
		refused(&w, guess.json, WORD_BAD_CODE);
	assert_string_equal(w.last_action, "code.spent");
	refused(&w, right.json, WORD_BAD_CODE);
	device_end(&right);
	device_end(&guess);
	world_end(&w);
}

static void
four_wrong_proofs_leave_one_try(void **state)
{
	struct world w;
	struct enrol_code code, wrong;
	struct device right, guess;

	(void)state;
	world_start(&w);
	code = code_new(&w, false);
	wrong = code;
	wrong.secret[9] ^= 0x80;
	right = device_new(&w, code);
	guess = device_new(&w, wrong);
	for (int i = 0; i < ENROL_TRIES_MAX - 1; i++)
		refused(&w, guess.json, WORD_BAD_CODE);
	json_decref(accepted(&w, right.json));
	device_end(&right);
	device_end(&guess);
	world_end(&w);
}

static void
a_code_is_good_for_half_an_hour(void **state)
{
	struct world w;
	struct device d;

	(void)state;
	world_start(&w);
	d = device_new(&w, code_new(&w, false));
	w.office.now_ms += 30 * MINUTE_MS + 1;
	refused(&w, d.json, WORD_BAD_CODE);
	w.office.now_ms -= 1;
	json_decref(accepted(&w, d.json));
	device_end(&d);
	world_end(&w);
}

static void
a_device_that_needs_approval_starts_pending(void **state)
{
	struct world w;
	struct device d;
	json_t *answer;
	struct id id;
	struct err e;

	(void)state;
	world_start(&w);
	d = device_new(&w, code_new(&w, true));
	answer = accepted(&w, d.json);
	assert_ok(json_get_id(answer, "device", &id, &e), &e);
	assert_true(json_is_true(json_object_get(answer, "pending")));
	assert_int_equal(device_at_office(&w, id).state, DEVICE_PENDING);
	json_decref(answer);
	device_end(&d);
	world_end(&w);
}

static void
who_has_left_enrols_nothing(void **state)
{
	struct world w;
	struct device d;

	(void)state;
	world_start(&w);
	d = device_new(&w, code_new(&w, false));
	user_put(&w, false);
	refused(&w, d.json, WORD_BAD_CODE);
	device_end(&d);
	world_end(&w);
}

static void
requests_outside_the_protocol_are_told_so(void **state)
{
	struct world w;
	struct device d;
	json_t *json;

	(void)state;
	world_start(&w);
	json = json_object();
	refused(&w, json, WORD_MALFORMED);
	json_decref(json);
	json = json_pack("{s:i, s:s}", "v", 99, "code", "ABCD");
	refused(&w, json, WORD_NEWER);
	json_decref(json);
	json = json_pack("{s:i, s:s}", "v", 1, "code", "ZZZZ");
	refused(&w, json, WORD_BAD_CODE);
	json_decref(json);
	/* One key for both certificates, rightly proven. */
	d = device_new(&w, code_new(&w, false));
	buf_reset(&d.request.courier_csr);
	(void)buf_add(&d.request.courier_csr, d.request.tls_csr.ptr,
	    d.request.tls_csr.len);
	json_decref(d.json);
	assert_ok(enrol_request_to_json(
	              &d.request, &d.key, &w.keys.root_sha256, &d.json, NULL),
	    &(struct err){ 0 });
	refused(&w, d.json, WORD_MALFORMED);
	device_end(&d);
	world_end(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_device_with_a_code_gets_certificates_that_chain_to_the_root),
		cmocka_unit_test(
		    a_lost_answer_can_be_asked_for_again_and_makes_no_second_device),
		cmocka_unit_test(a_second_device_cannot_use_a_code_again),
		cmocka_unit_test(five_wrong_proofs_end_a_code),
		cmocka_unit_test(four_wrong_proofs_leave_one_try),
		cmocka_unit_test(a_code_is_good_for_half_an_hour),
		cmocka_unit_test(a_device_that_needs_approval_starts_pending),
		cmocka_unit_test(who_has_left_enrols_nothing),
		cmocka_unit_test(requests_outside_the_protocol_are_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
