// SPDX-License-Identifier: Apache-2.0
// How many schedules of the pure core one core simulates in a second of its time:
// meant to be above its limit, other than the figures that are times and sizes.
import { join } from 'node:path';
import { run } from '../child.mjs';

const WANTED_PER_SECOND = 3000;

export async function simulated({ bin, quick }) {
	const count = quick ? 5000 : 50000;
	const result = await run([join(bin, 'tests/coresim/simulate-core'),
		'--jobs', '1', '--from', '1', '--count', String(count), '--no-shrink'],
	{ seconds: 600 });
	if (result.status !== 0)
		throw new Error(`simulate-core ended with ${result.signal ??
			`status ${result.status}`}:\n${result.stderr}`);
	const last = JSON.parse(result.stdout.trimEnd().split('\n').pop());
	return [{ name: 'simulated schedules on one core', unit: '/s',
		ours: last.executed / last.cpu_seconds, limit: WANTED_PER_SECOND }];
}
