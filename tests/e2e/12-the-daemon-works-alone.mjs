// SPDX-License-Identifier: Apache-2.0
// visitbookd notices the network, works while the notes are locked, and hears
// of what happens at the office.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { desk, fullNote } from './lib/desk.mjs';
import { STATUS } from './lib/tool.mjs';

async function withDaemon(t) {
	const here = await desk(t, ['mair'], { daemon: true });
	return here;
}

async function heldAtOffice(office, device) {
	const { devices } = await office.verify();
	return devices.find((one) => one.device === device.identity.device)
		?.counter ?? 0;
}

export const scenarios = {
	'the daemon sends what is saved while there is a network': async (t) => {
		const here = await withDaemon(t);
		const { id } = await here.mair.make('note', fullNote(here));
		await t.until('the note is with the office', async () =>
			(await here.mair.note(id)).transport === 'office', 15);
	},

	'the daemon notices that the network is back': async (t) => {
		const here = await withDaemon(t);
		const { mair } = here;
		await mair.relay.cut();
		const { id } = await mair.make('note', fullNote(here));
		await t.until('the note waits', async () =>
			(await mair.note(id)).transport === 'waiting', 15);
		await mair.relay.open();
		await t.until('the note is with the office', async () =>
			(await mair.note(id)).transport === 'office', 60);
	},

	'a device that is online hears of the office\'s changes by itself':
	async (t) => {
		const here = await withDaemon(t);
		const { mair, office } = here;
		await t.until('it waits', async () => (await mair.status())
			.unsent === 0);
		await office.edit('person', here.person, { preferred_name: 'Miriam' });
		await t.until('the new name is here', async () => (await mair.show(
			'person', here.person)).doc.preferred_name === 'Miriam', 20);
	},

	'a locked daemon hands over what is finished, and unlocking shows receipts':
	async (t) => {
		const here = await withDaemon(t);
		const { mair, office } = here;
		await mair.relay.cut();
		const { id, counter } = await mair.make('note', fullNote(here));
		await mair.lock();
		await mair.fails(['note', 'show', id], 'locked');
		await mair.relay.open();
		await t.until('the office holds it', async () =>
			await heldAtOffice(office, mair) >= counter, 60);
		assert.equal((await mair.status()).locked, true);
		assert.equal((await office.show('note', id)).doc.summary,
			fullNote(here).summary);
		await mair.unlock();
		const note = await t.until('the receipt is shown', async () => {
			const shown = await mair.note(id);
			return shown.transport === 'office' && shown;
		});
		assert.ok(note.receipt.counter >= counter);
	},

	'locking waits until nothing holds the key any more': async (t) => {
		const here = await withDaemon(t);
		const { mair } = here;
		await Promise.all([mair.make('note', fullNote(here)),
			mair.sync(), mair.lock()].map((work) => work.catch(() => {})));
		await mair.lock();
		await mair.fails(['note', 'list'], 'locked');
		await mair.unlock();
		assert.equal((await mair.verify()).ok, true);
	},

	'a daemon that is killed leaves nothing behind that stops the next':
	async (t) => {
		const here = await withDaemon(t);
		const { mair } = here;
		await mair.daemon.kill();
		await mair.fails(['note', 'list'], 'locked');
		await mair.startDaemon();
		await mair.unlock();
		const { id } = await mair.make('note', fullNote(here));
		await t.until('the note is with the office', async () =>
			(await mair.note(id)).transport === 'office', 15);
	},

	'a device that is told to erase its notes hands over first': async (t) => {
		const here = await withDaemon(t);
		const { mair, office } = here;
		const { device } = mair.identity;
		const told = async () => (await office.ok(['device', 'list'])).devices
			.find((one) => one.device === device).told;
		await office.ok(['device', 'lock', device, '--reason', 'Left open']);
		await t.until('it is locked', async () =>
			(await mair.status()).locked, 30);
		await t.until('the office knows', async () =>
			(await told()).done > 0, 30);
		await mair.unlock();
		await mair.relay.cut();
		const before = await heldAtOffice(office, mair);
		await mair.make('note', fullNote(here));
		const { no } = await office.ok(['device', 'wipe', device,
			'--reason', 'Lost on the train']);
		assert.equal(no, 2);
		assert.ok(existsSync(join(mair.home, 'slots')));
		await mair.relay.open();
		await t.until('the keys are gone', async () =>
			!existsSync(join(mair.home, 'slots')), 60);
		await t.until('the office knows', async () =>
			(await told()).done > 0, 30);
		assert.equal(await heldAtOffice(office, mair), before + 1);
		assert.ok(!existsSync(join(mair.home, 'notes.db')));
		const { status, json } = await mair.run(['unlock'],
			{ passphrases: [mair.passphrase] });
		assert.equal(status, STATUS.notFound);
		assert.match(json.error.text, /erased/);
	},
};
