// SPDX-License-Identifier: Apache-2.0
// A machine whose clock says something else.
import { existsSync } from 'node:fs';

const LIBRARIES = ['x86_64', 'aarch64'].map((machine) =>
	`/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`);

/*
 * An environment for a tool's programs: `time` is "@2019-03-01 10:00:00" to go
 * on from there, or "+730d" to be that much later than the others.  The library
 * for that comes before AddressSanitizer's, which a sanitized build would
 * refuse.
 */
export function clockAt(time) {
	return { LD_PRELOAD: LIBRARIES.find(existsSync), FAKETIME: time,
		FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_RESET: '1',
		ASAN_OPTIONS: [process.env.ASAN_OPTIONS,
			'verify_asan_link_order=0'].filter(Boolean).join(':') };
}
