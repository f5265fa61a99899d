/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/central/serve/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/secret.h"
#include "common/sys/json.h"
#include "common/sys/pki.h"

#define HEAD_LEN 2 /* kind, listener */

static const struct json_limits tls_limits = {
	.bytes_max = CONTROL_MAX, .tokens_max = 16, .depth_max = 1
};

enum err_code
control_pair(int fds_out[2], struct err *e)
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds_out) ==
	        0
	    ? ERR_OK
	    : err_set(e, ERR_IO, errno, "cannot make a socket pair");
}

/* Room for one descriptor beside a packet. */
union fd_room {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int))];
};

enum err_code
control_send(int fd, const struct control_message *m, struct err *e)
{
	uint8_t head[HEAD_LEN] = { (uint8_t)m->kind, (uint8_t)m->listener };
	struct iovec parts[2] = { { head, HEAD_LEN },
		{ m->body.ptr, m->body.len } };
	union fd_room room = { .bytes = { 0 } };
	struct msghdr msg = { .msg_iov = parts,
		.msg_iovlen = m->body.len > 0 ? 2 : 1 };
	struct cmsghdr *c;
	ssize_t n;

	if (m->fd >= 0) {
		msg.msg_control = room.bytes;
		msg.msg_controllen = sizeof(room.bytes);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &m->fd, sizeof(int));
	}
	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? err_set(e, ERR_IO, errno, "cannot tell a process")
	             : ERR_OK;
}

/* The descriptor that came along, or -1. */
static int
fd_taken(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fd = -1;

	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

enum err_code
control_recv(int fd, struct control_message *out, struct err *e)
{
	static uint8_t bytes[HEAD_LEN + CONTROL_MAX];
	struct iovec part = { bytes, sizeof(bytes) };
	union fd_room room = { .bytes = { 0 } };
	struct msghdr msg = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = room.bytes,
		.msg_controllen = sizeof(room.bytes) };
	const ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct control_message m = { .fd = -1 };
	enum err_code code;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR
		    ? err_set(e, ERR_BUSY, 0, "nothing waits")
		    : err_set(e, ERR_IO, errno, "cannot hear a process");
	if (n == 0)
		return err_set(e, ERR_NOTFOUND, 0, "the process is gone");
	m.fd = fd_taken(&msg);
	buf_init(&m.body, CONTROL_MAX);
	if (n < HEAD_LEN || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
	    bytes[1] > WIRE_PEOPLE) {
		if (m.fd >= 0)
			(void)close(m.fd);
		return err_set(e, ERR_MALFORMED, 0, "a packet is no word");
	}
	m.kind = (enum control_kind)bytes[0];
	m.listener = (enum wire_listener)bytes[1];
	(void)buf_add(&m.body, bytes + HEAD_LEN, (size_t)n - HEAD_LEN);
	secret_wipe(bytes, (size_t)n);
	code = buf_check(&m.body, e);
	if (code == ERR_OK)
		*out = m;
	else if (m.fd >= 0)
		(void)close(m.fd);
	return code;
}

void
control_tls_init(struct control_tls *t)
{
	*t = (struct control_tls){ .ticket = { 0 } };
	buf_init(&t->key_pem, PKI_INPUT_MAX);
	buf_init(&t->chain_pem, (size_t)3 * PKI_INPUT_MAX);
	buf_init(&t->root_pem, (size_t)3 * PKI_INPUT_MAX);
}

void
control_tls_fini(struct control_tls *t)
{
	buf_wipe(&t->key_pem);
	buf_fini(&t->chain_pem);
	buf_fini(&t->root_pem);
	secret_wipe(t->ticket, sizeof(t->ticket));
}

enum err_code
control_tls_enc(const struct control_tls *t, struct buf *out, struct err *e)
{
	json_t *json = json_object();
	enum err_code code;

	if ((code = json_put_text(json, "chain", t->chain_pem.ptr,
	         t->chain_pem.len, e)) == ERR_OK &&
	    (code = json_put_text(
	         json, "key", t->key_pem.ptr, t->key_pem.len, e)) == ERR_OK &&
	    (code = json_put_text(json, "root", t->root_pem.ptr,
	         t->root_pem.len, e)) == ERR_OK &&
	    (code = json_put_hex(
	         json, "ticket", t->ticket, sizeof(t->ticket), e)) == ERR_OK)
		code = json_print(json, out, e);
	json_decref(json);
	return code;
}

enum err_code
control_tls_dec(const struct buf *body, struct control_tls *out, struct err *e)
{
	json_t *json;
	enum err_code code =
	    json_parse(body->ptr, body->len, &tls_limits, &json, e);

	if (code != ERR_OK)
		return code;
	if ((code = json_get_long(json, "chain", &out->chain_pem, e)) ==
	        ERR_OK &&
	    (code = json_get_long(json, "key", &out->key_pem, e)) == ERR_OK &&
	    (code = json_get_long(json, "root", &out->root_pem, e)) == ERR_OK)
		code = json_get_hex(
		    json, "ticket", out->ticket, sizeof(out->ticket), e);
	json_decref(json);
	return code;
}
