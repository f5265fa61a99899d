// SPDX-License-Identifier: Apache-2.0
// At the door: the page that is read before a visit, and a concern in a hurry,
// with and without a network.
import assert from 'node:assert/strict';
import { clockAt } from './lib/clock.mjs';
import { allVerify, desk, everyone } from './lib/desk.mjs';

/* The page of a person on a device, and the records of one of its sections. */
async function page(device, person) {
	return device.ok(['before-visit', person]);
}

function section({ sections }, name) {
	return sections.find((one) => one.section === name).records;
}

/* What somebody else changed, as fields, over the whole page. */
function changed({ sections }) {
	return sections.flatMap(({ records }) => records)
		.flatMap((one) => one.changed.map(({ field }) => field)).sort();
}

export const scenarios = {
	'what a colleague changed since the day before is marked on the page':
	async (t) => {
		const { mair, aled, office, person } = await desk(t, ['mair', 'aled']);
		const first = await page(mair, person);
		assert.equal(first.read_before, null);
		assert.deepEqual(changed(first), []);
		await aled.edit('person', person,
			{ 'worker_risks/dog/risk': 'A large dog, loose in the hall.' });
		await everyone([aled, mair]);
		// The same day it is there, and nothing was read before today.
		assert.match(await mair.words(['before-visit', person]), /large dog/);

		mair.env = clockAt('+1d');
		const next = await page(mair, person);
		assert.notEqual(next.read_before, null);
		assert.deepEqual(changed(next), ['worker_risks']);
		const [{ changed: [mark] }] = section(next, 'risks');
		assert.equal(mark.by, office.users.aled);
		assert.match(await mair.words(['before-visit', person]), /aled/i);

		// A day later it has been read.
		mair.env = clockAt('+2d');
		assert.deepEqual(changed(await page(mair, person)), []);
		mair.env = {};
		await allVerify(office, mair, aled);
	},

	'what is not settled is marked where it stands': async (t) => {
		const { mair, aled, person } = await desk(t, ['mair', 'aled']);
		await mair.relay.cut();
		await aled.relay.cut();
		await mair.edit('person', person, { location: { room: '14' } });
		await aled.edit('person', person, { location: { room: '22' } });
		await mair.relay.open();
		await mair.sync();
		await aled.relay.open();
		await everyone([aled, mair]);
		const [conflict] = await mair.conflicts();
		for (const device of [mair, aled]) {
			const shown = await page(device, person);
			assert.equal(shown.open, 1);
			const [{ open: [mark] }] = section(shown, 'where');
			assert.equal(mark.id, conflict.id);
			assert.ok((await device.words(['before-visit', person]))
				.includes(conflict.id));
		}
	},

	'without the office the page is there, and a concern reaches it later':
	async (t) => {
		const here = await desk(t);
		const { mair, office, person } = here;
		await office.stop();
		const shown = await page(mair, person);
		assert.equal(section(shown, 'communication').length, 1);
		assert.match(await mair.words(['before-visit', person]),
			/The stairs are steep/);
		const { id, calls } = await mair.ok(['concern', ...mair.sets({
			visit: here.visit, danger_now: true, about: 'adult',
			said_and_seen: 'A bruise on her arm.' })]);
		assert.equal(calls[0].numbers[0].number, '999');
		await office.start();
		await everyone([mair]);
		const { doc } = await office.show('concern', id);
		assert.equal(doc.said_and_seen, 'A bruise on her arm.');
		assert.equal(doc.person, person);
		assert.equal(doc.case, here.case);
		assert.equal(doc.status, 'noted');
		assert.equal((await mair.status()).unsent, 0);
		await allVerify(office, mair);
	},
};
