/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/client_world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/rng.h"
#include "common/store/keyslot.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"
#include "schema/schema_bundle.h"
#include "tests/support/check_json.h"
#include "tests/support/check_schema.h"

#define ARGV_MAX 64
#define PASS_FD 9

static const struct json_limits limits = {
	.bytes_max = (size_t)16 << 20,
	.tokens_max = 1000000,
	.depth_max = JSON_DEPTH_MAX,
};

static struct id
random_id(void)
{
	uint8_t bytes[10];

	rng_fill(bytes, sizeof(bytes));
	return id_make(1795219200000U, bytes);
}

/* A key and its certificate under an issuer. */
static void
make_cert(const struct pki_issuer *issuer, enum pki_kind kind, struct buf *key,
    struct buf *cert)
{
	const struct pki_profile profile = { .kind = kind,
		.common_name = "test",
		.not_before_ms = 1795219200000U,
		.not_after_ms = 1895219200000U };
	struct buf csr;
	struct err e;

	buf_init(&csr, PKI_INPUT_MAX);
	assert_ok(pki_key_make(key, &e), &e);
	if (issuer == NULL) {
		assert_ok(
		    pki_root_make(crypto_part_buf(key), &profile, cert, &e),
		    &e);
	} else {
		assert_ok(
		    pki_csr_make(crypto_part_buf(key), "test", &csr, &e), &e);
		assert_ok(pki_issue(issuer, crypto_part_buf(&csr), &profile,
		              cert, &e),
		    &e);
	}
	buf_fini(&csr);
}

static void
make_certs(struct device_identity *id)
{
	struct buf root_key, issuing_key;
	struct pki_issuer root, issuing;

	buf_init(&root_key, PKI_INPUT_MAX);
	buf_init(&issuing_key, PKI_INPUT_MAX);
	make_cert(NULL, PKI_ROOT, &root_key, &id->root_pem);
	root = (struct pki_issuer){ crypto_part_buf(&id->root_pem),
		crypto_part_buf(&root_key) };
	make_cert(&root, PKI_ISSUING, &issuing_key, &id->issuing_pem);
	issuing = (struct pki_issuer){ crypto_part_buf(&id->issuing_pem),
		crypto_part_buf(&issuing_key) };
	make_cert(&issuing, PKI_DEVICE, &id->tls_key_pem, &id->tls_cert_pem);
	make_cert(
	    &issuing, PKI_COURIER, &id->courier_key_pem, &id->courier_cert_pem);
	buf_wipe(&root_key);
	buf_wipe(&issuing_key);
}

static void
make_identity(struct device_identity *id)
{
	struct sign_key receipt;
	struct seal_key sealing;

	device_identity_init(id);
	id->device = random_id();
	id->user = random_id();
	id->office = random_id();
	(void)snprintf(id->user_name, sizeof(id->user_name), "Gwen Pryce");
	(void)snprintf(
	    id->office_name, sizeof(id->office_name), "Test Advocacy");
	(void)snprintf(id->role, sizeof(id->role), "advocate");
	(void)snprintf(id->address, sizeof(id->address), "127.0.0.1:1");
	sign_key_make(&id->sign_key);
	sign_key_make(&receipt);
	id->receipt_pub = sign_pub_of(&receipt);
	seal_key_make(&sealing);
	id->sealing_pub = seal_pub_of(&sealing);
	id->recovery_pub = id->sealing_pub;
	make_certs(id);
	(void)buf_add_str(&id->statement, "{}");
	(void)buf_add_str(&id->statement_sig, "signature");
}

void
client_world_start(struct client_world *w, const char *program)
{
	const struct json_limits bundle_limits = { .bytes_max = (size_t)4 << 20,
		.tokens_max = 1000000,
		.depth_max = JSON_DEPTH_MAX };
	struct keyslot_new make;
	struct secret_key dbkey;
	char path[FILE_PATH_MAX];
	json_t *bundle = NULL;
	struct err e;

	*w = (struct client_world){ .folder = check_folder_new(),
		.program = program,
		.passphrase = CLIENT_PASSPHRASE,
		.asks = true };
	assert_true(file_join(w->home, w->folder.path, "home"));
	assert_ok(file_make_folder(w->home, &e), &e);
	make_identity(&w->identity);
	make = (struct keyslot_new){ .device = w->identity.device,
		.user = w->identity.user,
		.pass = { .text = crypto_part_str(CLIENT_PASSPHRASE),
		    .params = KDF_FLOOR,
		    .created_ms = 1795219200000U },
		.recovery = &w->identity.recovery_pub };
	assert_true(file_join(path, w->home, "slots"));
	assert_ok(keyslot_create(path, &make, &dbkey, &e), &e);
	keyslot_page_key(&dbkey, &w->page_key);
	assert_ok(json_parse(schema_bundle_bytes, schema_bundle_len,
	              &bundle_limits, &bundle, &e),
	    &e);
	assert_ok(device_store_create(
	              w->home, &w->page_key, &w->identity, bundle, &e),
	    &e);
	json_decref(bundle);
}

void
client_world_end(struct client_world *w)
{
	device_identity_fini(&w->identity);
	check_folder_end(&w->folder);
}

void
client_said_fini(struct client_said *s)
{
	json_decref(s->json);
	free(s->out);
	free(s->err);
	*s = (struct client_said){ 0 };
}

/* A file that is gone by its name already, holding the text. */
static int
hidden_file(const char *text, size_t len)
{
	char name[] = "/tmp/visitbook-test-XXXXXX";
	int fd = mkstemp(name);
	struct err e;

	assert_true(fd >= 0);
	assert_int_equal(unlink(name), 0);
	assert_ok(file_write_all(fd, text, len, &e), &e);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static char *
read_back(int fd)
{
	struct buf b;
	struct err e;
	char *text;
	size_t len;

	buf_init(&b, (size_t)64 << 20);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_ok(file_read_all(fd, &b, &e), &e);
	text = buf_take(&b, &len);
	if (text == NULL)
		text = strdup("");
	assert_int_equal(close(fd), 0);
	return text;
}

static void
run_child(const struct client_world *w, char **argv, const int fds[static 4])
{
	/* A runtime folder of the world's own, so that nothing holds a key
	 * for it but what it started. */
	if (setenv("XDG_RUNTIME_DIR", w->folder.path, 1) != 0 ||
	    unsetenv("EDITOR") != 0 || unsetenv("VISUAL") != 0 ||
	    setenv("TZ", "Europe/London", 1) != 0)
		_exit(126);
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			_exit(126);
	if (dup2(fds[3], PASS_FD) < 0 || close_range(PASS_FD + 1, ~0U, 0) != 0)
		_exit(126);
	(void)execv(w->program, argv);
	_exit(126);
}

/* The descriptor of a terminal on which this is typed; its other end stays in
 * *master_out. */
static int
terminal(const char *typed, int *master_out)
{
	const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int slave;

	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	assert_int_equal(
	    write(master, typed, strlen(typed)), (ssize_t)strlen(typed));
	*master_out = master;
	return slave;
}

/* How standard input comes to be. */
struct input {
	const char *text; /* NULL: nothing */
	bool is_typed;
};

static void
start(struct client_world *w, char **argv, const struct input *input,
    struct client_said *out)
{
	const char *text = input->text != NULL ? input->text : "";
	int fds[4], status, master = -1;
	pid_t pid;

	fds[0] = input->is_typed ? terminal(text, &master)
	                         : hidden_file(text, strlen(text));
	fds[1] = hidden_file("", 0);
	fds[2] = input->is_typed ? fds[0] : hidden_file("", 0);
	fds[3] = hidden_file(w->passphrase, strlen(w->passphrase));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		run_child(w, argv, fds);
	while (waitpid(pid, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	assert_true(WIFEXITED(status));
	out->status = WEXITSTATUS(status);
	out->out = read_back(fds[1]);
	out->err = input->is_typed ? strdup("") : read_back(fds[2]);
	(void)close(fds[0]);
	if (master >= 0)
		(void)close(master);
	(void)close(fds[3]);
}

static struct client_said
say(struct client_world *w, const char *words, const struct input *input,
    bool json)
{
	struct client_said said = { .status = -1 };
	char fd_text[16], home[] = "--home", pass[] = "--passphrase-fd",
	                  json_word[] = "--json", name[] = "visitbook";
	char *copy = strdup(words), *state = NULL;
	char *argv[ARGV_MAX];
	size_t n = 0;

	assert_non_null(copy);
	(void)snprintf(fd_text, sizeof(fd_text), "%d", PASS_FD);
	argv[n++] = name;
	for (char *one = strtok_r(copy, "|", &state); one != NULL;
	     one = strtok_r(NULL, "|", &state)) {
		assert_true(n < ARGV_MAX - 8);
		argv[n++] = one;
	}
	argv[n++] = home;
	argv[n++] = w->home;
	if (w->asks) {
		argv[n++] = pass;
		argv[n++] = fd_text;
	}
	if (json)
		argv[n++] = json_word;
	argv[n] = NULL;
	start(w, argv, input, &said);
	free(copy);
	return said;
}

struct client_said
client_say(struct client_world *w, const char *words, const char *input)
{
	return say(w, words, &(struct input){ input, false }, false);
}

struct client_said
client_type(struct client_world *w, const char *words, const char *typed)
{
	return say(w, words, &(struct input){ typed, true }, false);
}

struct client_said
client_ask(struct client_world *w, const char *words, const char *input)
{
	struct client_said s =
	    say(w, words, &(struct input){ input, false }, true);
	size_t len = strlen(s.out);
	bool is_line = len > 0 && strcspn(s.out, "\n") == len - 1;
	json_t *json = NULL;
	struct err e;

	if (is_line)
		assert_ok(json_parse(s.out, len - 1, &limits, &json, &e), &e);
	if (!json_is_object(json))
		fail_msg("%s: not one JSON object and a newline: \"%s\" "
		         "(status %d) %s",
		    words, s.out, s.status, s.err);
	s.json = json;
	return s;
}

json_t *
client_get(struct client_world *w, const char *words, const char *input)
{
	struct client_said s = client_ask(w, words, input);
	json_t *json;

	if (s.status != 0)
		fail_msg("%s: status %d: %s%s", words, s.status, s.out, s.err);
	json = json_incref(s.json);
	client_said_fini(&s);
	return json;
}

void
client_refused(struct client_world *w, const char *words, const char *input,
    int status, const char *word)
{
	struct client_said s = client_ask(w, words, input);
	const json_t *error = json_object_get(s.json, "error");
	const char *got = json_string_value(json_object_get(error, "word"));
	const char *text = json_string_value(json_object_get(error, "text"));
	const char *next = json_string_value(json_object_get(error, "next"));

	if (s.status != status || got == NULL || strcmp(got, word) != 0 ||
	    text == NULL || *text == '\0' || next == NULL || *next == '\0')
		fail_msg("%s: status %d, not %d: %s%s", words, s.status, status,
		    s.out, s.err);
	assert_int_equal(json_object_size(s.json), 1);
	client_said_fini(&s);
}

const char *
client_file(struct client_world *w, const char *name, const char *text)
{
	static char path[FILE_PATH_MAX];
	struct err e;

	assert_true(file_join(path, w->folder.path, name));
	assert_ok(file_save(path, text, strlen(text), &e), &e);
	return path;
}

const char *
client_words(const char *fmt, ...)
{
	static char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert_in_range(n, 0, sizeof(text) - 1);
	return text;
}

struct client_made
client_make(struct client_world *w, const char *words, const char *input)
{
	json_t *saved = client_get(w, words, input);
	struct client_made made;

	(void)snprintf(made.id, sizeof(made.id), "%s", text_of(saved, "id"));
	json_decref(saved);
	return made;
}
