// SPDX-License-Identifier: Apache-2.0
// A device's folder that is cloned, or put back from an old copy: it is told so
// at first contact, and becomes a device of its own without losing a word.
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { allVerify, desk, everyone, fullNote } from './lib/desk.mjs';
import { STATUS } from './lib/tool.mjs';
import { until } from './lib/until.mjs';

/* Copy a locked device's folder; the copy has its passphrase. */
async function copied(t, device, name) {
	const copy = await t.device(name);
	cpSync(device.home, copy.home, { recursive: true });
	copy.passphrase = device.passphrase;
	copy.identity = device.identity;
	return copy;
}

async function enrolAgain(copy, office, more = []) {
	const { code } = await office.ok(
		['device', 'code', '--user', 'mair', ...more]);
	return copy.ok(['enrol', '--again', '--office', office.devices,
		'--code', code], { passphrases: [copy.passphrase] });
}

async function isForked(device) {
	const sync = await device.sync();
	assert.equal(sync.outcome, 'refused');
	assert.equal(sync.word, 'forked');
	assert.match(sync.text, /visitbook enrol --again/);
	assert.equal((await device.status()).forked, true);
}

export const scenarios = {
	'a clone becomes a device of its own, and nothing is lost or doubled':
	async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const { id } = await mair.make('note', fullNote(here));
		await mair.sync();
		await mair.lock();
		const copy = await copied(t, mair, 'copy');
		await mair.unlock();
		await copy.unlock();

		const first = await mair.make('note', fullNote(here,
			{ summary: 'Written on the first folder.' }));
		await mair.edit('note', id, { summary:
			'She is well today. She wants to go home.' });
		assert.equal((await mair.sync()).outcome, 'done');
		const second = await copy.make('note', fullNote(here,
			{ summary: 'Written on the second folder.' }));
		await copy.edit('note', id, { summary:
			'She is well. She wants to go home soon.' });
		await isForked(copy);
		assert.equal((await copy.status()).unsent, 2);
		const later = await copy.make('note', fullNote(here,
			{ summary: 'Written after the office said no.' }));

		const again = await enrolAgain(copy, office, ['--needs-approval']);
		assert.notEqual(again.device, mair.identity.device);
		assert.equal(again.user, mair.identity.user);
		assert.equal(again.recut, 3);
		assert.equal(again.pending, true);
		await copy.unlock();
		assert.equal((await copy.note(second.id)).doc.summary,
			'Written on the second folder.');
		const waits = await copy.sync();
		assert.equal(waits.word, 'pending');
		assert.ok(waits.receipts > 0);
		const { held } = await office.ok(['held', 'list']);
		assert.deepEqual(held.map(({ reason }) => reason),
			Array(3).fill('pending_approval'));
		assert.equal((await copy.status()).unsent, 0);

		await office.ok(['device', 'approve', again.device]);
		await everyone([copy, mair]);
		const { notes } = await office.ok(['note', 'list']);
		assert.deepEqual(notes.map((one) => one.id).sort(),
			[id, first.id, second.id, later.id].sort());
		for (const device of [mair, copy]) {
			for (const [note, words] of [[first, 'first folder'],
				[second, 'second folder'], [later, 'office said no']])
				assert.match((await device.note(note.id)).doc.summary,
					new RegExp(words));
			// Both wrote into one text at the same time: it was merged.
			assert.equal((await device.note(id)).doc.summary,
				'She is well today. She wants to go home soon.');
			assert.deepEqual(await device.conflicts(), []);
		}
		await allVerify(office, mair, copy);

		// Both go on, each under its own name.
		await mair.edit('note', first.id, { summary: 'The first goes on.' });
		await copy.edit('note', second.id, { summary: 'So does the second.' });
		await everyone([mair, copy]);
		assert.equal((await mair.note(second.id)).doc.summary,
			'So does the second.');
		assert.equal((await copy.note(first.id)).doc.summary,
			'The first goes on.');
		await allVerify(office, mair, copy);
	},

	'a folder put back from a backup is told so before it writes a word':
	async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		await mair.lock();
		const old = join(t.folder, 'old');
		cpSync(mair.home, old, { recursive: true });
		await mair.unlock();
		const { id } = await mair.make('note', fullNote(here));
		await mair.sync();
		await mair.lock();
		rmSync(mair.home, { recursive: true });
		cpSync(old, mair.home, { recursive: true });

		await mair.startDaemon();
		await mair.unlock();
		await isForked(mair);
		const again = await enrolAgain(mair, office);
		assert.equal(again.recut, 0);
		await mair.unlock();
		assert.equal((await mair.sync()).outcome, 'done');
		assert.equal((await mair.status()).forked, false);
		assert.match((await mair.note(id)).doc.summary, /wants to go home/);
		await mair.edit('note', id, { summary: 'She went home.' });
		await mair.allSent();
		await mair.stopDaemon();
		await mair.unlock();
		await mair.sync();
		await allVerify(office, mair);
	},

	'a second enrolment whose answer was lost is finished by the same command':
	async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		await mair.lock();
		const copy = await copied(t, mair, 'copy');
		await mair.unlock();
		await mair.make('note', fullNote(here));
		await mair.sync();
		await copy.unlock();
		await isForked(copy);
		const { relay } = mair;
		const { code } = await office.deviceCode('mair');
		const enrol = ['enrol', '--again', '--office', relay.address,
			'--code', code];
		const devices = async () => (await office.ok(['device', 'list']))
			.devices.filter(({ state }) => state === 'active').length;
		const { cuts } = await relay.stats();
		await relay.limitDown(6000);
		const first = copy.run(enrol, { passphrases: [copy.passphrase] });
		await until('the answer is cut off',
			async () => (await relay.stats()).cuts > cuts);
		await relay.cut();
		assert.equal((await first).status, STATUS.offline);
		assert.equal(await devices(), 2);

		await relay.open();
		const again = await copy.ok(enrol, { passphrases: [copy.passphrase] });
		assert.equal(again.recut, 0);
		assert.equal(await devices(), 2);
		await copy.unlock();
		assert.equal((await copy.sync()).outcome, 'done');
		await allVerify(office, copy);
	},

	'a folder that is no copy keeps its name': async (t) => {
		const { mair, office } = await desk(t);
		const { code } = await office.deviceCode('mair');
		const error = await mair.fails(['enrol', '--again', '--office',
			office.devices, '--code', code], 'refused',
		{ passphrases: [mair.passphrase] });
		assert.equal(error.word, 'enrolled');
		await mair.unlock();
		assert.equal((await mair.sync()).outcome, 'done');
		// Nor did it use up the code.
		const other = await t.device('other');
		await other.ok(['enrol', '--office', office.devices, '--code', code],
			{ passphrases: [other.passphrase] });
	},
};
