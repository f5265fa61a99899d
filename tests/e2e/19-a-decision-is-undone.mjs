// SPDX-License-Identifier: Apache-2.0
// A decision is taken back; and what was written into a signed note unseen is
// proposed to its author.
import assert from 'node:assert/strict';
import { allVerify, desk, everyone, fullNote, joined } from './lib/desk.mjs';
import { toldBy } from './lib/words.mjs';

const ROOMS = { mair: { location: { room: '14' } }, aled: { location: { room: '22' } } };

async function contested(t) {
	const here = await desk(t, ['mair', 'aled']);
	const { mair, aled, person } = here;
	await mair.relay.cut();
	await aled.relay.cut();
	await mair.edit('person', person, ROOMS.mair);
	await aled.edit('person', person, ROOMS.aled);
	await mair.relay.open();
	await aled.relay.open();
	await everyone([mair, aled]);
	const [{ id, sides }] = await mair.conflicts();
	return { ...here, id, sides };
}

async function decided(t) {
	const here = await contested(t);
	const { mair, aled, id, sides } = here;
	await mair.ok(['conflict', 'decide', id, '--take',
		`${sides[0].device}/${sides[0].counter}`, '--reason', 'I was there.']);
	await everyone([mair, aled]);
	return here;
}

function rooms({ current, sides }) {
	return [current, ...sides.filter(({ open }) => open).map(({ value }) =>
		value)].map(({ room }) => room).sort();
}

export const scenarios = {
	'a decision is taken back, with both versions and both reasons': async (t) => {
		const here = await decided(t);
		const { mair, aled, office, id } = here;
		// After it her words and his are still to be read, on every device.
		for (const place of [mair, aled, office]) {
			const shown = await place.ok(['conflict', 'show', id]);
			assert.equal(shown.decision.reason, 'I was there.');
			const words = shown.sides.map(({ value }) => value.room);
			assert.ok(words.includes('14') && words.includes('22'),
				`${words}`);
		}
		await aled.ok(['conflict', 'decide', id, '--undo', '--reason',
			'That was her sister.']);
		await everyone([aled, mair]);
		for (const place of [mair, aled, office]) {
			const shown = await place.ok(['conflict', 'show', id]);
			assert.equal(shown.state, 'open');
			assert.equal(shown.decision, null);
			assert.deepEqual(rooms(shown), ['14', '22']);
			assert.deepEqual(shown.decisions.map(({ reason }) => reason),
				['I was there.', 'That was her sister.']);
		}
		assert.match(await toldBy(mair, ['conflict', 'show', id]),
			/took the decision back .*her sister/);
		await aled.fails(['conflict', 'decide', id, '--undo'], 'refused');
		await mair.ok(['conflict', 'decide', id, '--take', 'current']);
		await everyone([mair, aled]);
		assert.deepEqual(await office.conflicts(), []);
		await allVerify(office, mair, aled);
	},

	'the office takes a decision back, and says why': async (t) => {
		const { mair, aled, office, id } = await decided(t);
		await office.ok(['conflict', 'decide', id, '--undo', '--as', 'ann',
			'--reason', 'The home says otherwise.']);
		await everyone([mair, aled]);
		assert.equal((await mair.conflicts()).length, 1);
		await allVerify(office, mair, aled);
	},

	'of two decisions that had not seen each other both say why': async (t) => {
		const { mair, aled, office, id } = await contested(t);
		await mair.relay.cut();
		await aled.relay.cut();
		const [first, second] = (await mair.ok(['conflict', 'show', id]))
			.sides.map(({ side }) => side);
		await mair.ok(['conflict', 'decide', id, '--take', first,
			'--reason', 'I was there.']);
		await aled.ok(['conflict', 'decide', id, '--take',
			second ?? 'current', '--reason', 'The home told me.']);
		await mair.relay.open();
		await aled.relay.open();
		await everyone([mair, aled]);
		for (const place of [mair, aled, office]) {
			const shown = await place.ok(['conflict', 'show', id]);
			assert.equal(shown.state, 'open');
			assert.equal(shown.decision, null);
			assert.deepEqual(shown.decisions.map(({ by, reason, late }) =>
				[by, reason, late ?? false]), [
				[office.users.mair, 'I was there.', false],
				[office.users.aled, 'The home told me.', true]]);
			assert.match(await toldBy(place, ['conflict', 'show', id]),
				/decided on .*: I was there\.[^]*without having seen.*: The home told me\./);
		}
		await allVerify(office, mair, aled);
	},

	'late words are proposed to the author of a signed note, who answers':
	async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const { id } = await mair.make('note', fullNote(here));
		await mair.sync();
		const laptop = await joined(t, office, 'laptop', { user: 'mair' });
		await laptop.relay.cut();
		await laptop.edit('note', id, { summary: 'She is well. She is packed.' });
		await laptop.edit('note', id, { interpreter: 'Her niece helped.' });
		await mair.ok(['note', 'sign', id]);
		await mair.sync();
		await laptop.relay.open();
		await everyone([laptop, mair]);
		const note = await mair.note(id);
		assert.equal(note.doc.summary, 'She is well. She wants to go home.');
		const rows = Object.entries(note.doc.addenda);
		assert.deepEqual(rows.map(([, { state }]) => state),
			['proposed', 'proposed']);
		assert.match(await toldBy(mair, ['note', 'show', id]),
			/Proposed, not accepted yet/);
		await mair.ok(['note', 'accept', id, rows[0][0]]);
		await mair.ok(['note', 'decline', id, rows[1][0]]);
		await everyone([mair, laptop]);
		for (const place of [mair, laptop, office]) {
			const { doc } = await place.show('note', id);
			assert.equal(doc.addenda[rows[0][0]].state, 'accepted');
			assert.equal(doc.addenda[rows[1][0]].state, 'declined');
		}
		// The same words were signed, wherever one looks; the office says by
		// whose signature.
		const { signed } = await office.show('note', id);
		assert.equal(signed.by, office.users.mair);
		assert.deepEqual([signed.same, signed.signature_ok], [true, true]);
		for (const place of [mair, laptop])
			assert.equal((await place.note(id)).signed.sha256, signed.sha256);
		// Signed, it does not become a draft again.
		await mair.fails(['note', 'edit', id, '--set', 'content=draft'], 'invalid');
		assert.equal((await office.show('note', id)).content, 'addended');
		await allVerify(office, mair, laptop);
	},
};
