// SPDX-License-Identifier: Apache-2.0
// Whatever the schema has a type for is made, changed, shown, listed, exported
// and removed at a device and at the office, without a program knowing of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allVerify, desk, everyone } from './lib/desk.mjs';
import { changeOf, types, valuesFor } from './lib/values.mjs';

/* Whose records only the office makes. */
const OFFICE_ONLY = ['case', 'service', 'user'];

export const seconds = 300;

export const scenarios = {
	'every type is recorded at a device, and read and changed at the office':
	async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const all = await types(mair);
		assert.ok(all.length >= 30, all.join(' '));
		const made = await madeOnDevice(here,
			all.filter((type) => !OFFICE_ONLY.includes(type)));
		await everyone([mair]);
		for (const { type, id, doc } of made) {
			assert.deepEqual((await office.show(type, id)).doc, doc, type);
			assert.ok(await isListed(office, type, id), type);
		}
		await exported(t, mair, made);
		await changedAtOffice(here, made);
		await removed(here, made);
		await allVerify(office, mair);
	},

	'what a person told for equality stays with the office alone': async (t) => {
		const { mair, aled, office, person } = await desk(t, ['mair', 'aled']);
		const { id } = await mair.make('equality', { person,
			asked_on: '2026-11-20', religion: 'hindu' });
		await mair.edit('equality', id, { religion: 'sikh' });
		assert.equal((await mair.show('equality', id)).doc.religion, 'sikh');
		await everyone([mair, aled]);
		for (const device of [mair, aled]) {
			await device.fails(['equality', 'show', id], 'notFound');
			assert.deepEqual((await device.ok(['search', 'sikh'])).hits, []);
		}
		const { doc, outcome } = await office.show('equality', id);
		assert.equal(doc.religion, 'sikh');
		assert.equal(outcome, 'applied');
		await office.edit('equality', id, { disability: 'not_limited' });
		await everyone([mair, aled]);
		for (const device of [mair, aled])
			assert.deepEqual((await device.ok(['equality', 'list'])).equalitys, []);
		const refused = await office.fails(['grant', 'add', '--user', 'aled',
			'--scope', `equality:${id}`], 'invalid');
		assert.match(refused.text, /people are given cases/);
		await allVerify(office, mair, aled);
	},

	'what only the office makes is told with its fields too': async (t) => {
		const office = await t.office();
		const made = await office.make('case', { status: 'open' });
		assert.ok(await isListed(office, 'case', made.id));
		for (const type of ['case', 'service']) {
			const { fields } = await office.ok([type, 'fields']);
			assert.ok(fields.some(({ policy }) => policy === 'office'));
			assert.match(await office.words([type, 'fields']), /\(.*\)\n/);
		}
		await office.ok(['case', 'remove', made.id]);
		assert.ok(!await isListed(office, 'case', made.id));
		const again = await office.fails(['case', 'remove', made.id], 'invalid');
		assert.match(again.text, /removed before/);
	},
};

/* One of each type with everything filled in that a device may fill in; each
 * may refer to what was made before it.  [{ type, id, doc, fields }] */
async function madeOnDevice({ mair, office, person, site, visit, case: kase },
	list) {
	const refs = { person, site, visit, case: kase, user: office.users.mair };
	const made = [];
	for (const type of list) {
		const { fields } = await mair.ok([type, 'fields']);
		const values = valuesFor(fields, refs);
		const { id } = await mair.make(type, values);
		refs[type] ??= id;
		const change = changeOf(fields);
		if (change)
			await mair.edit(type, id, { [change.path]: change.value });
		const { doc } = await mair.show(type, id);
		for (const path of Object.keys(values))
			assert.notEqual(doc[path.split('/')[0]], undefined,
				`${type}: ${path}`);
		if (change)
			assert.equal(doc[change.path], change.value);
		assert.ok(await isListed(mair, type, id), type);
		made.push({ type, id, doc, fields });
	}
	return made;
}

async function isListed(tool, type, id) {
	const answer = await tool.ok([type, 'list']);
	const line = answer[`${type}s`].find(({ id: one }) => one === id);
	return line !== undefined && !line.removed;
}

async function exported(t, mair, made) {
	const file = join(mair.home, '..', 'everything.jsonl');
	await mair.ok(['export', '--to', file, '--yes']);
	const docs = Object.fromEntries(readFileSync(file, 'utf8').trim().split('\n')
		.map((line) => JSON.parse(line)).filter(({ line }) => line === 'record')
		.map(({ record }) => [record.id, record.doc]));
	for (const { type, id, doc } of made.filter(stays))
		assert.deepEqual(docs[id], doc, type);
}

async function changedAtOffice({ mair, office }, made) {
	const changed = made.map((one) => ({ ...one, change: changeOf(one.fields) }))
		.filter(({ change }) => change);
	for (const { type, id, change } of changed)
		await office.edit(type, id, { [change.path]:
			change.value === 'Other words.' ? 'Words of the office.'
				: change.value });
	await everyone([mair]);
	for (const { type, id } of changed.filter(stays))
		assert.deepEqual((await mair.show(type, id)).doc,
			(await office.show(type, id)).doc, type);
}

/* Some by the device, some by the office; all are gone from both. */
async function removed({ mair, office }, made) {
	// What another one names goes after that.
	for (const [i, one] of [...made.entries()].reverse()) {
		if (i % 2 === 0 && stays(one)) {
			await mair.ok([one.type, 'remove', one.id]);
			continue;
		}
		await everyone([mair]);
		await office.ok([one.type, 'remove', one.id]);
	}
	await everyone([mair]);
	for (const [i, one] of made.entries())
		if (i % 2 === 0 || stays(one))
			assert.ok(!await isListed(i % 2 === 0 ? office : mair, one.type,
				one.id), one.type);
}

/* Equality answers are the office's alone once it has them. */
function stays({ type }) {
	return type !== 'equality';
}
