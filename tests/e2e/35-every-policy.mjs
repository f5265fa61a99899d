// SPDX-License-Identifier: Apache-2.0
// Every field of every type, by its policy: two devices and the office, through
// the real programs, out of the schema alone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allVerify, assigned, everyone, joined } from './lib/desk.mjs';
import { ownSchema } from './lib/own-schema.mjs';
import { at, definitions, isWriteOnly, outcomeOf, plan } from
	'./lib/policies.mjs';
import { bundle, relink } from './lib/rebundle.mjs';

export const seconds = 600;

const USERS = ['mair', 'aled', 'ceri'];
const HELD = 4;

export const scenarios = {
	'what two write unseen comes to what its policy says, and nothing is lost':
	async (t) => tryAll(t, definitions()),

	'a field and a type that were added to the JSON are tried by being there':
	async (t) => {
		const schema = ownSchema(t.folder);
		const made = await bundle(t.bench, schema);
		assert.equal(made.status, 0, made.stderr);
		t.bench.programs = await relink(t.bench);
		const { site, key } = definitions(schema.folder);
		const tried = await tryAll(t, { site, key });
		for (const path of ['site lift', 'site floors', 'site lift_notes',
			'key site', 'key kept_by'])
			assert.ok(tried.includes(path), path);
	},
};

/* Resolves to what was tried: ["type path"]. */
async function tryAll(t, types) {
	const here = await begin(t, types);
	const records = await makeRecords(here);
	await everyone(here.devices);
	await plans(here, records);
	await apart(here, records);
	await looked(here, records);
	await officesOwn(here, records);
	await allVerify(here.office, ...here.devices);
	return told(t, records);
}

/* An office, two advocates' devices and a second one of the first's, two people
 * and three cases on which both work. */
async function begin(t, types) {
	const office = await t.office();
	for (const name of USERS)
		await office.addUser(name);
	const here = { types, office,
		refs: { user: USERS.map((name) => office.users[name]) } };
	for (const name of ['Betty', 'Alun'])
		await made(here, 'person', { preferred_name: name });
	for (const i of [0, 1, 0])
		await made(here, 'case', { person: here.refs.person[i],
			...assigned(office, ['mair', 'aled']) });
	here.mair = await joined(t, office, 'mair');
	here.aled = await joined(t, office, 'aled');
	here.other = await joined(t, office, 'other', { user: 'mair' });
	here.devices = [here.mair, here.aled, here.other];
	return here;
}

/* A new record of the office's, or of this device's. */
async function made(here, type, values, place = here.office) {
	const { id } = await place.make(type, values);
	(here.refs[type] ??= []).push(id);
	return id;
}

/* Two records of each type (of one that there is only one of, that), with what
 * has to stand there before two write. */
async function makeRecords(here) {
	const known = { ...Object.fromEntries(Object.keys(here.types).map((type) =>
		[type, ['?', '?', '?']])), ...here.refs };
	const records = [];
	for (const [type, one] of Object.entries(here.types)) {
		const { fields } = await here.mair.ok([type, 'fields']);
		for (const second of one.deciding ? [false] : [false, true]) {
			const { trials } = plan(one, fields, known, second);
			const base = Object.assign({}, ...trials.map((trial) => trial.base));
			const id = await begunRecord(here, one, base, second);
			records.push({ type, one, fields, second, id });
			if (isWriteOnly(one))
				await here.mair.edit(type, id, ownValues(trials));
		}
	}
	return records;
}

/* What gives access, says how the office works, or is seen by who has another
 * record, is the office's to make. */
async function begunRecord(here, one, base, second) {
	const back = one.scope.find(({ rule }) => rule === 'back');
	if (one.account)
		return here.refs[one.type][second ? 1 : 0];
	if (!one.grants && !one.deciding && !back)
		return made(here, one.type, base, here.mair);
	const id = await made(here, one.type, one.grants
		? { ...base, ...assigned(here.office, ['mair', 'aled']) } : base);
	if (back)
		await made(here, back.type, { [back.field]: id,
			...assigned(here.office, ['mair', 'aled']) });
	return id;
}

function ownValues(trials) {
	return Object.assign({}, ...trials.filter(({ policy }) => policy !== 'office')
		.map(({ path, hers, adds }) => adds ? adds[0] : { [path]: hers }));
}

/*
 * What is to be tried of each record, now that there is something of every type
 * to name; and whose device the second is: of a colleague, or where they do not
 * see it (a draft, say) the same person's other one.
 */
async function plans(here, records) {
	const was = await shown(here, 'before');
	for (const record of records) {
		const { type, id, one, fields, second } = record;
		const { trials, skipped } = plan(one, fields, here.refs, second);
		const tried = trials.filter(({ policy }) => !second ||
			/^(rank|text)$/.test(policy));
		record.was = was.office.get(id).doc;
		record.trials = tried.map((trial) => differing(trial, record.was));
		record.skipped = second ? [] : skipped;
		record.his = [here.aled, here.other].find(({ name }) => was[name].has(id));
		if (!isWriteOnly(one)) {
			assert.ok(was.mair.has(id) && record.his, `two see a ${type}`);
			continue;
		}
		assert.ok(!was.mair.has(id) && !record.his, `a device has a ${type}`);
		await here.mair.fails([type, 'show', id], 'notFound');
		for (const [path, value] of Object.entries(ownValues(trials)))
			assert.deepEqual(at(record.was, path), value, `${type} ${path}`);
	}
}

/* What only the office sets, and what is set once and was, is tried with a
 * value that does not stand there. */
function differing(trial, was) {
	const stood = JSON.stringify(at(was, trial.path));
	return trial.adds || JSON.stringify(trial.hers) !== stood ? trial
		: { ...trial, hers: trial.his };
}

/* { office, mair, aled, other }: of each, id -> what it shows of it; of devices
 * also `change` and `outcome`, counter -> what was saved and how it came out; of
 * the office also `open`, id -> what is open about it. */
async function shown({ office, devices }, name) {
	const all = {};
	const read = (file) => readFileSync(file, 'utf8').trim().split('\n')
		.map((line) => JSON.parse(line));
	const byId = (lines) => new Map(lines.map((record) => [record.id, record]));
	for (const device of devices) {
		const file = join(device.home, '..', `${name}-${device.name}.jsonl`);
		await device.ok(['export', '--to', file, '--yes']);
		const lines = read(file);
		all[device.name] = byId(lines.filter(({ line }) => line === 'record')
			.map(({ record }) => record));
		for (const kind of ['outcome', 'change'])
			all[device.name][kind] = new Map(lines
				.filter(({ line }) => line === kind)
				.map((one) => [one.counter, one]));
	}
	const { file } = await office.ok(['export', '--to',
		join(office.data, '..', `${name}-office`), '--reason', 'To compare.']);
	const lines = read(file);
	all.office = byId(lines.filter(({ line }) => line === 'record' ||
		line === 'settings'));
	all.office.open = byId(lines.filter(({ line }) => line === 'open'));
	return all;
}

/* Both write while nobody hears of the other; hers comes to the office first. */
async function apart(here, records) {
	for (const device of here.devices)
		await device.relay.cut();
	here.held = [];
	await Promise.all(here.devices.map(async (device) => {
		for (const record of records.filter(({ his }) => his))
			if (device === here.mair)
				await write(here, device, record, 'hers');
			else if (device === record.his)
				await write(here, device, record, 'his');
	}));
	for (const device of here.devices) {
		await device.relay.open();
		await device.sync();
	}
	await everyone(here.devices);
}

/* All in one save, but for what the office is to hold: each of that alone. */
async function write(here, device, { type, id, trials, was }, whose) {
	const together = {};
	for (const trial of trials) {
		const word = outcomeOf(trial, was).held?.[whose];
		if (word !== undefined) {
			const value = trial[whose];
			const { counter } = await device.edit(type, id,
				{ [trial.path]: value });
			here.held.push({ device, counter, word, type, id, path: trial.path,
				value });
		} else if (trial.policy !== 'office') {
			Object.assign(together, trial.adds
				? trial.adds[whose === 'hers' ? 0 : 1]
				: { [trial.path]: trial[whose] });
		}
	}
	if (Object.keys(together).length > 0)
		await device.edit(type, id, together);
}

async function looked(here, records) {
	const is = await shown(here, 'after');
	const wrong = await heldIsTold(here, is);
	for (const record of records.filter(({ his }) => his))
		wrong.push(...standsEverywhere(here, is, record),
			...toldEverywhere(here, is, record));
	assert.deepEqual(wrong, []);
}

/* The office keeps exactly what its policies say, and whoever wrote it is told
 * the reason and has the words. */
async function heldIsTold(here, is) {
	const { held } = await here.office.ok(['held', 'list']);
	const wanted = here.held.map(({ device, counter, word, id }) =>
		`${device.identity.device}/${counter} ${id} ${word}`);
	assert.deepEqual(held.map(({ change, record, reason }) =>
		`${change} ${record} ${reason}`).sort(), wanted.sort());
	for (const device of here.devices)
		assert.equal((await device.status()).held, here.held.filter((one) =>
			one.device === device).length);
	await Promise.all(here.devices.map((device) => isShown(here, is, device)));
	return here.held.flatMap(({ device, counter, word, type, id, path, value }) => {
		const { kind, reason } = is[device.name].outcome.get(counter);
		const said = is[device.name].change.get(counter).change.ops
			.find((op) => op.path === path);
		/* Words about what they see no longer are with the office alone. */
		const isThere = is[device.name].has(id) ? same(said?.now, value)
			: said !== undefined;
		return kind === HELD && reason === word && isThere ? []
			: [`${type} ${path} of ${device.name}: ${kind} ${reason} ` +
				JSON.stringify(said)];
	});
}

/* The first of each type that a device has shows, whatever was written since,
 * what of it the office holds, and why. */
async function isShown(here, is, device) {
	const mine = here.held.filter((one) => one.device === device &&
		is[device.name].has(one.id));
	for (const first of mine.filter(({ type }, i) =>
		mine.findIndex((one) => one.type === type) === i)) {
		const { held } = await device.show(first.type, first.id);
		assert.deepEqual(held, mine.filter(({ id }) => id === first.id)
			.map(({ counter, word, path, value }) => ({ counter, reason: word,
				reason_path: path, said: { [path]: value } })), first.type);
	}
	if (mine.length > 0)
		assert.match(await device.words([mine[0].type, 'show', mine[0].id]),
			/keeping \d+ of your changes and someone is looking at/);
}

/* The values, at the office and wherever the record is; but that who wrote what
 * only the office may reads that until somebody there has closed it. */
function standsEverywhere(here, is, { type, id, trials, was }) {
	const { doc } = is.office.get(id);
	const wrong = trials.filter((trial) => !(trial.adds
		? trial.policy === 'office' || bothAreThere(doc, trial)
		: same(at(doc, trial.path), outcomeOf(trial, was).stands)))
		.map(({ path, policy }) => `${type} ${path} (${policy}): ` +
			JSON.stringify(at(doc, path)));
	for (const device of here.devices.filter(({ name }) => is[name].has(id))) {
		const mine = structuredClone(is[device.name].get(id).doc);
		for (const one of here.held.filter((held) => held.device === device &&
			held.id === id && held.word === 'office_only'))
			put(mine, one.path, at(doc, one.path));
		if (!same(mine, doc))
			wrong.push(`${type} of ${device.name}: ${JSON.stringify(mine)} is ` +
				`not ${JSON.stringify(doc)}`);
	}
	return wrong;
}

function bothAreThere(doc, { kind, adds }) {
	return adds.flatMap((one) => Object.entries(one)).every(([path, value]) => {
		const [set, member] = path.split('/');
		return kind === 'rows' ? same(at(doc, path), value)
			: doc[set]?.includes(member);
	});
}

/* What the office keeps of what this device says of paths that are set once. */
function keptOf(here, device, id) {
	return here.held.filter((one) => one.device === device && one.id === id &&
		one.word === 'fixed');
}

/* Who wrote it reads it beside what stands, until somebody has closed it. */
function isBeside(kept, own) {
	const wanted = kept.map(({ path, value }) => sorted({ path, kind: 'beside',
		sides: [value] }));
	return same(own.map(({ path, kind, sides }) => sorted({ path, kind,
		sides: sides.map(({ value }) => value) })).sort(), wanted.sort());
}

/* What did not come to stand is told beside it, everywhere alike; and nothing
 * else is. */
function toldEverywhere(here, is, { type, id, trials, was }) {
	const wanted = trials.map((trial) => ({ ...outcomeOf(trial, was).told,
		path: trial.path })).filter(({ kind }) => kind)
		.map(({ path, kind, side }) => sorted({ path, kind, sides: [side] }));
	const got = (is.office.open.get(id)?.conflicts ?? []).map((one) => sorted({
		path: one.path, kind: one.kind, sides: one.sides.filter(({ open }) => open)
			.map(({ value }) => value) }));
	const wrong = same(got.sort(), wanted.sort()) ? []
		: [`${type}: ${got.filter((one) => !wanted.includes(one))} for ` +
			wanted.filter((one) => !got.includes(one))];
	const seeing = here.devices.filter(({ name }) => is[name].has(id));
	if (seeing.length === 0)
		wrong.push(`nobody sees the ${type}`);
	for (const device of seeing) {
		const all = is[device.name].get(id).conflicts ?? [];
		const kept = keptOf(here, device, id);
		const [own, others] = [true, false].map((isOwn) => all.filter((one) =>
			isOwn === kept.some(({ path }) => path === one.path)));
		if (!same(others, is.office.open.get(id)?.conflicts ?? []) ||
			!isBeside(kept, own))
			wrong.push(`${type} of ${device.name}: ${JSON.stringify(all)}`);
	}
	return wrong;
}

/* The office sets what only it may set (of colleagues `user add` and `user end`
 * do), and whoever sees the record has it. */
async function officesOwn(here, records) {
	const set = [];
	for (const record of records.filter(({ one, second, his }) =>
		!second && his && !one.account)) {
		const own = record.trials.filter(({ policy, adds, path }) =>
			policy === 'office' && !adds && path !== record.one.same?.field);
		const values = Object.fromEntries(own.map(({ path, hers }) =>
			[path, hers]));
		if (own.length === 0)
			continue;
		await here.office.edit(record.type, record.id, values);
		set.push({ ...record, values });
	}
	await everyone(here.devices);
	const is = await shown(here, 'set');
	for (const { type, id, values } of set)
		for (const [path, value] of Object.entries(values)) {
			assert.deepEqual(at(is.office.get(id).doc, path), value,
				`${type} ${path}`);
			const others = here.devices.filter((device) => is[device.name].has(id) &&
				!here.held.some((one) => one.device === device && one.id === id &&
					one.path === path));
			assert.ok(others.length > 0, type);
			for (const { name } of others)
				assert.deepEqual(at(is[name].get(id).doc, path), value,
					`${type} ${path} of ${name}`);
		}
}

/* Every path of `TYPE fields` but a group's members (which are one with it) was
 * tried, or says why not. */
function told(t, records) {
	const firsts = records.filter(({ second }) => !second);
	const tried = firsts.flatMap(({ type, trials }) =>
		trials.map(({ name }) => `${type} ${name}`));
	const skipped = firsts.flatMap(({ type, skipped: list }) =>
		list.map(({ path, why }) => ({ path: `${type} ${path}`, why })));
	const groups = firsts.flatMap(({ type, fields }) => fields
		.filter(({ kind }) => kind === 'group').map(({ path }) => `${type} ${path}/`));
	const all = firsts.flatMap(({ type, fields }) => fields
		.map(({ path }) => `${type} ${path}`))
		.filter((path) => !groups.some((group) => path.startsWith(group)));
	assert.deepEqual([...tried, ...skipped.map(({ path }) => path)].sort(),
		all.sort());
	t.tell(`${firsts.length} types: ${tried.length} paths tried, ` +
		`${skipped.length} not`);
	for (const why of new Set(skipped.map((one) => one.why)))
		t.tell(`${why}: ${skipped.filter((one) => one.why === why)
			.map(({ path }) => path).join(', ')}`);
	return tried;
}

function put(doc, path, value) {
	const keys = path.split('/');
	const last = keys.pop();
	const place = keys.reduce((one, key) => one[key] ??= {}, doc);
	if (value === undefined)
		delete place[last];
	else
		place[last] = value;
	if (keys.length > 0 && Object.keys(place).length === 0)
		put(doc, keys.join('/'), undefined);
}

const same = (a, b) => sorted(a) === sorted(b);

function sorted(value) {
	return JSON.stringify(value, (key, one) => one !== null &&
		typeof one === 'object' && !Array.isArray(one)
		? Object.fromEntries(Object.entries(one).sort(([a], [b]) =>
			a < b ? -1 : 1)) : one);
}
