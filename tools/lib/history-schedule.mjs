// SPDX-License-Identifier: Apache-2.0
// One schedule of a history, fact by fact, and at its end everything that is
// derived from them (check-history.mjs).  A fact's name is that of the method
// that takes it, but for those of the table beneath.
import { createHash } from 'node:crypto';
import { RULES, compare, related, seen } from './history-rules.mjs';
import { WHOLE } from './history-whole.mjs';

export const sha = (...parts) => {
	const h = createHash('sha256');
	for (const p of parts) h.update(p);
	return h.digest();
};
const canonical = (v) => {
	if (Array.isArray(v)) return `[${v.map(canonical).join(',')}]`;
	if (v !== null && typeof v === 'object')
		return `{${Object.keys(v).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
			.map((k) => `${JSON.stringify(k)}:${canonical(v[k])}`).join(',')}}`;
	return JSON.stringify(v);
};
const idBytes = (id) => Buffer.from(id.replaceAll('-', ''), 'hex');

/* A change as its link hashes it: words replaced by salted hashes, and what is
 * sealed by its hash. */
const salted = (salt, v) => sha(Buffer.from(salt, 'base64'),
	v === undefined ? '' : canonical(v)).toString('hex');
const signedResolve = (d) => Array.isArray(d.why) ?
	{ ...d, why: salted(d.why[0], d.why[1]) } : d;
export const signedForm = (change) => {
	const form = { ...change, ops: change.ops.map((op) => ({ base: op.base ?? {},
		path: op.path, was: op.erased?.[0] ?? salted(op.salt, op.was), now: op.erased?.[1] ?? salted(op.salt, op.now) })) };
	if (change.resolve)
		form.resolve = change.resolve.map(signedResolve);
	if (typeof change.sealed_words === 'object')
		form.sealed_words = sha(canonical(change.sealed_words)).toString('hex');
	return canonical(form);
};
export const firstLink = (office, device) =>
	sha(Buffer.from('vb/journal/v1\0', 'latin1'), idBytes(office), idBytes(device));

const groupBy = (list, key) => {
	const by = new Map();
	for (const item of list) {
		const k = key(item);
		by.set(k, [...(by.get(k) ?? []), item]);
	}
	return by;
};

const wordsOf = (v) => new Set(v === undefined ? [] : JSON.stringify(v).match(/w[0-9]+/g) ?? []);

export class Schedule {
	constructor(report) {
		this.report = report;
		this.facts = new Map();
		this.saved = new Map(); // "device/counter" -> Set of links
		this.changes = new Map(); // link -> change
		this.receipts = [];
		this.outcomes = new Map(); // device -> Map(no -> text)
		this.finals = new Map(); // "device/counter/epoch" -> kind
		this.kinds = new Map(); // "device/counter" -> the word of its final outcome
		this.revoked = new Set();
		this.erased = new Set(); // records whose words two people took away
		this.erasures = []; // the epoch of each
		this.epoch = 1;
		this.lives = 1; // how often the office began, from a backup or anew
		this.acts = {}; // what administrators did: the word of the entry -> times
		this.devices = [];
		this.records = new Map();
		this.asked = new Set(); // devices that wrote or were answered
		this.ended = new Set(); // devices whose access has ended, in any life of the office
		this.copied = new Set(); // devices that have a double, or are one
		this.told = new Map(); // "device/counter" -> the last outcome that it was told
		this.given = new Map(); // device -> the last receipt that it was given
		this.scope = new Map(); // record -> {author, cases, type, signed}
	}
	start(f) { Object.assign(this, { office_id: f.office, allowed: f.grants, people: f.people, hasAudit: f.audit === true }); }
	grants(f) {
		const flat = (g) => new Set(Object.entries(g).flatMap(([u, cases]) => cases.map((c) => `${u} ${c}`)));
		const before = flat(this.allowed), now = flat(f.grants);
		for (const x of now) if (!before.has(x)) this.act('grant.add');
		for (const x of before) if (!now.has(x)) this.act('grant.end');
		this.allowed = f.grants;
	}
	act(name) { this.acts[name] = (this.acts[name] ?? 0) + 1; }
	erased_(f) {
		this.erased.add(f.record);
		this.erasures.push(f.epoch);
	}
	restored() {
		this.revoked.clear();
		this.wasRestored = true;
		this.lives++;
		this.given.clear();
	}
	/* Of an answer that was lost nobody has anything to show: until a device
	 * shows something, an office that was put back numbers as it did before. */
	rolled_back() { this.restored(); this.outcomes.clear(); }
	revoked_(f) {
		this.revoked.add(f.device);
		this.ended.add(f.device);
		this.act('device.revoke');
	}
	copied_(f) { this.copied.add(f.device); }
	saved_(f) {
		this.asked.add(f.device);
		const key = `${f.device}/${f.counter}`;
		if (!this.saved.has(key)) this.saved.set(key, new Set());
		this.saved.get(key).add(f.link);
		this.changes.set(f.link, f.change);
		this.note(f.change);
	}
	note(change) {
		const s = this.scope.get(change.record) ??
			{ type: change.type, authors: new Set(), cases: new Set(), signed: false };
		s.authors.add(change.author);
		for (const op of change.ops) {
			if (op.path === 'case' && op.now) s.cases.add(op.now);
			if (op.path.startsWith('cases/') && op.now) s.cases.add(op.path.slice(6));
			if (op.path === 'cases' && Array.isArray(op.now)) for (const c of op.now) s.cases.add(c);
			if (op.path === 'content' && op.now !== 'draft') s.signed = true;
		}
		this.scope.set(change.record, s);
	}
	// I10: by what was granted and written, may this user be sent this record?
	maySee(user, record) {
		const has = (c) => this.allowed[user]?.includes(c);
		if (this.people[record]) return has(this.people[record]);
		if (Object.values(this.people).includes(record)) return has(record);
		const s = this.scope.get(record);
		if (s === undefined || s.type === 'site' || s.type === 'user') return true;
		if (s.authors.has(user)) return true;
		if (s.type === 'note' && !s.signed) return false;
		return [...s.cases].some(has);
	}
	answer(f) {
		this.asked.add(f.device);
		this.epoch = Math.max(this.epoch, f.epoch);
		if (this.revoked.has(f.device) && f.page.length > 0)
			this.bad('I11', `${f.device} pulled after its end`);
		this.did('I11');
		for (const record of f.page) {
			this.did('I10');
			if (!this.maySee(f.user, record)) this.bad('I10', `${f.user} is sent ${record}`);
		}
		for (const r of f.receipts) this.receipt(f, r);
		for (const o of f.outcomes) this.outcome(f, o);
	}
	receipt(f, r) {
		this.did('I9');
		if (r.device !== f.device) this.bad('I9', `${f.device} gets ${r.device}'s receipt`);
		this.receipts.push(r);
		const last = this.given.get(r.device);
		if (last && last.epoch === r.epoch && last.intake >= r.intake)
			this.bad('I9', `${r.device} is given intake number ${r.intake} after ${last.intake}`);
		if (!last || last.epoch <= r.epoch) this.given.set(r.device, r);
	}
	outcome(f, o) {
		this.did('I5');
		const text = canonical(o), all = this.outcomes.get(f.device) ?? new Map();
		if (all.has(o.no) && all.get(o.no) !== text) this.bad('I5', `outcome ${o.no} of ${f.device} was told in two ways`);
		all.set(o.no, text);
		this.outcomes.set(f.device, all);
		const key = `${f.device}/${o.counter}`, before = this.told.get(key);
		if (!before || compare([f.epoch, o.no], [before.epoch, before.no]) >= 0)
			this.told.set(key, { ...o, epoch: f.epoch, life: this.lives });
		if (o.kind === 'held') return;
		const once = `${key}/${f.epoch}`;
		if (this.finals.has(once) && this.finals.get(once) !== o.no) this.bad('I9', `${once} ended twice`);
		this.finals.set(once, o.no);
		this.kinds.set(key, o.kind);
	}
	device(f) { this.devices.push(f); }
	record(f) { this.records.set(f.record.id, f.record); }
	office(f) {
		this.intake = f.intake;
		for (const { change } of f.intake) if (change.ops.some((op) => op.erased)) this.erased.add(change.record);
		this.end();
	}
	did(name) { this.report.checked[name] = (this.report.checked[name] ?? 0) + 1; }
	bad(name, text) { this.report.bad(this.seed, name, text); }

	end() {
		this.hasEnded = true;
		this.report.schedules++;
		this.report.changes += this.intake.length;
		this.journals();
		this.acknowledged();
		this.intakeNumbers();
		this.converged();
		this.nothingOverruled();
		this.audited();
		for (const [name, rule] of WHOLE)
			rule(this, { did: () => this.did(name), bad: (t) => this.bad(name, t) });
	}
	// I14: each act of an administrator has an entry of its own in the office's journal.
	audited() {
		if (this.wasRestored || !this.hasAudit) return;
		const entries = groupBy(this.intake.filter((c) => c.change.type === 'audit'),
			(c) => c.change.ops.find((op) => op.path === 'action')?.now);
		// An erasure of an epoch that was lost is done again, and nobody proposes it anew.
		const erased = this.erasures.filter((epoch) => epoch === this.epoch).length;
		for (const [action, times] of Object.entries({ ...this.acts, 'dual.propose': erased, 'dual.confirm': erased })) {
			this.did('I14');
			if ((entries.get(action)?.length ?? 0) < times) this.bad('I14', `${action} happened ${times} times and has fewer entries`);
		}
	}
	// I8: per device 1, 2, 3 ... and every link follows from the change and the one before.
	journals() {
		const by = groupBy(this.intake, (c) => c.device);
		for (const [device, list] of by) {
			let link = firstLink(this.office_id, device);
			list.sort((a, b) => a.counter - b.counter);
			list.forEach((c, i) => {
				this.did('I8');
				if (c.counter !== i + 1) this.bad('I8', `${device} has ${c.counter} in place ${i + 1}`);
				link = sha(link, signedForm(c.change));
				if (link.toString('hex') !== c.link) this.bad('I8', `the link of ${device}/${c.counter} does not follow`);
			});
		}
	}
	// I2, I3: what was acknowledged, and all that compared devices saved, is here with its link.
	acknowledged() {
		const here = new Map(this.intake.map((c) => [`${c.device}/${c.counter}`, c.link]));
		const compared = new Map(this.devices.filter((d) => d.compared).map((d) => [d.device, d]));
		for (const r of this.receipts) {
			if (!compared.has(r.device)) continue;
			this.did('I2');
			if (here.get(`${r.device}/${r.counter}`) !== r.link) this.bad('I2', `${r.device}/${r.counter} was acknowledged and is not here`);
		}
		for (const d of compared.values())
			for (let n = 1; n <= d.saved; n++) {
				this.did('I3');
				if (!here.has(`${d.device}/${n}`)) this.bad('I3', `${d.device}/${n} was saved and is not here`);
			}
	}
	// I9: a receipt is for what its device wrote (what it writes in a sync is told when that is over),
	// and an intake number of a device and epoch stands for one counter and link.  (A batch that
	// came twice has a receipt of its own, for what it proves, under a new number.)
	intakeNumbers() {
		const said = new Map();
		for (const r of this.receipts) {
			const key = `${r.device}/${r.epoch}/${r.intake}`, what = `${r.counter} ${r.link}`;
			const links = this.saved.get(`${r.device}/${r.counter}`);
			this.did('I9');
			if (links && !links.has(r.link)) this.bad('I9', `a receipt of ${r.device}/${r.counter} names a link it never had`);
			if (said.has(key) && said.get(key) !== what && !this.wasRestored) this.bad('I9', `intake ${key} stands for two things`);
			said.set(key, what);
		}
	}
	// I6: every record on a compared device is the office's, and all that its user may see are there.
	converged() {
		for (const d of this.devices.filter((x) => x.compared)) {
			for (const [id, record] of Object.entries(d.records)) {
				this.did('I6');
				if (canonical(record) !== canonical(this.records.get(id) ?? null)) this.bad('I6', `${d.device} holds another ${id}`);
				if (!this.maySee(d.user, id)) this.bad('I10', `${d.device} holds ${id}, which is not its user's`);
			}
			for (const id of [...Object.keys(this.people), ...Object.values(this.people)])
				if (this.maySee(d.user, id) && !(id in d.records)) this.bad('I6', `${d.device} lacks ${id}`);
		}
	}
	// I4: a value is current, a side, kept with what was removed, or was replaced by who had seen it.
	nothingOverruled() {
		const done = this.intake.filter((c) => c.state === 'done');
		const by = groupBy(done, (c) => c.change.record);
		for (const [id, list] of by) {
			const record = this.records.get(id);
			if (record === undefined || this.erased.has(id)) continue;
			for (const [name, rule] of RULES)
				rule(this, record, list, { did: () => this.did(name), bad: (t) => this.bad(name, t) });
			const text = JSON.stringify(record), words = wordsOf(record);
			for (const a of list)
				for (const op of a.change.ops) {
					if (op.now === undefined) continue;
					const before = wordsOf(op.was);
					const fresh = [...wordsOf(op.now)].filter((w) => !before.has(w));
					if (fresh.length === 0 && wordsOf(op.now).size > 0)
						continue; // text that only takes back words says nothing new
					const [field, member] = op.path.split('/');
					const set = record.doc[field];
					const isThere = Array.isArray(set) && member ? set.includes(member) : fresh.length > 0 ? fresh.every((w) => words.has(w)) : text.includes(JSON.stringify(op.now)) ||
						Object.values(record.doc.addenda ?? {}).some((row) => row.refers_to === op.path);
					this.did('I4');
					if (isThere || this.isReplaced(list, a, op)) continue;
					this.bad('I4', `${a.device}/${a.counter} ${op.path} of ${id} is gone`);
				}
		}
	}
	// What its author said alike in another change is one word: who replaces the one takes the other along.
	isReplaced(list, a, op) {
		const alike = list.flatMap((c) => c.change.author === a.change.author
			? c.change.ops.filter((o) => c === a ? o === op : o.path === op.path && canonical(o.now ?? null) === canonical(op.now))
				.map((o) => [c, o])
			: []);
		return alike.some(([c, said]) => list.some((b) => b !== c && b.change.ops.some((o) => this.hasSeen(b, o, c, said))));
	}
	hasSeen(b, o, a, op) {
		const fresh = [...wordsOf(op.now)].filter((w) => !wordsOf(op.was).has(w));
		const showed = wordsOf(o.was); // after a restore the same words have another version
		return related(o.path, op.path) && (fresh.length > 0 && fresh.every((w) => showed.has(w)) || compare(seen(o), a.version) >= 0 ||
			(a.device === b.device && (o.base?.own ?? 0) >= a.counter) ||
			o.base?.side === `${a.device}/${a.counter}`);
	}
}


const METHODS = { saved: 'saved_', revoked: 'revoked_', erased: 'erased_', copied: 'copied_' };

/* Judges facts, line by line: take() each, then finish(), which gives what was
 * looked at; complain(text) is called for each that must not be. */
export class Judge {
	constructor(complain) {
		this.report = { schedules: 0, changes: 0, checked: {}, violations: 0,
			bad: (seed, name, text) => {
				this.report.violations++;
				complain(`seed ${seed}: ${name}: ${text}`);
			} };
		this.schedule = null;
	}
	take(fact) {
		if (fact.e === 'start') {
			this.finish();
			this.schedule = new Schedule(this.report);
			this.schedule.seed = fact.seed;
		}
		this.schedule[METHODS[fact.e] ?? fact.e](fact);
	}
	finish() {
		if (this.schedule && !this.schedule.hasEnded)
			this.schedule.bad('history', 'it has no end');
		this.schedule = null;
		const { bad: _, ...result } = this.report;
		return result;
	}
}
