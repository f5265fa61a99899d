// SPDX-License-Identifier: Apache-2.0
// Files beside records: a photo of a letter is kept with its note, reaches the
// office after the text whatever the network does, once, without the place
// where it was taken.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allVerify, desk, everyone, fullNote } from './lib/desk.mjs';
import { attach, photo, written } from './lib/photo.mjs';

export const seconds = 300;

const STEP = 64;
const UP_MAX = 64 * 1024;

async function withNote(t, names = ['mair']) {
	const here = await desk(t, names);
	const { id } = await here.mair.make('note', fullNote(here));
	await here.mair.sync();
	return { ...here, note: id };
}

/* What is at a place is what was kept. */
async function assertFileIs(t, place, id, { sha256 }) {
	const path = join(t.folder, `out-${process.hrtime.bigint()}.jpg`);
	const words = place.program === 'visitbook'
		? ['attachment', 'save', id, path]
		: ['attachment', 'save', id, '--to', path];
	await place.ok(words);
	assert.equal(createHash('sha256').update(readFileSync(path)).digest('hex'),
		sha256);
}

/* A stand-in for `visitbook` that is killed after so many milliseconds. */
function shortLived(t, program, ms) {
	const path = join(t.folder, `short-lived-${Math.round(ms)}`);
	writeFileSync(path, '#!/bin/sh\ntimeout -s KILL ' +
		`${ms / 1000} '${program}' "$@"\nexit $?\n`);
	chmodSync(path, 0o755);
	return path;
}

async function isAtOffice(office, id) {
	const { json } = await office.run(['attachment', 'show', id]);
	return json.file?.here === true;
}

export const scenarios = {
	case_13_the_same_attachment_sent_twice_after_a_broken_connection_is_stored_once:
	async (t) => {
		const here = await withNote(t, ['mair', 'aled']);
		const { mair, aled, office, note } = here;
		await mair.ok(['note', 'sign', note]);
		const letter = photo(3000);
		const first = await attach(t, mair, note, letter);
		assert.equal((await mair.status()).files, 1);
		// Cut after 0, 64, 128 ... bytes on the way up, until one gets through.
		let cuts = 0;
		for (let bytes = 0; ; bytes += STEP) {
			assert.ok(bytes < UP_MAX, 'no sync ever got through');
			await mair.relay.limitUp(bytes);
			const { outcome } = await mair.sync(5);
			if (outcome === 'done' && (await mair.status()).files === 0)
				break;
			// Never half visible.
			assert.ok(!await isAtOffice(office, first));
			cuts++;
		}
		assert.ok(cuts > 20, `${cuts} were cut`);
		await mair.relay.open();
		await assertFileIs(t, office, first, letter);

		// A large one: the answers are lost, and it goes on where it stood.
		const large = photo(1024 * 1024);
		const second = await attach(t, mair, note, large);
		for (const bytes of [6000, 6400, 6800, 7200]) {
			await mair.relay.limitDown(bytes);
			await mair.sync(10);
		}
		await mair.relay.open();
		const before = (await mair.relay.stats()).bytes_up;
		assert.equal((await mair.sync(60)).outcome, 'done');
		assert.ok(before < 3 * 1024 * 1024, `${before} bytes in all`);
		await assertFileIs(t, office, second, large);

		// A colleague has the same photo: the same answer, and nothing is sent.
		await aled.sync();
		const again = await attach(t, aled, note, large);
		const quiet = (await aled.relay.stats()).bytes_up;
		assert.equal((await aled.sync()).outcome, 'done');
		const sent = (await aled.relay.stats()).bytes_up - quiet;
		assert.ok(sent < 64 * 1024, `${sent} bytes for what is there`);
		assert.equal((await aled.status()).files, 0);
		await assertFileIs(t, office, again, large);
		await everyone([mair, aled]);
		await allVerify(office, mair, aled);
	},

	'a colleague fetches it when they ask for it': async (t) => {
		const here = await withNote(t, ['mair', 'aled']);
		const { mair, aled, office, note } = here;
		await mair.ok(['note', 'sign', note]);
		const letter = photo(300 * 1024);
		const id = await attach(t, mair, note, letter);
		await everyone([mair, aled]);
		const listed = (await aled.note(note)).attachments;
		assert.deepEqual(listed.map((one) => [one.id, one.here]), [[id, false]]);
		const path = join(t.folder, 'not-yet.jpg');
		assert.equal((await aled.ok(['attachment', 'save', id, path])).here,
			false);
		for (const bytes of [40000, 90000, 200000]) {
			await aled.relay.limitDown(bytes);
			await aled.sync(10);
			assert.equal((await aled.ok(['attachment', 'save', id, path])).here,
				false);
		}
		await aled.relay.open();
		assert.equal((await aled.sync()).outcome, 'done');
		await assertFileIs(t, aled, id, letter);
		await allVerify(office, mair, aled);
	},

	'whichever side is killed while it goes over, it is whole in the end':
	async (t) => {
		const here = await withNote(t);
		const { mair, office, note } = here;
		const letter = photo(4 * 1024 * 1024);
		const id = await attach(t, mair, note, letter);
		// After 300 KiB, and as many more each time; seven times it is half.
		const some = 300 * 1024;
		for (let i = 0; i < 4; i++) {
			const stalled = await mair.relay.stallUp(some);
			const sync = mair.sync(20);
			await stalled();
			await office.kill();
			await mair.relay.open();
			assert.notEqual((await sync).outcome, 'done');
			await office.start();
			assert.ok(!await isAtOffice(office, id));
		}
		const { ok, first_bad: bad } = await office.verify();
		assert.ok(ok, bad);
		await mair.lock();
		for (let i = 0; i < 3; i++) {
			const stalled = await mair.relay.stallUp(some);
			await mair.startDaemon();
			await mair.unlock();
			await stalled();
			await mair.daemon.kill();
			await mair.relay.open();
			assert.ok(!await isAtOffice(office, id));
		}
		await mair.unlock();
		assert.equal((await mair.sync(60)).outcome, 'done');
		await assertFileIs(t, office, id, letter);
		assert.equal((await mair.status()).files, 0);
		await allVerify(office, mair);
	},

	'a command that is killed attaches all of it or nothing': async (t) => {
		const here = await withNote(t);
		const { mair, office, note } = here;
		const letter = photo(2 * 1024 * 1024);
		const real = t.bench.programs.visitbook;
		const path = written(t, letter.bytes);
		const before = Date.now();
		await mair.ok(['attach', note, path, '--kind', 'scan']);
		const takes = Date.now() - before;
		for (let i = 1; i <= 12; i++) {
			t.bench.programs.visitbook = shortLived(t, real, takes * i / 12);
			await t.bench.command('visitbook', ['attach', note, path,
				'--kind', 'scan', ...mair.place, '--json']);
			t.bench.programs.visitbook = real;
		}
		const { attachments } = await mair.ok(['attachment', 'list']);
		assert.ok(attachments.length >= 1 && attachments.length < 13);
		for (const { id } of attachments)
			await assertFileIs(t, mair, id, letter);
		await everyone([mair]);
		for (const { id } of attachments)
			await assertFileIs(t, office, id, letter);
		await allVerify(office, mair);
	},

	'where it was taken is nowhere': async (t) => {
		const here = await withNote(t);
		const { mair, office, note } = here;
		const secret = '51.4816N 3.1791W Quixotrembly';
		const letter = photo(5000, secret);
		const id = await attach(t, mair, note, letter);
		await mair.sync();
		for (const place of [mair, office]) {
			await assertFileIs(t, place, id, letter);
			const path = join(t.folder, `seen-${place.program}.jpg`);
			await place.ok(place.program === 'visitbook'
				? ['attachment', 'save', id, path]
				: ['attachment', 'save', id, '--to', path]);
			assert.ok(!readFileSync(path).includes(secret));
		}
		assert.ok(letter.bytes.includes(secret));
		for (const file of [join(mair.home, 'notes.db'),
			join(office.data, 'office.db')])
			assert.ok(!readFileSync(file).includes(secret));
	},

	'what is no photo, scan or document, or too large, is refused in one sentence':
	async (t) => {
		const { mair, note } = await withNote(t);
		const refused = async (bytes, expected) => {
			const { text } = await mair.fails(['attach', note,
				written(t, bytes), '--kind', 'scan'], expected);
			return text;
		};
		assert.match(await refused(Buffer.from('MZ\x90\0 a program'), 'invalid'),
			/photos \(JPEG\)/);
		assert.match(await refused(photo(4000).bytes.subarray(0, 3000), 'invalid'),
			/cut off or damaged/);
		assert.match(await refused(photo(11 * 1024 * 1024).bytes, 'refused'),
			/too large: at most 10.0 MB/);
		assert.equal((await mair.status()).files, 0);
		assert.deepEqual((await mair.ok(['attachment', 'list'])).attachments, []);
	},

	'locked, it waits, and the text goes first': async (t) => {
		const { mair, office, note } = await withNote(t);
		const letter = photo(20000);
		const id = await attach(t, mair, note, letter);
		await mair.lock();
		assert.equal((await mair.status()).files, null);
		assert.match(await mair.words(['status']), /when the notes are unlocked/);
		await t.bench.command('visitbookd', [...mair.place, '--once', '--json']);
		assert.equal((await office.show('attachment', id)).file.here, false);
		const early = await office.fails(['attachment', 'save', id, '--to',
			join(t.folder, 'early.jpg')], 'notFound');
		assert.match(early.text, /has not come yet/);
		await mair.unlock();
		await mair.sync();
		assert.ok(await isAtOffice(office, id));
		await assertFileIs(t, office, id, letter);
	},

	'it stays with what is signed, and goes with what is erased': async (t) => {
		const here = await withNote(t);
		const { mair, office, note } = here;
		const letter = photo(9000);
		const early = await attach(t, mair, note, letter);
		await mair.ok(['attachment', 'remove', early]);
		const kept = await attach(t, mair, note, letter);
		await mair.ok(['note', 'sign', note]);
		const { text } = await mair.fails(['attachment', 'remove', kept],
			'refused');
		assert.match(text, /signed/);
		await everyone([mair]);
		assert.ok(await isAtOffice(office, kept));
		for (const id of [kept, early]) {
			const [ann, bob] = office.administrators;
			const { proposal } = await office.ok(['erase', 'propose', id,
				'--as', 'ann', '--reason', 'kept in error'],
			{ passphrases: [ann] });
			await office.ok(['erase', 'confirm', proposal, '--as', 'bob'],
				{ passphrases: [bob] });
			await everyone([mair]);
		}
		const gone = await mair.run(['attachment', 'save', kept,
			join(t.folder, 'gone.jpg')]);
		assert.notEqual(gone.status, 0);
		assert.equal((await office.show('attachment', kept)).file, null);
		await allVerify(office, mair);
	},

	'a restored office is sent it again': async (t) => {
		const here = await withNote(t);
		const { mair, office, note } = here;
		const copy = join(t.folder, 'copy');
		await office.ok(['backup', '--to', copy]);
		const letter = photo(50000);
		const id = await attach(t, mair, note, letter);
		await mair.sync();
		assert.ok(await isAtOffice(office, id));
		await office.stop();
		await office.ok(['restore', '--from', copy]);
		await office.start();
		await office.confirmAccess();
		await everyone([mair]);
		await everyone([mair]);
		await assertFileIs(t, office, id, letter);
		await allVerify(office, mair);
	},
};
