// SPDX-License-Identifier: Apache-2.0
// The office is killed at any moment: what it said it holds, it holds, and
// what it did not say comes again and counts once.
import assert from 'node:assert/strict';
import { desk, everyone, fullNote } from './lib/desk.mjs';
import { until } from './lib/until.mjs';

const KILLS = 8;
const CUT_OFF = 40;

export const seconds = 240;

export const scenarios = {
	'an office killed while it receives holds each thing once': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const { id } = await mair.make('note', fullNote(here));
		let words;
		// What one exchange sends up tells where in the next one to strike.
		const { bytes_up: none } = await mair.relay.stats();
		await mair.sync();
		const { bytes_up: one } = await mair.relay.stats();
		for (let i = 0; i < KILLS; i++) {
			words = `She is well. She was asked ${i} times.`;
			await mair.edit('note', id, { summary: words });
			const { bytes_up: before } = await mair.relay.stats();
			let isOver = false;
			const syncing = mair.sync(5).finally(() => (isOver = true));
			const enough = before + (one - none) * i / (KILLS - 1);
			await until('so much has gone up, or the sync is over', async () =>
				isOver || (await mair.relay.stats()).bytes_up >= enough, 20, 1);
			await office.kill();
			await syncing;
			const claimed = (await mair.status()).unsent === 0;
			await office.start();
			if (claimed)
				assert.equal((await office.show('note', id)).doc.summary, words,
					'what has a receipt is there');
		}
		await everyone([mair]);
		const own = await mair.verify();
		const all = await office.verify();
		assert.equal(own.ok, true, own.first_bad);
		assert.equal(all.ok, true, all.first_bad);
		assert.equal(own.receipted, own.written);
		assert.equal(all.devices.find(({ device }) =>
			device === mair.identity.device).counter, own.written);
		assert.equal((await office.show('note', id)).doc.summary, words);
		assert.deepEqual(await mair.conflicts(), []);
	},

	'an office killed after its commit and before its answer changes nothing':
	async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		// A quiet sync tells how many bytes lead up to an answer.
		const { bytes_down: before } = await mair.relay.stats();
		await mair.sync();
		const { bytes_down: after } = await mair.relay.stats();
		const { id, counter } = await mair.make('note', fullNote(here));
		await mair.relay.limitDown(after - before - CUT_OFF);
		assert.notEqual((await mair.sync(5)).outcome, 'done');
		assert.equal((await mair.status()).unsent, 1);
		const { devices } = await office.verify();
		assert.equal(devices.find(({ device }) =>
			device === mair.identity.device).counter, counter);
		await office.kill();
		await mair.relay.open();
		await office.start();
		await everyone([mair]);
		assert.equal((await mair.note(id)).transport, 'office');
		assert.equal((await mair.verify()).ok, true);
		assert.equal((await office.verify()).ok, true);
	},

	'two commands at the office beside a running one do not meet': async (t) => {
		const here = await desk(t);
		const { office, person } = here;
		await Promise.all(['2026-01-01', '2026-02-01', '2026-03-01'].map((due) =>
			office.edit('person', person, { communication_review_due: due })));
		assert.equal((await office.verify()).ok, true);
	},
};
