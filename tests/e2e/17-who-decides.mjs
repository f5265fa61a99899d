// SPDX-License-Identifier: Apache-2.0
// Two versions are their authors' to settle first, then a senior's, then an
// administrator's; being asked passes them on.
import assert from 'node:assert/strict';
import { allVerify, desk, everyone, joined } from './lib/desk.mjs';
import { clockAt } from './lib/clock.mjs';
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
		assert.match(await toldBy(nerys, take(id)),
			/^Saved, but you wrote neither of them/);
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

	'an author hands it over, a senior decides on her own device, and both hear of it':
	async (t) => {
		const here = await twoRooms(t);
		const { mair, aled, office, id } = here;
		const show = ['conflict', 'show', id];
		const list = ['conflict', 'list'];
		await office.addUser('sian', 'SEN');
		await office.grant('sian', `case:${here.case}`);
		const sian = await joined(t, office, 'sian');
		await office.ok(['conflict', 'limits', '--author-hours', '48',
			'--senior-hours', '24']);
		await everyone([mair, aled, sian]);
		// Before she is asked it is not hers, and she sees whose it is.
		assert.equal((await sian.ok(show)).may, 'later');
		assert.match(await toldBy(sian, list), /Whoever wrote them decides first/);
		assert.match(await toldBy(sian, show), /aled, mair, until .*not your turn yet/s);
		assert.match(await toldBy(mair, list), /You may decide/);
		assert.match(await toldBy(mair, ['conflict', 'decide', id, '--ask',
			'--reason', 'I am not sure.']), /^Passed on\. Both versions are kept/);
		await everyone([mair, sian, aled]);
		// She is told by whom it was handed over, and why; the others too.
		assert.match(await toldBy(sian, list), /You may decide/);
		for (const place of [sian, aled, mair, office]) {
			const text = await toldBy(place, show);
			assert.match(text, /mair passed it on, .*: I am not sure\./);
			assert.match(text, /A senior may decide, and so may/);
		}
		assert.match(await toldBy(office, list), /A senior may decide/);
		assert.match(await toldBy(sian, ['conflict', 'decide', id, '--take', '1',
			'--reason', 'I asked the home.']), /^Decided\. Both versions stay readable/);
		// Mair's words are at the office, whatever became of the decision.
		assert.doesNotMatch(await toldBy(sian, show),
			/mair wrote[^\n]*not with the office yet/);
		await everyone([sian, mair, aled]);
		for (const place of [mair, aled, sian, office]) {
			const text = await toldBy(place, show);
			assert.match(text, /sian decided on .*: I asked the home\./);
			assert.match(text, /--undo --reason/);
			assert.deepEqual(await place.conflicts(), []);
		}
		// One of those who wrote takes it back, elsewhere: it is open again,
		// with all that was said.
		assert.match(await toldBy(aled, ['conflict', 'decide', id, '--undo',
			'--reason', 'She moved today.']), /^The decision is taken back/);
		await everyone([aled, sian, mair]);
		for (const place of [sian, mair, office]) {
			assert.match(await toldBy(place, show),
				/aled took the decision back on .*: She moved today\./);
			assert.equal((await place.conflicts()).length, 1);
		}
		await allVerify(office, mair, aled, sian);
	},

	'time passes it on: to the senior, on her own device, then to an administrator':
	async (t) => {
		const here = await twoRooms(t);
		const { office, id } = here;
		await office.addUser('sian', 'SEN');
		await office.grant('sian', `case:${here.case}`);
		const sian = await joined(t, office, 'sian');
		await office.ok(['conflict', 'limits', '--author-hours', '1',
			'--senior-hours', '1']);
		await sian.sync();
		// Too early, and without a why: kept aside, and she is told so.
		assert.match(await toldBy(sian, take(id)), /^Saved, but it was not your turn/);
		await sian.sync();
		const { held } = await office.ok(['held', 'list']);
		assert.deepEqual(held.map(({ reason }) => reason), ['not_decider']);
		await office.ok(['held', 'close', held[0].change, '--reason', 'Too early.']);
		await sian.sync();
		// A week later, by the office's clock and hers.
		await office.stop();
		office.env = clockAt('+7d');
		sian.env = clockAt('+7d');
		await office.start();
		await sian.unlock();
		assert.equal((await office.ok(['conflict', 'show', id])).owner,
			'administrator');
		await sian.sync();
		assert.equal((await sian.ok(['conflict', 'show', id])).may, 'now');
		assert.match(await toldBy(sian, take(id)), /^Decided\./);
		await sian.sync();
		assert.deepEqual(await office.conflicts(), []);
		assert.deepEqual((await office.ok(['held', 'list'])).held, []);
		await allVerify(office, sian);
	},
};
