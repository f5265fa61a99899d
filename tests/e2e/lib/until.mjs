// SPDX-License-Identifier: Apache-2.0
import { setTimeout as pause } from 'node:timers/promises';

const STEP_MS = 20;
const STEP_MAX_MS = 250;

/*
 * Wait until condition() gives something true, and resolve to that.  It may be
 * async; what it throws counts as "not yet".  Rejects, naming `what` and the
 * last answer, when `seconds` have passed.  Between the first two looks are
 * `first` milliseconds, and then more each time.
 */
export async function until(what, condition, seconds = 20, first = STEP_MS) {
	const end = Date.now() + seconds * 1000;
	let step = first;
	for (;;) {
		let last;
		try {
			last = await condition();
			if (last)
				return last;
		} catch (error) {
			last = error;
		}
		if (Date.now() >= end)
			throw new Error(`waited ${seconds} s in vain until ${what}; ` +
				`last answer: ${last instanceof Error ? last.message :
					JSON.stringify(last)}`);
		await pause(step);
		step = Math.min(step * 1.5, STEP_MAX_MS);
	}
}
