// SPDX-License-Identifier: Apache-2.0
// What leaves a device because its user's access ended does not go without a
// word.
import assert from 'node:assert/strict';
import { allVerify, desk, everyone, fullNote } from './lib/desk.mjs';
import { toldBy } from './lib/words.mjs';

export const seconds = 120;

export const scenarios = {
	'how many records left when access ended is told once, and stays in the log':
	async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office } = here;
		await mair.make('note', fullNote(here));
		await everyone([mair, aled]);
		const before = await aled.status();
		assert.equal(before.taken, 0);
		assert.deepEqual(before.taken_log, []);

		await office.endGrant('aled', `case:${here.case}`);
		// In words, by whichever command comes first.
		const told = await toldBy(aled, ['sync']);
		const [, n] = told.match(
			/(\d+) records? left this device, because your access to (?:it|them) ended\. What you wrote in (?:it|them) is with (.+) or still goes/)
			?? assert.fail(told);
		assert.ok(Number(n) >= 2, told);
		assert.deepEqual((await aled.ok(['note', 'list'])).notes, []);

		// Once: nobody is told again, and when it was can be asked for.
		assert.doesNotMatch(await toldBy(aled, ['status']), /left this device/);
		assert.doesNotMatch(await toldBy(aled, ['sync']), /left this device/);
		const after = await aled.status();
		assert.equal(after.taken, 0);
		assert.deepEqual(after.taken_log.map((one) => one.n), [Number(n)]);
		assert.ok(Math.abs(after.taken_log[0].at - Date.now()) < 600_000);
		// Whose access did not end is told nothing.
		assert.equal((await mair.sync()).taken, 0);
		await allVerify(office, mair, aled);

		// Again, for a script.
		await office.grant('aled', `case:${here.case}`);
		await aled.sync();
		await office.endGrant('aled', `case:${here.case}`);
		assert.ok((await aled.sync()).taken > 0);
		assert.equal((await aled.status()).taken, 0);
		await allVerify(office, aled);
	},
};
