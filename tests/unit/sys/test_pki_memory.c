/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever allocation is refused while certificates and keys are at work: it
 * is done, or told as want of memory, never as a bad key or certificate.
 */
#include "tests/support/check.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/sys/pki.h"
#include "tests/fault/alloc.h"

enum tried { DONE, REFUSED, BAD };

#define TRIES 260
#define DAY_MS ((uint64_t)24 * 3600 * 1000)

static struct buf root_key, root, issuing_key, issuing_csr, issuing, device_key,
    device_csr, device, sig;
static const struct crypto_part words = { "words", 5 };

static struct crypto_part
part(const struct buf *b)
{
	return crypto_part(b->ptr, b->len);
}

static struct pki_issuer
issuer(const struct buf *cert, const struct buf *key)
{
	return (struct pki_issuer){ part(cert), part(key) };
}

static enum err_code
make_key(struct buf *out, struct err *e)
{
	return pki_key_make(out, e);
}

static enum err_code
make_csr(struct buf *out, struct err *e)
{
	return pki_csr_make(part(&device_key), "a device", out, e);
}

static enum err_code
make_root(struct buf *out, struct err *e)
{
	const struct pki_profile profile = { .kind = PKI_ROOT,
		.common_name = "the root",
		.not_before_ms = DAY_MS,
		.not_after_ms = 9 * DAY_MS };

	return pki_root_make(part(&root_key), &profile, out, e);
}

static enum err_code
make_issuing(struct buf *out, struct err *e)
{
	const struct pki_profile profile = { .kind = PKI_ISSUING,
		.common_name = "who issues",
		.not_before_ms = DAY_MS,
		.not_after_ms = 9 * DAY_MS };
	const struct pki_issuer by = issuer(&root, &root_key);

	return pki_issue(&by, part(&issuing_csr), &profile, out, e);
}

static enum err_code
make_device(struct buf *out, struct err *e)
{
	const struct pki_profile profile = { .kind = PKI_DEVICE,
		.common_name = "a device",
		.user = "mair",
		.sign_key = "its key",
		.not_before_ms = DAY_MS,
		.not_after_ms = 9 * DAY_MS };
	const struct pki_issuer by = issuer(&issuing, &issuing_key);

	return pki_issue(&by, part(&device_csr), &profile, out, e);
}

static enum err_code
make_sig(struct buf *out, struct err *e)
{
	return pki_sign(part(&root_key), words, out, e);
}

static enum err_code
look_at_csr(struct buf *out, struct err *e)
{
	struct pki_csr_info info;

	(void)out;
	return pki_csr_inspect(part(&device_csr), &info, e);
}

static enum err_code
look_at_cert(struct buf *out, struct err *e)
{
	struct pki_info info;

	(void)out;
	return pki_inspect(part(&device), &info, e);
}

static enum err_code
check_sig(struct buf *out, struct err *e)
{
	(void)out;
	return pki_sign_check(part(&root), words, part(&sig), e);
}

static enum err_code
check_chain(struct buf *out, struct err *e)
{
	const struct pki_chain chain = { part(&device), part(&issuing),
		part(&root) };
	static struct pki_info info;
	static bool is_known;

	(void)out;
	if (!is_known)
		assert_ok(pki_inspect(part(&root), &info, e), e);
	is_known = true;
	return pki_verify_chain(&chain, &info.sha256, PKI_DEVICE, e);
}

typedef enum err_code work(struct buf *out, struct err *e);

static int
set_up(void **state)
{
	static const struct {
		struct buf *out;
		work *make;
	} steps[] = { { &root_key, make_key }, { &root, make_root },
		{ &issuing_key, make_key }, { &device_key, make_key },
		{ &device_csr, make_csr }, { &issuing, make_issuing },
		{ &device, make_device }, { &sig, make_sig } };
	struct err e;

	(void)state;
	buf_init(&issuing_csr, PKI_INPUT_MAX);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		buf_init(steps[i].out, PKI_INPUT_MAX);
		if (steps[i].make == make_issuing)
			assert_ok(pki_csr_make(part(&issuing_key), "who issues",
			              &issuing_csr, &e),
			    &e);
		assert_ok(steps[i].make(steps[i].out, &e), &e);
	}
	return 0;
}

static int
tear_down(void **state)
{
	struct buf *all[] = { &root_key, &root, &issuing_key, &issuing_csr,
		&issuing, &device_key, &device_csr, &device, &sig };

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_wipe(all[i]);
	return 0;
}

/* In a process of its own: a hash that cannot be made ends the program on
 * purpose. */
_Noreturn static void
try_it(work *f, long n, bool for_good)
{
	struct err e = { 0 };
	struct buf out;
	enum err_code code;

	buf_init(&out, PKI_INPUT_MAX);
	alloc_fail(n, for_good);
	alloc_switch(true);
	code = f(&out, &e);
	alloc_switch(false);
	if (code != ERR_OK && code != ERR_NOMEM)
		print_error("allocation %ld%s refused: %s\n", n,
		    for_good ? " and all after it" : "", e.msg);
	if (code != ERR_OK)
		_exit(code == ERR_NOMEM && alloc_has_failed() ? REFUSED : BAD);
	_exit(alloc_has_failed() ? REFUSED : DONE);
}

/* With the n-th allocation refused, and for_good all after it; false when
 * there are not as many. */
static bool
refuse_one(work *f, long n, bool for_good)
{
	const pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		try_it(f, n, for_good);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGABRT);
		return true;
	}
	assert_int_not_equal(WEXITSTATUS(status), BAD);
	return WEXITSTATUS(status) == REFUSED;
}

/* Each of a short piece of work; TRIES of a long one, spread over it (`prove
 * memory` has them all). */
static void
refuse_each(work *f)
{
	struct buf out;
	struct err e;
	long n;

	buf_init(&out, PKI_INPUT_MAX);
	alloc_fail(-1, false);
	alloc_switch(true);
	assert_ok(f(&out, &e), &e);
	alloc_switch(false);
	n = alloc_count();
	buf_wipe(&out);
	assert_true(n > 0);
	assert_true(refuse_one(f, 0, false));
	for (long i = 0; i < n; i += 1 + n / TRIES) {
		(void)refuse_one(f, i, false);
		(void)refuse_one(f, i, true);
	}
}

#define REFUSING(name, f)                                                      \
	static void name(void **state)                                         \
	{                                                                      \
		(void)state;                                                   \
		refuse_each(f);                                                \
	}

REFUSING(a_key_is_made_or_memory_is_wanting, make_key)
REFUSING(a_request_is_made_or_memory_is_wanting, make_csr)
REFUSING(a_root_is_made_or_memory_is_wanting, make_root)
REFUSING(an_authority_is_issued_or_memory_is_wanting, make_issuing)
REFUSING(a_certificate_is_issued_or_memory_is_wanting, make_device)
REFUSING(data_is_signed_or_memory_is_wanting, make_sig)
REFUSING(a_request_is_read_or_memory_is_wanting, look_at_csr)
REFUSING(a_certificate_is_read_or_memory_is_wanting, look_at_cert)
REFUSING(a_signature_is_checked_or_memory_is_wanting, check_sig)
REFUSING(a_chain_is_checked_or_memory_is_wanting, check_chain)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_is_made_or_memory_is_wanting),
		cmocka_unit_test(a_request_is_made_or_memory_is_wanting),
		cmocka_unit_test(a_root_is_made_or_memory_is_wanting),
		cmocka_unit_test(an_authority_is_issued_or_memory_is_wanting),
		cmocka_unit_test(a_certificate_is_issued_or_memory_is_wanting),
		cmocka_unit_test(data_is_signed_or_memory_is_wanting),
		cmocka_unit_test(a_request_is_read_or_memory_is_wanting),
		cmocka_unit_test(a_certificate_is_read_or_memory_is_wanting),
		cmocka_unit_test(a_signature_is_checked_or_memory_is_wanting),
		cmocka_unit_test(a_chain_is_checked_or_memory_is_wanting),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
