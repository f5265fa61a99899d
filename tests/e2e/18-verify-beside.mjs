// SPDX-License-Identifier: Apache-2.0
// While the office checks everything that it holds, devices are answered.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { desk, fullNote } from './lib/desk.mjs';
import { descendants } from './lib/leftovers.mjs';
import { until } from './lib/until.mjs';

/* The process that checks, or undefined. */
function checking(office) {
	return descendants(office.service.pid).find((pid) => {
		try {
			return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
				.split('\0').includes('beside');
		} catch {
			return false;
		}
	});
}

export const scenarios = {
	'a push is receipted while everything is verified': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		for (let i = 0; i < 60; i++)
			await office.make('site', { name: `Quillet House ${i}` });
		const note = await mair.make('note', fullNote(here));
		let verified;
		const verify = office.verify().then((found) => (verified = found));
		const pid = await until('the check runs, or is over', () =>
			checking(office) ?? (verified !== undefined && 'over'), 20, 1);
		assert.notEqual(pid, 'over', 'the check has a process of its own');
		// However large the store were: it takes until we say.
		process.kill(pid, 'SIGSTOP');
		assert.equal(verified, undefined);
		assert.equal((await mair.sync()).outcome, 'done');
		const { receipt } = await mair.note(note.id);
		assert.ok(receipt.counter >= note.counter);
		assert.equal(verified, undefined);
		process.kill(pid, 'SIGCONT');
		await verify;
		assert.equal(verified.ok, true, verified.first_bad);
	},
};
