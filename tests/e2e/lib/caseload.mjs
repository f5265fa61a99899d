// SPDX-License-Identifier: Apache-2.0
// A small caseload for tests: what the full one says about a few people.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWN_CASELOAD } from '../../../tools/lib/demo/caseload.mjs';

/* Write to `folder` the part of the caseload that is about the people given;
 * at most `notesMax` notes of each case beside those that a clash is about. */
export function writePart(folder, people, notesMax) {
	const read = (name) => JSON.parse(readFileSync(join(OWN_CASELOAD, name)));
	const of = (key) => people.some((one) => `@${one}` === key);
	const cases = read('cases.json').filter(({ doc }) => of(doc.person));
	const has = (list, ref) => list.some(({ key }) => `@${key}` === ref);
	const visits = read('visits.json').filter(({ doc }) =>
		doc.cases.every((ref) => has(cases, ref)));
	const notes = readdirSync(join(OWN_CASELOAD, 'notes')).sort()
		.flatMap((name) => read(`notes/${name}`))
		.filter((note) => has(cases, `@${note.case}`) &&
			has(visits, `@${note.visit}`));
	const issues = read('issues.json').filter(({ doc }) => has(cases, doc.case));
	const known = [...cases, ...visits, ...notes, ...issues,
		...people.map((key) => ({ key }))];
	const clashes = read('clashes.json').filter(({ record, a, b }) =>
		[record, a.record, b.record].every((key) => key === undefined ||
			has(known, `@${key}`)));
	const clashed = new Set(clashes.flatMap(({ record, b }) =>
		[record, b.record]));
	const kept = notes.filter((note, i) => clashed.has(note.key) ||
		notes.slice(0, i).filter((one) => one.case === note.case).length <
			notesMax);
	mkdirSync(folder);
	const write = (name, value) =>
		writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
	for (const name of ['office.json', 'sites.json'])
		write(name, read(name));
	write('people.json', read('people.json').filter(({ key }) =>
		people.includes(key)));
	write('cases.json', cases);
	write('issues.json', issues);
	write('visits.json', visits.filter(({ key }) => clashed.has(key) ||
		kept.some(({ visit }) => visit === key)));
	write('notes.json', kept);
	write('clashes.json', clashes);
	return folder;
}
