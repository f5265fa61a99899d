// SPDX-License-Identifier: Apache-2.0
// All that the records say goes out in a form that is written down, and into a
// new office: the digests are equal, and work goes on there.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { allVerify, desk, everyone, fullNote, joined } from './lib/desk.mjs';
import { Office } from './lib/office.mjs';
import { attach, photo } from './lib/photo.mjs';

export const seconds = 240;

/* The sum of the hashes of the lines, as schema/everything.md has it. */
function digestOf(lines) {
	const sum = lines.reduce((before, line) => before +
		BigInt(`0x${createHash('sha256').update(line).digest('hex')}`), 0n);
	return BigInt.asUintN(256, sum).toString(16).padStart(64, '0');
}

function recordsIn(file) {
	return readFileSync(file, 'utf8').split('\n').filter((line) =>
		line !== '' && JSON.parse(line).line === 'record');
}

export const scenarios = {
	'what is exported is imported into a new office to an equal digest': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const first = join(t.folder, 'first');
		const second = join(t.folder, 'second');
		const { id } = await mair.make('note', fullNote(here));
		const letter = await attach(t, mair, id, photo(300 * 1024));
		await mair.ok(['note', 'sign', id]);
		await mair.ok(['note', 'addendum', id, '--kind', 'late_information',
			'--file', '-'], { input: 'Her sister came too.' });
		await everyone([mair]);

		const out = await office.ok(['export', '--to', first]);
		const file = join(first, 'office.jsonl');
		assert.equal(statSync(file).mode & 0o777, 0o600);
		const records = recordsIn(file);
		assert.equal(records.length, out.records);
		assert.equal(digestOf(records), out.digest);

		const other = new Office(t.bench, 'other');
		await other.init({ logins: ['carl', 'dora'] });
		await other.start();
		const taken = await other.ok(['import', '--everything', first]);
		assert.equal(taken.digest, out.digest);
		assert.deepEqual([out.files, taken.files], [1, 1]);
		const [left, kept] = ['left.jpg', 'kept.jpg'].map((name) =>
			join(t.folder, name));
		await office.ok(['attachment', 'save', letter, '--to', left]);
		await other.ok(['attachment', 'save', letter, '--to', kept]);
		assert.deepEqual(readFileSync(kept), readFileSync(left));
		await other.ok(['export', '--to', second]);
		const there = recordsIn(join(second, 'office.jsonl'));
		const own = there.filter((line) => !records.includes(line));
		assert.deepEqual(own.map((line) => JSON.parse(line).doc.name).sort(),
			['carl', 'dora']);
		assert.equal(digestOf(there.filter((line) => !own.includes(line))),
			out.digest);
		await other.fails(['import', '--everything', first], 'refused');

		// A colleague who came with the file says who they are there.
		const signs = { passphrases: ['mair signs in at the new office 51'] };
		const proposal = ['error', 'propose', id, '--as', 'mair',
			'--reason', 'It is about her sister.'];
		await other.fails(proposal, 'locked', signs);
		await other.ok(['user', 'passphrase', 'mair'], signs);
		await other.fails(['user', 'passphrase', 'mair'], 'refused', signs);
		await other.ok(['user', 'passphrase', 'mair', '--change'],
			{ passphrases: [...signs.passphrases,
				'mair signs in with another one 52'] });
		await other.fails(proposal, 'locked', signs);

		other.users = office.users;
		const next = await joined(t, other, 'next', { user: 'mair' });
		await everyone([next]);
		const { doc } = await next.show('note', id);
		assert.equal(doc.content, 'addended');
		assert.ok(Object.values(doc.addenda).some(({ text: words }) =>
			words === 'Her sister came too.'));
		await allVerify(office, other, mair, next);
	},
};
