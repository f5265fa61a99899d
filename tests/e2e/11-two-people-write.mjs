// SPDX-License-Identifier: Apache-2.0
// Two advocates, or an advocate and the office, write about the same record
// while neither has seen the other's change.
import assert from 'node:assert/strict';
import { desk, everyone, fullNote, joined } from './lib/desk.mjs';
import { toldBy } from './lib/words.mjs';

/*
 * Mair's and Aled's devices with everything in common; each changes the person
 * while the network is cut; the office gets Mair's change first.
 */
async function apart(t, hers, his, type = 'person') {
	const here = await desk(t, ['mair', 'aled']);
	await clash(here, hers, his, type, here[type]);
	return here;
}

async function clash({ mair, aled }, hers, his, type, id) {
	await mair.relay.cut();
	await aled.relay.cut();
	await mair.edit(type, id, hers);
	await aled.edit(type, id, his);
	await mair.relay.open();
	await mair.sync();
	await aled.relay.open();
	await everyone([aled, mair]);
}

/* The same, seen from both devices and the office. */
async function alike({ mair, aled, office }, type, id) {
	const docs = await Promise.all([mair, aled, office].map(async (place) =>
		(await place.show(type, id)).doc));
	assert.deepEqual(docs[1], docs[0]);
	assert.deepEqual(docs[2], docs[0]);
	return docs[0];
}

async function conflictsEverywhere({ mair, aled, office }) {
	const lists = [];
	for (const place of [mair, aled, office])
		lists.push(await place.conflicts());
	assert.deepEqual(lists[1], lists[0]);
	assert.deepEqual(lists[2].map(({ id }) => id), lists[0].map(({ id }) => id));
	return lists[0];
}

const TWO_ROOMS = [{ location: { room: '14' } }, { location: { room: '22' } }];

export const scenarios = {
	'edits of different fields and sentences merge': async (t) => {
		const here = await apart(t,
			{ what_helps: 'To be asked the day before.',
				how_i_communicate: 'She shows with her hands and face. She likes pictures.' },
			{ what_upsets: 'A loud television.',
				how_i_communicate: 'She shows with her hands. She likes old pictures.' });
		const doc = await alike(here, 'person', here.person);
		assert.equal(doc.what_helps, 'To be asked the day before.');
		assert.equal(doc.what_upsets, 'A loud television.');
		assert.equal(doc.how_i_communicate,
			'She shows with her hands and face. She likes old pictures.');
		assert.deepEqual(await conflictsEverywhere(here), []);
	},

	'what was put together near a word of weight is read by a person, once':
	async (t) => {
		const text = 'She takes one tablet at night. She sleeps well.';
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office, person } = here;
		await mair.edit('person', person, { what_helps: text });
		await everyone([mair, aled]);
		await clash(here, { what_helps: text.replace('one tablet', 'two tablets') },
			{ what_helps: text.replace('well', 'badly') }, 'person', person);
		const merged = 'She takes two tablets at night. She sleeps badly.';
		assert.equal((await alike(here, 'person', person)).what_helps, merged);
		assert.deepEqual((await mair.show('person', person)).review,
			['what_helps']);
		const { reviews: [review] } = await aled.ok(['review', 'list']);
		assert.equal(review.kind, 'review');
		assert.deepEqual((await aled.show('person', person)).reviews, [review.id]);
		assert.equal((await aled.status()).reviews, 1);
		assert.match(await toldBy(aled, ['review', 'list']), /put together/);

		const seen = await aled.ok(['review', 'seen', review.id]);
		assert.equal(seen.record, person);
		assert.notEqual(seen.state, 'open');
		assert.equal(seen.value, merged);
		await aled.fails(['review', 'seen', review.id], 'refused');
		await everyone([aled, mair]);
		for (const place of [mair, aled]) {
			assert.deepEqual((await place.ok(['review', 'list'])).reviews, []);
			const { decision } = await place.ok(['conflict', 'show', review.id]);
			assert.equal(decision.by, office.users.aled);
			assert.equal((await place.verify()).ok, true);
		}
		assert.equal((await alike(here, 'person', person)).what_helps, merged);
		assert.deepEqual((await office.show('person', person)).review, []);
	},

	'of two rooms both are kept, on every device, until the office decides':
	async (t) => {
		const here = await apart(t, ...TWO_ROOMS);
		const [conflict, ...more] = await conflictsEverywhere(here);
		assert.equal(more.length, 0);
		assert.equal(conflict.path, 'location');
		assert.equal(conflict.ancestor.room, '12');
		assert.deepEqual([conflict.current, ...conflict.sides.map(({ value }) =>
			value)].map(({ room }) => room).sort(), ['14', '22']);
		const his = conflict.sides.find(({ value }) => value.room === '22');
		await here.office.ok(['conflict', 'decide', conflict.id, '--take',
			`${his.device}/${his.counter}`, '--reason', 'We rang the home.',
			'--as', here.office.logins[0]]);
		await everyone([here.mair, here.aled]);
		const doc = await alike(here, 'person', here.person);
		assert.equal(doc.location.room, '22');
		assert.deepEqual(await conflictsEverywhere(here), []);
		for (const device of [here.mair, here.aled]) {
			const { decision } = await device.ok(
				['conflict', 'show', conflict.id]);
			assert.equal(decision.reason, 'We rang the home.');
		}
	},

	'an author decides, in words of their own': async (t) => {
		const here = await apart(t,
			{ how_i_communicate: 'She shows with her eyes. She likes pictures.' },
			{ how_i_communicate: 'She shows with her feet. She likes pictures.' });
		const [conflict] = await here.mair.conflicts();
		const words = 'She shows with eyes and feet. She likes pictures.';
		await here.mair.ok(['conflict', 'decide', conflict.id, '--text-file',
			'-', '--reason', 'We asked her together.'], { input: words });
		await everyone([here.mair, here.aled]);
		const doc = await alike(here, 'person', here.person);
		assert.equal(doc.how_i_communicate, words);
		assert.deepEqual(await conflictsEverywhere(here), []);
	},

	'a decision that had not seen another decision reopens the conflict':
	async (t) => {
		const here = await apart(t, ...TWO_ROOMS);
		const { mair, aled } = here;
		const [{ id, sides }] = await mair.conflicts();
		await mair.relay.cut();
		await aled.relay.cut();
		await mair.ok(['conflict', 'decide', id, '--take', 'current',
			'--reason', 'I saw her there.']);
		await aled.ok(['conflict', 'decide', id, '--take',
			`${sides[0].device}/${sides[0].counter}`, '--reason', 'So did I.']);
		await mair.relay.open();
		await mair.sync();
		await aled.relay.open();
		await everyone([aled, mair]);
		await alike(here, 'person', here.person);
		assert.equal((await conflictsEverywhere(here)).length, 1);
	},

	'a row taken out by one and changed by the other is for a person to decide':
	async (t) => {
		const here = await apart(t, { 'worker_risks/stairs': null },
			{ 'worker_risks/stairs/risk': 'The stairs are steep and dark.' });
		const [conflict] = await conflictsEverywhere(here);
		assert.equal(conflict.path, 'worker_risks/stairs');
		// What was changed stands until then.
		const before = await alike(here, 'person', here.person);
		assert.equal(before.worker_risks.stairs.risk,
			'The stairs are steep and dark.');
		await here.aled.ok(['conflict', 'decide', conflict.id, '--take',
			'current', '--reason', 'They are dark.']);
		await everyone([here.aled, here.mair]);
		const doc = await alike(here, 'person', here.person);
		assert.equal(doc.worker_risks.stairs.risk,
			'The stairs are steep and dark.');
		assert.deepEqual(await conflictsEverywhere(here), []);
	},

	'of a set, members added by both are there, and adding wins over taking out':
	async (t) => {
		const here = await apart(t,
			{ 'client_group/dementia': false, 'client_group/carer': true },
			{ 'client_group/dementia': true, 'client_group/autism': true });
		const doc = await alike(here, 'person', here.person);
		assert.ok(doc.client_group.includes('carer'));
		assert.ok(doc.client_group.includes('autism'));
		assert.deepEqual(await conflictsEverywhere(here), []);
	},

	'the more careful answer stands, whoever was first': async (t) => {
		const here = await apart(t, { safe_to_contact: 'do_not_contact' },
			{ safe_to_contact: 'any_way' });
		assert.equal((await alike(here, 'person', here.person)).safe_to_contact,
			'do_not_contact');
		await clash(here, { safe_to_contact: 'agreed_ways' },
			{ safe_to_contact: 'through_someone' }, 'person', here.person);
		assert.equal((await alike(here, 'person', here.person)).safe_to_contact,
			'through_someone');
	},

	'of a low-harm field the later value stands, and both are kept':
	async (t) => {
		const here = await apart(t, { visiting_arrangements: 'After ten.' },
			{ visiting_arrangements: 'After two, ring first.' }, 'site');
		const doc = await alike(here, 'site', here.site);
		assert.equal(doc.visiting_arrangements, 'After two, ring first.');
	},

	'a group is one value': async (t) => {
		const here = await apart(t,
			{ location: { room: '14' } }, { preferred_name: 'Miriam' });
		const doc = await alike(here, 'person', here.person);
		assert.deepEqual(doc.location, { room: '14' });
		assert.equal(doc.preferred_name, 'Miriam');
	},

	'what only the office may set is held when a device sets it': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const { status, json } = await mair.run(['case', 'edit', here.case,
			...mair.sets({ status: 'closed' })]);
		assert.ok(status === 0 || json.error, JSON.stringify(json));
		await mair.sync();
		assert.equal((await office.show('case', here.case)).doc.status, 'open');
		if (status === 0)
			assert.equal((await mair.status()).held, 1);
		// One thing that cannot be taken does not stop the others.
		const { id } = await mair.make('note', fullNote(here));
		await mair.sync();
		assert.equal((await mair.note(id)).transport, 'office');
	},

	'a value that is set once is not set again': async (t) => {
		const here = await desk(t, ['mair']);
		const { mair, office } = here;
		const { id } = await mair.make('note', fullNote(here));
		const other = await mair.make('visit', { [`cases/${here.case}`]: true });
		await mair.sync();
		await mair.run(['note', 'edit', id, ...mair.sets({ visit: other.id })]);
		await mair.sync();
		assert.equal((await office.show('note', id)).doc.visit, here.visit);
	},

	'what the office closes is told to its author, with why': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		await mair.edit('case', here.case, { status: 'closed' });
		await mair.sync();
		assert.equal((await mair.show('case', here.case)).doc.status, 'closed');
		assert.equal((await mair.status()).held, 1);
		const { held: [one] } = await office.ok(['held', 'list']);
		await office.ok(['held', 'close', one.change, '--reason',
			'It stays open until the council has written.']);
		await mair.sync();
		// The words are not in the case any more, and are told beside it.
		const told = await mair.show('case', here.case);
		assert.equal(told.doc.status, 'open');
		assert.deepEqual(told.closed, [{ counter: one.counter,
			reason: 'office_only', said: { status: 'closed' },
			words: 'It stays open until the council has written.' }]);
		assert.match(await mair.words(['case', 'show', here.case]),
			/The office closed this: It stays open until the council has written\.\n {2}Status:\n {4}Closed/);
		assert.equal((await mair.status()).held, 0);
		// Who joins later has what the office has, and all of it adds up.
		const again = await joined(t, office, 'mair-2', { user: 'mair' });
		assert.deepEqual((await again.show('case', here.case)).doc, told.doc);
		for (const place of [mair, again, office])
			assert.equal((await place.verify()).ok, true);
	},

	'one author with two devices meets themselves': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const { id } = await mair.make('note', fullNote(here));
		await mair.sync();
		const aled = await joined(t, office, 'mair-2', { user: 'mair' });
		await clash({ mair, aled }, { summary: 'She is well. She waits.' },
			{ summary: 'She is well. She packs.' }, 'note', id);
		const [conflict] = await conflictsEverywhere({ mair, aled, office });
		assert.equal(conflict.path, 'summary');
		await alike({ mair, aled, office }, 'note', id);
	},

	'a chain of edits without a network works by itself': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const { id } = await mair.make('note', fullNote(here));
		await mair.relay.cut();
		for (const words of ['She sat.', 'She sat. She read.', 'She read.',
			'She read aloud.'])
			await mair.edit('note', id, { summary: words });
		await mair.relay.open();
		await mair.sync();
		assert.deepEqual(await mair.conflicts(), []);
		assert.equal((await office.show('note', id)).doc.summary,
			'She read aloud.');
	},

	'what the office writes meets what a device writes': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		await mair.relay.cut();
		await office.edit('person', here.person, { date_of_birth: '1938-02-03' });
		await mair.edit('person', here.person, { date_of_birth: '1938-03-02' });
		await mair.relay.open();
		await everyone([mair]);
		const [conflict] = await mair.conflicts();
		assert.equal(conflict.path, 'date_of_birth');
		assert.equal(conflict.current, '1938-02-03');
		assert.deepEqual(conflict.sides.map(({ value }) => value),
			['1938-03-02']);
		assert.deepEqual((await office.conflicts()).map(({ id }) => id),
			[conflict.id]);
	},
};
