// SPDX-License-Identifier: Apache-2.0
// A field, a list of codes and a type that are added to the JSON are there in
// every command, without a line of the programs being touched.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { allVerify, desk, everyone } from './lib/desk.mjs';
import { ownSchema } from './lib/own-schema.mjs';
import { bundle, relink } from './lib/rebundle.mjs';

export const seconds = 300;

export const scenarios = {
	'a field and a list that were added to the JSON are in every command':
	async (t) => {
		const here = await desk(t);
		const { mair, office, site } = here;
		const schema = ownSchema(t.folder);
		const made = await bundle(t.bench, schema);
		assert.equal(made.status, 0, made.stderr);
		await mair.lock();
		await office.stop();
		t.bench.programs = await relink(t.bench);
		await office.start();
		await mair.unlock();
		/* A device's record types are the office's, and come by sync. */
		await mair.sync();

		await told(mair);
		await told(office);
		await checked(mair, site);
		await mair.edit('site', site, { lift: 'stairlift', floors: 4,
			lift_notes: 'The lift goes wallop between two floors.' });
		const { id } = await mair.make('key', { site, kept_by: 'Front desk' });
		await everyone([mair]);
		for (const place of [mair, office]) {
			const { doc } = await place.show('site', site);
			assert.equal(doc.lift, 'stairlift');
			assert.match(await place.words(['site', 'show', site]),
				/Lift:? *\n? *Stairlift/);
			assert.equal((await place.show('key', id)).doc.kept_by, 'Front desk');
			assert.match(await place.words(['key', 'list']), /Front desk/);
		}
		const { hits } = await mair.ok(['search', 'wallop']);
		assert.deepEqual(hits.map((hit) => hit.id), [site]);
		await exported(mair, site, id);
		await allVerify(office, mair);
	},

	'a list that is not there is told by file and field, and makes no bundle':
	async (t) => {
		const schema = ownSchema(t.folder);
		schema.edit('records/site.json', ({ fields }) => {
			fields.lift.codes = 'lifts';
		});
		const { status, stderr } = await bundle(t.bench, schema);
		assert.notEqual(status, 0);
		assert.match(stderr, /records\/site\.json.*lift.*"lifts"/);
	},
};

async function told(place) {
	const { fields } = await place.ok(['site', 'fields']);
	const lift = fields.find(({ path }) => path === 'lift');
	assert.equal(lift.help, 'How people get upstairs.');
	assert.deepEqual(lift.codes, { none: 'No lift', lift: 'Lift',
		stairlift: 'Stairlift' });
	assert.match(await place.words(['--help']), /key \.\.\. +Keys/);
	assert.equal(await place.words(['help', 'site', 'fields']),
		await place.words(['site', 'fields', '--help']));
	assert.match(await place.words(['site', 'fields']), /stairlift +Stairlift/);
}

async function checked(place, site) {
	const wrong = await place.fails(['site', 'edit', site, '--set',
		'floors=100'], 'invalid');
	assert.match(wrong.text, /Floors: .* from 0 to 99/);
	await place.fails(['site', 'edit', site, '--set', 'lift=elevator'],
		'invalid');
}

async function exported(mair, site, key) {
	const folder = join(mair.home, '..', 'out');
	await mair.ok(['export', '--to', folder, '--yes']);
	const lines = readFileSync(join(folder, 'visitbook.jsonl'), 'utf8').trim()
		.split('\n').map((line) => JSON.parse(line));
	const doc = (id) => lines.find(({ record }) => record?.id === id).record.doc;
	assert.equal(doc(site).lift, 'stairlift');
	assert.equal(doc(key).kept_by, 'Front desk');
	const [text] = readdirSync(join(folder, 'Keys'));
	assert.match(readFileSync(join(folder, 'Keys', text), 'utf8'), /Front desk/);
}
