// SPDX-License-Identifier: Apache-2.0
// Two advocates in the same home, cut off from each other and from the office,
// write down the same new person.
import assert from 'node:assert/strict';
import { allVerify, assigned, desk, everyone } from './lib/desk.mjs';
import { toldBy } from './lib/words.mjs';

function acting(office, who) {
	return ['--as', office.logins[who]];
}

async function twoOfOne(t) {
	const here = await desk(t, ['mair', 'aled']);
	const { mair, aled, office, site } = here;
	await mair.relay.cut();
	await aled.relay.cut();
	const hers = (await mair.make('person', { full_name: 'Siân Prydderch',
		date_of_birth: '1938-04-17', location: { site, room: '7' },
		what_matters: 'Her garden.' })).id;
	const his = (await aled.make('person', { full_name: 'Sian Pryderch',
		date_of_birth: '1938-04-17', location: { site, room: '9' },
		email: 'sian@example.org' })).id;
	await mair.relay.open();
	await aled.relay.open();
	await everyone([mair, aled]);
	// The office gives each advocate a case about the person they met.
	const cases = {};
	for (const [name, person] of [['mair', hers], ['aled', his]])
		cases[name] = (await office.make('case', { person,
			model: 'professional', legal_basis: 'COMMUNITY', status: 'open',
			opened_on: '2026-11-20', ...assigned(office, [name]) })).id;
	await everyone([mair, aled]);
	return { ...here, hers, his, cases };
}

async function merged(here) {
	const { office, hers, his } = here;
	const { proposal } = await office.ok(['duplicates', 'merge', hers, his,
		'--reason', 'We asked her.', ...acting(office, 0)],
	{ passphrases: [office.administrators[0]] });
	const alone = await office.run(['duplicates', 'confirm', proposal,
		...acting(office, 0)], { passphrases: [office.administrators[0]] });
	assert.notEqual(alone.status, 0);
	return office.ok(['duplicates', 'confirm', proposal, ...acting(office, 1)],
		{ passphrases: [office.administrators[1]] });
}

/* Whoever looks for her finds her once, and on her page what was written about
 * either. */
async function onePerson({ aled, mair, office, hers, his, cases }) {
	await aled.make('issue', { case: cases.aled, title: 'A ramp',
		wanted: 'I want to get to the garden.' });
	for (const place of [aled, office]) {
		const { persons, same } = await place.ok(['person', 'list']);
		assert.equal(same, 1);
		assert.ok(persons.every(({ id }) => id !== his));
		assert.match(await place.words(['person', 'list']),
			/1 for whom another record stands is left out: --same shows it/);
		const all = (await place.ok(['person', 'list', '--same'])).persons;
		assert.equal(all.length, persons.length + 1);
		assert.equal(all.find(({ id }) => id === his).stands, hers);
	}
	assert.equal((await mair.ok(['person', 'list'])).same, 0);
	// His spelling of her name leads to her.
	const { hits } = await aled.ok(['search', 'Pryderch']);
	assert.deepEqual(hits.map(({ id, found }) => [id, found]), [[hers, his]]);
	assert.ok((await aled.ok(['search', '--same', 'Pryderch'])).hits
		.some(({ id }) => id === his));
	// The page is of both, by either id.
	for (const id of [hers, his]) {
		const page = await aled.ok(['before-visit', id]);
		assert.deepEqual([page.id, page.asked],
			[hers, id === hers ? undefined : his]);
		const { records } = page.sections.find(({ section }) =>
			section === 'issues');
		assert.deepEqual(records.map(({ doc }) => doc.wanted),
			['I want to get to the garden.']);
	}
	assert.match(await aled.words(['before-visit', his]),
		/are of one person\. This page is of both/);
}

export const scenarios = {
	case_05_two_advocates_in_the_same_home_create_the_same_new_person: async (t) => {
		const here = await twoOfOne(t);
		const { mair, aled, office, hers, his, cases } = here;
		const { duplicates } = await office.ok(['duplicates', 'list']);
		assert.equal(duplicates.length, 1);
		assert.deepEqual([duplicates[0].id, duplicates[0].other].sort(),
			[hers, his].sort());
		assert.deepEqual(duplicates[0].reasons, ['names differ by one letter',
			'same date of birth', 'same place']);
		assert.match(await toldBy(office, ['duplicates', 'list']),
			/names differ by one letter, same date of birth, same place/);
		// He is away again, and writes on about the person that he met.
		await aled.relay.cut();
		await aled.edit('person', his, { communication_flag: 'Left ear.' });
		const answer = await merged(here);
		assert.ok(answer.conflicts >= 2, JSON.stringify(answer));
		await aled.relay.open();
		await everyone([mair, aled]);
		// Both have the one that stands, with what both knew; what differs
		// waits for a person, and what he wrote since is kept where it was.
		for (const place of [mair, aled, office]) {
			const { doc, conflicts } = await place.show('person', hers);
			assert.equal(doc.email, 'sian@example.org');
			assert.equal(doc.what_matters, 'Her garden.');
			assert.equal(doc.full_name, 'Siân Prydderch');
			assert.ok(conflicts === undefined || conflicts.length >= 2);
		}
		for (const place of [aled, office]) {
			const { doc } = await place.show('person', his);
			assert.equal(doc.same_as, hers);
			assert.equal(doc.communication_flag, 'Left ear.');
			assert.match(await toldBy(place, ['case', 'show', cases.aled]),
				/Siân Prydderch/);
		}
		const found = await office.ok(['duplicates', 'list']);
		assert.deepEqual(found.duplicates, []);
		// What he wrote since to the other one is told.
		assert.deepEqual(found.later.map(({ id, other, labels }) =>
			[id, other, labels]), [[hers, his, ['Show this on every page']]]);
		assert.match(await toldBy(office, ['duplicates', 'list']),
			/since they are one: Show this on every page/);
		await onePerson(here);
		await allVerify(office, mair, aled);
		// She answers one of the questions; then they were two after all.
		await office.ok(['conflict', 'limits', '--author-hours', '0']);
		const name = (await office.conflicts()).find((one) =>
			one.path === 'full_name' && one.record === hers);
		await office.ok(['conflict', 'decide', name.id, '--take', '1',
			'--reason', 'As on her passport.', ...acting(office, 1)]);
		await everyone([mair, aled]);
		const { stays } = await office.ok(['duplicates', 'undo', his,
			'--reason', 'They are cousins.', ...acting(office, 1)],
		{ passphrases: [office.administrators[1]] });
		assert.deepEqual(stays, ['full_name']);
		await everyone([mair, aled]);
		const back = (await mair.show('person', hers)).doc;
		assert.equal(back.email, undefined);
		assert.deepEqual(back.location, { site: here.site, room: '7' });
		const other = (await aled.show('person', his)).doc;
		assert.equal(other.same_as, undefined);
		assert.equal(other.full_name, 'Sian Pryderch');
		assert.equal(other.communication_flag, 'Left ear.');
		assert.deepEqual((await office.conflicts()).filter(({ record }) =>
			record === hers), []);
		await aled.fails(['person', 'show', hers], 'notFound');
		await allVerify(office, mair, aled);
	},
};
