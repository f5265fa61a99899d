// SPDX-License-Identifier: Apache-2.0
// The office lost its machine and comes back from a backup: what was written
// since, by whom it may, comes back by itself.
import assert from 'node:assert/strict';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allVerify, desk, everyone, fullNote, joined } from
	'./lib/desk.mjs';

/* Stop the office, put the backup back and start it again; both
 * administrators confirm, unless told not to. */
async function restored(office, backup, { more = [], confirm = true } = {}) {
	await office.stop();
	const { epoch } = await office.ok(['restore', '--from', backup, ...more]);
	await office.start();
	if (confirm)
		await office.confirmAccess();
	return epoch;
}

/* The office loses what it had receipted of somebody whose access it ended, and
 * tells their device nothing but no. */
async function endedBefore(t, daemon) {
	const here = await desk(t, ['mair'], { daemon });
	const { mair, office } = here;
	const backup = join(t.folder, 'backup');
	const list = join(t.folder, 'access.json');
	await office.ok(['backup', '--to', backup]);
	const { id } = await mair.make('note', fullNote(here));
	await mair.sync();
	await office.ok(['user', 'end', 'mair']);
	writeFileSync(list, JSON.stringify(await office.ok(['access', 'list'])));
	// A daemon would not wait to be asked.
	await mair.relay.cut();
	await restored(office, backup,
		{ more: ['--access', list], confirm: false });
	assert.deepEqual((await office.ok(['held', 'list'])).held, []);

	await mair.relay.open();
	assert.equal((await mair.sync()).word, 'revoked');
	const { held } = await office.ok(['held', 'list']);
	assert.deepEqual(held.map(({ record }) => record), [id]);
	for (const { change } of held)
		await office.ok(['held', 'retry', change, '--reason', 'hers']);
	assert.match((await office.show('note', id)).doc.summary, /well/);
	// Once the office has all of it, her last change asks whether it has.
	assert.ok((await mair.sync()).sent <= 1);
	await allVerify(office, mair);
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

	'an office whose file was put back by hand hears of it from a device':
	async (t) => {
		const here = await desk(t, ['mair', 'idris']);
		const { mair, idris, office } = here;
		const backup = join(t.folder, 'backup');
		await office.ok(['backup', '--to', backup]);
		const { id } = await mair.make('note', fullNote(here));
		const { id: place } = await mair.make('site', { name: 'Plas Celyn' });
		await everyone([mair, idris]);
		await office.stop();
		for (const end of ['', '-wal', '-shm'])
			rmSync(join(office.data, `office.db${end}`), { force: true });
		copyFileSync(backup, join(office.data, 'office.db'));
		await office.start();

		// It does not know, until somebody shows it what it had said.
		assert.equal((await office.ok(['access', 'show'])).open, true);
		const sync = await idris.sync();
		assert.equal(sync.outcome, 'done');
		assert.equal(sync.word, 'epoch');
		assert.equal((await office.ok(['access', 'show'])).open, false);
		assert.equal((await mair.sync()).outcome, 'done');
		assert.equal((await mair.note(id)).receipt.epoch, 2);
		assert.equal((await mair.status()).unsent, 0);

		await office.confirmAccess();
		await everyone([mair, idris, mair]);
		assert.equal((await idris.show('site', place)).doc.name, 'Plas Celyn');
		assert.deepEqual((await office.ok(['note', 'list'])).notes
			.map((one) => one.id), [id]);
		await allVerify(office, mair, idris);
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

	'what somebody had written whose access ended comes back too': (t) =>
		endedBefore(t, false),
	'the daemon of somebody whose access ended brings it back as well': (t) =>
		endedBefore(t, true),

	'nothing is pulled before two administrators say who may see what':
	async (t) => {
		const here = await desk(t, ['mair', 'idris']);
		const { mair, idris, office } = here;
		const backup = join(t.folder, 'backup');
		await office.ok(['backup', '--to', backup]);
		await office.ok(['device', 'revoke', idris.identity.device,
			'--reason', 'lost on a train']);
		const { id } = await mair.make('note', fullNote(here));
		await mair.sync();
		await restored(office, backup, { confirm: false });

		// The backup does not know that Idris's machine was lost.
		assert.equal((await office.ok(['access', 'show'])).open, false);
		for (const device of [idris, mair]) {
			const sync = await device.sync();
			assert.equal(sync.outcome, 'done');
			assert.equal(sync.word, 'epoch');
			assert.equal(sync.pulled, 0);
		}
		// Pushes flow at once.
		assert.equal((await mair.status()).unsent, 0);
		assert.equal((await mair.note(id)).receipt.epoch, 2);

		const [one, two] = office.administrators;
		const confirm = (first, second) => ['access', 'confirm', '--first',
			first, '--second', second];
		await office.fails(confirm('ann', 'ann'), 'invalid',
			{ passphrases: [one, one] });
		await office.fails(confirm('ann', 'bob'), 'locked',
			{ passphrases: [one, one] });
		await office.fails(confirm('ann', 'mair'), 'locked',
			{ passphrases: [one, 'mair signs in at the office 43'] });
		assert.equal((await mair.sync()).word, 'epoch');
		await office.ok(['device', 'revoke', idris.identity.device,
			'--reason', 'lost on a train']);
		assert.equal((await office.ok(confirm('ann', 'bob'),
			{ passphrases: [one, two] })).open, true);
		const sync = await mair.sync();
		assert.equal(sync.word, undefined);
		assert.ok(sync.pulled > 0);
		assert.equal((await idris.sync()).word, 'revoked');
		await allVerify(office, mair);
	},

	'a list kept elsewhere brings back what was revoked and granted since':
	async (t) => {
		const here = await desk(t, ['mair', 'idris', 'nia']);
		const { mair, idris, nia, office } = here;
		const backup = join(t.folder, 'backup');
		const list = join(t.folder, 'access.json');
		const keep = async () => writeFileSync(list,
			JSON.stringify(await office.ok(['access', 'list'])));
		await keep();
		await office.ok(['site', 'edit', here.site, '--set', 'name=Quillet']);
		await office.ok(['backup', '--to', backup]);
		await office.stop();
		// One from before the backup is no use.
		await office.fails(['restore', '--from', backup, '--access', list],
			'invalid');
		await office.start();
		await office.confirmAccess();
		await office.ok(['device', 'revoke', idris.identity.device,
			'--reason', 'lost on a train']);
		await office.endGrant('nia', here.case);
		await keep();
		await restored(office, backup,
			{ more: ['--access', list], confirm: false });

		assert.equal((await office.ok(['access', 'show'])).open, true);
		assert.equal((await idris.sync()).word, 'revoked');
		assert.equal((await mair.sync()).word, undefined);
		assert.equal((await mair.show('case', here.case)).id, here.case);
		assert.equal((await nia.sync()).outcome, 'done');
		await nia.fails(['case', 'show', here.case], 'notFound');
		await allVerify(office, mair, nia);
	},

	'a device that enrolled after the backup waits for an administrator':
	async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const backup = join(t.folder, 'backup');
		await office.ok(['backup', '--to', backup]);
		// Idris began to work here after it, too.
		const user = await office.addUser('idris');
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

		const approve = ['device', 'approve', idris.identity.device];
		const { text } = await office.fails(approve, 'invalid');
		assert.match(text, new RegExp(`user add NAME --id ${user}`));
		assert.equal((await office.ok(['user', 'add', 'idris', '--id', user]))
			.user, user);
		await office.ok(approve);
		await everyone([idris, mair]);
		assert.equal((await mair.show('site', id)).doc.name,
			'Plas Celyn, Bala');
		assert.deepEqual((await office.ok(['held', 'list'])).held, []);
		await allVerify(office, mair, idris);
	},
};
