// SPDX-License-Identifier: Apache-2.0
// The planted bugs: one JSON file each in tests/planted, and the changed copy of
// the one source that a bug is planted in.
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CHECKS } from './checks.mjs';

const MEMBERS = ['sentence', 'breaks', 'file', 'find', 'replace', 'units', 'last', 'first',
	'work'];
const IN_PIECES = CHECKS.filter((c) => c.inOnePiece).map((c) => c.name);
const PROMISES = Array.from({ length: 10 }, (_, i) => `P${i + 1}`);
const INVARIANTS = Array.from({ length: 23 }, (_, i) => `I${i + 1}`);

const text = (v) => (Array.isArray(v) ? v.join('\n') : v);

/*
 * All bugs, in the order of their names:
 *   { name, sentence, breaks, file, find, replace, units, last, first, work }
 * `units`: every unit test passes with it (measured by --units); `last`: unit
 * tests and scenarios (checks.mjs) that are tried when nothing else has caught it;
 * `first`: the check that is tried before all others, to spare their time
 * ("units": those tests; "end to end": those scenarios); `work`: the piece of work
 * (tests/prove/torture.h) in which that one is to look before it looks in all, so
 * that no luck is in it.
 * Throws a sentence that names the file with what is wrong in it.
 */
export function loadBugs(folder) {
	return readdirSync(folder).filter((f) => f.endsWith('.json')).sort()
		.map((file) => readBug(file, readFileSync(join(folder, file), 'utf8')));
}

/* One of them, out of the text of its file. */
export function readBug(file, json) {
	const bug = { last: [], first: '', work: '', ...JSON.parse(json) };
	const odd = Object.keys(bug).filter((k) => !MEMBERS.includes(k));
	const lacking = MEMBERS.filter((k) => bug[k] === undefined);
	const unknown = bug.breaks?.filter((b) => ![...PROMISES, ...INVARIANTS].includes(b)) ?? [];
	if (odd.length + lacking.length + unknown.length > 0)
		throw new Error(`${file}: ${[...odd, ...lacking, ...unknown].join(', ')}`);
	if (bug.breaks.length === 0 || typeof bug.units !== 'boolean')
		throw new Error(`${file}: breaks nothing, or units is neither true nor false`);
	if (bug.work && !IN_PIECES.includes(bug.first))
		throw new Error(`${file}: work is for a bug that is tried first by ${IN_PIECES.join(' or ')}`);
	return { ...bug, name: basename(file, '.json'), find: text(bug.find),
		replace: text(bug.replace) };
}

/* The source with the bug in it; throws where the bug does not fit exactly once. */
export function plant(bug, source) {
	const times = source.split(bug.find).length - 1;
	if (times !== 1)
		throw new Error(`${bug.name}: what it looks for is ${times} times in ${bug.file}; it has to be there once`);
	if (bug.find === bug.replace)
		throw new Error(`${bug.name}: it changes nothing`);
	return source.replace(bug.find, () => bug.replace);
}

/* The promises and invariants that no bug breaks. */
export function unbroken(bugs) {
	const broken = new Set(bugs.flatMap((b) => b.breaks));
	return [...PROMISES, ...INVARIANTS].filter((x) => !broken.has(x));
}
