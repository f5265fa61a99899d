// SPDX-License-Identifier: Apache-2.0
// tools/demo --check succeeds when all is well, and notices when it is not:
// what it has seen is changed in one way after the other, and the network is
// not really cut.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../tools/lib/child.mjs';
import { readCaseload } from '../../tools/lib/demo/caseload.mjs';
import { judge } from '../../tools/lib/demo/judge.mjs';
import { writePart } from './lib/caseload.mjs';

export const seconds = 600;

const PEOPLE = ['miriam', 'dafydd', 'ruby'];
const NOTES_MAX = 3;
const DEMO = resolve(dirname(fileURLToPath(import.meta.url)),
	'../../tools/lib/demo/main.mjs');

/* The folder below which all programs are. */
function binOf({ visitbook, relay }) {
	let folder = dirname(visitbook);
	while (!relay.startsWith(`${folder}/`))
		folder = dirname(folder);
	return folder;
}

async function demo(t, people, ...more) {
	const caseload = writePart(join(t.folder, 'caseload'), people, NOTES_MAX);
	const file = join(t.folder, 'seen.json');
	const result = await run([process.execPath, DEMO, '--check', '--caseload',
		caseload, '--bin', binOf(t.bench.programs), '--observations', file,
		...more], { seconds });
	t.say(result.stdout + result.stderr);
	const last = JSON.parse(result.stdout.trimEnd().split('\n').pop());
	return { ...result, last, caseload, file };
}

/* What can go wrong, done to what was seen -> the step that must notice. */
const TAMPERINGS = {
	'a bit of a receipt flips': [(seen) => {
		const { receipt } = seen.notes[0].after;
		const bytes = Buffer.from(receipt.signed, 'base64');
		bytes[bytes.length - 9] ^= 1;
		receipt.signed = bytes.toString('base64');
	}, /signature on the receipt/],
	'a bit of a signature flips': [(seen) => {
		const { receipt } = seen.notes[0].after;
		const bytes = Buffer.from(receipt.sig, 'base64');
		bytes[3] ^= 4;
		receipt.sig = bytes.toString('base64');
	}, /signature on the receipt/],
	'a receipt shows more than was signed': [(seen) => {
		seen.notes[0].after.receipt.counter++;
	}, /signature on the receipt/],
	'another office\'s key is taken': [(seen) => {
		seen.key = seen.key.replace(/[a-z]/, (c) => c === 'a' ? 'b' : 'a');
	}, /signature on the receipt/],
	'a receipt is for another device': [(seen) => {
		const names = Object.keys(seen.devices);
		const { place } = seen.notes[0];
		seen.devices[place].device = seen.devices[names.find((name) =>
			name !== place)].device;
	}, /signature on the receipt/],
	'a note is missing on a device': [(seen) => {
		const [place] = Object.keys(seen.devices);
		const { places } = seen.final;
		const id = Object.keys(places[place]).find((one) =>
			places[place][one].type === 'note');
		delete places[place][id];
	}, /shows every value as it was written, in the end/],
	'a note is missing at the office': [(seen) => {
		const { key } = seen.notes[0];
		delete seen.final.places.office[seen.final.ids[key]];
	}, /office shows every value as it was written, in the end/],
	'a word of a note is another': [(seen) => {
		const [place] = Object.keys(seen.devices);
		const note = Object.values(seen.loaded.places[place]).find((record) =>
			record.doc.summary);
		note.doc.summary = note.doc.summary.replace(/e/, 'a');
	}, /shows every value as it was written, before the cut/],
	'a value appears that nobody wrote': [(seen) => {
		const site = Object.values(seen.final.places.office).find((record) =>
			record.doc.setting);
		site.doc.manager = 'Nobody At All';
	}, /office shows every value as it was written, in the end/],
	'a conflict resolves itself': [(seen) => {
		const one = seen.clashes.find(({ shown }) => Object.values(shown)
			.some(({ conflicts }) => conflicts?.some(({ kind }) =>
				(kind ?? 'ask') === 'ask')));
		for (const record of Object.values(one.shown))
			delete record.conflicts;
	}, /^conflict: /],
	'a conflict is seen on one device only': [(seen) => {
		const one = seen.clashes.find(({ shown }) => Object.values(shown)
			.some(({ conflicts }) => conflicts?.some(({ kind }) =>
				(kind ?? 'ask') === 'ask')));
		delete Object.values(one.shown).pop().conflicts;
	}, /^conflict: /],
	'an edit that should have merged was dropped': [(seen) => {
		const one = seen.clashes.find(({ name }) => /different lines/.test(name));
		for (const record of Object.values(one.shown))
			delete record.doc.communication_flag;
	}, /^merged: /],
	'a decision did not arrive': [(seen) => {
		for (const shown of Object.values(seen.conflicts))
			for (const conflict of Object.values(shown))
				conflict.decision = null;
	}, / decides: /],
	'nothing was left to decide': [(seen) => {
		for (const decision of seen.decisions)
			delete decision.conflict;
	}, / decides: /],
	'a sync got through while the network was cut': [(seen) => {
		Object.values(seen.cuts[0].devices)[0].outcome = 'done';
	}, /really cut/],
	'the office got something while the network was cut': [(seen) => {
		const { device } = Object.values(seen.cuts[0].devices)[0];
		seen.cuts[0].after[device]++;
	}, /really cut/],
	'a note claims to be with the office while it is not': [(seen) => {
		seen.notes[0].before.words = 'With the office';
	}, /on its device only/],
	'a note never says that it is with the office': [(seen) => {
		seen.notes[0].after.words = 'Waiting to send';
	}, /on its device only/],
	'a note was not seen at all': [(seen) => {
		seen.notes.pop();
	}, /on its device only/],
	'two devices of one user differ': [(seen) => {
		const twin = Object.keys(seen.devices).find((name) => /-2$/.test(name));
		seen.final.status[twin].digest = '0'.repeat(64);
	}, /same digest/],
	'something is still waiting': [(seen) => {
		Object.values(seen.final.status)[0].unsent = 1;
	}, /nothing waits/],
	'a device\'s own walk finds a mismatch': [(seen) => {
		const [name] = Object.keys(seen.devices);
		seen.final.verify[name].ok = false;
	}, /verifies its journal/],
	'the office\'s walk finds a mismatch': [(seen) => {
		seen.final.verify.office.ok = false;
	}, /the office verifies/],
	'the two journals are not the same': [(seen) => {
		seen.final.verify.office.devices.forEach((one) => {
			one.link = '0'.repeat(64);
		});
	}, /the office holds the same/],
};

export const scenarios = {
	'the demonstration succeeds, and notices what is changed in what it saw':
	async (t) => {
		const { status, last, caseload: folder, file } = await demo(t, PEOPLE);
		assert.equal(status, 0, JSON.stringify(last.steps.filter(({ ok }) =>
			!ok)));
		assert.equal(last.failed, 0);
		assert.ok(last.passed > 0);
		const caseload = await readCaseload(folder);
		const text = readFileSync(file, 'utf8');
		assert.ok((await judge(caseload, JSON.parse(text))).every(({ ok }) => ok),
			'what was seen is right as it is');
		for (const [what, [tamper, step]] of Object.entries(TAMPERINGS)) {
			const seen = JSON.parse(text);
			tamper(seen);
			assert.notEqual(JSON.stringify(seen), text, `${what}: it is changed`);
			const failed = (await judge(caseload, seen))
				.filter(({ ok }) => !ok).map(({ name }) => name);
			assert.ok(failed.some((name) => step.test(name)),
				`${what}: it failed in [${failed.join('; ')}]`);
		}
	},

	'the demonstration notices a network that was not really cut': async (t) => {
		const { status, last } = await demo(t, [PEOPLE[0]], '--sabotage',
			'network');
		assert.equal(status, 1);
		assert.ok(last.steps.some(({ name, ok }) => !ok &&
			/really cut/.test(name)), JSON.stringify(last));
	},

	'the demonstration refuses a folder that is no caseload': async (t) => {
		const { status, stdout } = await run([process.execPath, DEMO, '--check',
			'--caseload', t.folder]);
		assert.equal(status, 1);
		const last = JSON.parse(stdout.trimEnd().split('\n').pop());
		assert.ok(last.failed > 0 && last.passed === 0);
	},
};
