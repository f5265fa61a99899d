// SPDX-License-Identifier: Apache-2.0
// Somebody writes, and meanwhile a colleague's change comes in: what was never
// before their eyes is not written over.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { allVerify, desk, everyone } from './lib/desk.mjs';
import { STATUS } from './lib/tool.mjs';
import { until } from './lib/until.mjs';

const BEFORE = 'She shows with her hands. She likes pictures.';
const HERS = 'She shows with her hands and nods. She likes pictures.';
const HIS = 'She shows with her hands. She likes large pictures.';
const BOTH = 'She shows with her hands and nods. She likes large pictures.';
const FIELD = 'how_i_communicate';

/* A command of hers that waits for its text, which it reads from the pipe that
 * `words` makes of a path; resolves to { finish(text) }. */
async function writing(t, device, words) {
	const pipe = join(t.folder, `pipe-${Math.random()}`);
	execFileSync('mkfifo', ['-m', '600', pipe]);
	const command = device.run(words(pipe));
	command.catch(() => {});
	// It opens the pipe once it has looked at the record.
	const end = await until('it asks for the text', async () => {
		try {
			return openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
		} catch (error) {
			assert.equal(error.code, 'ENXIO');
			return false;
		}
	});
	return {
		finish: async (text) => {
			writeSync(end, text);
			closeSync(end);
			return command;
		},
	};
}

/* Meanwhile he changes the person, and her device hears of it. */
async function meanwhile({ mair, aled, person }, values) {
	await aled.edit('person', person, values);
	await aled.sync();
	await mair.sync();
}

export const scenarios = {
	'what comes in while somebody writes a text is not written over':
	async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office, person } = here;
		assert.equal((await mair.show('person', person)).doc[FIELD], BEFORE);
		const hers = await writing(t, mair, (pipe) =>
			['person', 'edit', person, '--set', `${FIELD}=@${pipe}`]);
		await meanwhile(here, { [FIELD]: HIS });
		const { status, json } = await hers.finish(HERS);
		assert.equal(status, STATUS.done, JSON.stringify(json));
		assert.equal((await mair.show('person', person)).doc[FIELD], BOTH);
		await everyone([mair, aled]);
		for (const place of [mair, aled, office])
			assert.equal((await place.show('person', person)).doc[FIELD],
				BOTH);
		await allVerify(office, mair, aled);
	},

	'one of a groups values does not carry the others back': async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office, person } = here;
		const hers = await writing(t, mair, (pipe) => ['person', 'edit',
			person, '--set', 'location/room=14',
			'--set', `${FIELD}=@${pipe}`]);
		await meanwhile(here, { location: { site: here.site, room: '22' } });
		assert.equal((await hers.finish(HERS)).status, STATUS.done);
		await everyone([mair, aled]);
		// One room or the other: a person says, and both are there.
		for (const place of [mair, aled, office])
			assert.deepEqual((await place.conflicts()).map(({ path }) => path),
				['location']);
		await allVerify(office, mair, aled);
	},

	'a decision that is typed while another is made overrules nobody':
	async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office, person } = here;
		await mair.edit('person', person, { preferred_name: 'Mrs A' });
		await aled.edit('person', person, { preferred_name: 'Ada' });
		await everyone([mair, aled]);
		const [{ id, seen }] = await mair.conflicts();
		const hers = await writing(t, mair, (pipe) => ['conflict', 'decide',
			id, '--seen', seen, '--text-file', pipe, '--reason', 'I asked.']);
		await aled.ok(['conflict', 'decide', id, '--take', 'current',
			'--reason', 'Her son said.']);
		await aled.sync();
		await mair.sync();
		assert.equal((await hers.finish('Mrs Adler-Jones')).status,
			STATUS.done);
		await everyone([mair, aled]);
		for (const place of [mair, aled, office]) {
			const shown = await place.ok(['conflict', 'show', id]);
			assert.equal(shown.state, 'open');
			assert.equal(shown.current, 'Mrs A');
			assert.deepEqual(shown.decisions.map(({ reason, late }) =>
				[reason, late ?? false]), [['Her son said.', false],
				['I asked.', true]]);
		}
		await allVerify(office, mair, aled);
	},

	'a text that was kept as a draft goes on from what was there then':
	async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office, person } = here;
		await mair.fails(['person', 'edit', person, '--set', `${FIELD}=-`,
			'--set', 'no_such_field=1'], 'invalid', { input: HERS });
		const { drafts: [{ id: draft }] } = await mair.ok(['draft', 'list']);
		await meanwhile(here, { [FIELD]: HIS });
		await mair.ok(['person', 'edit', person, '--draft', draft]);
		await everyone([mair, aled]);
		for (const place of [mair, aled, office])
			assert.equal((await place.show('person', person)).doc[FIELD],
				BOTH);
		await allVerify(office, mair, aled);
	},
};
