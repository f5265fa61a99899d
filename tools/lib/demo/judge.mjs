// SPDX-License-Identifier: Apache-2.0
// Is what was seen right?  Functions from what story.mjs kept, and the
// caseload, to steps { name, ok, why }.  Nothing here starts a program but
// openssl, so that a test can change what was seen and expect to be told.
import { isDeepStrictEqual } from 'node:util';
import { SET_BY_PROGRAMS, change, clashing } from './caseload.mjs';
import { receiptProblem } from './receipt.mjs';
import { differences, mapWithIds, pathWithIds, withIds } from './values.mjs';

const OFFICE = 'office';
const NOT_SENT = { device: 'On this device only', waiting: 'Waiting to send' };
const SENT = 'With the office';
/* A cut relay refuses connections, so that a device with another network may
 * also think that only the office is down. */
const NO_NETWORK = ['offline', 'office_down'];

/* All steps, in the order in which things happened. */
export async function judge(caseload, seen) {
	const judges = [values('loaded'), cuts, notes, receipts, clashes, decisions,
		values('final'), samePlaces, numbers, verified];
	const steps = [];
	for (const each of judges)
		steps.push(...await each(caseload, seen));
	return steps;
}

function step(name, problems) {
	const list = problems.filter(Boolean);
	return { name, ok: list.length === 0, why: list };
}

/* ---- every value of the caseload at every place ---- */

function values(stage) {
	return (caseload, seen) => {
		const { places, ids } = seen[stage];
		const wanted = stage === 'final' ? caseload.expected() :
			enteredSoFar(caseload);
		const when = stage === 'final' ? 'in the end' : 'before the cut';
		return Object.keys(seen.devices).concat(OFFICE).map((place) => {
			const user = seen.devices[place]?.user;
			const problems = [...wanted].flatMap(([key, expected]) =>
				compare(caseload, caseload.byKey.get(key), expected,
					places[place]?.[ids[key]], { user, ids, stage }));
			return step(`${place} shows every value as it was written, ${when}`,
				places[place] ? problems : [`nothing was seen at ${place}`]);
		});
	};
}

function enteredSoFar(caseload) {
	return new Map(caseload.records
		.filter((record) => !caseload.offline.includes(record))
		.map((record) => [record.key,
			{ values: caseload.entered(record), loose: [] }]));
}

/* What is wrong with one record at one place; user is absent at the office. */
function compare(caseload, record, { values: wanted, loose }, shown, where) {
	const { user, ids, stage } = where;
	const may = user === undefined || sees(caseload, record, user, stage);
	if (may === null)
		return [];
	if (!may)
		return shown ? [`${record.key} is shown to ${user}, who may not see it`] :
			[];
	if (!shown)
		return [`${record.key} is missing`];
	const open = [...SET_BY_PROGRAMS, ...loose];
	const actual = new Map(leavesOf(caseload, record.type, shown.doc));
	return differences(mapWithIds(wanted, ids), actual, (path) =>
		open.some((one) => path === one || path.startsWith(`${one}/`)))
		.map((text) => `${record.key}: ${text}`);
}

function leavesOf(caseload, type, doc) {
	return caseload.leaves(type, doc).filter(([, value]) =>
		value !== undefined);
}

/* true or false; null for the work of someone who was taken off a case, which
 * the office may apply or hold. */
function sees(caseload, record, user, stage) {
	const isEnd = stage === 'final';
	const users = caseload.seenBy(record, isEnd);
	if (isEnd && caseload.clashes.some(({ expect, b }) =>
		expect === 'received' && b.record === record.key))
		return null;
	return users === null || users.has(user);
}

/* ---- the network was cut ---- */

function cuts(caseload, { cuts: list, devices }) {
	return list.map(({ before, after, devices: during }, i) =>
		step(`the network was really cut (${i + 1} of ${list.length})`,
			Object.keys(devices).flatMap((name) => {
				const { outcome, written, device } = during[name] ?? {};
				return [
					!NO_NETWORK.includes(outcome) &&
						`${name} did not notice: its sync says ${outcome}`,
					after[device] !== before[device] && `the office got ` +
						`${after[device] - before[device]} changes of ${name}`,
					written < after[device] && `${name} wrote ${written}, but ` +
						`the office has ${after[device]}`,
				];
			}).concat(Object.values(during).some(({ device, written }) =>
				written > after[device]) ? [] :
				['nobody wrote anything while it was cut'])));
}

/* ---- a note on its way ---- */

function notes(caseload, { notes: list }) {
	return caseload.offline.map(({ key }) => {
		const { before, after } = list.find((one) => one.key === key) ?? {};
		return step(`${key} is on its device only, then with the office`, !before ||
			!after ? ['it was not seen before and after'] : [
			!NOT_SENT[before.transport] &&
				`while the network is cut it is "${before.transport}"`,
			before.receipt && 'it has a receipt while the network is cut',
			before.words !== NOT_SENT[before.transport] &&
				`while the network is cut, people are told "${before.words}"`,
			after.transport !== 'office' && `later it is "${after.transport}"`,
			!after.receipt && 'later it has no receipt',
			after.words !== SENT && `later, people are told "${after.words}"`,
		]);
	});
}

async function receipts(caseload, { notes: list, devices, office, key }) {
	const steps = [];
	for (const { key: note, place, after } of list) {
		const receipt = after?.receipt;
		steps.push(step(`openssl finds the office's signature on the receipt of ` +
			note, receipt ? [
			await receiptProblem(receipt, key),
			receipt.device !== devices[place].device &&
				'the receipt is for another device',
			receipt.office !== office && 'the receipt is another office\'s',
		] : ['there is no receipt']));
	}
	return steps;
}

/* ---- clashes ---- */

function clashes(caseload, seen) {
	return caseload.clashes.map((clash) => {
		const name = `${clash.expect}: ${clash.name}`;
		const one = seen.clashes.find((other) => other.name === clash.name);
		if (!one)
			return step(name, ['it was not seen']);
		const places = Object.entries(one.shown);
		const problems = places.flatMap(([place, record]) =>
			atPlace[clash.expect](caseload, clash, record, seen)
				.map((problem) => problem && `${place}: ${problem}`));
		if (clash.expect === 'received')
			problems.push(receivedProblem(one.other));
		return step(name, places.length === 0 && clash.expect !== 'received' ?
			['nobody shows the record'] : problems);
	});
}

const atPlace = {
	merged: (caseload, clash, record, seen) => [
		...standing(caseload, clash, clash.merged, record, seen),
		...(clash.review ?? []).map((path) => !openAt(record, path, 'review') &&
			`${path} was not put up for a person to look at`),
	],
	conflict: conflictProblems,
	rank: (caseload, clash, record, seen) => [
		...standing(caseload, clash, clash.winner, record, seen),
		...toldOf(caseload, clash, record, 'notice')],
	latest: (caseload, clash, record, seen) => [
		...standing(caseload, clash, clash.winner, record, seen),
		...toldOf(caseload, clash, record, 'beside')],
	addendum: (caseload, clash, record) => [
		Object.keys(record.doc.addenda ?? {}).length === 0 &&
			'no addendum was proposed',
		record.doc.content !== 'signed' && record.doc.content !== 'addended' &&
			`the note is ${record.doc.content}`],
	received: () => [],
};

/* { path: value } against a record. */
function standing(caseload, clash, wanted, record, { final: { ids } }) {
	const actual = new Map(leavesOf(caseload, record.type, record.doc));
	const expected = new Map();
	change(expected, { set: wanted });
	return [...mapWithIds(expected, ids)].map(([path, value]) =>
		!isDeepStrictEqual(actual.get(path), value) &&
		`${path} is ${JSON.stringify(actual.get(path))}`);
}

function conflictsAt(record, path) {
	return (record.conflicts ?? []).filter((one) => one.path === path);
}

function openAt(record, path, kind) {
	return conflictsAt(record, path).find((one) =>
		(one.kind ?? 'ask') === kind && one.sides.some(({ open }) =>
			open !== false));
}

function toldOf(caseload, clash, record, kind) {
	return Object.keys(clash.winner).map((path) => {
		const theirs = clash.a.set?.[path] === undefined ||
			clash.b.set?.[path] === undefined;
		return !theirs && !openAt(record, path, kind) &&
			`the other value of ${path} is not shown beside it`;
	});
}

/* Both versions are there, at the path where they meet. */
function conflictProblems(caseload, clash, record, { final: { ids } }) {
	const meet = clashing(clash);
	return meet.length === 0 ? ['its sides do not meet'] :
		meet.flatMap((path) => {
			const found = openAt(record, pathWithIds(path, ids), 'ask');
			if (!found)
				return [`there is no open conflict about ${path}`];
			const shown = [valueAt(record.doc, path),
				...found.sides.map(({ value }) => value)];
			return [clash.a, clash.b].map((side) => {
				const value = withIds(side.set?.[path], ids);
				// Of a removal, and of a row, that there are two is enough.
				return value !== undefined && !shown.some((one) =>
					isDeepStrictEqual(one, value)) &&
					`what ${side.by} wrote about ${path} is not there`;
			}).concat(found.sides.length === 0 && 'there is only one version');
		});
}

function valueAt(doc, path) {
	return path.split('/').reduce((value, part) => value?.[part], doc);
}

function receivedProblem(note) {
	if (!note || note.error)
		return null; // Its author is off the case; the office says more.
	return note.receipt ? null : 'it has no receipt';
}

/* ---- decisions ---- */

function decisions(caseload, { decisions: list, final, conflicts }) {
	return caseload.clashes.filter(({ decide }) => decide)
		.flatMap((clash) => clashing(clash).map((path) => {
			const { by, reason } = clash.decide;
			const name = `${by} decides: ${clash.name}`;
			const one = list.find((other) => other.name === clash.name &&
				other.path === path);
			if (!one?.conflict)
				return step(name, ['there was nothing to decide']);
			const id = final.ids[clash.record];
			const problems = Object.entries(final.places)
				.filter(([, records]) => records[id])
				.flatMap(([place, records]) => openAt(records[id],
					pathWithIds(path, final.ids), 'ask') ?
					[`it is still open at ${place}`] : []);
			const told = Object.values(conflicts).map((shown) =>
				shown[one.conflict]).filter((shown) => shown && !shown.error);
			if (told.length === 0)
				problems.push('no device shows the decision');
			if (told.some(({ decision }) => decision?.reason !== reason))
				problems.push('a device does not show the reason');
			return step(name, problems);
		}));
}

/* ---- the same everywhere ---- */

function samePlaces(caseload, { final: { places, status, ids }, devices }) {
	const names = Object.keys(devices);
	const differ = caseload.records.flatMap(({ key }) => {
		const shown = names.filter((name) => places[name][ids[key]]);
		return shown.filter((name) => !isDeepStrictEqual(places[name][ids[key]],
			places[shown[0]][ids[key]])).map((name) =>
			`${key} at ${name} differs from ${shown[0]}`);
	});
	const office = caseload.records.flatMap(({ key }) => names
		.filter((name) => places[name][ids[key]] && !isDeepStrictEqual(
			places[name][ids[key]].doc, places[OFFICE][ids[key]]?.doc))
		.map((name) => `${key} at ${name} differs from the office`));
	const digests = names.flatMap((name) => names.filter((other) =>
		devices[other].user === devices[name].user && name < other &&
		status[other].digest !== status[name].digest).map((other) =>
		`the digests of ${name} and ${other} differ`));
	return [step('every record is the same on all devices that show it', differ),
		step('every record is the same at the office', office),
		step('two devices of one user have the same digest', digests)];
}

function numbers(caseload, { loaded, final, devices }) {
	return [['before the cut', loaded], ['in the end', final]].map(([when, one]) =>
		step(`nothing waits and nothing is held, ${when}`,
			Object.keys(devices).flatMap((name) => {
				const { unsent, held } = one.status[name];
				const mayHold = when === 'in the end' && caseload.clashes
					.some(({ expect }) => expect === 'received');
				return [unsent !== 0 && `${name}: ${unsent} changes wait`,
					held !== 0 && !mayHold && `${name}: ${held} are held`];
			})));
}

/* Both sides' own walks, and that they speak of the same journals. */
function verified(caseload, { final: { verify }, devices }) {
	const office = verify[OFFICE];
	return [
		step('the office verifies all that it holds',
			[!office.ok && `${office.first_bad}`]),
		...Object.entries(devices).map(([name, { device }]) => {
			const own = verify[name];
			const there = office.devices.find((one) => one.device === device);
			return step(`${name} verifies its journal, and the office holds ` +
				'the same', [
				!own.ok && `${own.first_bad}`,
				own.receipted !== own.written && `${own.written} were written, ` +
					`${own.receipted} have receipts`,
				there?.counter !== own.written &&
					`the office holds ${there?.counter} of ${own.written}`,
				there?.link !== own.head && 'the links differ',
			]);
		}),
	];
}
