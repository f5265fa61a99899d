// SPDX-License-Identifier: Apache-2.0
// Who may be the office, who may be a device, and what a thief of the files
// can do.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync,
	writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../tools/lib/child.mjs';
import { desk, everyone, fullNote, joined } from './lib/desk.mjs';
import { STATUS } from './lib/tool.mjs';
import { until } from './lib/until.mjs';

const MARKER = 'Quicksilverbridge';

function filesBelow(folder) {
	return readdirSync(folder).flatMap((name) => {
		const path = join(folder, name);
		const stat = statSync(path);
		if (stat.isDirectory())
			return filesBelow(path);
		return stat.isFile() ? [path] : [];
	});
}

/* Every PEM block of a kind in the files, also inside JSON strings. */
function pemBlocks(files, kind) {
	const pattern = new RegExp(`-----BEGIN [A-Z ]*${kind}-----` +
		`[\\s\\S]*?-----END [A-Z ]*${kind}-----`, 'g');
	return files.flatMap((file) => readFileSync(file, 'latin1')
		.replaceAll('\\n', '\n').match(pattern) ?? []);
}

/* Ask every endpoint with a key and a chain of certificates; [{ target,
 * status, body }]. */
async function askAll(t, office, key, chain, device, i) {
	const pair = join(t.folder, `thief-${i}.pem`);
	writeFileSync(pair, `${[key, ...chain].join('\n')}\n`);
	const answers = [];
	for (const [method, target] of [['POST', '/v1/sync'],
		['GET', '/v1/wait?epoch=1&floor=0&outcomes=0'],
		['POST', '/v1/renew'], ['GET', '/v1/courier/commands'],
		['POST', '/v1/courier/envelopes'],
		['GET', `/v1/records/${device}/history`], ['GET', '/']]) {
		const body = method === 'POST' ? ['--data-binary', '{"v":1}'] : [];
		const { stdout } = await run(['curl', '-sk', '--max-time', '5', '-X',
			method, '--cert', pair, ...body, '-w', '\n%{http_code}', `https://${office.devices}${target}`],
		{ seconds: 15 });
		const at = stdout.lastIndexOf('\n');
		answers.push({ target, status: stdout.slice(at + 1),
			body: stdout.slice(0, at) });
	}
	return answers;
}

export const scenarios = {
	'a code works once': async (t) => {
		const office = await t.office();
		await office.addUser('mair');
		const { code } = await office.deviceCode('mair');
		const enrol = ['enrol', '--office', office.devices, '--code', code];
		const one = await t.device('one');
		one.identity = await one.ok(enrol, { passphrases: [one.passphrase] });
		const two = await t.device('two');
		await two.fails(enrol, 'refused', { passphrases: [two.passphrase] });
		assert.equal(existsSync(join(two.home, 'notes.db')), false);
	},

	'an enrolment whose answer was lost is finished by the same command':
	async (t) => {
		const office = await t.office();
		await office.addUser('mair');
		const relay = await t.relay(office.devices);
		const { code } = await office.deviceCode('mair');
		const mair = await t.device('mair');
		const enrol = ['enrol', '--office', relay.address, '--code', code];
		const devices = async () => (await office.ok(['device', 'list'])).devices
			.filter(({ state }) => state === 'active')
			.map(({ device }) => device);
		const { cuts } = await relay.stats();
		// Past the handshake, into the answer; then the network is gone.
		await relay.limitDown(6000);
		const first = mair.run(enrol, { passphrases: [mair.passphrase] });
		await until('the answer is cut off',
			async () => (await relay.stats()).cuts > cuts);
		await relay.cut();
		assert.equal((await first).status, STATUS.offline);
		const made = await devices();
		assert.equal(made.length, 1);
		await mair.fails(['status'], 'notFound');

		await relay.open();
		await mair.fails(enrol, 'locked', { passphrases: ['another passphrase'] });
		const done = await mair.ok(enrol, { passphrases: [mair.passphrase] });
		mair.identity = done;
		assert.equal(done.device, made[0]);
		assert.deepEqual(await devices(), made);
		assert.equal(existsSync(join(mair.home, 'enrolling')), false);
		assert.equal(done.fingerprint,
			(await office.ok(['keys', 'show'])).fingerprint);
		assert.equal(done.fingerprint.split(' ').length, 10);
		await mair.unlock();
		assert.equal((await mair.sync()).outcome, 'done');
	},

	'a device believes no office but the one of its code': async (t) => {
		const office = await t.office();
		const other = await t.office('other');
		await office.addUser('mair');
		const { code } = await office.deviceCode('mair');
		const mair = await t.device('mair');
		const { status, json } = await mair.run(['enrol', '--office',
			other.devices, '--code', code], { passphrases: [mair.passphrase] });
		assert.notEqual(status, STATUS.done, JSON.stringify(json));
		assert.equal(existsSync(join(mair.home, 'notes.db')), false);
		// The code is not used up by that.
		await mair.ok(['enrol', '--office', office.devices, '--code', code],
			{ passphrases: [mair.passphrase] });
	},

	'a certificate for another name is not believed': async (t) => {
		const office = await t.office();
		await office.addUser('mair');
		const [, port] = office.devices.split(':');
		await office.stop();
		office.devices = `0.0.0.0:${port}`;
		await office.start();
		const { code } = await office.deviceCode('mair');
		const mair = await t.device('mair');
		const { status } = await mair.run(['enrol', '--office',
			`127.0.0.2:${port}`, '--code', code],
		{ passphrases: [mair.passphrase] });
		assert.notEqual(status, STATUS.done);
		assert.equal(existsSync(join(mair.home, 'notes.db')), false);
	},

	'an office that is put in the place of ours gets nothing': async (t) => {
		const here = await desk(t);
		const other = await t.office('other');
		const { mair } = here;
		const { id } = await mair.make('note', fullNote(here));
		const address = here.office.devices;
		await here.office.stop();
		other.devices = address;
		await other.stop();
		await other.start();
		const { status, json } = await mair.run(['sync', '--wait', '--timeout',
			'10']);
		assert.equal(json.outcome, 'certificate');
		assert.equal(status, STATUS.offline);
		assert.notEqual((await mair.note(id)).transport, 'office');
		await other.stop();
		await here.office.start();
		assert.equal((await mair.sync()).outcome, 'done');
	},

	'a device whose access ended hands over its work and gets nothing':
	async (t) => {
		const here = await desk(t, ['mair', 'aled']);
		const { mair, aled, office } = here;
		await aled.relay.cut();
		const { id } = await aled.make('note', fullNote(here));
		await office.ok(['device', 'revoke', aled.identity.device, '--reason',
			'It was left on a bus.']);
		await mair.edit('person', here.person, { preferred_name: 'Miriam' });
		await mair.sync();
		await aled.relay.open();
		const { status } = await aled.run(['sync', '--wait']);
		assert.equal(status, STATUS.refused);
		assert.equal((await aled.show('person', here.person))
			.doc.preferred_name, 'Mrs Adler');
		// Its words are still there.
		assert.equal((await aled.note(id)).doc.summary, fullNote(here).summary);
		assert.equal((await aled.verify()).ok, true);
	},

	'of what is written, no word is readable in any file': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		const { id } = await mair.make('note', fullNote(here,
			{ summary: `She said ${MARKER}. She wants to go home.` }));
		await mair.ok(['search', MARKER]);
		await everyone([mair]);
		assert.match((await mair.note(id)).doc.summary, new RegExp(MARKER));
		const folders = [mair.home, office.data, join(t.folder, 'run'),
			join(t.folder, 'data'), join(t.folder, 'config')];
		const look = () => folders.flatMap(filesBelow).filter((file) =>
			readFileSync(file).includes(MARKER));
		assert.deepEqual(look(), []);
		await mair.lock();
		assert.deepEqual(look(), []);
	},

	'with all the files and no passphrase nothing can be pulled': async (t) => {
		const here = await desk(t);
		const { mair, office } = here;
		await mair.make('note', fullNote(here,
			{ summary: `She said ${MARKER}. She wants to go home.` }));
		await everyone([mair]);
		await mair.lock();
		const files = filesBelow(mair.home);
		const keys = pemBlocks(files, 'PRIVATE KEY');
		const certificates = pemBlocks(files, 'CERTIFICATE');
		assert.ok(keys.length > 0 && certificates.length > 0,
			'the courier\'s key and certificate are outside');
		let i = 0;
		let spoke = 0;
		for (const key of keys)
			for (const certificate of certificates) {
				const chain = [certificate, ...certificates.filter((one) =>
					one !== certificate)];
				for (const { target, status, body } of await askAll(t, office,
					key, chain, mair.identity.device, i++)) {
					spoke += status === '000' ? 0 : 1;
					assert.ok(!body.includes(MARKER), target);
					if (!target.startsWith('/v1/courier/'))
						assert.doesNotMatch(status, /^2/,
							`${target} answers ${status}`);
				}
			}
		assert.ok(spoke > 0, 'the office was reached');
	},

	'a device that the office has forgotten is received all the same':
	async (t) => {
		const office = await t.office();
		await office.addUser('mair');
		const backup = join(t.folder, 'backup');
		await office.ok(['backup', '--to', backup]);
		const mair = await joined(t, office, 'mair');
		const { id } = await mair.make('site', { name: 'Plas Celyn' });
		await mair.sync();
		await office.stop();
		// Another machine: it gets the backup and, by another way, the key.
		const data = join(t.folder, 'restored');
		mkdirSync(data, { mode: 0o700 });
		copyFileSync(join(office.data, 'store.key'), join(data, 'store.key'));
		office.data = data;
		office.place = ['--data', data];
		const { epoch } = await office.ok(['restore', '--from', backup]);
		assert.ok(epoch > 1);
		await office.start();
		await mair.edit('site', id, { name: 'Plas Celyn, Bala' });
		await mair.sync();
		assert.equal((await mair.show('site', id)).doc.name, 'Plas Celyn, Bala');
		assert.equal((await mair.verify()).ok, true);
		assert.ok((await mair.status()).unsent > 0 ||
			(await office.verify()).devices.some(({ device }) =>
				device === mair.identity.device));
	},
};
