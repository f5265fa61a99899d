// SPDX-License-Identifier: Apache-2.0
// What is to be tried of each type, out of the schema alone: two values of each
// field that two people write unseen, and what its policy says of them
// (schema/README.md, "A field").
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCHEMA = resolve(dirname(fileURLToPath(import.meta.url)),
	'../../../schema');
const TEXT = { base: 'Tea is nice. Rain. The tree is tall.',
	hers: 'Coffee is nice. Rain. The tree is tall.',
	his: 'Tea is nice. Rain. The tree is green.',
	both: 'Coffee is nice. Rain. The tree is green.',
	clash: 'Cocoa is nice. Rain. The tree is tall.' };
const BASE_ROW = 'begun';

/* { type: definition } of a folder of the schema. */
export function definitions(folder = SCHEMA) {
	return Object.fromEntries(readdirSync(join(folder, 'records'))
		.map((name) => JSON.parse(readFileSync(join(folder, 'records', name))))
		.map((one) => [one.type, one]));
}

/* Nobody's: who wrote it sends it, and no device keeps it. */
export function isWriteOnly({ scope, grants }) {
	return grants === undefined && scope.every(({ rule }) => rule === 'self');
}

/* Which fields say who sees a record. */
function scopeFields({ scope }) {
	return scope.filter(({ rule }) => rule === 'ref').map(({ field }) => field);
}

/* { path: why } of what is not written as a value: signing and templates set
 * it, and other scenarios try that. */
function roles({ signing = {}, template = {}, account = {} }) {
	const of = (names, why) => names.filter(Boolean).map((name) => [name, why]);
	return Object.fromEntries([
		...of([signing.field, signing.by, signing.at, signing.error_because,
			signing.copied_from, signing.copied_because, signing.author,
			signing.addenda], 'signing, and what follows it, sets it'),
		...of([template.name, template.version], 'beginning with a template sets it'),
		...of([account.active], 'the end of an account sets it'),
	]);
}

/*
 * What to try of a type, and what not: { trials, skipped: [{ path, why }] }.
 * told: what `TYPE fields` answers; refs: { type: [id] }, three where there are
 * as many; second: the record with which a rank is tried the other way round,
 * and texts at one place.
 *
 * A trial: { path, policy, kind, base, hers, his }, and of a text `both`.  A
 * member of a set and a row are two paths: `adds` is [hers, his] of them.
 */
export function plan(definition, told, refs, second) {
	const heads = told.filter(({ path }) => !path.includes('/'));
	const skips = roles(definition);
	const made = { trials: [], skipped: [] };
	for (const field of heads) {
		const below = told.filter(({ path }) => path.startsWith(`${field.path}/`));
		if (skips[field.path])
			for (const { path } of [field, ...below.filter(isColumn)])
				made.skipped.push({ path, why: skips[field.path] });
		else if (field.kind === 'rows')
			rowsTrials(made, field, below, refs, second);
		else
			add(made, field, below, refs,
				{ second, decides: field.policy !== 'office' &&
					scopeFields(definition).includes(field.path) });
	}
	begun(made.trials);
	return made;
}

/* A record begins with something: where nothing else says what, with a value of
 * a field that does not mind. */
function begun(trials) {
	if (trials.some(({ base }) => Object.keys(base).length > 0))
		return;
	const one = trials.find(({ policy, kind }) => kind !== 'ref' &&
		/^(latest|ask|office)$/.test(policy));
	one.base = { [one.path]: one.policy === 'office' ? one.his
		: { line: 'Or else', date: '2026-11-22' }[one.kind] ?? one.his };
}

const isColumn = ({ path }) => path.split('/').length === 3;

function add(made, field, below, refs, how) {
	const trial = fieldTrial(field, below, refs, how);
	if (trial.why)
		made.skipped.push({ path: field.path, why: trial.why });
	else
		made.trials.push({ name: field.path, path: field.path,
			policy: field.policy, kind: field.kind, ...trial });
}

function fieldTrial(field, below, refs, { second, decides }) {
	const values = valuesOf(field, below, refs);
	if (field.kind === 'codes' || field.kind === 'refs') {
		const adds = decides ? values.slice(1, 3) : values.slice(0, 2);
		if (adds.length < 2)
			return { why: `there are too few of it (${values.length})` };
		return { base: decides ? { [`${field.path}/${values[0]}`]: true } : {},
			adds: adds.map((one) => ({ [`${field.path}/${one}`]: true })),
			members: [...decides ? values.slice(0, 1) : [], ...adds].sort() };
	}
	if (decides)
		return values.length < 2 ? { why: 'there is nothing else to name' }
			: { base: { [field.path]: values[0] }, hers: values[1],
				his: values[2] ?? values[1], decides };
	if (values.length < 2)
		return { why: `there are too few values (${values.length})` };
	if (field.policy === 'text')
		return { base: { [field.path]: TEXT.base }, hers: TEXT.hers,
			...second ? { his: TEXT.clash } : { his: TEXT.his, both: TEXT.both } };
	if (field.policy === 'rank')
		return { base: {}, hers: second ? values.at(-1) : values[0],
			his: second ? values[0] : values.at(-1), most: values.at(-1) };
	return { base: {}, hers: values[0], his: values[1] };
}

/* The rows: each adds one.  Each column: both write it in a row that was there;
 * the column that such a row begins with is tried in another. */
function rowsTrials(made, field, below, refs, second) {
	const columns = below.filter(isColumn).map((column) => ({ ...column,
		name: column.path.split('/')[2],
		below: below.filter(({ path }) => path.startsWith(`${column.path}/`)) }));
	const theirs = columns.filter(({ policy }) => policy !== 'office');
	const value = (column) => valuesOf(column, column.below, refs)[0];
	const texts = theirs.filter(({ policy }) => policy === 'text');
	/* What a row begins with names no record, which may not be there yet. */
	const plain = theirs.filter(({ kind }) => kind !== 'ref');
	const first = texts[0] ?? plain[0] ?? theirs[0];
	const other = plain.find((column) => column !== first);
	const cell = (row, column) => `${field.path}/${row}/${column.name}`;
	made.trials.push({ name: field.path, kind: 'rows', policy: field.policy,
		base: {}, ...field.policy === 'office'
			? { path: cell('hers', columns[0]), hers: value(columns[0]) }
			: { path: field.path, adds: ['hers', 'his'].map((row) =>
				({ [cell(row, first)]: value(first) })) } });
	for (const column of columns) {
		const row = column === first && !texts.includes(first) ? 'other'
			: BASE_ROW;
		const anchor = row === BASE_ROW ? first : other;
		const trial = fieldTrial(column, column.below, refs, { second });
		if (trial.why) {
			made.skipped.push({ path: column.path, why: trial.why });
			continue;
		}
		const base = field.policy === 'office' || anchor === undefined ||
			column.policy === 'text' ? {}
			: { [cell(row, anchor)]: anchor.policy === 'text' ? TEXT.base
				: value(anchor) };
		if (column.policy === 'text')
			base[cell(row, column)] = TEXT.base;
		made.trials.push({ ...trial, name: column.path,
			path: cell(row, column), policy: column.policy, kind: column.kind,
			base });
	}
}

/* Different values of a field, in the order of its rank if it has one. */
function valuesOf({ path, kind, codes, ref, min, max, order }, below, refs) {
	switch (kind) {
	case 'line':
	case 'text':
		return ['Hers it is', 'His it is', 'Else'];
	case 'date':
		return ['2026-11-20', '2026-11-21', '2026-11-22'];
	case 'time':
		return ['20', '21', '22'].map((day) => `2026-11-${day}T10:00:00.000Z`);
	case 'number':
		return [0, 1, 2].map((n) => Math.max(min ?? 1, 1) + n)
			.filter((n) => n <= (max ?? n));
	case 'yes_no':
		return order ?? [true, false];
	case 'code':
		return order ?? Object.keys(codes);
	case 'codes':
		return Object.keys(codes);
	case 'ref':
	case 'refs':
		return refs[ref] ?? [];
	case 'group': {
		const [member] = below;
		return valuesOf(member, [], refs).map((value) =>
			({ [member.path.split('/').at(-1)]: value }));
	}
	default:
		throw new Error(`${path} is of a new kind, ${kind}`);
	}
}

/* What stands at a path of a record. */
export function at(doc, path) {
	return path.split('/').reduce((place, key) => place?.[key], doc);
}

/*
 * What the policy of a trial says, of a record that was `was`: `stands`, what
 * everybody has then; `told`, { kind, side }, how the other value is told beside
 * it; `held`, the word with which the office keeps a whole change, by whose it
 * is.  A set and rows have what either added: `stands` is undefined.
 */
export function outcomeOf({ policy, path, adds, hers, his, both, most }, was) {
	const stood = at(was, path);
	if (adds)
		return {};
	switch (policy) {
	case 'office':
		return { stands: stood, held: { hers: 'office_only' } };
	case 'fixed':
		return stood === undefined ? { stands: hers, held: { his: 'fixed' } }
			: { stands: stood, held: { hers: 'fixed', his: 'fixed' } };
	case 'latest':
		return { stands: his, told: { kind: 'beside', side: hers } };
	case 'text':
		return both ? { stands: both }
			: { stands: hers, told: { kind: 'ask', side: his } };
	case 'rank':
		return { stands: most, told: { kind: 'notice',
			side: most === hers ? his : hers } };
	case 'ask':
		return { stands: hers, told: { kind: 'ask', side: his } };
	default:
		throw new Error(`${path} has a new policy, ${policy}`);
	}
}
