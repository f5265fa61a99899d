// SPDX-License-Identifier: Apache-2.0
// A caseload folder (tests/data/caseload/README.md) as values, and what each
// record must look like at each stage of the demonstration.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../child.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../..');
export const OWN_CASELOAD = join(ROOT, 'tests/data/caseload');
/* What the programs set by themselves; a caseload says nothing about it. */
export const SET_BY_PROGRAMS = ['author', 'content', 'signed_by', 'signed_at',
	'addenda'];
const OFFICE_ROLES = ['RES', 'OFF', 'MGR'];
/* Types in the order in which they are made. */
const FILES = [['site', 'sites.json'], ['person', 'people.json'],
	['case', 'cases.json'], ['issue', 'issues.json'], ['visit', 'visits.json']];

/* Read a folder that may be a stranger's; throws what check.mjs says when it
 * is not of the documented form. */
export async function readCaseload(dir) {
	const checked = await run([process.execPath,
		join(OWN_CASELOAD, 'check.mjs'), dir]);
	if (checked.status !== 0)
		throw new Error(`${dir} is not a caseload:\n` +
			(checked.stdout || checked.stderr).trimEnd());
	const read = (file) => existsSync(join(dir, file)) ?
		JSON.parse(readFileSync(join(dir, file), 'utf8')) : [];
	const office = read('office.json');
	const records = [
		...FILES.flatMap(([type, file]) => read(file).map((entry) =>
			({ edits: [], type, ...entry }))),
		...noteFiles(dir).flatMap((file) => read(file).map(asNote)),
	];
	return new Caseload(office, records, read('clashes.json'));
}

function noteFiles(dir) {
	if (!existsSync(join(dir, 'notes')))
		return ['notes.json'];
	return readdirSync(join(dir, 'notes')).filter((f) => f.endsWith('.json'))
		.sort().map((f) => `notes/${f}`);
}

/* A note's visit and case are keys beside its doc; here they are fields. */
function asNote({ key, by, visit, case: of, doc, edits, sign }) {
	return { type: 'note', key, by, edits, sign,
		doc: { visit: `@${visit}`, case: `@${of}`, ...doc } };
}

class Caseload {
	constructor(office, records, clashes) {
		this.name = office.name;
		this.users = office.users.map((user) => ({ ...user,
			isOffice: OFFICE_ROLES.includes(user.role) }));
		this.records = records;
		this.clashes = clashes;
		this.byKey = new Map(records.map((record) => [record.key, record]));
		this.schema = Object.fromEntries(records.map(({ type }) => [type,
			JSON.parse(readFileSync(join(ROOT, 'schema/records',
				`${type}.json`), 'utf8'))]));
		this.offline = this.chooseOffline();
	}

	user(key) {
		return this.users.find((user) => user.key === key);
	}

	get advocates() {
		return this.users.filter(({ isOffice }) => !isOffice);
	}

	/* Users who need a second device: both sides of a clash are theirs. */
	get withSecond() {
		return new Set(this.clashes.filter(({ a, b }) => a.by === b.by)
			.map(({ a }) => a.by));
	}

	of(type) {
		return this.records.filter((record) => record.type === type);
	}

	/*
	 * The notes that are written while the network is cut: of the two
	 * advocates who wrote most, the last two each that no clash is about, on
	 * cases that they stay on.
	 */
	chooseOffline() {
		const touched = new Set(this.clashes.flatMap(({ record, a, b }) =>
			[record, a.record, b.record]));
		const free = this.of('note').filter((note) => !touched.has(note.key) &&
			!touched.has(note.doc.visit.slice(1)) &&
			!this.byKey.get(note.doc.case.slice(1)).ended?.includes(note.by));
		const wrote = (key) => free.filter(({ by }) => by === key);
		const busiest = this.advocates.map(({ key }) => key)
			.sort((x, y) => wrote(y).length - wrote(x).length).slice(0, 2);
		return busiest.flatMap((key) => wrote(key).slice(-2));
	}

	/* Who may see a case: its grants without those that have ended, and in the
	 * end without those that a clash takes off it. */
	stillGranted(key, isEnd) {
		const { grants, ended } = this.byKey.get(key);
		const off = this.clashes.filter(({ expect, record }) => isEnd &&
			expect === 'received' && record === key).map(({ b }) => b.by);
		return grants.filter((user) => !ended?.includes(user) &&
			!off.includes(user));
	}

	isSigned({ key, sign }, isEnd) {
		return sign || isEnd && this.clashes.some(({ record, a, b }) =>
			[a, b].some((side) => side.sign && (side.record ?? record) === key));
	}

	/* The users who may see a record, before the clashes or in the end; null
	 * is everyone. */
	seenBy(record, isEnd) {
		const { type, key, by, doc } = record;
		const granted = (cases) => new Set(cases.flatMap((one) =>
			this.stillGranted(one, isEnd)));
		const keys = (refs) => refs.map((ref) => ref.slice(1));
		switch (type) {
		case 'site':
			return null;
		case 'person':
			return granted(this.of('case').filter((one) =>
				one.doc.person === `@${key}`).map((one) => one.key));
		case 'case':
			return granted([key]);
		case 'visit':
			return granted(keys(doc.cases));
		case 'note':
			return this.isSigned(record, isEnd) ? granted(keys([doc.case])) :
				new Set([by]);
		default:
			return granted(keys([doc.case]));
		}
	}

	/* A doc as [path, value] pairs, in the order in which it stands in the
	 * file: a row's columns and a set's members each have a path of their own
	 * (a member that is a reference as "cases/@key"), a group is one value. */
	leaves(type, doc) {
		return Object.entries(doc).flatMap(([field, value]) => {
			const { kind } = this.schema[type].fields[field] ?? {};
			if (kind === 'rows')
				return Object.entries(value).flatMap(([row, columns]) =>
					Object.entries(columns).map(([column, cell]) =>
						[`${field}/${row}/${column}`, cell]));
			if (kind === 'codes' || kind === 'refs')
				return value.map((member) =>
					[`${field}/${member}`, true]);
			return [[field, value]];
		});
	}

	/* A record's { path: value } when everything in its file was entered. */
	entered(record, edits = record.edits) {
		const values = new Map(this.leaves(record.type, record.doc));
		for (const edit of edits)
			change(values, edit);
		return values;
	}

	/* Cases as they are first entered: a grant has no end yet, and whoever
	 * has one has not yet declared why it will end. */
	opened(record) {
		const values = this.entered(record);
		for (const key of record.ended ?? [])
			for (const path of this.endOf(record, key).keys())
				values.delete(path);
		return values;
	}

	/* What the office sets when it ends a user's grant on a case: its last
	 * day, and what they declared of a conflict of interest. */
	endOf(record, key) {
		const { assignments, conflicts_of_interest: declared } = record.doc;
		return new Map([...this.entered(record)].filter(([path]) => {
			const [field, row, column] = path.split('/');
			if (field === 'conflicts_of_interest')
				return declared[row].who === `@${key}`;
			return field === 'assignments' && column === 'to' &&
				assignments[row].advocate === `@${key}`;
		}));
	}

	/*
	 * What must hold in the end, as Map key -> { values, loose }: values as in
	 * entered(), and the paths about which the caseload leaves open what the
	 * programs make of them.
	 */
	expected() {
		const all = new Map(this.records.map((record) => [record.key,
			{ values: this.entered(record), loose: [] }]));
		for (const clash of this.clashes)
			expectClash(all, clash);
		return all;
	}
}

/* { set, remove } on a Map of values; a removed row takes its columns along. */
export function change(values, { set = {}, remove = [] }) {
	for (const [path, value] of Object.entries(set))
		if (value === false && path.split('/').length === 2)
			values.delete(path);
		else
			values.set(path, value);
	for (const row of remove)
		for (const path of [...values.keys()])
			if (path === row || path.startsWith(`${row}/`))
				values.delete(path);
}

function expectClash(all, clash) {
	const of = (side) => all.get(side.record ?? clash.record);
	const { a, b, expect } = clash;
	if (expect === 'addendum') {
		// The signed words stay; what b wrote is proposed beside them.
		change(of(a).values, a);
		return;
	}
	if (expect === 'received') {
		change(of(a).values, a);
		of(b).loose.push(...touched(b));
		return;
	}
	const before = new Map(of(a).values);
	change(of(b).values, b);
	change(of(a).values, a);
	if (expect === 'merged')
		change(of(a).values, { set: clash.merged });
	else if (expect === 'conflict')
		expectDecision(of(a), clash, before);
	else
		change(of(a).values, { set: clash.winner });
}

function expectDecision(target, clash, before) {
	const { decide } = clash;
	for (const path of clashing(clash)) {
		if (!decide) {
			target.loose.push(path);
			continue;
		}
		if (decide.value !== undefined) {
			change(target.values, { set: { [path]: decide.value } });
			continue;
		}
		// One side's version is that side's change of what was there before.
		change(target.values, { remove: [path] });
		for (const [name, value] of before)
			if (isWithin(name, path))
				target.values.set(name, value);
		change(target.values, only(decide.take === 'current' ? clash.a : clash.b,
			path));
	}
}

function isWithin(path, above) {
	return path === above || path.startsWith(`${above}/`);
}

/* The part of a side's change that lies at or beneath a path. */
function only({ set = {}, remove = [] }, path) {
	const within = (other) => isWithin(other, path);
	return { remove: remove.filter(within), set: Object.fromEntries(
		Object.entries(set).filter(([other]) => within(other))) };
}

export function touched({ set = {}, remove = [] }) {
	return [...Object.keys(set), ...remove];
}

/* The paths at which the two sides of a clash meet: where one removes a row
 * that the other edits, the row. */
export function clashing({ a, b }) {
	const meet = touched(a).flatMap((x) => touched(b).flatMap((y) => {
		if (x === y || y.startsWith(`${x}/`))
			return [x];
		return x.startsWith(`${y}/`) ? [y] : [];
	}));
	return [...new Set(meet)];
}
