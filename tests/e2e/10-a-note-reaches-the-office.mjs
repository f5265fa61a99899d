// SPDX-License-Identifier: Apache-2.0
// One advocate's note: written without a network, kept while locked, received,
// proved, and read elsewhere.
import assert from 'node:assert/strict';
import { checkReceipt, desk, everyone, fullNote, joined } from './lib/desk.mjs';
import { STATUS } from './lib/tool.mjs';
import { toldBy } from './lib/words.mjs';

export const dear = true;

export const scenarios = {
	'a note written without a network is saved, and later with the office':
	async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		await mair.relay.cut();
		const made = await mair.make('note', fullNote(here));
		const before = await mair.note(made.id);
		assert.match(before.transport, /^(device|waiting)$/);
		assert.equal(before.receipt, null);
		assert.match(await toldBy(mair, ['note', 'show', made.id]),
			/On this device only|Waiting to send/);
		assert.match((await mair.sync()).outcome, /^(offline|office_down)$/);
		assert.equal((await mair.note(made.id)).transport, 'waiting');
		assert.equal((await mair.status()).unsent, 1);

		await mair.lock();
		await mair.fails(['note', 'show', made.id], 'locked');
		await mair.fails(['unlock'], 'locked', { passphrases: ['not this one'] });
		await mair.unlock();
		assert.deepEqual((await mair.note(made.id)).doc, before.doc);

		await mair.relay.open();
		const sync = await mair.sync();
		assert.equal(sync.outcome, 'done');
		assert.equal(sync.receipts > 0, true);
		const after = await mair.note(made.id);
		assert.equal(after.transport, 'office');
		assert.equal(after.outcome, 'applied');
		assert.deepEqual(after.doc, before.doc);
		assert.match(await toldBy(mair, ['note', 'show', made.id]),
			/With the office/);
		assert.equal(await checkReceipt(office, after.receipt), null);
		assert.deepEqual((await office.show('note', made.id)).doc, before.doc);
		assert.equal((await mair.verify()).ok, true);
		assert.equal((await office.verify()).ok, true);
	},

	'both sides know a head again that was written down': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		await mair.make('note', fullNote(here));
		await mair.sync();
		const own = await mair.verify();
		const all = await office.verify();
		await mair.make('note', fullNote(here));
		await mair.sync();
		for (const [who, n, head] of [
			[mair, own.written, own.head], [office, all.seq, all.head]]) {
			await who.ok(['verify', '--head', `${n}:${head}`]);
			const { status, json } =
				await who.run(['verify', '--head', `${n + 1}:${head}`]);
			assert.equal(status, STATUS.mismatch);
			assert.equal(json.ok, false);
			assert.match(json.first_bad, new RegExp(`^head ${n + 1}: `));
			await who.fails(['verify', '--head', `${n}`], 'invalid');
		}
	},

	'a receipt with one bit turned is no receipt': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const { id } = await mair.make('note', fullNote(here));
		await mair.sync();
		const { receipt } = await mair.note(id);
		assert.equal(await checkReceipt(office, receipt), null);
		for (const name of ['signed', 'sig']) {
			const bytes = Buffer.from(receipt[name], 'base64');
			bytes[40] ^= 1;
			assert.match(await checkReceipt(office,
				{ ...receipt, [name]: bytes.toString('base64') }), /signature/);
		}
		assert.match(await checkReceipt(office,
			{ ...receipt, counter: receipt.counter + 1 }), /another counter/);
	},

	'a second device of the same user gets everything': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const note = await mair.make('note', fullNote(here));
		await mair.sync();
		const second = await joined(t, office, 'mair-2', { user: 'mair' });
		assert.deepEqual((await second.note(note.id)).doc,
			(await mair.note(note.id)).doc);
		await everyone([mair, second]);
		assert.equal((await second.status()).digest,
			(await mair.status()).digest);
	},

	'a draft is its author\'s alone; colleagues see it once it is signed':
	async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled } = here;
		const { id } = await mair.make('note', fullNote(here));
		await everyone([mair, aled]);
		await aled.fails(['note', 'show', id], 'notFound');
		await mair.ok(['note', 'sign', id]);
		await everyone([mair, aled]);
		const shown = await aled.note(id);
		assert.equal(shown.content, 'signed');
		assert.deepEqual(shown.doc, (await mair.note(id)).doc);
	},

	'a signed note is changed by nobody': async (t) => {
		const here = await desk(t);
		const { mair } = here;
		const { id } = await mair.make('note', fullNote(here));
		await mair.ok(['note', 'sign', id]);
		await mair.sync();
		const before = (await mair.note(id)).doc;
		const { status } = await mair.run(['note', 'edit', id,
			...mair.sets({ summary: 'Somebody else\'s words.' })]);
		await mair.sync();
		const { doc } = await mair.note(id);
		assert.equal(doc.summary, before.summary);
		assert.ok(status !== 0 || Object.keys(doc.addenda).length > 0,
			'the words are refused or proposed, never lost');
	},

	'someone who is taken off a case keeps nothing of it, and their work counts':
	async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office } = here;
		await aled.relay.cut();
		const note = await aled.make('note', fullNote(here));
		const signed = await aled.make('note',
			fullNote(here, { summary: 'She wept upon the stairs.' }));
		await aled.ok(['note', 'sign', signed.id]);
		await office.edit('case', here.case, { 'assignments/aled/to':
			'2026-11-20' });
		assert.equal((await aled.ok(['search', 'stairs wept'])).hits.length, 1);
		await aled.relay.open();
		await aled.sync();
		await aled.sync();
		await aled.fails(['person', 'show', here.person], 'notFound');
		// Nobody had told it that it might see no more; it keeps nothing of
		// what it wrote meanwhile, and the office has every word.
		await aled.fails(['note', 'show', signed.id], 'notFound');
		assert.deepEqual((await aled.ok(['search', 'stairs'])).hits, []);
		assert.equal((await office.show('note', signed.id)).doc.summary,
			'She wept upon the stairs.');
		const { devices } = await office.verify();
		const { written } = await aled.verify();
		assert.equal(devices.find(({ device }) =>
			device === aled.identity.device).counter, written);
		assert.equal((await office.show('note', note.id)).id, note.id);
		await mair.sync();
		assert.equal((await mair.show('person', here.person)).id, here.person);
	},
};
