// SPDX-License-Identifier: Apache-2.0
// Marks in what people write are looked for in every byte that goes between a
// device and the office, both ways: joining, syncing, an error, and the
// courier's part of a locked device.
import assert from 'node:assert/strict';
import { desk, everyone, fullNote } from './lib/desk.mjs';
import { readable, Recorder } from './lib/recorder.mjs';

const MARKS = ['Quixotrembly', 'Zanthoxylode', 'Vermilquoth', 'Ombrifaxel'];

/* A hunt that finds nothing anywhere would find nothing here either. */
function theHuntFinds() {
	for (const form of ['utf8', 'utf16le', 'hex', 'base64'])
		for (let before = 0; before < 3; before++) {
			const plain = Buffer.from(`${'x'.repeat(before)}${MARKS[0]} yz`);
			const sent = form === 'utf16le'
				? Buffer.from(plain.toString(), form)
				: Buffer.from(plain.toString(form));
			assert.deepEqual(readable(sent, MARKS), [MARKS[0]], form);
		}
}

export const scenarios = {
	'nothing that people wrote can be read on the wire': async (t) => {
		theHuntFinds();
		const here = await desk(t);
		const { office } = here;
		await office.edit('person', here.person,
			{ how_i_communicate: `By ${MARKS[0]} alone.` });
		const wire = await new Recorder(office.devices).start();
		try {
			const other = await t.device('other');
			await other.enrol(office, 'mair', wire.address);
			await other.unlock();
			await everyone([other]);
			assert.match((await other.show('person', here.person)).doc
				.how_i_communicate, new RegExp(MARKS[0]));
			const note = await other.make('note',
				fullNote(here, { summary: `She said ${MARKS[1]}.` }));
			await other.ok(['note', 'sign', note.id]);
			await everyone([other]);
			// What the courier hands over while the notes are locked.
			const late = await other.make('note',
				fullNote(here, { summary: `And then ${MARKS[2]}.` }));
			await other.ok(['note', 'sign', late.id]);
			await other.lock();
			await t.bench.command('visitbookd',
				[...other.place, '--once', '--json']);
			assert.match((await office.show('note', late.id)).doc.summary,
				new RegExp(MARKS[2]));
			// What was refused, and what is told about it.
			await office.edit('person', here.person,
				{ how_i_communicate: `By ${MARKS[3]} too.` });
			await office.ok(['device', 'revoke', other.identity.device,
				'--reason', 'lost']);
			await other.unlock();
			assert.equal((await other.sync()).outcome, 'refused');

			const { up, down } = wire.bytes();
			assert.ok(up.length > 4096 && down.length > 4096);
			for (const bytes of [up, down]) {
				assert.deepEqual(readable(bytes, MARKS), []);
				// Nor what is no secret in itself, but tells of whom.
				assert.deepEqual(readable(bytes, [here.person, here.case,
					note.id, office.users.mair, other.identity.device,
					'/v1/sync', 'how_i_communicate']), []);
			}
		} finally {
			await wire.stop();
		}
	},
};
