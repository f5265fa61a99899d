// SPDX-License-Identifier: Apache-2.0
// The conflicts that advocates and an office meet in practice, by their numbers
// in the list of them.
import assert from 'node:assert/strict';
import { clockAt } from './lib/clock.mjs';
import { allVerify, desk, everyone, fullNote, joined } from './lib/desk.mjs';
import { bundle, relink, schemaCopy } from './lib/rebundle.mjs';
import { toldBy } from './lib/words.mjs';

/* Mair's tablet and her laptop, and a draft of hers that both have; both are
 * cut off from the network. */
async function twoDevices(t, more = {}) {
	const here = await desk(t);
	const { mair: tablet, office } = here;
	const { id } = await tablet.make('note', fullNote(here, more));
	await tablet.sync();
	const laptop = await joined(t, office, 'laptop', { user: 'mair' });
	await tablet.relay.cut();
	await laptop.relay.cut();
	return { ...here, tablet, laptop, id };
}

/* The network is back; the first of them is at the office before the others. */
async function back(...devices) {
	for (const device of devices) {
		await device.relay.open();
		await device.sync();
	}
	await everyone(devices);
}

async function docs(type, id, ...places) {
	const [first, ...others] = await Promise.all(places.map(async (place) =>
		(await place.show(type, id)).doc));
	for (const other of others)
		assert.deepEqual(other, first);
	return first;
}

/* Two people at the office do one act. */
async function byTwo(office, act, words) {
	const as = (i) => [['--as', office.logins[i]],
		{ passphrases: [office.administrators[i]] }];
	const [first, secret] = as(0);
	const { proposal } = await office.ok([act, 'propose', ...words, ...first],
		secret);
	const [second, other] = as(1);
	return office.ok([act, 'confirm', proposal, ...second], other);
}

/* Her tablet edits the draft, and her laptop removes it; `order` says whose
 * change is at the office first. */
async function editedAndDeleted(t, order) {
	const { tablet, laptop, office, id } = await twoDevices(t);
	const words = 'She is well. She is packed.';
	await tablet.edit('note', id, { summary: words });
	await laptop.ok(['note', 'remove', id]);
	await back(...order(tablet, laptop));
	// The edit wins, and its author is asked.
	assert.equal((await docs('note', id, tablet, laptop, office)).summary,
		words);
	for (const place of [tablet, laptop, office])
		assert.deepEqual((await place.conflicts()).map(({ path }) => path),
			['']);
	const [conflict] = await tablet.conflicts();
	await tablet.ok(['conflict', 'decide', conflict.id, '--take', 'current',
		'--reason', 'It is to stay.']);
	await back(tablet, laptop);
	assert.equal((await docs('note', id, tablet, laptop, office)).summary,
		words);
	assert.deepEqual(await office.conflicts(), []);
	await allVerify(office, tablet, laptop);
}

/* A person agreed to sharing, and took that back at the office; an advocate who
 * does not know logs that something was shared.  `write` has both written and
 * brought to the office: [what was taken back, what was shared]. */
async function takenBack(t, write) {
	const here = await desk(t);
	const { mair, office, person } = here;
	await office.addUser('dai', 'DPO');
	const about = { person, cases: [here.case] };
	const given = await office.make('consent', { ...about,
		what: 'share_with', answer: 'given', on: '2026-11-01' });
	await mair.sync();
	await mair.relay.cut();
	const shared = { ...about, at: '2026-11-20T15:00:00.000Z',
		what: 'How she wants to live.', to_name: 'Her social worker',
		agreement: given.id };
	const [taken, share] = await write({ mair, office, about, shared });
	// Both are kept, and neither takes the place of the other.
	assert.equal((await docs('consent', taken.id, mair, office)).answer,
		'withdrawn');
	assert.equal((await docs('consent', given.id, mair, office)).answer,
		'given');
	const doc = await docs('disclosure', share.id, mair, office);
	assert.equal(doc.what, 'How she wants to live.');
	assert.equal(doc.agreement, given.id);
	assert.deepEqual((await office.ok(['held', 'list'])).held, []);
	// The data protection lead is told, until they say that they have looked.
	const [told, ...more] = (await office.ok(['review', 'list'])).reviews;
	assert.deepEqual(more, []);
	assert.deepEqual([told.kind, told.record, told.against, told.role],
		['agreed', share.id, taken.id, 'DPO']);
	const words = await office.words(['review', 'list']);
	assert.match(words, /had said no to what it rests on/);
	assert.match(words, /For: Data protection lead/);
	const seen = ['review', 'seen', told.id, '--reason', 'I rang her.', '--as'];
	await office.fails([...seen, office.logins[0]], 'refused',
		{ passphrases: [office.administrators[0]] });
	await office.ok([...seen, 'dai'],
		{ passphrases: ['dai signs in at the office 43'] });
	assert.deepEqual((await office.ok(['review', 'list'])).reviews, []);
	assert.match(await office.words(['review', 'list', '--all']),
		/dai has looked at it\.\s+I rang her/);
	await allVerify(office, mair);
}

/* The record types have a second version of the note of a phone call, which asks
 * one thing more; the programs begin with it. */
async function newTemplate(t) {
	const schema = schemaCopy(t.folder);
	schema.edit('bundle.json', (json) => {
		json.version += 1;
	});
	schema.edit('templates/phone_call.json', ({ versions }) => {
		const [first] = versions;
		const fields = first.fields.map((field) =>
			field.field === 'debrief_wanted' ? { ...field, ask: true } : field);
		Object.assign(first, { from: '2020-01-01', to: '2020-01-31' });
		versions.push({ version: 2, from: '2020-02-01', fields });
	});
	const made = await bundle(t.bench, schema);
	assert.equal(made.status, 0, made.stderr);
	t.bench.programs = await relink(t.bench);
}

export const scenarios = {
	'case_01_the_same_draft_is_edited_on_two_devices': async (t) => {
		const { tablet, laptop, office, id } = await twoDevices(t);
		await tablet.edit('note', id, {
			summary: 'She is quite well. She wants to go home.',
			'statements/stairs/kind': 'OBSERVED',
			'statements/stairs/text': 'She took the stairs alone.' });
		await laptop.edit('note', id, {
			summary: 'She is well. She wants to go home soon.',
			'statements/food/kind': 'SAID_EXACT',
			'statements/food/text': 'The soup was cold.' });
		await back(tablet, laptop);
		const doc = await docs('note', id, tablet, laptop, office);
		assert.deepEqual(Object.keys(doc.statements).sort(),
			['food', 'home', 'stairs']);
		assert.equal(doc.summary,
			'She is quite well. She wants to go home soon.');
		assert.deepEqual(await office.conflicts(), []);
		await allVerify(office, tablet, laptop);
	},

	'case_02_the_office_corrects_a_date_of_birth_that_is_edited_offline':
	async (t) => {
		const { mair, office, person } = await desk(t);
		await office.edit('person', person, { date_of_birth: '1938-01-01' });
		await mair.sync();
		await mair.relay.cut();
		await office.edit('person', person, { date_of_birth: '1938-02-03' });
		await mair.edit('person', person, { date_of_birth: '1938-03-02' });
		await back(mair);
		// Both are kept, and the record is of use meanwhile.
		for (const place of [mair, office]) {
			const [conflict, ...more] = await place.conflicts();
			assert.deepEqual(more, []);
			assert.equal(conflict.path, 'date_of_birth');
			assert.equal(conflict.ancestor, '1938-01-01');
			assert.equal(conflict.current, '1938-02-03');
			assert.deepEqual(conflict.sides.map(({ value }) => value),
				['1938-03-02']);
		}
		await mair.edit('person', person, { what_helps: 'Time to think.' });
		const [{ id, sides: [hers] }] = await mair.conflicts();
		await mair.ok(['conflict', 'decide', id, '--take',
			`${hers.device}/${hers.counter}`, '--reason', 'Her passport.']);
		await back(mair);
		const doc = await docs('person', person, mair, office);
		assert.equal(doc.date_of_birth, '1938-03-02');
		assert.equal(doc.what_helps, 'Time to think.');
		assert.deepEqual(await office.conflicts(), []);
		await allVerify(office, mair);
	},

	'case_03_a_case_is_given_away_and_closed_while_notes_are_unsent':
	async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office } = here;
		await mair.relay.cut();
		await aled.relay.cut();
		const his = await aled.make('note', fullNote(here));
		await aled.ok(['note', 'sign', his.id]);
		const hers = await mair.make('note', fullNote(here,
			{ summary: 'She is well. She is packed.' }));
		await mair.ok(['note', 'sign', hers.id]);
		await office.edit('case', here.case,
			{ 'assignments/aled/to': '2026-11-21' });
		await office.edit('case', here.case,
			{ status: 'closed', closed_on: '2026-11-21' });
		await back(aled, mair);
		// Nothing is refused or set aside, whoever wrote it.
		for (const { id } of [his, hers]) {
			const { doc, content } = await office.show('note', id);
			assert.equal(content, 'signed');
			assert.match(doc.summary, /^She is well/);
		}
		assert.deepEqual((await office.ok(['held', 'list'])).held, []);
		for (const device of [mair, aled])
			assert.equal((await device.status()).unsent, 0);
		// Once it is with the office, he keeps nothing of it; she keeps all.
		for (const [type, id] of [['note', his.id], ['note', hers.id],
			['person', here.person], ['case', here.case]]) {
			await aled.fails([type, 'show', id], 'notFound');
			assert.equal((await mair.show(type, id)).id, id);
		}
		assert.equal((await mair.show('case', here.case)).doc.status, 'closed');
		await allVerify(office, mair, aled);
	},

	'case_04_an_agreement_is_taken_back_while_sharing_is_logged_offline':
	async (t) => takenBack(t, async ({ mair, office, about, shared }) => {
		const taken = await office.make('consent', { ...about,
			what: 'share_with', answer: 'withdrawn', on: '2026-11-20' });
		const share = await mair.make('disclosure', shared);
		await back(mair);
		return [taken, share];
	}),

	'case_04_whichever_of_the_two_is_at_the_office_first':
	async (t) => takenBack(t, async ({ mair, office, about, shared }) => {
		const share = await mair.make('disclosure', shared);
		await back(mair);
		assert.deepEqual((await office.ok(['review', 'list'])).reviews, []);
		// It is written down on the day after, for the day before.
		const taken = await office.make('consent', { ...about,
			what: 'share_with', answer: 'withdrawn', on: '2026-11-19' });
		await mair.sync();
		return [taken, share];
	}),

	'case_06_one_answers_no_concern_and_the_other_concern': async (t) => {
		const { tablet, laptop, office, id } = await twoDevices(t,
			{ safeguarding: 'unsure' });
		await tablet.edit('note', id, { safeguarding: 'concern' });
		await laptop.edit('note', id, { safeguarding: 'no_concern' });
		await back(tablet, laptop);
		const doc = await docs('note', id, tablet, laptop, office);
		assert.equal(doc.safeguarding, 'concern');
		for (const device of [tablet, laptop]) {
			const { reviews } = await device.ok(['review', 'list']);
			assert.deepEqual(reviews.map(({ path }) => path),
				['safeguarding']);
			assert.match(await toldBy(device, ['review', 'list']),
				/the more careful answer was kept/);
		}
		await allVerify(office, tablet, laptop);
	},

	'case_07_a_late_edit_arrives_after_the_note_was_signed': async (t) => {
		const { tablet, laptop, office, id } = await twoDevices(t);
		await tablet.ok(['note', 'sign', id]);
		await laptop.edit('note', id,
			{ summary: 'She is well. She is packed.' });
		await back(tablet, laptop);
		const doc = await docs('note', id, tablet, laptop, office);
		assert.equal(doc.summary, 'She is well. She wants to go home.');
		const [[row, late], ...more] = Object.entries(doc.addenda);
		assert.deepEqual(more, []);
		assert.equal(late.state, 'proposed');
		assert.match(late.text, /She is packed/);
		await tablet.ok(['note', 'accept', id, row]);
		await back(tablet, laptop);
		const after = await docs('note', id, tablet, laptop, office);
		assert.equal(after.addenda[row].state, 'accepted');
		assert.equal(after.summary, doc.summary);
		assert.equal((await office.show('note', id)).content, 'addended');
		await allVerify(office, tablet, laptop);
	},

	'case_08_a_draft_is_deleted_on_one_device_and_edited_on_another':
	async (t) => editedAndDeleted(t, (tablet, laptop) => [tablet, laptop]),

	'case_08_whichever_of_the_two_is_at_the_office_first':
	async (t) => editedAndDeleted(t, (tablet, laptop) => [laptop, tablet]),

	'case_09_a_clock_is_wrong_by_a_day': async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office } = here;
		mair.env = clockAt('+1d');
		await mair.sync();
		const ahead = await mair.make('note', fullNote(here));
		await mair.ok(['note', 'sign', ahead.id]);
		await mair.edit('site', here.site, { visiting_arrangements: 'After ten.' });
		await mair.sync();
		await aled.sync();
		const right = await aled.make('note', fullNote(here,
			{ summary: 'She is well. She is packed.' }));
		await aled.ok(['note', 'sign', right.id]);
		await aled.edit('site', here.site, { visiting_arrangements: 'After two.' });
		await everyone([aled, mair]);
		// What a day is off is told with how far, to whoever reads it.
		for (const place of [office, aled]) {
			const { written } = await place.show('note', ahead.id);
			assert.ok(Math.abs(written.clock_offset) > 86_000 ||
				written.uncertainty_s > 86_000, JSON.stringify(written));
			assert.match(await place.words(['note', 'show', ahead.id]),
				/time uncertain/);
			assert.doesNotMatch(await place.words(['note', 'show', right.id]),
				/time uncertain/);
		}
		// Who wrote later stands, though by the clocks it was a day before.
		assert.equal((await docs('site', here.site, mair, aled, office))
			.visiting_arrangements, 'After two.');
		await allVerify(office, mair, aled);
	},

	'case_10_words_about_a_person_were_erased_while_a_device_was_away':
	async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office, person } = here;
		await aled.relay.cut();
		await byTwo(office, 'erase', [person, '--reason', 'She asked us to.']);
		await mair.sync();
		const note = await aled.make('note', fullNote(here));
		await aled.edit('person', person, { how_i_communicate: 'By post.' });
		await back(aled, mair);
		for (const place of [office, mair, aled])
			assert.doesNotMatch(JSON.stringify(
				await place.show('person', person)),
			/Adler|pictures|By post/);
		// What he wrote meanwhile is not lost, and not filed under nobody: it
		// is kept for the data protection lead, and he reads that.
		await office.fails(['note', 'show', note.id], 'notFound');
		const { held } = await office.ok(['held', 'list']);
		assert.deepEqual(held.map(({ record, reason }) => [record, reason]),
			[[note.id, 'erased']]);
		const { transport, doc } = await aled.show('note', note.id);
		assert.deepEqual([transport, doc.summary],
			['held', 'She is well. She wants to go home.']);
		assert.match(await aled.words(['note', 'show', note.id]),
			/data protection lead/);
		assert.equal((await aled.status()).unsent, 0);
		await allVerify(office, mair, aled);
		// Who decides that it is kept lets it in, and he signs it.
		const retry = ['held', 'retry', held[0].change];
		await office.fails(retry, 'locked');
		await office.fails([...retry, '--as', 'mair'], 'refused');
		await office.addUser('dai', 'DPO');
		await office.ok([...retry, '--as', 'dai']);
		await aled.sync();
		await aled.ok(['note', 'sign', note.id]);
		await back(aled, mair);
		assert.equal((await office.show('note', note.id)).content, 'signed');
		assert.deepEqual((await office.ok(['held', 'list'])).held, []);
		await allVerify(office, mair, aled);
	},

	'case_11_a_template_changes_while_there_are_drafts': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const begin = async () => (await mair.ok(['note', 'new', '--template',
			'phone_call', ...mair.sets(fullNote(here))])).id;
		const draft = await begin();
		await mair.lock();
		await office.stop();
		await newTemplate(t);
		await office.start();
		await mair.unlock();
		await mair.sync();
		const later = await begin();
		for (const [id, version] of [[draft, 1], [later, 2]])
			assert.equal((await mair.show('note', id)).doc.template_version,
				version);
		// The new question is asked of the new note, and not of the draft.
		const { text } = await mair.fails(['note', 'sign', later], 'needsAnswer');
		assert.match(text, /filled in: "I would like to talk [^"]*"\.$/);
		await mair.ok(['note', 'sign', draft]);
		await everyone([mair]);
		const { content, doc } = await office.show('note', draft);
		assert.deepEqual([content, doc.template, doc.template_version],
			['signed', 'phone_call', 1]);
		await allVerify(office, mair);
	},

	'case_12_a_signed_note_turns_out_to_be_about_somebody_else': async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office } = here;
		const { id: wrong } = await mair.make('note', fullNote(here));
		await mair.ok(['note', 'sign', wrong]);
		await everyone([mair, aled]);
		const sister = (await office.make('person',
			{ preferred_name: 'Miss Adler' })).id;
		const other = (await office.make('case', { person: sister,
			model: 'professional', legal_basis: 'RPR_PAID', status: 'open',
			'assignments/mair/advocate': office.users.mair,
			'assignments/mair/role': 'lead',
			'assignments/mair/from': '2026-03-02' })).id;
		const why = ['--reason', 'It is about her sister.'];
		await byTwo(office, 'error', [wrong, ...why]);
		await everyone([mair, aled]);
		// Hidden from normal view, kept, and the same words.
		for (const place of [mair, aled, office]) {
			const list = await place.ok(['note', 'list']);
			assert.deepEqual([list.notes, list.errors], [[], 1]);
			const shown = await place.show('note', wrong);
			assert.equal(shown.content, 'error');
			assert.equal(shown.doc.summary,
				'She is well. She wants to go home.');
		}
		const visit = (await mair.make('visit',
			{ [`cases/${other}`]: true, method: 'visit' })).id;
		const { id } = await mair.ok(['note', 'copy', wrong, ...why,
			'--set', `visit=${visit}`, '--set', `case=${other}`]);
		await mair.ok(['note', 'sign', id]);
		await everyone([mair, aled]);
		const { doc, content } = await office.show('note', id);
		assert.equal(content, 'signed');
		assert.deepEqual([doc.case, doc.copied_from, doc.copied_because],
			[other, wrong, 'It is about her sister.']);
		// Who does not work with the sister does not see it.
		await aled.fails(['note', 'show', id], 'notFound');
		await allVerify(office, mair, aled);
	},
};
