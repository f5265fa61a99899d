// SPDX-License-Identifier: Apache-2.0
// A wrong clock, a full disk, two programs at once: nothing acknowledged is
// lost, and nobody is stopped who need not be.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clockAt } from './lib/clock.mjs';
import { desk, everyone, fullNote } from './lib/desk.mjs';
import { STATUS } from './lib/tool.mjs';

const WRITERS = 8;
/* Runs in which it is killed and in which it ends: at least so many of each,
 * and at most so many in all. */
const OF_EACH = 10;
const RUNS_MAX = 200;
/* What timeout(1) ends with when it had to kill. */
const KILLED = 137;

async function withClock(t, time) {
	const here = await desk(t, ['mair', 'aled']);
	const { mair, aled, office } = here;
	mair.env = clockAt(`@${time}`);
	const note = await mair.make('note', fullNote(here));
	await mair.ok(['note', 'sign', note.id]);
	await mair.relay.cut();
	await aled.relay.cut();
	await mair.edit('person', here.person, { location: { room: '14' } });
	await aled.edit('person', here.person, { location: { room: '22' } });
	await aled.relay.open();
	await aled.sync();
	await mair.relay.open();
	await everyone([mair, aled]);
	assert.equal((await mair.note(note.id)).transport, 'office');
	assert.equal((await aled.note(note.id)).content, 'signed');
	// Whoever reads it sees that the time is not to be relied on, though mair's
	// device knew nothing of it when she wrote.
	const told = await office.show('note', note.id);
	assert.ok(told.written.uncertainty_s > 365 * 86400, JSON.stringify(told.written));
	assert.match(await office.words(['note', 'show', note.id]), /time uncertain/);
	assert.match(await aled.words(['note', 'show', note.id]), /time uncertain/);
	// No clock picks a winner.
	for (const place of [mair, aled, office])
		assert.deepEqual((await place.conflicts()).map(({ path }) => path),
			['location']);
	assert.equal((await mair.verify()).ok, true);
	assert.equal((await office.verify()).ok, true);
	// And a device that enrols with this clock is not stopped either.
	const late = await t.device('late');
	late.env = clockAt(`@${time}`);
	await late.enrol(office, 'aled');
	await late.unlock();
	assert.equal((await late.sync()).outcome, 'done');
	assert.equal((await late.show('person', here.person)).id, here.person);
}

/* A stand-in for `visitbook` that can write no file beyond so many KiB: what
 * a full disk does, for the one program. */
function cramped(t, program, kib) {
	const path = join(t.folder, `cramped-${kib}`);
	writeFileSync(path, `#!/bin/sh\nulimit -f ${kib * 2}\n` +
		`exec '${program}' "$@"\n`);
	chmodSync(path, 0o755);
	return path;
}

/* One that is killed after so many milliseconds. */
function shortLived(t, program, ms) {
	const path = join(t.folder, `short-lived-${ms}`);
	writeFileSync(path, '#!/bin/sh\ntimeout -s KILL ' +
		`${ms / 1000} '${program}' "$@"\nexit $?\n`);
	chmodSync(path, 0o755);
	return path;
}

export const scenarios = {
	'a device whose clock says 2019 works': (t) =>
		withClock(t, '2019-03-01 10:00:00'),

	'a device whose clock says 2029 works': (t) =>
		withClock(t, '2029-03-01 10:00:00'),

	'many programs may write at once': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const made = await Promise.all(Array.from({ length: WRITERS }, (_, i) =>
			mair.make('note', fullNote(here,
				{ summary: `She is well. She said it ${i} times.` }))));
		assert.equal(new Set(made.map(({ counter }) => counter)).size, WRITERS);
		await everyone([mair]);
		const own = await mair.verify();
		assert.equal(own.ok, true, own.first_bad);
		for (const [i, { id }] of made.entries())
			assert.match((await office.show('note', id)).doc.summary,
				new RegExp(`said it ${i} times`));
	},

	'on a full disk a save fails, says so, and loses nothing': async (t) => {
		const here = await desk(t);
		const { mair } = here;
		const { id } = await mair.make('note', fullNote(here));
		const before = await mair.note(id);
		const real = t.bench.programs.visitbook;
		let failed = 0;
		for (const kib of [1, 4, 8, 16, 32, 64, 128]) {
			const words = `She is well. ${'She waits. '.repeat(200)}${kib}`;
			t.bench.programs.visitbook = cramped(t, real, kib);
			const { status, json } = await mair.run(['note', 'edit', id,
				...mair.sets({ summary: words })]);
			t.bench.programs.visitbook = real;
			const { doc } = await mair.note(id);
			if (status === STATUS.done) {
				assert.equal(doc.summary, words);
				continue;
			}
			failed++;
			assert.ok(json.error.text.length > 0 && json.error.next.length > 0);
			assert.notEqual(doc.summary, words);
		}
		assert.ok(failed > 0, 'the disk was full at least once');
		assert.equal((await mair.verify()).ok, true);
		await mair.edit('note', id, { summary: before.doc.summary });
		await everyone([mair]);
		assert.equal((await mair.note(id)).transport, 'office');
	},

	'a program that is killed while it saves keeps every save that it told of':
	async (t) => {
		const here = await desk(t);
		const { mair } = here;
		const real = t.bench.programs.visitbook;
		const words = ['note', 'new', ...mair.sets(fullNote(here)),
			...mair.place, '--json'];
		const told = [];
		let killed = 0;
		/* Longer after a kill, shorter after a save: the time goes to and fro
		 * about the one that a save takes here and now. */
		let ms = 4;
		for (let i = 0; i < RUNS_MAX &&
			(told.length < OF_EACH || killed < OF_EACH); i++) {
			t.bench.programs.visitbook = shortLived(t, real, ms);
			const { status, stdout } = await t.bench.command('visitbook', words);
			t.bench.programs.visitbook = real;
			if (status === STATUS.done) {
				told.push(JSON.parse(stdout).id);
				ms = Math.ceil(ms * 0.8);
				continue;
			}
			assert.equal(status, KILLED, stdout);
			killed++;
			ms = Math.ceil(ms * 1.2);
		}
		assert.ok(told.length >= OF_EACH && killed >= OF_EACH,
			`${told.length} came to their end, ${killed} were killed`);
		const { ok, first_bad: bad, written } = await mair.verify();
		assert.equal(ok, true, bad);
		assert.ok(written >= told.length);
		for (const id of told)
			assert.equal((await mair.note(id)).id, id);
		await everyone([mair]);
		assert.equal((await mair.verify()).receipted, written);
		assert.equal((await here.office.verify()).ok, true);
	},
};
