// SPDX-License-Identifier: Apache-2.0
// Whatever the network does, the outcome is told in the right word, retrying
// is safe, and nothing is lost.
import assert from 'node:assert/strict';
import { desk, everyone, fullNote } from './lib/desk.mjs';
import { STATUS } from './lib/tool.mjs';

export const seconds = 300;

const STEP = 64;
/* More than any answer of these scenarios with its TLS handshake. */
const BYTES_MAX = 64 * 1024;

async function offered(t) {
	const here = await desk(t);
	const { id } = await here.mair.make('note', fullNote(here));
	return { ...here, note: id };
}

/* The device and the office hold the same, each thing once. */
async function agree({ mair, office, note }, words) {
	const own = await mair.verify();
	const all = await office.verify();
	assert.equal(own.ok, true, own.first_bad);
	assert.equal(all.ok, true, all.first_bad);
	assert.equal(own.receipted, own.written);
	const there = all.devices.find(({ device }) =>
		device === mair.identity.device);
	assert.equal(there.counter, own.written);
	assert.equal(there.link, own.head);
	assert.equal((await office.show('note', note)).doc.summary, words);
	assert.equal((await mair.note(note)).transport, 'office');
	assert.deepEqual(await mair.conflicts(), []);
}

/* Edit and sync with the connection cut after 0, 64, 128 ... bytes, until one
 * sync gets through; resolves to how many were cut. */
async function cutEverywhere(here, limit) {
	const { mair, note } = here;
	let cut = 0;
	let words;
	for (let bytes = 0; bytes < BYTES_MAX; bytes += STEP) {
		words = `She is well. She was asked ${bytes} times.`;
		await mair.edit('note', note, { summary: words });
		await limit(bytes);
		const { outcome } = await mair.sync(5);
		if (outcome === 'done') {
			await mair.relay.open();
			await everyone([mair]);
			await agree(here, words);
			return cut;
		}
		assert.match(outcome, /^(offline|office_down|timeout|portal)$/);
		cut++;
	}
	throw new Error('no sync ever got through');
}

export const scenarios = {
	'a portal\'s page with status 200 is not the office': async (t) => {
		const here = await offered(t);
		const { mair } = here;
		await mair.relay.portal();
		const { status, json } = await mair.run(['sync', '--wait', '--timeout',
			'20']);
		assert.match(json.outcome, /^(portal|certificate)$/);
		assert.equal(status, STATUS.offline);
		assert.notEqual((await mair.note(here.note)).transport, 'office');
		await mair.relay.open();
		assert.equal((await mair.sync()).outcome, 'done');
		await agree(here, fullNote(here).summary);
	},

	'a network that swallows everything ends in a timeout': async (t) => {
		const here = await offered(t);
		const { mair } = here;
		for (const mode of ['stall', 'blackhole']) {
			await mair.relay[mode]();
			const { json, status } = await mair.run(['sync', '--wait',
				'--timeout', '3'], { seconds: 40 });
			assert.match(json.outcome, /^(timeout|offline)$/, mode);
			assert.equal(status, 6);
		}
		await mair.relay.open();
		assert.equal((await mair.sync()).outcome, 'done');
		await agree(here, fullNote(here).summary);
	},

	'no network, and an office that is down, are told apart from a refusal':
	async (t) => {
		const here = await offered(t);
		const { mair, office } = here;
		await mair.relay.cut();
		assert.match((await mair.run(['sync', '--wait'])).json.outcome,
			/^(offline|office_down)$/);
		await mair.relay.open();
		await office.stop();
		const down = await mair.run(['sync', '--wait', '--timeout', '10']);
		assert.match(down.json.outcome, /^(offline|office_down)$/);
		assert.equal(down.status, 6);
		await office.start();
		assert.equal((await mair.sync()).outcome, 'done');
		await agree(here, fullNote(here).summary);
	},

	'an answer cut at every 64th byte changes nothing': async (t) => {
		const here = await offered(t);
		const cut = await cutEverywhere(here, (bytes) =>
			here.mair.relay.limitDown(bytes));
		assert.ok(cut > 10, `${cut} answers were cut`);
	},

	'a request cut at every 64th byte changes nothing': async (t) => {
		const here = await offered(t);
		const cut = await cutEverywhere(here, (bytes) =>
			here.mair.relay.limitUp(bytes));
		assert.ok(cut > 10, `${cut} requests were cut`);
	},

	'a quiet sync is small, and one round trip': async (t) => {
		const here = await offered(t);
		await everyone([here.mair]);
		const { round_trips: trips, bytes_up: up, bytes_down: down } =
			await here.mair.sync();
		assert.equal(trips, 1);
		assert.ok(up < 2048 && down < 2048, `${up} up, ${down} down`);
	},
};
