// SPDX-License-Identifier: Apache-2.0
// What happens in the demonstration, act by act.  Each act does things with
// the real programs, tells a person what they see, and keeps what was seen;
// whether that is right is judged afterwards, by judge.mjs, from that alone.
import { until } from '../../../tests/e2e/lib/until.mjs';
import { inParallel } from '../child.mjs';
import { clashing } from './caseload.mjs';

const OFFICE = 'office';
/* Where a note stands must be shown as one of these words or not at all. */
const STATES = /On this device only|Waiting to send|Sending \d+ of \d+|With the office|Needs your answer|The office could not accept this|Waiting again/;

/*
 * Clashes in rounds, so that in each round there is an order of the devices in
 * which the office gets every side a before its side b.  What takes someone off
 * a case comes in a round of its own, the last.
 */
export function rounds(clashes, nameOf) {
	const list = [];
	const fits = (round, clash) => order([...round, clash], nameOf) !== null;
	for (const clash of clashes.filter(({ expect }) => expect !== 'received')) {
		const round = list.find((one) => fits(one, clash));
		if (round)
			round.push(clash);
		else
			list.push([clash]);
	}
	const last = clashes.filter(({ expect }) => expect === 'received');
	return last.length > 0 ? [...list, last] : list;
}

/* Names of the devices of some clashes in such an order, or null. */
export function order(clashes, nameOf) {
	const before = new Map();
	for (const clash of clashes) {
		const [a, b] = [nameOf(clash, 'a'), nameOf(clash, 'b')];
		for (const name of [a, b])
			before.set(name, before.get(name) ?? new Set());
		// What the office writes is there at once.
		if (a !== OFFICE && b !== OFFICE)
			before.get(b).add(a);
	}
	before.delete(OFFICE);
	const sorted = [];
	while (before.size > 0) {
		const free = [...before].find(([, others]) =>
			[...others].every((other) => !before.has(other)));
		if (!free)
			return null;
		before.delete(free[0]);
		sorted.push(free[0]);
	}
	return sorted;
}

export class Story {
	constructor(world, tell) {
		this.world = world;
		this.tell = tell;
		this.caseload = world.caseload;
		this.seen = { loaded: {}, final: {}, cuts: [], notes: [], clashes: [],
			decisions: [], devices: {} };
	}

	nameOf(clash, side) {
		return this.world.placeOf(clash, side)?.name ?? OFFICE;
	}

	async play() {
		await this.open();
		await this.load();
		const all = rounds(this.caseload.clashes, (...of) => this.nameOf(...of));
		if (all.length === 0)
			all.push([]);
		for (const [i, clashes] of all.entries())
			await this.round(clashes, i === 0 ? this.caseload.offline : []);
		await this.decide();
		await this.close();
		return this.seen;
	}

	async open() {
		const { world, tell } = this;
		tell.act(`The office of ${this.caseload.name} opens`);
		await world.openOffice();
		tell.line(`devices reach it at ${world.office.devices}; ` +
			`${this.caseload.users.length} people work here`);
		await world.enterOffice();
		const count = (type) => this.caseload.of(type).length;
		tell.line(`the office enters ${count('site')} places, ` +
			`${count('person')} people and ${count('case')} cases`);
		tell.act('The advocates\' devices are enrolled');
		await world.openDevices();
		for (const { name, user, identity, home } of world.devices) {
			this.seen.devices[name] = { user, device: identity.device };
			tell.line(`${name}: ${this.caseload.user(user).name}, ` +
				`notes encrypted in ${home}`);
		}
		this.seen.office = world.office.identity.office;
		this.seen.key = (await world.office.ok(
			['keys', 'show'])).receipt_pem;
	}

	async load() {
		const { world, tell, caseload } = this;
		tell.act('The advocates write down their visits');
		await world.syncAll();
		await world.enterField(caseload.offline);
		await this.settle();
		await world.endGrants();
		await this.settle();
		this.seen.loaded = await this.look();
		tell.line(`${caseload.of('visit').length} visits and ` +
			`${caseload.of('note').length - caseload.offline.length} notes ` +
			'are with the office');
	}

	/* Everything sent, everything pulled. */
	async settle() {
		for (const device of this.world.devices)
			await device.allSent();
		await this.world.syncAll();
	}

	/* Nothing moves any more: what a daemon was told last is on its disk. */
	async rest() {
		let before;
		await until('nothing moves any more', async () => {
			const now = JSON.stringify(await inParallel(this.world.devices, 2,
				async (device) => {
					const { unsent, held, conflicts } = await device.status();
					return { unsent, held, conflicts };
				}));
			const isSame = now === before;
			before = now;
			return isSame;
		});
	}

	/* The network goes; people write; it comes back, device by device. */
	async round(clashes, notes) {
		const { world, tell } = this;
		tell.act(notes.length > 0 ? 'The network is cut, and work goes on' :
			'The network is cut again');
		await world.cut();
		const cut = await this.measureCut();
		for (const clash of clashes)
			await this.write(clash);
		const written = [];
		for (const note of notes)
			written.push(await this.writeOffline(note));
		await this.endMeasure(cut);
		tell.act('The network comes back');
		const names = order(clashes, (...of) => this.nameOf(...of));
		await this.reconnect([...names, ...world.devices
			.map(({ name }) => name).filter((name) => !names.includes(name))]);
		await this.settle();
		for (const one of written)
			await this.readAgain(one);
		await this.lookAt(clashes);
	}

	/* What the office holds of each device, and what each has sent. */
	async counters() {
		const { devices } = await this.world.office.verify();
		return Object.fromEntries(devices.map(({ device, counter }) =>
			[device, counter]));
	}

	async measureCut() {
		return { before: await this.counters() };
	}

	/* While the network is still cut: what a sync says, what the device has
	 * written and what the office has got since. */
	async endMeasure(cut) {
		cut.devices = {};
		for (const device of this.world.devices) {
			const sync = await device.sync(10);
			const { written } = await device.verify();
			cut.devices[device.name] = { outcome: sync.outcome, written,
				device: device.identity.device };
		}
		cut.after = await this.counters();
		this.seen.cuts.push(cut);
	}

	async write(clash) {
		const places = { a: this.world.placeOf(clash, 'a'),
			b: this.world.placeOf(clash, 'b') };
		// What the office writes, it has at once: so it is written first.
		const sides = places.b === null ? ['b', 'a'] : ['a', 'b'];
		for (const side of sides) {
			const { by, record } = clash[side];
			await this.world.save(record ?? clash.record, clash[side],
				places[side], by);
		}
		this.tell.line(`${this.nameOf(clash, 'a')} and ` +
			`${this.nameOf(clash, 'b')}: ${clash.name}`);
	}

	async writeOffline(note) {
		const device = this.world.deviceOf(note.by);
		await this.world.write(note);
		const before = await this.readNote(device, note);
		this.tell.line(`${device.name} writes ${note.key}: ${before.words}`);
		const one = { key: note.key, place: device.name, before };
		this.seen.notes.push(one);
		return one;
	}

	/* A note as a script gets it, and the words that a person is shown. */
	async readNote(device, { key }) {
		const id = this.world.ids[key];
		const { transport, receipt, outcome, counter } = await device.note(id);
		const { stdout } = await this.world.bench.command('visitbook',
			['note', 'show', id, ...device.place]);
		return { transport, receipt, outcome, counter,
			words: STATES.exec(stdout)?.[0] ?? '' };
	}

	async readAgain(one) {
		const device = this.world.devices.find(({ name }) => name === one.place);
		one.after = await this.readNote(device, one);
		this.tell.line(`${one.place}: ${one.key}: ${one.before.words} -> ` +
			`${one.after.words}` + (one.after.receipt ?
			`, receipt ${one.after.receipt.intake}` : ''));
	}

	async reconnect(names) {
		for (const name of names) {
			const device = this.world.devices.find((one) => one.name === name);
			await device.relay.open();
			// Its daemon notices by itself; asking only makes it sooner.
			await device.sync();
			await device.allSent();
		}
	}

	/* How the record of each clash looks at every place. */
	async lookAt(clashes) {
		if (clashes.length === 0)
			return;
		const { places } = await this.look();
		for (const clash of clashes) {
			const id = this.world.ids[clash.record];
			const shown = Object.fromEntries(Object.entries(places)
				.filter(([, records]) => records[id])
				.map(([name, records]) => [name, records[id]]));
			const other = clash.b.record && await this.readNote(
				this.world.placeOf(clash, 'b'), { key: clash.b.record })
				.catch((error) => ({ error: error.message }));
			this.seen.clashes.push({ name: clash.name, shown, other });
			this.tell.clash(clash, shown, id);
		}
	}

	/* Everything at every place: records, numbers, verification. */
	async look() {
		const { world } = this;
		const places = { [OFFICE]: await world.atOffice() };
		const status = {};
		const verify = { [OFFICE]: await world.office.verify() };
		for (const device of world.devices) {
			places[device.name] = await world.exported(device);
			status[device.name] = await device.status();
			verify[device.name] = await device.verify();
		}
		return { places, status, verify, ids: { ...world.ids } };
	}

	async decide() {
		const asked = this.caseload.clashes.filter(({ decide }) => decide);
		if (asked.length === 0)
			return;
		this.tell.act('People decide what did not merge by itself');
		for (const clash of asked)
			for (const path of clashing(clash))
				await this.decideOne(clash, path);
		await this.settle();
	}

	async decideOne(clash, path) {
		const { world } = this;
		const { by, reason } = clash.decide;
		const isOffice = this.caseload.user(by).isOffice;
		const device = isOffice ? null : world.deviceOf(by);
		const run = world.at(device, by);
		const list = await (device ?? world.office).ok(['conflict', 'list']);
		const found = list.conflicts.find((one) => one.state === 'open' &&
			one.record === world.ids[clash.record] && one.path === path);
		const decision = { name: clash.name, path, by };
		this.seen.decisions.push(decision);
		if (!found)
			return;
		const words = ['conflict', 'decide', found.id, '--reason', reason];
		if (clash.decide.value !== undefined)
			words.push('--text-file', world.textFile(clash.decide.value));
		else
			words.push('--take', await this.sideOf(clash, found.id, device));
		decision.conflict = found.id;
		decision.answer = await run(words);
		this.tell.line(`${isOffice ? 'the office' : device.name} decides: ` +
			`${clash.name}: ${reason}`);
		if (!isOffice) {
			await device.allSent();
			await world.syncAll();
		}
	}

	/* "current" or the side that holds what the decision takes: in the
	 * caseload `current` is what a wrote and `side` is what b wrote. */
	async sideOf(clash, conflict, device) {
		const { sides } = await (device ?? this.world.office).ok(
			['conflict', 'show', conflict]);
		const place = this.world.placeOf(clash,
			clash.decide.take === 'current' ? 'a' : 'b');
		const known = this.world.devices.map((one) => one.identity.device);
		const i = sides.findIndex((side) => place ?
			side.device === place.identity.device :
			!known.includes(side.device));
		return i < 0 ? 'current' : `${sides[i].device}/${sides[i].counter}`;
	}

	async close() {
		await this.settle();
		await this.rest();
		this.seen.final = await this.look();
		this.seen.conflicts = {};
		const ids = this.seen.decisions.filter(({ conflict }) => conflict);
		await inParallel(this.world.devices, 2, async (device) => {
			this.seen.conflicts[device.name] = {};
			for (const { conflict } of ids) {
				const { json } = await device.run(['conflict', 'show', conflict]);
				this.seen.conflicts[device.name][conflict] = json;
			}
		});
	}
}
