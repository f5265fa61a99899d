/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/engine_rooms.h"

#include <string.h>

#include "common/sys/pki.h"
#include "daemon/central/engine/engine_int.h"

static void
test_the_offices_edits_are_changes_of_its_own_journal(void **state)
{
	struct duo s;
	struct office_saved first, second;
	json_t *name = json_string("The Limes"), *later = json_string("Limes");
	struct office_edit edits[] = { { .path = "name", .now = name } };
	struct office_save save = {
		.type = "site", .edits = edits, .n_edits = 1
	};
	struct err e = { 0 };

	(void)state;
	duo_start(&s);
	save.author = s.a.user;
	assert_ok(engine_save(s.w.g, &save, &first, &e), &e);
	assert_int_equal(first.counter, 1);
	assert_int_equal(first.outcome.kind, OUTCOME_APPLIED);
	edits[0].now = later;
	save.record = &first.id;
	assert_ok(engine_save(s.w.g, &save, &second, &e), &e);
	assert_int_equal(second.counter, 2);
	assert_true(id_equal(second.id, first.id));
	dev_sync(&s.b);
	assert_string_equal(dev_text(&s.b, first.id, "name"), "Limes");
	json_decref(name);
	json_decref(later);
	duo_end(&s);
}

static void
test_an_edit_that_cannot_be_is_refused_and_leaves_nothing(void **state)
{
	struct duo s;
	struct office_saved saved;
	json_t *text = json_string("x"), *day = json_string("2026-02-30");
	struct office_edit edits[] = { { .path = "opened_on", .now = day } };
	struct office_save save = {
		.type = "case", .edits = edits, .n_edits = 1
	};
	struct id nobody = { .b = { 1 } };
	struct err e = { 0 };

	(void)state;
	duo_start(&s);
	assert_int_equal(engine_save(s.w.g, &save, &saved, &e), ERR_INVALID);
	assert_non_null(strstr(e.msg, "bad_value"));
	assert_non_null(strstr(e.msg, "opened_on"));
	save.type = "nonsense";
	assert_int_equal(engine_save(s.w.g, &save, &saved, &e), ERR_NOTFOUND);
	save.record = &nobody;
	assert_int_equal(engine_save(s.w.g, &save, &saved, &e), ERR_NOTFOUND);
	save.record = NULL;
	save.type = "case";
	edits[0].path = "no/such//path";
	edits[0].now = text;
	assert_int_equal(engine_save(s.w.g, &save, &saved, &e), ERR_INVALID);
	assert_int_equal(world_head(&s.w), 0);
	assert_int_equal(world_number(&s.w, "SELECT count(*) FROM change"), 0);
	assert_int_equal(
	    world_number(&s.w, "SELECT counter FROM device WHERE state = 4"),
	    0);
	json_decref(text);
	json_decref(day);
	duo_end(&s);
}

static void
test_an_audit_entry_is_in_the_journal_and_in_the_log(void **state)
{
	struct duo s;
	struct audit_entry a = { .action = "note.export",
		.object = "everything",
		.reason = "asked for" };
	struct log_entry entry;
	struct intake_change stored;
	struct err e = { 0 };

	(void)state;
	duo_start(&s);
	a.actor = s.a.user;
	assert_ok(store_begin(engine_store(s.w.g), &e), &e);
	assert_ok(engine_audit(s.w.g, &a, &entry, &e), &e);
	assert_ok(store_intake_get(engine_store(s.w.g), entry.device,
	              entry.counter, &stored, &e),
	    &e);
	assert_ok(store_commit(engine_store(s.w.g), &e), &e);
	assert_int_equal(entry.seq, 1);
	assert_string_equal(entry.kind, "audit");
	assert_true(hash32_equal(stored.link, entry.change_link));
	assert_non_null(strstr(stored.body.ptr, "note.export"));
	assert_non_null(strstr(stored.body.ptr, "asked for"));
	assert_non_null(strstr(stored.body.ptr, id_print(s.a.user).s));
	intake_change_fini(&stored);
	duo_end(&s);
}

static void
test_giving_twice_is_one_grant_and_ending_what_is_not_given_is_told(
    void **state)
{
	struct duo s;
	struct grant_step step = { .scope = "case:x" };
	struct err e = { 0 };

	(void)state;
	duo_start(&s);
	step.user = s.b.user;
	world_grant(&s.w, s.b.user, "case:x", false);
	world_grant(&s.w, s.b.user, "case:x", false);
	assert_int_equal(
	    world_number(&s.w, "SELECT count(*) FROM scope_grant"), 1);
	world_grant(&s.w, s.b.user, "case:x", true);
	step.end = true;
	assert_ok(store_begin(engine_store(s.w.g), &e), &e);
	assert_int_equal(engine_grant(s.w.g, &step, &e), ERR_NOTFOUND);
	store_rollback(engine_store(s.w.g));
	duo_end(&s);
}

static void
test_a_revoked_device_stays_so(void **state)
{
	struct duo s;
	struct device_step step = { .state = DEVICE_REVOKED };
	struct err e = { 0 };

	(void)state;
	duo_start(&s);
	step.device = s.a.id;
	assert_ok(store_begin(engine_store(s.w.g), &e), &e);
	assert_ok(engine_device_state(s.w.g, &step, &e), &e);
	step.state = DEVICE_ACTIVE;
	assert_int_equal(engine_device_state(s.w.g, &step, &e), ERR_INVALID);
	assert_ok(store_commit(engine_store(s.w.g), &e), &e);
	assert_int_equal(
	    world_number(&s.w, "SELECT count(*) FROM device WHERE state = 3"),
	    1);
	assert_int_equal(world_head(&s.w), 1);
	duo_end(&s);
}

/* ---- renewal and history ---- */

static void
new_csr(struct buf *csr)
{
	struct buf key;
	struct err e = { 0 };

	buf_init(&key, PKI_INPUT_MAX);
	buf_init(csr, PKI_INPUT_MAX);
	assert_ok(pki_key_make(&key, &e), &e);
	assert_ok(
	    pki_csr_make(crypto_part(key.ptr, key.len), "whatever", csr, &e),
	    &e);
	buf_wipe(&key);
}

/* Take a certificate in PEM as the device's own. */
static void
take_cert(
    const json_t *json, const char *key, struct buf *der, struct hash32 *sha256)
{
	const json_t *pem = json_object_get(json, key);
	struct err e = { 0 };

	buf_reset(der);
	assert_ok(pki_cert_der(crypto_part(json_string_value(pem),
	                           json_string_length(pem)),
	              der, &e),
	    &e);
	*sha256 = crypto_sha256(der->ptr, der->len);
}

static void
test_an_expired_device_renews_and_the_old_certificate_stays_good(void **state)
{
	struct duo s;
	struct buf tls, courier;
	struct hash32 old = { 0 };
	struct answer a;
	json_t *request, *json;

	(void)state;
	duo_start(&s);
	dev_expire(&s.a);
	new_csr(&tls);
	new_csr(&courier);
	request = json_pack("{s:i, s:s, s:s, s:s}", "v", 1, "nonce",
	    "00112233445566778899aabbccddeeff", "tls_csr", tls.ptr,
	    "courier_csr", courier.ptr);
	a = dev_send(&s.a, WIRE_RENEW, "/v1/renew", request, false);
	assert_int_equal(a.status, 200);
	answer_end(&a);
	/* The answer was lost: it asks again, with what it has. */
	old = s.a.tls_sha256;
	a = dev_send(&s.a, WIRE_RENEW, "/v1/renew", request, false);
	assert_int_equal(a.status, 200);
	json = answer_json(&a);
	assert_string_equal(json_string_value(json_object_get(json, "nonce")),
	    "00112233445566778899aabbccddeeff");
	take_cert(json, "tls_cert_pem", &s.a.tls_cert, &s.a.tls_sha256);
	take_cert(
	    json, "courier_cert_pem", &s.a.courier_cert, &s.a.courier_sha256);
	assert_false(hash32_equal(old, s.a.tls_sha256));
	json_decref(json);
	answer_end(&a);
	dev_sync(&s.a);
	/* Requests that are none. */
	(void)json_object_set_new(request, "tls_csr", json_string("x"));
	a = dev_send(&s.a, WIRE_RENEW, "/v1/renew", request, false);
	assert_int_equal(answer_word(&a), WORD_MALFORMED);
	answer_end(&a);
	json_decref(request);
	buf_fini(&tls);
	buf_fini(&courier);
	duo_end(&s);
}

static void
test_the_history_of_a_record_is_for_who_sees_it(void **state)
{
	struct duo s;
	struct id person;
	struct answer a;
	json_t *json, *entries;
	char target[128];

	(void)state;
	duo_start(&s);
	person = dev_person(&s.a, "Betty");
	dev_sync(&s.a);
	dev_begin(&s.a, person, "person");
	dev_set_seen(&s.a, "email", NULL, "'b@example.org'",
	    (struct change_base){ .own = 1 });
	(void)dev_cut(&s.a);
	dev_sync(&s.a);
	(void)snprintf(target, sizeof(target),
	    "/v1/records/%s/history?" DEV_NONCE, id_print(person).s);
	a = dev_send(&s.a, WIRE_HISTORY, target, NULL, false);
	assert_int_equal(a.status, 200);
	json = answer_json(&a);
	entries = json_object_get(json, "entries");
	assert_int_equal(json_array_size(entries), 2);
	assert_int_equal(json_integer_value(json_object_get(
	                     json_array_get(entries, 0), "counter")),
	    2);
	assert_string_equal(
	    json_string_value(json_object_get(json, "nonce")), DEV_NONCE + 6);
	json_decref(json);
	answer_end(&a);
	a = dev_send(&s.b, WIRE_HISTORY, target, NULL, false);
	assert_int_equal(answer_word(&a), WORD_NOT_FOUND);
	answer_end(&a);
	a = dev_send(&s.a, WIRE_HISTORY, "/v1/records/x/history?" DEV_NONCE,
	    NULL, false);
	assert_int_equal(answer_word(&a), WORD_MALFORMED);
	answer_end(&a);
	duo_end(&s);
}

static void
test_a_request_that_could_be_an_old_one_again_is_not_answered(void **state)
{
	static const char *const endings[] = { "", "nonce=", "nonce=00",
		"nonce=F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF",
		"nonce=f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff00",
		"xnonce=f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff" };
	struct duo s;
	struct id person;

	(void)state;
	duo_start(&s);
	person = dev_person(&s.a, "Betty");
	dev_sync(&s.a);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		const struct {
			enum wire_kind kind;
			const char *before;
		} asks[] = { { WIRE_HISTORY, "" },
			{ WIRE_COMMANDS, "/v1/courier/commands?" },
			{ WIRE_WAIT, "/v1/wait?epoch=1&floor=0&outcomes=0&" } };

		for (size_t k = 0; k < 3; k++) {
			char target[200];
			struct answer a;

			(void)snprintf(target, sizeof(target), "%s%s",
			    asks[k].before, endings[i]);
			if (asks[k].kind == WIRE_HISTORY)
				(void)snprintf(target, sizeof(target),
				    "/v1/records/%s/history?%s",
				    id_print(person).s, endings[i]);
			a = dev_send(&s.a, asks[k].kind, target, NULL,
			    asks[k].kind == WIRE_COMMANDS);
			assert_int_equal(answer_word(&a), WORD_MALFORMED);
			answer_end(&a);
		}
	}
	duo_end(&s);
}

/* ---- health ---- */

static void
test_the_peoples_listener_gets_health_counts_and_nothing_else(void **state)
{
	static const struct {
		uint16_t kind;
		int status;
		const char *has;
	} cases[] = { { WIRE_HEALTH, 200, "ok seq=2 epoch=1" },
		{ WIRE_METRICS, 200, "visitbook_changes_applied_total 1" },
		{ WIRE_PAGE, 404, "not_found" }, { WIRE_SYNC, 400, "" } };
	struct duo s;
	struct answer a;

	(void)state;
	duo_start(&s);
	(void)dev_person(&s.a, "Betty");
	dev_sync(&s.a);
	world_grant(&s.w, s.b.user, "case:x", false);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct wire_request r = { .kind = cases[i].kind,
			.method = "GET",
			.target = "/",
			.sig = "",
			.dict = "",
			.peer = "",
			.cert = "",
			.body = "" };

		engine_take(s.w.g, ++s.w.token, WIRE_PEOPLE, &r);
		(void)engine_work(s.w.g);
		assert_true(world_answer(&s.w, s.w.token, &a));
		assert_int_equal(a.status, cases[i].status);
		assert_non_null(strstr(a.body.ptr, cases[i].has));
		answer_end(&a);
	}
	duo_end(&s);
}

static void
test_an_engine_without_its_office_does_not_open(void **state)
{
	struct duo s;
	struct check_folder empty = check_folder_new();
	struct secret_key wrong = { .b = { 1 } };
	struct engine_options o = { .data = empty.path, .key = &wrong };
	struct engine *g = NULL;
	struct err e = { 0 };

	(void)state;
	duo_start(&s);
	assert_int_equal(engine_open(&o, &g, &e), ERR_NOTFOUND);
	o.data = s.w.folder.path;
	assert_int_equal(engine_open(&o, &g, &e), ERR_AUTH);
	engine_close(s.w.g);
	world_sql(&s.w, "DELETE FROM meta WHERE name = 'epoch'");
	o.key = &s.w.key;
	assert_int_equal(engine_open(&o, &g, &e), ERR_CORRUPT);
	world_sql(&s.w, "INSERT INTO meta VALUES ('epoch', CAST('1' AS BLOB))");
	assert_ok(engine_open(&o, &s.w.g, &e), &e);
	check_folder_end(&empty);
	duo_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_the_offices_edits_are_changes_of_its_own_journal),
		cmocka_unit_test(
		    test_an_edit_that_cannot_be_is_refused_and_leaves_nothing),
		cmocka_unit_test(
		    test_an_audit_entry_is_in_the_journal_and_in_the_log),
		cmocka_unit_test(
		    test_giving_twice_is_one_grant_and_ending_what_is_not_given_is_told),
		cmocka_unit_test(test_a_revoked_device_stays_so),
		cmocka_unit_test(
		    test_an_expired_device_renews_and_the_old_certificate_stays_good),
		cmocka_unit_test(
		    test_the_history_of_a_record_is_for_who_sees_it),
		cmocka_unit_test(
		    test_a_request_that_could_be_an_old_one_again_is_not_answered),
		cmocka_unit_test(
		    test_the_peoples_listener_gets_health_counts_and_nothing_else),
		cmocka_unit_test(
		    test_an_engine_without_its_office_does_not_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
