// SPDX-License-Identifier: Apache-2.0
// doctored.mjs HISTORY: is a history that somebody has doctored noticed?  It is
// doctored in every way below, in one place of one schedule at a time, and
// check-history.mjs's judge has to complain of each under one of the names that
// go with it.
import { readFileSync } from 'node:fs';
import { Judge, firstLink, sha, signedForm } from '../../tools/lib/history-schedule.mjs';

/* Of so many schedules, in so many that have a place for it. */
const SCHEDULES = 400, PLACES = 30;
let dice = 20261122;
const below = (n) => {
	dice = (Math.imul(dice, 1103515245) + 12345) & 0x7fffffff;
	return dice % n;
};
const pick = (list) => (list.length > 0 ? list[below(list.length)] : undefined);

/* A schedule as doctorings see it; everything that it gives is the facts' own. */
class Told {
	constructor(lines) {
		this.facts = lines.map((line) => JSON.parse(line));
		this.compared = new Set(this.of('device').filter((d) => d.compared).map((d) => d.device));
		this.wasPutBack = this.of('restored').length > 0 || this.of('answer').some((a) => a.epoch > 1);
	}
	of(e) { return this.facts.filter((f) => f.e === e); }
	get intake() { return this.of('office')[0].intake; }
	/* What came in of compared devices. */
	came(test = () => true) { return this.intake.filter((c) => this.compared.has(c.device) && test(c)); }
	remove(fact) { this.facts.splice(this.facts.indexOf(fact), 1); }
	/* Every telling of one outcome, which may come more than once. */
	outcomes(c) {
		return this.of('answer').filter((a) => a.device === c.device)
			.flatMap((a) => a.outcomes.filter((o) => o.counter === c.counter));
	}
	/* The record as the office has it and as every device does. */
	everywhere(id) {
		return [...this.of('record').map((f) => f.record).filter((r) => r.id === id),
			...this.of('device').map((d) => d.records[id]).filter(Boolean)];
	}
	/* Make the links of a journal again from what its changes say now, wherever
	 * they stand: whoever could do that would have the device's key, too. */
	relink(device) {
		let link = firstLink(this.of('start')[0].office, device);
		const now = new Map();
		for (const c of this.intake.filter((x) => x.device === device).sort((a, b) => a.counter - b.counter)) {
			link = sha(link, signedForm(c.change));
			now.set(c.link, link.toString('hex'));
		}
		const put = (x) => { x.link = now.get(x.link) ?? x.link; };
		this.intake.forEach(put);
		this.of('saved').forEach(put);
		this.of('answer').forEach((a) => a.receipts.forEach(put));
	}
}

const text = (change) => change.ops.find((op) => typeof op.now === 'string');
const other = (hex) => (hex[0] === '0' ? '1' : '0') + hex.slice(1);
const receipted = (t) => pick(t.of('answer').filter((a) => a.receipts.some((r) => t.compared.has(r.device))));
/* A decision that closed what somebody said once and nothing else says: who
 * made it, and what it names. */
function deciding(t) {
	const changes = t.intake.filter((c) => c.state === 'done');
	const says = (c, value) => c.change.ops.some((op) => JSON.stringify(op.now) === JSON.stringify(value));
	const standing = (r, path) => path.split('/').reduce((v, name) => v?.[name], r.doc);
	const closes = (c, d) => t.of('record').some(({ record }) => record.id === c.change.record &&
		!changes.some((x) => x.change.record === record.id && x.change.ops.some((op) => op.path === 'content')) &&
		record.conflicts?.some((k) => k.id === d.conflict && (k.kind ?? 'ask') === 'ask' &&
			k.sides.some((s) => !s.open && s.value !== undefined && (d.sides ?? []).some(([key]) => key === s.key) &&
				changes.filter((x) => says(x, s.value)).length === 1 &&
				JSON.stringify(standing(record, k.path)) !== JSON.stringify(s.value))));
	const all = changes.flatMap((c) => (c.change.resolve ?? []).map((d) => ({ c, d })));
	return pick(all.filter(({ c, d }) => closes(c, d) && all.filter((x) => x.d.conflict === d.conflict).length === 1));
}

/* What is done, the names of which one has to be complained of, and how: false,
 * if there is no place for it.  often: what is left may be a story that could
 * have been, so that it need not be noticed each time. */
const DOCTORINGS = [
	['an outcome is dropped', 'I9', (t) => {
		const c = pick(t.came());
		for (const a of t.of('answer'))
			if (a.device === c?.device)
				a.outcomes = a.outcomes.filter((o) => o.counter !== c.counter);
		return c;
	}],
	['another outcome is told', 'I9 I4', (t) => {
		const c = !t.wasPutBack && pick(t.came((x) => x.state === 'done'));
		for (const o of c ? t.outcomes(c) : [])
			o.kind = 'held';
		return c;
	}],
	['an outcome is told with another number', 'I9', (t) => {
		const c = !t.wasPutBack && pick(t.came((x) => x.state === 'done'));
		for (const o of c ? t.outcomes(c).filter((x) => x.kind !== 'held') : [])
			o.version = [o.version[0], o.version[1] + 1];
		return c;
	}],
	['an outcome is told in two ways', 'I5', (t) => {
		const a = pick(t.of('answer').filter((x) => x.outcomes.length > 0));
		const o = a?.outcomes[0];
		return a && a.outcomes.push({ ...o, kind: o.kind === 'closed' ? 'held' : 'closed' });
	}],
	['a change ends twice', 'I9', (t) => {
		const a = pick(t.of('answer').filter((x) => x.outcomes.some((o) => o.kind !== 'held')));
		const o = a?.outcomes.find((x) => x.kind !== 'held');
		return o && a.outcomes.push({ ...o, no: o.no + 1000 });
	}],
	['what was applied is held', 'I9', (t) => {
		const c = !t.wasPutBack && pick(t.came((x) => x.state === 'done'));
		return c && (c.state = 'held');
	}],
	['what was received is left', 'I9', (t) => {
		const c = pick(t.came());
		return c && (c.state = 'received');
	}],
	['a text is another', 'I8', (t) => {
		const c = pick(t.intake.filter((x) => text(x.change)));
		return c && (text(c.change).now += ' and more');
	}],
	['a text is another, and its link with it', 'I2 I3', (t) => {
		const c = pick(t.came((x) => text(x.change)));
		if (!c)
			return false;
		const links = new Map(t.intake.map((x) => [x, x.link]));
		text(c.change).now += ' and more';
		t.relink(c.device);
		for (const f of t.of('saved')) /* the device itself says as before */
			f.link = [...links].find(([x]) => x.link === f.link)?.[1] ?? f.link;
		return true;
	}],
	['words of a record are taken out', 'I4 I6', (t) => {
		const id = pick(t.of('record').filter((f) => /w\d{4}/.test(f.record.doc.summary ??
			f.record.doc.door_notes ?? '')))?.record.id;
		for (const r of id ? t.everywhere(id) : [])
			for (const name of ['summary', 'door_notes'])
				if (r.doc[name])
					r.doc[name] = r.doc[name].replaceAll(/w\d+/g, 'word');
		return id;
	}, 'often'],
	['a device has another record', 'I6', (t) => {
		const d = pick(t.of('device').filter((x) => x.compared && Object.keys(x.records).length > 0));
		const id = d && pick(Object.keys(d.records));
		return id && (d.records[id].doc = { ...d.records[id].doc, more: 'more' });
	}],
	['a record is gone', 'I6', (t) => {
		const ids = t.of('device').filter((d) => d.compared).flatMap((d) => Object.keys(d.records));
		const f = pick(t.of('record').filter((x) => ids.includes(x.record.id)));
		return f && (t.remove(f), true);
	}],
	['a device is gone', 'I6', (t) => {
		const f = pick(t.of('device').filter((d) => t.came((c) => c.device === d.device).length > 0));
		return f && (t.remove(f), true);
	}],
	['a device is not compared', 'I6', (t) => {
		const bad = new Set([...t.of('revoked'), ...t.of('copied')].map((f) => f.device));
		const f = pick(t.of('device').filter((d) => d.compared && !bad.has(d.device)));
		return f && (f.compared = false, true);
	}],
	['the end is gone', 'history', (t) => t.facts.pop()],
	['a change is there twice', 'I8', (t) => t.intake.push(pick(t.intake))],
	['a change is gone', 'I2 I3 I8', (t) => {
		const c = pick(t.came());
		return c && t.intake.splice(t.intake.indexOf(c), 1);
	}],
	['a save is gone', 'I3', (t) => {
		const c = pick(t.came((x) => !x.change.proposal && !x.change.ops.some((o) => o.erased)));
		t.facts = t.facts.filter((f) => f.e !== 'saved' || f.device !== c?.device || f.counter !== c.counter);
		return c;
	}],
	['two changes have one number of the log', 'I8', (t) => {
		const [a, b] = t.intake.filter((c) => c.state === 'done');
		return b && (b.version = [...a.version]);
	}],
	['the log is in another order', 'I8 I9', (t) => {
		const done = t.came((c) => c.state === 'done' && !t.wasPutBack);
		const [a, b] = [done[0], done.at(-1)];
		return done.length > 1 && ([a.version, b.version] = [b.version, a.version]);
	}],
	['a journal is in another order', 'I8', (t) => {
		const a = pick(t.intake.filter((c) => c.counter > 1));
		const b = t.intake.find((c) => c.device === a?.device && c.counter === a.counter - 1);
		return b && ([a.counter, b.counter] = [b.counter, a.counter]);
	}],
	['a receipt is for another link', 'I2 I9', (t) => {
		const r = receipted(t)?.receipts[0];
		return r && (r.link = other(r.link));
	}],
	['a receipt is for another device', 'I9', (t) => {
		const r = receipted(t)?.receipts[0];
		return r && (r.device = t.of('start')[0].office);
	}],
	['receipts have one number', 'I9', (t) => {
		const all = t.wasPutBack ? [] : t.of('answer').flatMap((a) => a.receipts);
		const before = (r) => all.slice(0, all.indexOf(r)).find((x) => x.device === r.device);
		const r = pick(all.filter(before));
		return r && (r.intake = before(r).intake);
	}],
	['receipts are in another order', 'I9', (t) => {
		const all = t.of('answer').filter((a) => a.receipts.length > 0);
		const last = !t.wasPutBack && all.at(-1), first = last && all.find((a) => a.device === last.device);
		if (!first || first === last)
			return false;
		[first.receipts, last.receipts] = [last.receipts, first.receipts];
		return true;
	}],
	['somebody is sent what is not theirs', 'I10', (t) => {
		const { people, grants } = t.of('start')[0];
		const a = t.of('grants').length === 0 && pick(t.of('answer'));
		const id = a && Object.keys(people).find((p) => !grants[a.user].includes(people[p]));
		return id && a.page.push(id);
	}],
	['somebody is answered after their end', 'I11', (t) => {
		const f = !t.wasPutBack && pick(t.of('revoked'));
		const a = f && t.facts.slice(t.facts.indexOf(f)).find((x) => x.e === 'answer' && x.device === f.device);
		return a && a.page.push(t.of('record')[0].record.id);
	}],
	['a decision saw nothing', 'I4', (t) => {
		const { c, d } = deciding(t) ?? {};
		if (!c)
			return false;
		delete d.sides;
		delete d.current;
		t.relink(c.device);
		return true;
	}, 'often'],
	['a side is closed by nobody', 'I4', (t) => {
		const open = t.of('record').flatMap(({ record }) => (record.conflicts ?? [])
			.filter((k) => (k.kind ?? 'ask') === 'ask')
			.flatMap((k) => k.sides.filter((s) => s.open && s.value !== undefined)
				.map((s) => ({ record, k, s }))));
		const { record, k, s } = pick(open) ?? {};
		for (const r of record ? t.everywhere(record.id) : [])
			for (const side of r.conflicts?.find((x) => x.id === k.id)?.sides ?? [])
				side.open &&= side.key !== s.key;
		return record;
	}, 'often'],
];

function judged(facts) {
	const said = [];
	const judge = new Judge((line) => said.push(line));
	facts.forEach((fact) => judge.take(fact));
	judge.finish();
	return said;
}

const schedules = new Map();
for (const line of readFileSync(process.argv[2], 'utf8').trimEnd().split('\n')) {
	const { seed } = JSON.parse(line.slice(line.lastIndexOf(',"seed":')).replace(/^,/, '{'));
	if (!schedules.has(seed) && schedules.size === SCHEDULES)
		break;
	schedules.set(seed, [...(schedules.get(seed) ?? []), line]);
}
let bad = 0;
console.log(`1..${DOCTORINGS.length}`);
DOCTORINGS.forEach(([what, names, doctor, often], n) => {
	let tried = 0, noticed = 0, missed = '';
	for (const [seed, lines] of schedules) {
		const t = tried < PLACES && new Told(lines);
		if (!t || !doctor(t))
			continue;
		tried++;
		if (judged(t.facts).some((line) => names.split(' ').some((name) => line.includes(`: ${name}: `))))
			noticed++;
		else
			missed += ` ${seed}`;
	}
	const ok = tried > 0 && noticed >= (often ? tried / 4 : tried);
	bad += ok ? 0 : 1;
	console.log(`${ok ? 'ok' : 'not ok'} ${n + 1} - ${what}: noticed in ${noticed} of ${tried} schedules`);
	if (!ok)
		console.log(`# not in${missed.slice(0, 200)}`);
});
process.exitCode = bad === 0 ? 0 : 1;
