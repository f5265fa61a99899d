/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bad messages: a good one with something put in the place of something else,
 * and what is to be said of it.
 */
#include "tests/support/check.h"

#include "common/sys/json.h"
#include "tests/support/golden.h"

static const struct bad {
	const char *file, *of; /* made out of this good one */
	const char *find, *put;
	enum err_code error;
	const char *answer;
	const char *what;
} bads[] = {
	{ "bad_newer.txt", "sync_request_quiet.json", "\"v\":1", "\"v\":2",
	    ERR_NEWER, "newer", "A later version of the protocol" },
	{ "bad_no_version.txt", "sync_request_quiet.json", ",\"v\":1}", "}",
	    ERR_MALFORMED, "malformed", "No version" },
	{ "bad_float.txt", "sync_request_quiet.json", "\"outcome_no\":3",
	    "\"outcome_no\":3.0", ERR_MALFORMED, "malformed",
	    "A number that is not written as a whole one" },
	{ "bad_null.txt", "sync_request_quiet.json", "\"outcome_no\":3",
	    "\"outcome_no\":null", ERR_MALFORMED, "malformed",
	    "null where a member is left out" },
	{ "bad_zero.txt", "sync_request_quiet.json", "\"outcome_no\":3",
	    "\"outcome_no\":0", ERR_MALFORMED, "malformed",
	    "0 where a member is left out" },
	{ "bad_twice.txt", "sync_request_quiet.json", "\"outcome_no\":3",
	    "\"outcome_no\":3,\"outcome_no\":3", ERR_MALFORMED, "malformed",
	    "A key twice" },
	{ "bad_negative.txt", "sync_request_quiet.json", "\"outcome_no\":3",
	    "\"outcome_no\":-3", ERR_MALFORMED, "malformed",
	    "A count below zero" },
	{ "bad_upper_hex.txt", "sync_request_quiet.json", "\"nonce\":\"f2",
	    "\"nonce\":\"F2", ERR_MALFORMED, "malformed",
	    "Hexadecimal has one spelling" },
	{ "bad_short_nonce.txt", "sync_request_quiet.json", "\"nonce\":\"f2",
	    "\"nonce\":\"", ERR_MALFORMED, "malformed", "A nonce of 15 bytes" },
	{ "bad_surrogate.txt", "batch_full.json", "rain", "\\ud800",
	    ERR_MALFORMED, "malformed", "Half a surrogate pair is no text" },
	{ "bad_cut.txt", "batch_full.json", "\"rain\"}]", "\"rain\"}",
	    ERR_MALFORMED, "malformed", "A bracket is missing" },
	{ "bad_cursor.txt", "sync_request_quiet.json", "\"cursor\":[1,",
	    "\"cursor\":[", ERR_MALFORMED, "malformed",
	    "A cursor of four members" },
	{ "bad_unknown_in_op.txt", "batch_full.json", "{\"now\":\"draft\"",
	    "{\"later\":1,\"now\":\"draft\"", ERR_MALFORMED, "malformed",
	    "A key in an op that nobody would sign" },
	{ "bad_empty_value.txt", "batch_full.json", "\"now\":\"draft\"",
	    "\"now\":\"\"", ERR_MALFORMED, "malformed",
	    "Empty text is left out" },
	{ "bad_empty_base.txt", "batch_full.json", "\"base\":{\"own\":1}",
	    "\"base\":{}", ERR_MALFORMED, "malformed",
	    "An empty base is left out" },
	{ "bad_path.txt", "batch_full.json", "\"path\":\"content\"",
	    "\"path\":\"content/a/b/c\"", ERR_MALFORMED, "malformed",
	    "A path of four names" },
	{ "bad_salt.txt", "batch_full.json", "\"salt\":\"W", "\"salt\":\"",
	    ERR_MALFORMED, "malformed", "A salt that is not 16 bytes" },
	{ "bad_counter.txt", "batch_full.json", "\"counter\":2",
	    "\"counter\":3", ERR_MALFORMED, "malformed",
	    "A counter that is not in its place" },
	{ "bad_counter_zero.txt", "batch_full.json", "\"from\":1", "\"from\":0",
	    ERR_MALFORMED, "malformed", "Counters start at 1" },
	{ "bad_link.txt", "batch_full.json", "\"now\":\"draft\"",
	    "\"now\":\"signed\"", ERR_MALFORMED, "malformed",
	    "A value that is not the one signed: the links do not add up" },
	{ "bad_author.txt", "batch_full.json",
	    "\"author\":\"01a1f640-bc00-7000-8000-000000000003\"",
	    "\"author\":\"01a1f640-bc00-7000-8000-000000000004\"",
	    ERR_MALFORMED, "malformed", "Another author than signed" },
	{ "bad_link_length.txt", "batch_full.json", "\"link\":\"",
	    "\"link\":\"0", ERR_MALFORMED, "malformed",
	    "A link of another length" },
	{ "bad_device.txt", "batch_full.json",
	    "\"device\":\"01a1f640-bc00-7000-8000-000000000002\"",
	    "\"device\":\"01a1f640-bc00-7000-8000-000000000009\"", ERR_AUTH,
	    "bad_signature", "Another device's name on it" },
	{ "bad_wire_value.txt", "batch_wire.json", "\"now\":\"She asked",
	    "\"now\":\"She begged", ERR_MALFORMED, "resend_full",
	    "A value that is not the one signed, in a batch that leaves one"
	    " out" },
	{ "bad_splice.txt", "batch_wire.json", "\"splice\":[", "\"splice\":[9",
	    ERR_MALFORMED, "resend_full",
	    "A splice beyond the end of its text" },
	{ "bad_splice_form.txt", "batch_wire.json", "\"splice\":[",
	    "\"splice\":[-", ERR_MALFORMED, "malformed",
	    "A splice that starts below zero" },
	{ "bad_omit.txt", "batch_wire.json", "\"omit\":true", "\"omit\":false",
	    ERR_MALFORMED, "malformed", "false where a member is left out" },
	{ "bad_want_records.txt", "sync_request_repair.json",
	    "\"want_records\":[\"0", "\"want_records\":[\"x0", ERR_MALFORMED,
	    "malformed", "A record that is no id" },
	{ "bad_answer_word.txt", "sync_answer_gap.json", "\"gap\"", "\"gone\"",
	    ERR_MALFORMED, NULL, "A word that is none" },
	{ "bad_answer_expect.txt", "sync_answer_gap.json", ",\"expect\":1", "",
	    ERR_MALFORMED, NULL, "A gap without the counter expected" },
	{ "bad_answer_backed_up.txt", "sync_answer_backed_up.json",
	    "\"backed_up\":3", "\"backed_up\":0", ERR_MALFORMED, NULL,
	    "No backup is left out, not 0" },
	{ "bad_sealed.txt", "sync_request_sealed.json", "\"counter\":2",
	    "\"counter\":0", ERR_MALFORMED, "malformed",
	    "Counters of envelopes start at 1" },
	{ "bad_ids_after.txt", "sync_request_ids_after.json", "want_ids",
	    "want_idz", ERR_MALFORMED, "malformed",
	    "Where a list goes on that is not wanted" },
	{ "bad_answer_order.txt", "sync_answer_push.json", "[5,3,", "[4,3,",
	    ERR_MALFORMED, NULL, "Outcomes out of order" },
	{ "bad_answer_held.txt", "sync_answer_push.json", "\"held\",[]",
	    "\"held\",[0,0]", ERR_MALFORMED, NULL,
	    "No version is [], not [0,0]" },
	{ "bad_answer_entry.txt", "sync_answer_drop.json", "\"drop\":true",
	    "\"drop\":true,\"whole\":{}", ERR_MALFORMED, NULL,
	    "An entry is a drop or a record, not both" },
	{ "bad_answer_last.txt", "sync_answer_quiet.json", ",\"scopes_hash\"",
	    ",\"scopes\"", ERR_MALFORMED, NULL,
	    "The last page without the hash over the scopes" },
	{ "bad_answer_hash.txt", "sync_answer_quiet.json", "\"last\":true,", "",
	    ERR_MALFORMED, NULL,
	    "The hash over the scopes before the last page" },
	{ "bad_receipt_signed.txt", "receipt_full.json", "\"signed\":\"dm",
	    "\"signed\":\"dn", ERR_MALFORMED, NULL,
	    "Signed bytes that are no receipt's" },
	{ "bad_receipt_sig.txt", "receipt_full.json", "\"sig\":\"",
	    "\"sig\":\"AAAA", ERR_MALFORMED, NULL,
	    "A signature of another length" },
	{ "bad_enrol_mac.txt", "enrol_request.json", "Ward laptop",
	    "Ward tablet", ERR_AUTH, "bad_code",
	    "Something was changed on the way, or the code is another" },
	{ "bad_enrol_answer.txt", "enrol_answer.json", "\"pending\":false",
	    "\"pending\":true", ERR_AUTH, NULL,
	    "An answer that was changed on the way" },
	{ "bad_enrol_code.txt", "enrol_request.json", "\"7K3M\"", "\"7K3\"",
	    ERR_MALFORMED, "malformed", "A code of three" },
	{ "bad_courier_counter.txt", "courier_request.json", "\"counter\":1",
	    "\"counter\":0", ERR_MALFORMED, "malformed",
	    "Counters start at 1" },
	{ "bad_envelope.txt", "courier_request.json", "\"counter\":1",
	    "\"counter\":2", ERR_MALFORMED, "malformed",
	    "Another counter than it was sealed with: it does not open" },
	{ "bad_renew_nonce.txt", "renew_request.json", "\"nonce\":\"fa",
	    "\"nonce\":\"", ERR_MALFORMED, "malformed", "A nonce of 15 bytes" },
	{ "bad_renew_csr.txt", "renew_request.json", "\"courier_csr\"",
	    "\"courier\"", ERR_MALFORMED, "malformed",
	    "Without the courier's request" },
	{ "bad_renew_answer.txt", "renew_answer.json", "\"issuing_pem\"",
	    "\"issuing\"", ERR_MALFORMED, NULL,
	    "Certificates without the one above them" },
	{ "bad_history_order.txt", "history.json", "\"version\":[1,38]",
	    "\"version\":[1,41]", ERR_MALFORMED, NULL,
	    "An entry that is not older than the one before" },
	{ "bad_history_path.txt", "history.json", "[\"summary\"]",
	    "[\"summary//\"]", ERR_MALFORMED, NULL, "A path that is none" },
	{ "bad_history_empty.txt", "history_empty.json", "{\"nonce\"",
	    "{\"entries\":[],\"nonce\"", ERR_MALFORMED, NULL,
	    "An empty list is left out" },
	{ "bad_command_sig.txt", "commands_two.json", "\"sig\":\"",
	    "\"sig\":\"AAAA", ERR_MALFORMED, NULL,
	    "A signature of another length" },
	{ "bad_command_signed.txt", "commands_two.json", "\"signed\":\"dm",
	    "\"signed\":\"dn", ERR_MALFORMED, NULL,
	    "Signed bytes that are no command's" },
	{ "bad_command_order.txt", "commands_two.json", "JubyI6MSwi",
	    "JubyI6OSwi", ERR_MALFORMED, NULL, "Numbers that do not rise" },
	{ "bad_command_key.txt", "commands_two.json", "JubyI6Miwib",
	    "JubyI6OSwib", ERR_AUTH, NULL,
	    "A number that was changed, to be obeyed twice" },
	{ "bad_command_word.txt", "commands_two.json", "yZCI6IndpcGUifQ",
	    "yZCI6Im1lbHQifQ", ERR_NEWER, NULL,
	    "A command that only a later version knows" },
	{ "bad_problem.txt", "problem_busy.json", "\"word\":\"busy\"",
	    "\"word\":\"Busy\"", ERR_MALFORMED, NULL, "A word that is none" },
};

void
golden_bad(struct golden *g)
{
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		const struct bad *b = &bads[i];
		const struct golden_message *of = golden_find(g, b->of);
		const char *at = strstr(of->text, b->find);
		struct golden_message *m = &g->messages[g->n++];
		struct buf text;

		if (at == NULL)
			fail_msg("%s: not found", b->file);
		assert_true(g->n <= GOLDEN_MAX);
		buf_init(&text, of->len + 256);
		(void)buf_add(&text, of->text, (size_t)(at - of->text));
		(void)buf_add_str(&text, b->put);
		(void)buf_add_str(&text, at + strlen(b->find));
		*m = (struct golden_message){ .file = b->file,
			.kind = of->kind,
			.what = b->what,
			.error = b->error,
			.answer = b->answer };
		m->text = buf_take(&text, &m->len);
	}
}
