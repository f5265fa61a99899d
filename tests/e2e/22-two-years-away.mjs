// SPDX-License-Identifier: Apache-2.0
// A device was put away with a note that it had not sent.  Two years later, by
// its own clock and the office's, it just syncs: its certificate ran out long
// ago, so did the office's, whose key is another one now, and its user has
// other cases.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clockAt } from './lib/clock.mjs';
import { assigned, desk, fullNote } from './lib/desk.mjs';

const TWO_YEARS = clockAt('+730d');

/* The office of two years later: another certificate and key, another case
 * for the advocate, and much that was written meanwhile. */
async function twoYearsPass(here, notes) {
	const { office, mair } = here;
	await mair.lock();
	await office.stop();
	const key = join(office.data, 'tls', 'server.key');
	const before = readFileSync(key, 'utf8');
	office.env = TWO_YEARS;
	await office.ok(['certificate', 'renew']);
	assert.notEqual(readFileSync(key, 'utf8'), before);
	await office.start();
	const person = (await office.make('person',
		{ preferred_name: 'Mr Rees' })).id;
	const latest = (await office.make('case', { person,
		model: 'professional', legal_basis: 'RPR_PAID', status: 'open',
		opened_on: '2028-01-10', ...assigned(office, ['mair']) })).id;
	await office.edit('case', here.case,
		{ 'assignments/mair/to': '2027-01-31' });
	for (let i = 0; i < notes; i++)
		await office.edit('person', person, { how_i_communicate:
			`She has told it ${i + 1} times. ${'He listens. '.repeat(300)}` });
	return { person, latest };
}

export const scenarios = {
	'after two years a device just syncs': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const sent = await mair.make('note', fullNote(here));
		await mair.ok(['note', 'sign', sent.id]);
		assert.equal((await mair.sync()).outcome, 'done');
		await mair.relay.cut();
		const unsent = await mair.make('note',
			fullNote(here, { summary: 'Nobody has read this yet.' }));
		await mair.ok(['note', 'sign', unsent.id]);
		const { latest, person } = await twoYearsPass(here, 6);

		await mair.relay.open();
		mair.env = TWO_YEARS;
		await mair.unlock();
		const first = await mair.sync();
		assert.equal(first.outcome, 'done', JSON.stringify(first));
		// The note that waited is with the office, word for word.
		assert.equal((await mair.status()).unsent, 0);
		assert.equal((await office.show('note', unsent.id)).doc.summary,
			'Nobody has read this yet.');
		// It has what its user has now, and not what they had then.
		assert.equal((await mair.show('case', latest)).doc.person, person);
		assert.match((await mair.show('person', person)).doc.how_i_communicate,
			/told it 6 times/);
		await mair.fails(['case', 'show', here.case], 'notFound');
		await mair.fails(['note', 'show', unsent.id], 'notFound');
		assert.equal((await mair.sync()).outcome, 'done');
		// It may write again, and all of it adds up on both sides.
		const visit = await mair.make('visit', { [`cases/${latest}`]: true });
		assert.equal((await mair.sync()).outcome, 'done');
		assert.equal((await office.show('visit', visit.id)).id, visit.id);
		for (const place of [mair, office]) {
			const told = await place.verify();
			assert.equal(told.ok, true, JSON.stringify(told));
		}
	},
};
