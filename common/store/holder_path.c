/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a holder is met, and how both ends make sure of each other: a folder
 * that nobody else can enter, and the kernel's word on who the peer is.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/enc.h"
#include "common/store/holder_int.h"
#include "common/sys/crypto_hash.h"

/* 96 bits of the path's hash: short enough for a socket's address, and no two
 * folders of one user meet. */
#define NAME_BYTES 12

static enum err_code
runtime_folder(char out[static FILE_PATH_MAX], struct err *e)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat st;
	int n;

	if (runtime != NULL && runtime[0] == '/')
		n = snprintf(out, FILE_PATH_MAX, "%s/visitbook", runtime);
	else
		n = snprintf(out, FILE_PATH_MAX, "/tmp/visitbook-%lu",
		    (unsigned long)geteuid());
	if (n < 0 || n >= FILE_PATH_MAX)
		return err_set(e, ERR_IO, ENAMETOOLONG,
		    "the path of the runtime folder is too long");
	if (mkdir(out, 0700) != 0 && errno != EEXIST)
		return err_set(e, ERR_IO, errno, "cannot make %.150s: %s", out,
		    strerror(errno));
	if (lstat(out, &st) != 0)
		return err_set(e, ERR_IO, errno, "cannot look at %.150s: %s",
		    out, strerror(errno));
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077) != 0)
		return err_set(e, ERR_AUTH, 0,
		    "%.150s must be a folder of yours that nobody else can "
		    "enter",
		    out);
	return ERR_OK;
}

enum err_code
holder_path(const char *home, char out[static FILE_PATH_MAX], struct err *e)
{
	char folder[FILE_PATH_MAX], name[ENC_HEX_LEN(NAME_BYTES) + 1];
	char *real = realpath(home, NULL);
	struct hash32 hash;
	enum err_code code;

	if (real == NULL)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO,
		    errno, "cannot find %.150s: %s", home, strerror(errno));
	hash = crypto_sha256(real, strlen(real));
	free(real);
	enc_hex(hash.b, NAME_BYTES, name);
	code = runtime_folder(folder, e);
	if (code != ERR_OK)
		return code;
	if (!file_join(out, folder, name))
		return err_set(e, ERR_IO, ENAMETOOLONG,
		    "the path of the runtime folder is too long");
	return ERR_OK;
}

enum err_code
holder_address(const char *home, struct sockaddr_un *address_out, struct err *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[FILE_PATH_MAX];
	enum err_code code = holder_path(home, path, e);

	if (code != ERR_OK)
		return code;
	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(e, ERR_IO, ENAMETOOLONG,
		    "the path of the runtime folder is too long for a socket");
	memcpy(address.sun_path, path, strlen(path) + 1);
	*address_out = address;
	return ERR_OK;
}

void
holder_lock_path(
    const struct sockaddr_un *address, char out[static HOLDER_LOCK_MAX])
{
	(void)snprintf(out, HOLDER_LOCK_MAX, "%s.lock", address->sun_path);
}

/* A lock beside the holder's own would do; it is given up at once, and who
 * wants to hold the folder tries for longer (take_folder). */
enum err_code
holder_is_held(const struct sockaddr_un *address, bool *out, struct err *e)
{
	char path[HOLDER_LOCK_MAX];
	int fd, sys = 0;

	holder_lock_path(address, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno != ENOENT)
		return err_set(e, ERR_IO, errno, "cannot open %.150s: %s", path,
		    strerror(errno));
	if (fd >= 0) {
		sys = flock(fd, LOCK_SH | LOCK_NB) == 0 ? 0 : errno;
		(void)close(fd); /* and with it the lock */
	}
	if (sys != 0 && sys != EWOULDBLOCK)
		return err_set(e, ERR_IO, sys, "cannot look at %.150s: %s",
		    path, strerror(sys));
	*out = sys == EWOULDBLOCK;
	return ERR_OK;
}

bool
holder_peer_is_us(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	    len == sizeof(peer) && peer.uid == geteuid();
}

bool
holder_key_take(char *line, struct secret_key *key_out)
{
	static const char mark[] = "\"key\":\"";
	const size_t hex_len = ENC_HEX_LEN((size_t)SECRET_KEY_LEN);
	char *hex = strstr(line, mark);
	bool is_key;

	if (hex == NULL)
		return false;
	hex += strlen(mark);
	if (strnlen(hex, hex_len + 1) <= hex_len)
		return false;
	is_key = hex[hex_len] == '"' &&
	    enc_hex_parse(hex, hex_len, key_out->b, SECRET_KEY_LEN);
	if (is_key)
		memset(hex, '0', hex_len);
	else
		secret_wipe(key_out, sizeof(*key_out));
	return is_key;
}
