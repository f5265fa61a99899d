/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zstd 1.5.4 crashes by itself where it finds no memory to prepare a
 * dictionary: that is not ours to mend, and is not tried.
 */
#include <stddef.h>

#include "tests/prove/torture.h"

// NOLINTBEGIN(bugprone-reserved-identifier): the linker's names (--wrap)
void *__real_ZSTD_createCDict(const void *bytes, size_t len, int level);
void *__wrap_ZSTD_createCDict(const void *bytes, size_t len, int level);

void *
__wrap_ZSTD_createCDict(const void *bytes, size_t len, int level)
{
	const bool was_on = torture_pause();
	void *dict = __real_ZSTD_createCDict(bytes, len, level);

	if (was_on)
		torture_resume();
	return dict;
}
// NOLINTEND(bugprone-reserved-identifier)
