/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/setup/store_key.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/enc.h"
#include "common/base/file.h"
#include "common/base/rng.h"

#define KEY_TEXT_LEN ((size_t)ENC_HEX_LEN(SECRET_KEY_LEN))

/* The credential's path; false when there is none. */
static bool
credential_path(char out[static FILE_PATH_MAX])
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	return folder != NULL && file_join(out, folder, STORE_KEY_CREDENTIAL) &&
	    file_exists(out);
}

static enum err_code
key_read(const char *path, struct secret_key *key_out, struct err *e)
{
	struct buf text;
	enum err_code code;

	buf_init(&text, 4096);
	code = file_load(path, &text, e);
	while (code == ERR_OK && text.len > 0 &&
	    (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r'))
		text.len--;
	if (code == ERR_OK &&
	    !enc_hex_parse(text.ptr, text.len, key_out->b, SECRET_KEY_LEN))
		code = err_set(e, ERR_INVALID, 0,
		    "%s does not hold a key of 64 hexadecimal digits", path);
	buf_wipe(&text);
	return code;
}

enum err_code
store_key_load(const char *data, struct secret_key *key_out, struct err *e)
{
	char path[FILE_PATH_MAX];
	struct stat st;

	if (credential_path(path))
		return key_read(path, key_out, e);
	if (!file_join(path, data, "store.key"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	if (stat(path, &st) != 0)
		return errno == ENOENT || errno == ENOTDIR
		    ? err_set(
		          e, ERR_NOTFOUND, 0, "there is no office in %s", data)
		    : err_set(e, ERR_IO, errno, "cannot read %s", path);
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return err_set(e, ERR_AUTH, 0,
		    "%s must belong to the user who runs this, and be "
		    "readable by nobody else",
		    path);
	return key_read(path, key_out, e);
}

enum err_code
store_key_make(const char *data, struct secret_key *key_out, struct err *e)
{
	char path[FILE_PATH_MAX];
	char text[KEY_TEXT_LEN + 2];
	enum err_code code;

	if (credential_path(path))
		return key_read(path, key_out, e);
	if (!file_join(path, data, "store.key"))
		return err_set(e, ERR_INVALID, 0, "the path is too long");
	rng_fill(key_out->b, SECRET_KEY_LEN);
	enc_hex(key_out->b, SECRET_KEY_LEN, text);
	text[KEY_TEXT_LEN] = '\n';
	code = file_save(path, text, KEY_TEXT_LEN + 1, e);
	secret_wipe(text, sizeof(text));
	return code;
}
