// SPDX-License-Identifier: Apache-2.0
// Two versions are their authors' to settle first, then a senior's, then an
// administrator's; being asked passes them on.
import assert from 'node:assert/strict';
import { desk, everyone } from './lib/desk.mjs';
import { STATUS } from './lib/tool.mjs';

/* Two advocates who wrote down two rooms, cut off from each other; resolves to
 * the desk and the conflict's id. */
async function twoRooms(t, names = ['mair', 'aled']) {
	const here = await desk(t, names);
	const { mair, aled, office, person } = here;
	await mair.relay.cut();
	await aled.relay.cut();
	await mair.edit('person', person, { location: { room: '14' } });
	await aled.edit('person', person, { location: { room: '22' } });
	await mair.relay.open();
	await aled.relay.open();
	await everyone(names.map((name) => here[name]));
	const [{ id }] = await office.conflicts();
	return { ...here, id };
}

async function owner(place, id) {
	return (await place.conflicts()).find((one) => one.id === id)?.owner;
}

function take(id, who) {
	return ['conflict', 'decide', id, '--take', 'current',
		...(who ? ['--as', who] : [])];
}

export const scenarios = {
	'with time limits an administrator waits for the authors and the senior':
	async (t) => {
		const { mair, office, id } = await twoRooms(t);
		await office.addUser('sian', 'SEN');
		assert.deepEqual(await office.ok(['conflict', 'limits',
			'--author-hours', '48', '--senior-hours', '24']),
		{ author_hours: 48, senior_hours: 24 });
		for (const who of ['ann', 'sian']) {
			const { status, json } = await office.run(take(id, who));
			assert.equal(status, STATUS.refused, who);
			assert.match(json.error.text, /comes first/);
		}
		assert.equal(await owner(office, id), 'author');
		// An author asks the senior, from her device.
		await mair.ok(['conflict', 'decide', id, '--ask',
			'--reason', 'I am not sure which']);
		await mair.sync();
		for (const place of [office, mair])
			assert.equal(await owner(place, id), 'senior');
		assert.equal((await office.run(take(id, 'ann'))).status, STATUS.refused);
		await office.ok(take(id, 'sian'));
		await mair.sync();
		assert.deepEqual(await mair.conflicts(), []);
		assert.equal((await office.verify()).ok, true);
	},

	'without limits an administrator decides at once': async (t) => {
		const { mair, office, id } = await twoRooms(t);
		assert.deepEqual(await office.ok(['conflict', 'limits']),
			{ author_hours: 0, senior_hours: 0 });
		await office.ok(take(id, 'ann'));
		await mair.sync();
		assert.deepEqual(await mair.conflicts(), []);
	},

	'a colleague who wrote neither version decides nothing': async (t) => {
		const here = await twoRooms(t, ['mair', 'aled', 'nerys']);
		const { nerys, office, id } = here;
		await nerys.ok(take(id));
		await nerys.sync();
		const { held } = await office.ok(['held', 'list']);
		assert.deepEqual(held.map(({ reason }) => reason), ['not_decider']);
		assert.equal(await owner(office, id), 'author');
		// An administrator may let it through.
		await office.ok(['held', 'retry', held[0].change]);
		assert.deepEqual(await office.conflicts(), []);
	},

	'an author decides whenever she likes': async (t) => {
		const { mair, aled, office, id } = await twoRooms(t);
		await office.ok(['conflict', 'limits', '--author-hours', '1']);
		await mair.ok(take(id));
		await everyone([mair, aled]);
		for (const place of [mair, aled, office])
			assert.deepEqual(await place.conflicts(), []);
	},
};
