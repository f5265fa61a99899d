// SPDX-License-Identifier: Apache-2.0
// What check-history.mjs looks for in the records that a history ends with, one
// rule each.  A rule gets the schedule, a record as it is at the end, and the
// changes of it that went in ({device, counter, version, change}), and calls
// did() for each thing that it looked at and bad(text) for each that must not be.
import { readFileSync, readdirSync } from 'node:fs';

export const compare = (a, b) => a[0] - b[0] || a[1] - b[1];
const NEVER = [0, 0];
export const seen = (op) => op.base?.seen ?? NEVER;
export const related = (a, b) => a === b || a === '' || b === '' ||
	a.startsWith(`${b}/`) || b.startsWith(`${a}/`);

/* Was the change a before the eyes of who wrote this op of b, by its base alone? */
const names = (b, op, a) => compare(seen(op), a.version) >= 0 ||
	(a.device === b.device && (op.base?.own ?? 0) >= a.counter) ||
	op.base?.side === `${a.device}/${a.counter}`;
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
		(d.sides ?? []).map(([key]) => `${d.conflict} ${key}`))));
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
			did();
			if (!twice && !named.has(`${conflict.id} ${side.key}`))
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
	for (const a of changes)
		for (const op of a.change.ops) {
			const order = ranks.get(`${record.type}/${op.path}`);
			if (!order || op.now === undefined)
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

export const RULES = [
	['I4', closedByWhoNamedIt],
	['I4', whoSawAllIsAskedNothing],
	['I4', protectiveStands],
];
