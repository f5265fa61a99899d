// SPDX-License-Identifier: Apache-2.0
// What check-history.mjs looks for in a schedule as a whole, at its end: that
// nothing of it is missing, and that what was told, what was received and what
// the records say of it are one story.  One rule each: it gets the schedule and
// calls did() for each thing that it looked at and bad(text) for each that must
// not be.
import { compare } from './history-rules.mjs';

const keyOf = (c) => `${c.device}/${c.counter}`;
const compared = (schedule) => new Set(schedule.devices.filter((d) => d.compared).map((d) => d.device));

/* Who wrote or was answered is there at the end unless a double took its place,
 * and is compared unless its access has ended or it has a double. */
function nobodyIsLeftOut(schedule, { did, bad }) {
	const there = new Set(schedule.devices.map((d) => d.device));
	for (const device of schedule.asked) {
		did();
		if (!there.has(device) && !schedule.copied.has(device))
			bad(`nothing tells what ${device} has in the end`);
	}
	for (const d of schedule.devices) {
		did();
		if (!d.compared && !schedule.ended.has(d.device) && !schedule.copied.has(d.device))
			bad(`${d.device} is not compared, and nothing says why`);
	}
}

/* Every change of a compared device that the office has is told what became of
 * it, and the last that it was told is so: applied, with the number that it has
 * in the log; held; or closed.  Of what an office that was put back had told
 * before, it may hold again what it lost the end of (schema/protocol.md). */
function everyChangeEnds(schedule, { did, bad }) {
	const devices = compared(schedule);
	for (const c of schedule.intake.filter((x) => devices.has(x.device))) {
		const told = schedule.told.get(keyOf(c));
		did();
		if (c.state === 'received')
			bad(`${keyOf(c)} was received, and nothing became of it`);
		else if (!told)
			bad(`${keyOf(c)} is ${c.state}, and its device was never told`);
		else if (told.life !== schedule.lives || told.epoch !== schedule.epoch)
			continue;
		else if (told.kind === 'held' || told.kind === 'closed' ? c.state !== told.kind : c.state !== 'done')
			bad(`${keyOf(c)} is ${c.state}, and its device was told ${told.kind}`);
		else if (c.state === 'done' && compare(told.version, c.version) !== 0)
			bad(`${keyOf(c)} is number ${c.version} of the log, and its device was told ${told.version}`);
	}
}

/* The log gives each change a number of its own, and leaves none out. */
function theLogIsWhole(schedule, { did, bad }) {
	const by = new Map();
	for (const c of schedule.intake.filter((x) => x.state === 'done')) {
		const key = `${c.version}`;
		did();
		if (by.has(key))
			bad(`${keyOf(c)} and ${keyOf(by.get(key))} have the number ${key} of the log`);
		by.set(key, c);
	}
}

/* What a record says of who set it is what came in, and its number is that
 * change's, or of a later one of the record with which it stood again. */
function settersAreTheirs(schedule, { did, bad }) {
	const by = new Map(schedule.intake.map((c) => [keyOf(c), c]));
	const numbers = new Map(schedule.intake.filter((c) => c.state === 'done')
		.map((c) => [`${c.version}`, c.change.record]));
	for (const record of schedule.records.values())
		for (const [epoch, seq, device, counter] of record.setters ?? []) {
			const c = by.get(`${device}/${counter}`);
			if (!c)
				continue; /* what the schedule began with */
			did();
			if (c.change.record !== record.id || compare(c.version, [epoch, seq]) > 0 ||
				numbers.get(`${epoch},${seq}`) !== record.id)
				bad(`${record.id} says that ${keyOf(c)} set it with number ${epoch},${seq}, and that is not so`);
		}
}

/* What its author had seen was there before. */
function nobodySawWhatWasToCome(schedule, { did, bad }) {
	for (const c of schedule.intake.filter((x) => x.state === 'done'))
		for (const op of c.change.ops) {
			if (!op.base?.seen)
				continue;
			did();
			if (compare(op.base.seen, c.version) >= 0)
				bad(`${keyOf(c)} is number ${c.version} of the log and had seen ${op.base.seen}`);
		}
}

/* What a compared device wrote came in as it was saved.  What it cuts in a sync,
 * in another's place, may be erased again before that is over. */
function savedIsWhatCameIn(schedule, { did, bad }) {
	const devices = compared(schedule);
	for (const c of schedule.intake) {
		if (!devices.has(c.device) || c.change.ops.some((op) => op.erased))
			continue;
		const links = schedule.saved.get(keyOf(c));
		did();
		if (!links?.has(c.link) && (links || !c.change.proposal))
			bad(`${keyOf(c)} came in, and was not saved so`);
	}
}

export const WHOLE = [
	['I6', nobodyIsLeftOut],
	['I9', everyChangeEnds],
	['I8', theLogIsWhole],
	['I8', settersAreTheirs],
	['I8', nobodySawWhatWasToCome],
	['I3', savedIsWhatCameIn],
];
