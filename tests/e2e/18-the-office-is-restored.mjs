// SPDX-License-Identifier: Apache-2.0
// The office lost its machine and comes back from a backup: what was written
// since, by whom it may, comes back by itself.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { desk, everyone, fullNote, joined } from './lib/desk.mjs';

/* Stop the office, put the backup back and start it again. */
async function restored(office, backup, more = []) {
	await office.stop();
	const { epoch } = await office.ok(['restore', '--from', backup, ...more]);
	await office.start();
	return epoch;
}

async function allVerify(office, ...devices) {
	for (const one of [office, ...devices]) {
		const { ok, first_bad: bad } = await one.verify();
		assert.ok(ok, `${one.name ?? 'the office'}: ${bad}`);
	}
}

export const scenarios = {
	'what receipts of the lost days cover is offered again without a new save':
	async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const backup = join(t.folder, 'backup');
		await office.ok(['backup', '--to', backup]);
		const { id } = await mair.make('note', fullNote(here));
		await mair.sync();
		assert.equal((await mair.note(id)).transport, 'office');
		assert.equal(await restored(office, backup), 2);

		const { notes: before } = await office.ok(['note', 'list']);
		assert.deepEqual(before, []);
		assert.equal((await mair.sync()).outcome, 'done');
		const { notes: after } = await office.ok(['note', 'list']);
		assert.deepEqual(after.map((one) => one.id), [id]);
		const note = await mair.note(id);
		assert.equal(note.transport, 'office');
		assert.equal(note.receipt.epoch, 2);
		assert.equal((await mair.status()).unsent, 0);
		await allVerify(office, mair);
	},

	'what a colleague had pulled is proposed, and the author\'s return ends it':
	async (t) => {
		const here = await desk(t, ['mair', 'idris']);
		const { mair, idris, office } = here;
		const backup = join(t.folder, 'backup');
		await office.ok(['backup', '--to', backup]);
		const gone = await idris.make('note', fullNote(here,
			{ summary: 'Idris wrote this.' }));
		const back = await mair.make('site', { name: 'Plas Celyn' });
		await office.ok(['site', 'edit', here.site, '--set',
			'name=Quillet']);
		await everyone([mair, idris]);
		await restored(office, backup);

		// Idris meets it first: he has Mair's place and the office's edit.
		assert.equal((await idris.sync()).outcome, 'done');
		assert.equal((await idris.show('site', back.id)).doc.name,
			'Plas Celyn');
		assert.equal((await idris.show('site', here.site)).doc.name,
			'Quillet');
		const { held } = await office.ok(['held', 'list']);
		assert.deepEqual(held.map(({ reason }) => reason),
			['proposal', 'proposal']);
		assert.ok(held.every(({ device }) =>
			device === idris.identity.device));

		// Mair's own device brings hers; nobody brings the office's, which
		// both of them propose.
		assert.equal((await mair.sync()).outcome, 'done');
		const { held: left } = await office.ok(['held', 'list']);
		assert.deepEqual(left.map(({ record }) => record),
			[here.site, here.site]);
		const decided = await office.ok(['held', 'retry', left[0].change,
			'--reason', 'it was so']);
		assert.equal(decided.outcome, 'applied');
		assert.deepEqual((await office.ok(['held', 'list'])).held, []);
		await everyone([idris, mair, idris]);
		for (const device of [mair, idris]) {
			assert.equal((await device.show('site', here.site)).doc.name,
				'Quillet');
			assert.equal((await device.show('site', back.id)).doc.name,
				'Plas Celyn');
		}
		assert.match((await idris.note(gone.id)).doc.summary, /Idris/);
		const { sites } = await office.ok(['site', 'list']);
		assert.deepEqual(sites.map((one) => one.id).sort(),
			[here.site, back.id].sort());
		await allVerify(office, mair, idris);
	},

	'a device that enrolled after the backup waits for an administrator':
	async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		await office.addUser('idris');
		const backup = join(t.folder, 'backup');
		await office.ok(['backup', '--to', backup]);
		const idris = await joined(t, office, 'idris');
		const { id } = await idris.make('site', { name: 'Plas Celyn' });
		await idris.sync();
		await restored(office, backup);

		await idris.edit('site', id, { name: 'Plas Celyn, Bala' });
		const sync = await idris.sync();
		assert.equal(sync.outcome, 'done');
		assert.equal(sync.word, 'pending');
		assert.equal(sync.pulled, 0);
		assert.equal((await idris.status()).unsent, 0);
		const { devices } = await office.ok(['device', 'list']);
		const found = devices.find(({ device }) =>
			device === idris.identity.device);
		assert.equal(found.state, 'pending');
		const { held } = await office.ok(['held', 'list']);
		assert.deepEqual(held.map(({ reason }) => reason),
			['device_unknown', 'device_unknown']);

		await office.ok(['device', 'approve', idris.identity.device]);
		await everyone([idris, mair]);
		assert.equal((await mair.show('site', id)).doc.name,
			'Plas Celyn, Bala');
		assert.deepEqual((await office.ok(['held', 'list'])).held, []);
		await allVerify(office, mair, idris);
	},
};
