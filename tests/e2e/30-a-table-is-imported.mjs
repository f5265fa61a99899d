// SPDX-License-Identifier: Apache-2.0
// A table from a spreadsheet becomes records while the office runs, reaches a
// device, and is taken back.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allVerify, desk, everyone } from './lib/desk.mjs';

export const seconds = 120;

export const scenarios = {
	'a table is tried, imported, seen on a device, and undone': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const table = join(t.folder, 'places.csv');
		const report = join(t.folder, 'refused.csv');
		writeFileSync(table, '\uFEFFName;Kind of place;Postcode\r\n' +
			'Limes;Hospice;LL1 1AA\r\nOaks;"=HYPERLINK(""x"")";\r\n' +
			'Quillet House;;LL2 2BB\r\n');
		const words = ['import', table, '--type', 'site', '--key', 'Name'];

		const tried = await office.ok([...words, '--dry-run']);
		assert.deepEqual(tried.rows.map(({ line, what }) => [line, what]),
			[[2, 'made'], [4, 'changed']]);
		assert.equal(tried.import, null);
		assert.equal((await office.ok(['site', 'list'])).sites.length, 1);

		const done = await office.ok([...words, '--report', report]);
		assert.deepEqual([done.made, done.changed, done.refused], [1, 1, 1]);
		assert.match(readFileSync(report, 'utf8'),
			/^\uFEFFline,column,value,why\r\n3,Kind of place,"'=HYPERLINK\(""x""\)",/);
		const again = await office.ok(words);
		assert.deepEqual([again.made, again.changed, again.same], [0, 0, 2]);

		await everyone([mair]);
		const { sites } = await mair.ok(['site', 'list']);
		assert.deepEqual(sites.map(({ title }) => title).sort(),
			['Limes', 'Quillet House']);
		await mair.edit('site', here.site, { phone: '01978 1' });
		await everyone([mair]);

		const undone = await office.ok(['import', 'undo', done.import]);
		assert.deepEqual([undone.removed, undone.taken_back, undone.left],
			[1, 1, []]);
		const [one] = (await office.ok(['import', 'list'])).imports;
		assert.equal(one.undone, true);
		await everyone([mair]);
		const { doc } = await mair.show('site', here.site);
		assert.equal(doc.phone, '01978 1');
		assert.equal(doc.address, undefined);
		await allVerify(office, mair);
	},
};
