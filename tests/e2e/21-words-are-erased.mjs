// SPDX-License-Identifier: Apache-2.0
// Two people erase words for good: at the office, on every device that may hold
// them, and on one that comes with them later.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allVerify, desk, everyone } from './lib/desk.mjs';

const MARK = 'Zwanziger told her about the inheritance.';

/* What is told of a person has words that are to go, on both devices. */
async function wordsOfTwo(t) {
	const here = await desk(t, ['mair', 'aled']);
	const { mair, aled, person } = here;
	await mair.edit('person', person,
		{ how_i_communicate: `${MARK} She slept well.` });
	await everyone([mair, aled]);
	await aled.edit('person', person,
		{ how_i_communicate: `${MARK} She slept very well.` });
	await everyone([mair, aled]);
	return here;
}

function as(office, i) {
	return [['--as', office.logins[i]],
		{ passphrases: [office.administrators[i]] }];
}

async function propose(office, words, i = 0) {
	const [who, secret] = as(office, i);
	return office.ok(['erase', 'propose', ...words, '--reason',
		'a third person, named without need', ...who], secret);
}

async function erase(office, words) {
	const { proposal } = await propose(office, words);
	const [who, secret] = as(office, 1);
	return office.ok(['erase', 'confirm', proposal, ...who], secret);
}

/* Everything that a place tells of the record. */
async function told(place, id) {
	return JSON.stringify(await place.show('person', id));
}

export const scenarios = {
	'one person erases nothing': async (t) => {
		const { office, person } = await wordsOfTwo(t);
		const [me, mine] = as(office, 0);
		const nowhere = await office.fails(['erase', 'propose', person,
			'how_i_comunicate', '--reason', 'misspelt', ...me], 'invalid', mine);
		assert.match(nowhere.text, /has no how_i_comunicate/);
		const { proposal, until } = await propose(office, [person, 'how_i_communicate']);
		assert.ok(until > Date.now());
		const [who, secret] = as(office, 0);
		const own = await office.fails(
			['erase', 'confirm', proposal, ...who], 'refused', secret);
		assert.match(own.text, /somebody else/);
		await office.fails(['erase', 'confirm', proposal,
			'--as', office.logins[1]], 'locked',
		{ passphrases: ['not the passphrase of anybody'] });
		assert.match(await told(office, person), /Zwanziger/);
		const { proposals } = await office.ok(['dual', 'list']);
		assert.equal(proposals.length, 1);
		await office.ok(['dual', 'withdraw', proposal, ...who], secret);
		assert.deepEqual((await office.ok(['dual', 'list'])).proposals, []);
		assert.equal((await office.verify()).ok, true);
	},

	'the words go from the office and from every device, and all add up':
	async (t) => {
		const here = await wordsOfTwo(t);
		const { office, mair, aled, person } = here;
		assert.equal((await mair.ok(['search', 'Zwanziger'])).hits.length, 1);
		const done = await erase(office, [person, 'how_i_communicate']);
		assert.deepEqual(done.paths, ['how_i_communicate']);
		assert.ok(done.changes >= 2 && done.forgotten);
		await everyone([mair, aled]);
		for (const place of [office, mair, aled]) {
			const said = await told(place, person);
			assert.doesNotMatch(said, /Zwanziger|slept/);
			assert.match(said, /Mrs Adler/);
		}
		for (const device of [mair, aled])
			assert.deepEqual(
				(await device.ok(['search', 'Zwanziger'])).hits, []);
		await allVerify(office, mair, aled);
		// Who has seen that it is gone writes anew.
		await mair.edit('person', person, { how_i_communicate: 'She is well.' });
		await everyone([mair, aled]);
		assert.match(await told(aled, person), /She is well/);
		await allVerify(office, mair, aled);
		const { digest } = await mair.status();
		assert.equal((await aled.status()).digest, digest);
	},

	'a device that was away does not bring the words back': async (t) => {
		const here = await wordsOfTwo(t);
		const { office, mair, aled, person } = here;
		await aled.relay.cut();
		const { counter } = await aled.edit('person', person,
			{ how_i_communicate: `${MARK} She slept very well indeed.`,
				preferred_name: 'Mrs Adler-Tee' });
		await erase(office, [person, 'how_i_communicate']);
		await mair.sync();
		await aled.relay.open();
		await everyone([aled, mair]);
		for (const place of [office, mair, aled]) {
			const said = await told(place, person);
			assert.doesNotMatch(said, /Zwanziger/);
			assert.match(said, /Adler-Tee/);
		}
		// It was received, and the receipt stands.
		assert.ok(counter > 0);
		assert.equal((await aled.status()).unsent, 0);
		await allVerify(office, mair, aled);
	},

	'a whole record is erased, and stays whose it is': async (t) => {
		const here = await wordsOfTwo(t);
		const { office, mair, aled, person } = here;
		await erase(office, [person]);
		await everyone([mair, aled]);
		for (const place of [office, mair, aled]) {
			const { doc } = await place.show('person', person);
			assert.deepEqual(doc, {});
		}
		await allVerify(office, mair, aled);
	},

	'after a restore the list that is kept elsewhere erases again':
	async (t) => {
		const here = await wordsOfTwo(t);
		const { office, mair, aled, person } = here;
		const backup = join(t.folder, 'backup');
		const list = join(t.folder, 'list');
		await office.ok(['backup', '--to', backup]);
		await erase(office, [person, 'how_i_communicate']);
		await mair.sync();
		await mair.edit('person', person, { how_i_communicate: 'She is well.' });
		await mair.sync();
		writeFileSync(list,
			JSON.stringify(await office.ok(['access', 'list'])));
		await office.stop();
		await office.ok(['restore', '--from', backup, '--access', list]);
		await office.start();
		assert.doesNotMatch(await told(office, person), /Zwanziger/);
		await everyone([mair, aled]);
		for (const place of [office, mair, aled]) {
			const said = await told(place, person);
			assert.doesNotMatch(said, /Zwanziger/);
			assert.match(said, /She is well/);
		}
		await allVerify(office, mair, aled);
	},
};
