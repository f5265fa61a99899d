/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base/status.h"

enum status
status_of(enum err_code code)
{
	switch (code) {
	case ERR_OK:
		return STATUS_DONE;
	case ERR_INVALID:
		return STATUS_INVALID;
	case ERR_NOTFOUND:
		return STATUS_NOT_FOUND;
	case ERR_CONFLICT:
		return STATUS_ANSWER;
	case ERR_AUTH:
	case ERR_LOCKED:
		return STATUS_LOCKED;
	case ERR_NEWER:
		return STATUS_NEWER;
	case ERR_NOMEM:
	case ERR_MALFORMED:
	case ERR_BUSY:
	case ERR_IO:
	case ERR_CORRUPT:
	case ERR_CODE_N:
		break;
	}
	return STATUS_FAILED;
}
