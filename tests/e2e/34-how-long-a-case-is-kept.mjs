// SPDX-License-Identifier: Apache-2.0
// Until when a case is kept: what starts its clock, and what does not.
import assert from 'node:assert/strict';
import { allVerify, desk, everyone, fullNote } from './lib/desk.mjs';

const DAY_MS = 24 * 3600 * 1000;

const ago = (days) => new Date(Date.now() - days * DAY_MS).toISOString();
const dayOf = (time) => new Intl.DateTimeFormat('en-CA',
	{ timeZone: 'Europe/London' }).format(new Date(time));
/* The same day so many years later, 29 February apart. */
const later = (day, years) => `${Number(day.slice(0, 4)) + years}${day.slice(4)
	.replace('-02-29', '-03-01')}`;

/* What the office says of one case. */
async function kept(office, id) {
	const { retention } = await office.ok(['retention']);
	return retention.find((one) => one.id === id);
}

/* A signed note of the visit, and a case that was closed yesterday. */
async function closed(t) {
	const here = await desk(t);
	const { mair, office, person } = here;
	await office.edit('person', person, { date_of_birth: '1938-02-03' });
	here.note = (await mair.make('note', fullNote(here))).id;
	await mair.ok(['note', 'sign', here.note]);
	await mair.sync();
	here.closing = dayOf(ago(1));
	await office.edit('case', here.case,
		{ status: 'closed', closed_on: here.closing });
	await everyone([mair]);
	return here;
}

export const scenarios = {
	case_14_an_addendum_after_the_closing_moves_nothing: async (t) => {
		const here = await closed(t);
		const { mair, office } = here;
		const before = await kept(office, here.case);
		assert.deepEqual([before.class, before.due, before.started.by,
			before.started.on], ['CASE_ADULT', later(here.closing, 8),
			'closed', here.closing]);
		assert.match(before.why, new RegExp(here.closing));
		// What is added to a signed note, and what is put right in the case.
		await mair.ok(['note', 'addendum', here.note, '--kind',
			'late_information', '--file', '-'], { input: 'The ward rang about it.' });
		await mair.sync();
		await office.edit('case', here.case,
			{ close_reason: 'issue_finished' });
		await office.edit('person', here.person,
			{ what_helps: 'Time to think.' });
		const { doc } = await office.show('note', here.note);
		assert.equal(Object.keys(doc.addenda).length, 1);
		assert.deepEqual(await kept(office, here.case), before);
		// A note of the visit that was before the closing, written late.
		const late = await mair.make('note', fullNote(here));
		await mair.sync();
		assert.equal((await office.show('note', late.id)).doc.visit,
			here.visit);
		assert.deepEqual(await kept(office, here.case), before);
		await allVerify(office, mair);
	},

	case_14_a_visit_or_a_note_after_the_closing_starts_it_anew:
	async (t) => {
		const here = await closed(t);
		const { mair, office } = here;
		const today = dayOf(ago(0));
		const visit = await mair.make('visit', { [`cases/${here.case}`]: true,
			site: here.site, method: 'visit', result: 'seen_alone',
			direct_minutes: 20, actual: { start: ago(0), end: ago(0) } });
		assert.equal((await kept(office, here.case)).started.by, 'closed');
		await mair.sync();
		const moved = await kept(office, here.case);
		assert.deepEqual([moved.started.by, moved.started.type,
			moved.started.id, moved.started.on, moved.due],
		['work', 'visit', visit.id, today, later(today, 8)]);
		// What has been removed tells of nothing.
		await mair.ok(['visit', 'remove', visit.id]);
		await mair.sync();
		assert.equal((await kept(office, here.case)).started.on,
			here.closing);
		const note = await mair.make('note',
			fullNote(here, { visit: undefined }));
		await mair.sync();
		const { started } = await kept(office, here.case);
		assert.deepEqual([started.by, started.type, started.id],
			['work', 'note', note.id]);
		await allVerify(office, mair);
	},

	case_14_a_case_that_is_opened_again_counts_from_its_next_closing:
	async (t) => {
		const here = await closed(t);
		const { mair, office } = here;
		await office.edit('case', here.case, { status: 'reopened' });
		const open = await kept(office, here.case);
		assert.deepEqual([open.started, open.due, open.class],
			[null, null, null]);
		// The day of the first closing was left as it was.
		await office.edit('case', here.case, { status: 'closed' });
		const { started, due } = await kept(office, here.case);
		const today = dayOf(ago(0));
		assert.deepEqual([started.by, started.on, due],
			['marked', today, later(today, 8)]);
		await allVerify(office, mair);
	},

	'what is due is listed by class, with what is to be asked': async (t) => {
		const here = await desk(t);
		const { office } = here;
		const make = async (born, more) => {
			const person = (await office.make('person', {
				preferred_name: 'Somebody', ...born })).id;
			return (await office.make('case', { person, status: 'closed',
				opened_on: '2015-01-05', closed_on: '2016-03-04',
				legal_basis: 'CHILD_OTHER', ...more })).id;
		};
		const child = await make({ date_of_birth: '2006-06-15' });
		const older = await make({ date_of_birth: '1997-06-15' });
		const unknown = await make({});
		const ward = await make({ date_of_birth: '1960-01-01' },
			{ legal_basis: 'IMHA' });
		await office.make('concern', { case: child, about: 'child',
			noticed_at: '2015-06-01T10:00:00.000Z' });
		const all = await office.ok(['retention']);
		assert.equal(all.open, 1);
		assert.deepEqual(all.retention.map((one) => [one.id, one.class,
			one.due, one.sure]), [
			[older, 'CASE_ADULT', '2024-03-04', true],
			[unknown, 'CASE_ADULT', '2024-03-04', false],
			[child, 'CASE_CHILD', '2031-06-15', true],
			[ward, 'CASE_MH', '2036-03-04', true],
			[here.case, null, null, true],
		]);
		assert.equal(all.retention.find((one) => one.id === child)
			.ask.length, 1);
		assert.deepEqual(all.retention.find((one) => one.id === ward).also
			.map((one) => [one.class, one.due]),
		[['CASE_ADULT', '2024-03-04']]);
		const some = await office.ok(['retention', '--until', '2031-06-15']);
		assert.deepEqual([some.due, some.by_class],
			[3, { CASE_ADULT: 2, CASE_CHILD: 1 }]);
		assert.equal(some.retention.length, 3);
		const { status } = await office.run(['retention', '--until', 'soon']);
		assert.notEqual(status, 0);
		await allVerify(office);
	},
};
