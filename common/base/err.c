/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/err.h"

#include <stdarg.h>

#undef err_set
#undef err_wrap

enum err_code
err_set(struct err *e, enum err_code code, int sys, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return code;
	e->code = code;
	e->sys = sys;
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	return code;
}

enum err_code
err_wrap(struct err *e, const char *context)
{
	char msg[ERR_MSG_MAX];

	if (e == NULL)
		return ERR_INVALID;
	(void)snprintf(msg, sizeof(msg), "%.80s: %.170s", context, e->msg);
	memcpy(e->msg, msg, sizeof(e->msg));
	return e->code;
}

const char *
err_word(enum err_code code)
{
	static const char *const words[ERR_CODE_N] = {
		[ERR_OK] = "ok",
		[ERR_NOMEM] = "no_memory",
		[ERR_INVALID] = "invalid",
		[ERR_MALFORMED] = "malformed",
		[ERR_NOTFOUND] = "not_found",
		[ERR_CONFLICT] = "conflict",
		[ERR_BUSY] = "busy",
		[ERR_AUTH] = "auth",
		[ERR_LOCKED] = "locked",
		[ERR_IO] = "io",
		[ERR_CORRUPT] = "corrupt",
		[ERR_NEWER] = "newer",
	};

	return code < ERR_CODE_N ? words[code] : "unknown";
}
