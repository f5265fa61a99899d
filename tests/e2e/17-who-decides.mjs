// SPDX-License-Identifier: Apache-2.0
// Two versions are their authors' to settle first, then a senior's, then an
// administrator's; being asked passes them on.
import assert from 'node:assert/strict';
import { desk, everyone } from './lib/desk.mjs';
import { STATUS } from './lib/tool.mjs';
import { toldBy } from './lib/words.mjs';

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
		{ author_hours: 48, senior_hours: 24, early: false });
		for (const who of ['ann', 'sian']) {
			const { status, json } = await office.run(take(id, who));
			assert.equal(status, STATUS.refused, who);
			assert.match(json.error.text, /comes first/);
		}
		assert.equal(await owner(office, id), 'author');
		// Her device knows the limits, and says who decides until when.
		await mair.sync();
		const shown = await mair.ok(['conflict', 'show', id]);
		assert.equal(shown.owner, 'author');
		assert.equal(shown.may, 'now');
		assert.deepEqual(shown.authors.sort(),
			[office.users.mair, office.users.aled].sort());
		assert.equal(shown.until,
			(await office.ok(['conflict', 'show', id])).until);
		assert.ok(shown.until >= shown.opened_at + 48 * 3600 * 1000);
		assert.match(await toldBy(mair, ['conflict', 'show', id]),
			/decides first: .*you.*, until \d.*senior/);
		// An author asks the senior, from her device.
		await mair.ok(['conflict', 'decide', id, '--ask',
			'--reason', 'I am not sure which']);
		await mair.sync();
		for (const place of [office, mair])
			assert.equal(await owner(place, id), 'senior');
		assert.match(await toldBy(mair, ['conflict', 'show', id]),
			/A senior may decide/);
		assert.equal((await office.run(take(id, 'ann'))).status, STATUS.refused);
		await office.ok(take(id, 'sian'));
		await mair.sync();
		assert.deepEqual(await mair.conflicts(), []);
		assert.equal((await office.verify()).ok, true);
	},

	'an administrator who cannot wait says why; an office may let nobody wait':
	async (t) => {
		const { mair, office, id } = await twoRooms(t);
		assert.deepEqual(await office.ok(['conflict', 'limits']),
			{ author_hours: 72, senior_hours: 48, early: true });
		const { status, json } = await office.run(take(id, 'ann'));
		assert.equal(status, STATUS.refused);
		assert.match(json.error.next, /--reason/);
		await office.ok([...take(id, 'ann'), '--reason', 'We rang the home.']);
		await mair.sync();
		assert.deepEqual(await mair.conflicts(), []);
		assert.equal((await office.ok(['conflict', 'limits',
			'--author-hours', '0'])).author_hours, 0);
		assert.equal((await office.verify()).ok, true);
	},

	'a colleague who wrote neither version decides nothing': async (t) => {
		const here = await twoRooms(t, ['mair', 'aled', 'nerys']);
		const { nerys, office, id } = here;
		assert.equal((await nerys.ok(['conflict', 'show', id])).may, 'never');
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
