// SPDX-License-Identifier: Apache-2.0
// A signed visit stays as it was signed: what others had written unseen is
// proposed, and what is true besides is added.
import assert from 'node:assert/strict';
import { allVerify, desk, everyone } from './lib/desk.mjs';

export const scenarios = {
	'a signed visit is added to, and nothing in it is written over': async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office, visit } = here;
		await mair.edit('visit', visit, { purpose: 'Have tea.' });
		await everyone([mair, aled]);
		await aled.relay.cut();
		await aled.edit('visit', visit, { purpose: 'Have a talk.' });
		await mair.ok(['visit', 'sign', visit]);
		await mair.sync();
		await aled.relay.open();
		await everyone([aled, mair]);
		const [[row, proposed]] = Object.entries(
			(await mair.show('visit', visit)).doc.addenda);
		assert.equal(proposed.state, 'proposed');
		assert.match(proposed.text, /talk/);
		await mair.ok(['visit', 'accept', visit, row]);
		await mair.ok(['visit', 'addendum', visit, '--kind',
			'late_information', '--file', '-'],
		{ input: 'Her sister came too.' });
		await everyone([mair, aled]);
		for (const place of [mair, aled, office]) {
			const { content, doc } = await place.show('visit', visit);
			assert.equal(content, 'addended');
			assert.equal(doc.purpose, 'Have tea.');
			assert.equal(doc.addenda[row].state, 'accepted');
			assert.ok(Object.values(doc.addenda).some(({ text }) =>
				text === 'Her sister came too.'));
		}
		await allVerify(office, mair, aled);
	},
};
