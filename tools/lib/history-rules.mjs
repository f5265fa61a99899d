// SPDX-License-Identifier: Apache-2.0
// What check-history.mjs looks for in the records that a history ends with, one
// rule each.  A rule gets the schedule, a record as it is at the end, and the
// changes of it that went in ({device, counter, version, change}), and calls
// did() for each thing that it looked at and bad(text) for each that must not be.
import { readFileSync, readdirSync } from 'node:fs';

export const compare = (a, b) => a[0] - b[0] || a[1] - b[1];
const NEVER = [0, 0];
const wordsOf = (v) => new Set(JSON.stringify(v ?? '').match(/w[0-9]+/g) ?? []);
export const seen = (op) => op.base?.seen ?? NEVER;
export const related = (a, b) => a === b || a === '' || b === '' ||
	a.startsWith(`${b}/`) || b.startsWith(`${a}/`);

/* Was the change a before the eyes of who wrote this op of b, by its base alone? */
const names = (b, op, a) => compare(seen(op), a.version) >= 0 ||
	(a.device === b.device && (op.base?.own ?? 0) >= a.counter) ||
	op.base?.side === `${a.device}/${a.counter}`;
const valueAt = (doc, path) => path === '' ? doc : path.split('/').reduce((v, name) => v?.[name], doc);
const touches = (a, path) => a.change.ops.some((o) => related(o.path, path));
/* Cut again, or offered in another's place: its bases speak of another life. */
const isPlain = (c) => !c.change.proposal && !c.change.recut;

/* Ranked fields and their orders, from the schema's own files. */
const records = new URL('../../schema/records/', import.meta.url);
const ranks = new Map();
for (const file of readdirSync(records)) {
	const type = JSON.parse(readFileSync(new URL(file, records), 'utf8'));
	for (const [name, field] of Object.entries(type.fields ?? {}))
		if (field.policy === 'rank' && file.endsWith('.json'))
			ranks.set(`${file.slice(0, -5)}/${name}`, field.order);
}

/* A side that asks a person is closed by a decision that names it, by its value
 * having become the current one, or by a signature that moved it out. */
function closedByWhoNamedIt(schedule, record, changes, { did, bad }) {
	const named = new Set(changes.flatMap((c) => (c.change.resolve ?? []).flatMap((d) =>
		(d.sides ?? []).map(([key, version]) => `${d.conflict} ${key} ${version}`))));
	// What a decision put aside stood, and the decision names its version, or went on from an own change.
	const stood = (conflict, side) => changes.some((a) => `${a.device}/${a.counter}` === side.key &&
		changes.some((c) => (c.change.resolve ?? []).some((d) => d.conflict === conflict.id &&
			(compare(d.current ?? NEVER, a.version) === 0 || (c.device === a.device && c.counter > a.counter)))));
	const values = new Set(changes.flatMap((c) => c.change.ops.map((o) => JSON.stringify(o.now))));
	const signed = changes.some((c) => c.change.ops.some((o) => o.path === 'content'));
	for (const conflict of record.conflicts ?? []) {
		if (conflict.kind !== 'ask' && conflict.kind !== undefined)
			continue;
		for (const side of conflict.sides) {
			const authors = [...values].filter((v) => v === JSON.stringify(side.value)).length;
			if (side.open || side.value === undefined || signed || authors === 0)
				continue;
			const twice = changes.filter((c) => c.change.ops.some((o) =>
				JSON.stringify(o.now) === JSON.stringify(side.value))).length > 1;
			// What merges may come to what it says, as when others take theirs back.
			const stands = JSON.stringify(valueAt(record.doc, conflict.path)) === JSON.stringify(side.value);
			did();
			if (!twice && !stands && !named.has(`${conflict.id} ${side.key} ${side.version}`) && !stood(conflict, side))
				bad(`side ${side.key} of ${conflict.path} of ${record.id} is closed, and no decision named it`);
		}
	}
}

/* Who had seen all that stood at their paths is asked nothing, and nothing is
 * merged into their words: the change just applies. */
function whoSawAllIsAskedNothing(schedule, record, changes, { did, bad }) {
	/* Who went on from what is held had seen what is not there; and a new life
	 * of the office has other numbers. */
	if (schedule.wasRestored || schedule.intake.some((c) => c.change.record === record.id && c.state !== 'done'))
		return;
	for (const c of changes) {
		const kind = schedule.kinds.get(`${c.device}/${c.counter}`);
		const sawAll = (op) => op.now !== undefined && !op.base?.side && changes.every((a) =>
			compare(a.version, c.version) >= 0 || !touches(a, op.path) || names(c, op, a));
		if (!kind || c.change.resolve || !isPlain(c) || !c.change.ops.every(sawAll))
			continue;
		did();
		if (kind === 'conflict' || kind === 'merged')
			bad(`${c.device}/${c.counter} of ${record.id} had seen all that there was, and its outcome is ${kind}`);
	}
}

/* Of a ranked field the most protective answer stands, unless who had seen it
 * went back from it. */
function protectiveStands(schedule, record, changes, { did, bad }) {
	const rank = (order, v) => Math.max(order.indexOf(v), 0); // absent is the least
	if (changes.some((c) => c.change.ops.some((o) => o.path === 'content' && o.now !== 'draft')))
		return; // what comes after a signature stands in an addendum
	// Beneath what was removed it is a side of the removal's conflict.
	const isGone = (path) => Object.keys(record.removed ?? {}).some((p) => related(p, path));
	for (const a of changes)
		for (const op of a.change.ops) {
			const order = ranks.get(`${record.type}/${op.path}`);
			if (!order || op.now === undefined || op.base?.side || isGone(op.path))
				continue;
			const takenBack = changes.some((b) => b !== a && b.change.ops.some((o) =>
				related(o.path, op.path) && (names(b, o, a) ||
					JSON.stringify(o.was) === JSON.stringify(op.now))));
			// One that lost when it came is told beside, whatever stands later.
			const lost = changes.some((b) => compare(b.version, a.version) < 0 && b.change.ops.some((o) =>
				o.path === op.path && rank(order, o.now) > rank(order, op.now)));
			did();
			if (!takenBack && !lost && rank(order, record.doc[op.path]) < rank(order, op.now))
				bad(`${op.path} of ${record.id} is less protective than ${a.device}/${a.counter} said`);
		}
}

/* Another's edit of a side is a side of its own; only its author's takes its
 * place. */
function sidesAreTheirAuthors(schedule, record, changes, { did, bad }) {
	if (schedule.wasRestored)
		return;
	const byKey = new Map(changes.map((c) => [`${c.device}/${c.counter}`, c]));
	for (const c of changes)
		for (const op of c.change.ops) {
			const side = op.base?.side, of = byKey.get(side);
			if (!of || of.change.author === c.change.author)
				continue;
			const there = (record.conflicts ?? []).filter((x) => x.path === op.path);
			const own = changes.some((b) => b !== of && b.change.author === of.change.author &&
				b.change.ops.some((o) => related(o.path, op.path)));
			did();
			if (there.length > 0 && !own && schedule.kinds.get(side) === 'conflict' &&
				!there.some((x) => x.sides.some((s) => s.key === side)))
				bad(`side ${side} of ${op.path} of ${record.id} went with another's edit ${c.device}/${c.counter}`);
		}
}

/* An edit of a side stays a side: it does not get into the current value. */
function sidesStaySides(schedule, record, changes, { did, bad }) {
	for (const c of changes) {
		const kind = schedule.kinds.get(`${c.device}/${c.counter}`);
		const op = c.change.ops[0];
		if (schedule.wasRestored || c.change.ops.length !== 1 || !op.base?.side || c.change.resolve ||
			schedule.kinds.get(op.base.side) !== 'conflict' || !isPlain(c))
			continue;
		const same = changes.some((b) => b !== c && b.change.ops.some((o) =>
			JSON.stringify(o.now) === JSON.stringify(op.now)));
		did();
		if (!same && op.now !== undefined && (kind === 'applied' || kind === 'merged'))
			bad(`${c.device}/${c.counter} edits a side of ${op.path} of ${record.id}, and is ${kind}`);
	}
}

/* What was removed is known to be, and who had not seen an edit does not take
 * it away. */
function removalsAreKept(schedule, record, changes, { did, bad }) {
	for (const c of changes) {
		const kind = schedule.kinds.get(`${c.device}/${c.counter}`);
		if (schedule.wasRestored || kind !== 'applied' || !isPlain(c))
			continue;
		for (const op of c.change.ops) {
			if (op.now !== undefined || typeof op.was !== 'object' || Array.isArray(op.was) ||
				op.path.split('/').length !== 2)
				continue;
			const [rows, row] = op.path.split('/');
			const gone = record.removed?.[op.path] || record.removed?.[''];
			const back = record.doc[rows]?.[row] !== undefined;
			// Who removed it too, or what was in it, is no reason to keep it.
			const edits = (a) => a.change.ops.some((o) => related(o.path, op.path) && o.now !== undefined);
			const unseen = changes.find((a) => compare(a.version, c.version) < 0 && edits(a) &&
				!names(c, op, a));
			did();
			if (!gone && !back)
				bad(`${op.path} of ${record.id} was removed, and nothing says so`);
			if (unseen)
				bad(`${op.path} of ${record.id} was removed by who had not seen ${unseen.device}/${unseen.counter}`);
		}
	}
}

/* What the office holds is still shown to who wrote it. */
function heldIsShown(schedule, record, changes, { did, bad }) {
	const held = schedule.intake.filter((c) => c.state === 'held' && c.change.record === record.id);
	for (const c of held) {
		const device = schedule.devices.find((d) => d.device === c.device && d.compared);
		const shown = device?.shown?.[record.id];
		if (!shown)
			continue;
		/* Its author may have gone on from it. */
		const later = schedule.intake.filter((b) => b.change.record === record.id && b !== c &&
			b.change.author === c.change.author);
		const wentOn = (path, w) => later.some((b) => b.change.ops.some((o) =>
			related(o.path, path) && wordsOf(o.was).has(w)));
		for (const op of c.change.ops) {
			const words = [...wordsOf(op.now)].filter((w) => !wentOn(op.path, w));
			did();
			if (words.some((w) => !wordsOf(shown).has(w)))
				bad(`${c.device} does not see its own ${op.path} of ${record.id}, which is held`);
		}
	}
}

export const RULES = [
	['I4', closedByWhoNamedIt],
	['I4', whoSawAllIsAskedNothing],
	['I4', protectiveStands],
	['I4', sidesAreTheirAuthors],
	['I4', sidesStaySides],
	['I17', removalsAreKept],
	['I3', heldIsShown],
];
