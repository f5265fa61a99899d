// SPDX-License-Identifier: Apache-2.0
// From a referral to the first contact: how long somebody waits, whoever tells
// of it, and in whatever order it arrives.
import assert from 'node:assert/strict';
import { allVerify, desk, everyone } from './lib/desk.mjs';

const DAY_MS = 24 * 3600 * 1000;

/* A moment so many days ago, in the form of a record, and its day. */
const ago = (days) => new Date(Date.now() - days * DAY_MS).toISOString();
const dayOf = (time) => new Intl.DateTimeFormat('en-CA',
	{ timeZone: 'Europe/London' }).format(new Date(time));

async function waiting(place, ...more) {
	return place.ok(['waiting', ...more]);
}

/* One step of the only referral of the list. */
async function step(place, name) {
	const { waiting: [one, ...others] } = await waiting(place, '--all');
	assert.deepEqual(others, []);
	return one.steps.find((each) => each.step === name);
}

/* A visit to the person of this case, so many days ago, and its note, signed. */
async function visited(device, of_case, days, more = {}) {
	const start = ago(days);
	const visit = await device.make('visit', { [`cases/${of_case}`]: true,
		method: 'visit', result: 'seen_alone', direct_minutes: 30,
		actual: { start, end: ago(days - 0.01) }, ...more });
	const note = await device.make('note', { visit: visit.id, case: of_case,
		mode: 'instructed', seen_in_private: true,
		summary: 'We met. She wants to think about it.',
		'statements/first/kind': 'SAID_EXACT',
		'statements/first/text': 'Come again on Tuesday.',
		activities: ['listened'], safeguarding: 'no_concern',
		consent_change: 'none', told_person: true, copy_offered: true });
	await device.ok(['note', 'sign', note.id]);
	return { start, visit: visit.id };
}

/* A referral that a device took, with the office. */
async function referred(t, more = {}) {
	const here = await desk(t, ['mair', 'aled']);
	const { mair, office } = here;
	await office.make('service', { nation: 'england', acknowledge_days: 1,
		allocate_days: 2, contact_days: 5 });
	const person = (await mair.make('person',
		{ preferred_name: 'Mr Okafor' })).id;
	const referral = (await mair.make('referral', { person,
		legal_basis: 'IMHA', received_at: ago(10), ...more })).id;
	await mair.sync();
	return { ...here, person, referral };
}

/* The office accepts it and gives it to both. */
async function given(here) {
	const { office, referral } = here;
	const { case: of_case, parts } = await office.ok(
		['referral', 'accept', referral]);
	assert.deepEqual(Object.keys(parts), ['imha']);
	for (const name of ['mair', 'aled'])
		await office.ok(['referral', 'allocate', referral,
			'--user', office.users[name]]);
	await everyone([here.mair, here.aled]);
	return of_case;
}

/* What two places tell of who waits, but for what is named as each shows it. */
async function alike(...places) {
	const [first, ...others] = await Promise.all(places.map((place) =>
		waiting(place, '--all')));
	for (const other of others)
		assert.deepEqual(other, first);
	return first;
}

export const scenarios = {
	'a_device_without_a_network_tells_who_waits_as_the_office_does':
	async (t) => {
		const here = await referred(t);
		const { mair, aled, office, referral, person } = here;
		const before = await alike(mair, office);
		assert.deepEqual([before.waits, before.people, before.late],
			[1, 1, 1]);
		assert.deepEqual(before.waiting.map(({ id, person: of }) => [id, of]),
			[[referral, person]]);
		// Who has nothing to do with it yet knows nothing of it.
		assert.deepEqual((await waiting(aled)).waiting, []);
		const of_case = await given(here);
		await alike(mair, aled, office);
		await aled.relay.cut();
		const { start } = await visited(aled, of_case, 2);
		assert.deepEqual((await waiting(aled)).waiting, []);
		assert.equal((await step(aled, 'first_contact_at')).on, dayOf(start));
		const { waited } = await aled.show('referral', referral);
		assert.deepEqual(waited, (await waiting(aled, '--all')).waiting[0]);
		assert.match(await aled.words(['referral', 'show', referral]),
			/First contact with the person: [0-9-]+, [0-9]+ working day/);
		assert.match(await mair.words(['waiting']),
			/First contact with the person: not yet/);
		assert.match(await aled.words(['waiting']),
			/Nobody waits .*\n.*the office may know of more/);
		assert.equal((await waiting(office)).waits, 1);
		await aled.relay.open();
		await everyone([aled, mair]);
		assert.equal((await alike(mair, aled, office)).waits, 0);
		assert.deepEqual((await office.show('referral', referral)).waited,
			(await waiting(office, '--all')).waiting[0]);
		await allVerify(office, mair, aled);
	},

	'a_referral_waits_until_somebody_has_been_there': async (t) => {
		const here = await referred(t);
		const { mair, aled, office, referral } = here;
		const first = await waiting(office);
		assert.deepEqual(first.waiting.map(({ id, unanswered }) =>
			[id, unanswered]), [[referral, true]]);
		assert.deepEqual([first.waits, first.late], [1, 1]);
		await office.ok(['referral', 'acknowledge', referral]);
		const of_case = await given(here);
		// What the office answered is on the device that took it.
		const { doc } = await mair.show('referral', referral);
		assert.deepEqual([doc.status, doc.case], ['accepted', of_case]);
		assert.equal((await aled.show('case', of_case)).doc.legal_basis,
			'IMHA');
		const { waiting: [open] } = await waiting(office);
		assert.equal(open.unallocated, false);
		assert.equal(open.steps.at(-1).on, null);
		// Somebody came and was sent away; that is an attempt.
		await mair.make('visit', { [`cases/${of_case}`]: true,
			method: 'visit', result: 'access_refused',
			actual: { start: ago(3), end: ago(3) } });
		await mair.sync();
		assert.equal((await waiting(office)).waits, 1);
		assert.equal((await step(office, 'first_attempt_at')).on,
			dayOf(ago(3)));
		const { start } = await visited(mair, of_case, 2);
		await mair.sync();
		assert.deepEqual((await waiting(office)).waiting, []);
		assert.equal((await step(office, 'first_contact_at')).on,
			dayOf(start));
		await allVerify(office, mair, aled);
	},

	'an_earlier_visit_that_comes_later_moves_the_first_contact_back':
	async (t) => {
		const here = await referred(t);
		const { mair, aled, office } = here;
		const of_case = await given(here);
		await aled.relay.cut();
		const early = await visited(aled, of_case, 6);
		const late = await visited(mair, of_case, 2);
		await mair.sync();
		assert.equal((await step(office, 'first_contact_at')).on,
			dayOf(late.start));
		await aled.relay.open();
		await aled.sync();
		const moved = await step(office, 'first_contact_at');
		assert.equal(moved.on, dayOf(early.start));
		await allVerify(office, mair, aled);
	},

	'nobody_waits_for_what_was_declined': async (t) => {
		const { mair, office, referral } = await referred(t,
			{ decision_needed_by: dayOf(ago(4)) });
		const { waiting: [open] } = await waiting(office);
		assert.equal(open.needed_by, dayOf(ago(4)));
		assert.equal(open.decision_first, true);
		await office.ok(['referral', 'decline', referral,
			'--because', 'wrong_area']);
		assert.deepEqual((await waiting(office)).waiting, []);
		await mair.sync();
		const { doc } = await mair.show('referral', referral);
		assert.deepEqual([doc.status, doc.declined_reason],
			['declined', 'wrong_area']);
		await allVerify(office, mair);
	},

	'a_referral_of_somebody_known_goes_on_as_their_case': async (t) => {
		const here = await referred(t);
		const { mair, office, person } = here;
		const of_case = await given(here);
		const again = (await mair.make('referral', { person,
			legal_basis: 'IMHA', received_at: ago(1) })).id;
		const dropped = (await mair.make('referral', { person,
			legal_basis: 'IMHA', received_at: ago(1) })).id;
		await mair.sync();
		const accepted = await office.ok(['referral', 'accept', again,
			'--case', of_case]);
		assert.deepEqual([accepted.case, accepted.parts], [of_case, {}]);
		const { status } = await office.ok(['referral', 'decline', dropped,
			'--because', 'withdrawn_by_person']);
		assert.equal(status, 'withdrawn');
		await visited(mair, of_case, 0.02);
		await mair.sync();
		assert.deepEqual((await waiting(office)).waiting, []);
		const { doc } = await mair.show('referral', again);
		assert.deepEqual([doc.status, doc.case], ['accepted', of_case]);
		await allVerify(office, mair);
	},
};
