// SPDX-License-Identifier: Apache-2.0
// A note that was written about the wrong person: two people at the office mark
// it, nobody loses it, and its author writes it anew where it belongs.
import assert from 'node:assert/strict';
import { allVerify, desk, everyone, fullNote } from './lib/desk.mjs';
import { STATUS } from './lib/tool.mjs';
import { toldBy } from './lib/words.mjs';

/* A signed note that is with the office. */
async function signedNote(here, more) {
	const { id } = await here.mair.make('note', fullNote(here, more));
	await here.mair.ok(['note', 'sign', id]);
	await here.mair.sync();
	return id;
}

const WHY = ['--reason', 'It is about her sister.'];

function propose(office, note, as = 0) {
	return office.ok(['error', 'propose', note, ...WHY,
		'--as', office.logins[as]],
	{ passphrases: [office.administrators[as]] });
}

function confirm(office, proposal, as) {
	return office.run(['error', 'confirm', proposal,
		'--as', office.logins[as]],
	{ passphrases: [office.administrators[as]] });
}

export const scenarios = {
	'two people mark a note as entered in error; nobody loses it': async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office } = here;
		const note = await signedNote(here, { interpreter: 'Zephyrine Ochre' });
		await everyone([aled, mair]);
		// Not by one person: neither with an edit, nor on a device.
		for (const place of [office, mair])
			assert.equal((await place.run(['note', 'edit', note,
				'--set', 'content=error'])).status, STATUS.invalid);
		const { proposal } = await propose(office, note);
		assert.notEqual((await confirm(office, proposal, 0)).status, 0);
		assert.equal((await office.show('note', note)).content, 'signed');
		const { status, json } = await confirm(office, proposal, 1);
		assert.equal(status, 0, JSON.stringify(json));
		assert.equal(json.content, 'error');
		await everyone([mair, aled]);

		for (const place of [mair, aled, office]) {
			const shown = await place.show('note', note);
			assert.equal(shown.content, 'error');
			assert.equal(shown.doc.summary,
				'She is well. She wants to go home.');
			const list = await place.ok(['note', 'list']);
			assert.deepEqual(list.notes, []);
			assert.equal(list.errors, 1);
			assert.deepEqual((await place.ok(['note', 'list', '--errors']))
				.notes.map(({ id }) => id), [note]);
		}
		const found = await mair.ok(['search', 'Zephyrine']);
		assert.deepEqual([found.hits.length, found.errors], [0, 1]);
		assert.equal((await mair.ok(['search', 'Zephyrine', '--errors']))
			.hits[0].id, note);
		assert.match(await toldBy(mair, ['note', 'show', note]),
			/Entered in error/);
		assert.match(await toldBy(mair, ['note', 'list']), /left out/);
		// For ever.
		assert.notEqual((await office.run(['note', 'edit', note,
			'--set', 'content=signed'])).status, 0);
		await allVerify(office, mair, aled);
	},

	'a device proposes it, and somebody else at the office agrees': async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office } = here;
		const draft = await mair.make('note', fullNote(here));
		await mair.fails(['note', 'error', draft.id, ...WHY], 'refused');
		const note = await signedNote(here);
		await everyone([aled, mair]);
		// Without a network, and not before the office has it.
		await aled.relay.cut();
		await aled.fails(['note', 'error', note], 'usage');
		await aled.fails(['note', 'error', note, '--undo'], 'refused');
		await aled.ok(['note', 'error', note, ...WHY]);
		assert.equal((await aled.note(note)).content, 'signed');
		assert.deepEqual((await office.ok(['dual', 'list'])).proposals, []);
		await aled.relay.open();
		await everyone([aled, mair]);
		const [first] = (await office.ok(['dual', 'list'])).proposals;
		assert.deepEqual([first.act, first.about, first.by, first.reason],
			['entered_in_error', note, office.users.aled,
				'It is about her sister.']);
		assert.equal(first.label,
			'Mark a signed record as entered in error');
		assert.match(first.title, /Mrs Adler/);
		assert.equal((await mair.note(note)).doc.error_because,
			'It is about her sister.');
		// Taken back on the device; said again; taken back at the office.
		await aled.ok(['note', 'error', note, '--undo']);
		await aled.sync();
		assert.deepEqual((await office.ok(['dual', 'list'])).proposals, []);
		await aled.ok(['note', 'error', note, ...WHY]);
		await aled.sync();
		const [second] = (await office.ok(['dual', 'list'])).proposals;
		await office.ok(['dual', 'withdraw', second.proposal,
			'--as', office.logins[0]],
		{ passphrases: [office.administrators[0]] });
		await everyone([aled, mair]);
		assert.equal((await aled.note(note)).doc.error_because, undefined);
		// And in the end another person agrees.
		await aled.ok(['note', 'error', note, ...WHY]);
		await aled.sync();
		const [third] = (await office.ok(['dual', 'list'])).proposals;
		const { status, json } = await confirm(office, third.proposal, 1);
		assert.equal(status, 0, JSON.stringify(json));
		await everyone([aled, mair]);
		for (const place of [mair, aled, office])
			assert.equal((await place.show('note', note)).content, 'error');
		await aled.fails(['note', 'error', note, ...WHY], 'refused');
		await allVerify(office, mair, aled);
	},

	'its author writes it anew where it belongs, and says why': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const note = await signedNote(here);
		await mair.fails(['note', 'copy', note, ...WHY], 'refused');
		const { proposal } = await propose(office, note);
		await confirm(office, proposal, 1);
		await mair.sync();
		const other = await mair.make('visit',
			{ [`cases/${here.case}`]: true, method: 'visit' });
		const { id } = await mair.ok(['note', 'copy', note, ...WHY,
			'--set', `visit=${other.id}`]);
		await mair.sync();
		const { doc, content } = await office.show('note', id);
		assert.equal(content, 'draft');
		assert.equal(doc.copied_from, note);
		assert.equal(doc.copied_because, 'It is about her sister.');
		assert.equal(doc.visit, other.id);
		assert.equal(doc.summary, 'She is well. She wants to go home.');
		assert.equal(doc.signed_at, undefined);
		await mair.ok(['note', 'sign', id]);
		await mair.sync();
		assert.equal((await office.show('note', id)).content, 'signed');
		await allVerify(office, mair);
	},

	'an addendum that did not know of it changes nothing of that': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const note = await signedNote(here);
		await mair.relay.cut();
		await mair.ok(['note', 'addendum', note, '--kind', 'correction',
			'--file', '-'], { input: 'She said so twice.' });
		const { proposal } = await propose(office, note);
		await confirm(office, proposal, 1);
		await mair.relay.open();
		await everyone([mair]);
		for (const place of [mair, office]) {
			const { content, doc } = await place.show('note', note);
			assert.equal(content, 'error');
			assert.deepEqual(Object.values(doc.addenda).map(({ text }) =>
				text), ['She said so twice.']);
		}
		await allVerify(office, mair);
	},
};
