// SPDX-License-Identifier: Apache-2.0
// The office: visitbook-central with a data folder of its own.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tool } from './tool.mjs';

const ADMINISTRATORS = ['the first of two administrators 41',
	'the second of two administrators 42'];

export class Office extends Tool {
	constructor(bench, name) {
		const data = join(bench.folder, name);
		super(bench, 'visitbook-central', ['--data', data]);
		this.data = data;
		this.administrators = ADMINISTRATORS;
		this.users = {};
	}

	/* Have the data folder of a new office: one that was made before for all
	 * scenarios (its two passphrases take longer than most of what they do),
	 * or where that is taken or there is none, one of its own. */
	async open() {
		const made = this.bench.takeOffice();
		if (!made)
			return this.init();
		cpSync(made, this.data, { recursive: true });
		({ logins: this.logins, identity: this.identity } = JSON.parse(
			readFileSync(`${made}.json`, 'utf8')));
		return this.identity;
	}

	/* Make it for others to open, in the folder of its data. */
	async keep() {
		await this.init();
		const { logins, identity } = this;
		writeFileSync(`${this.data}.json`, JSON.stringify({ logins, identity }));
		return this.data;
	}

	/* Make the data folder: { office, root_sha256 }.  logins: the names that
	 * the two administrators sign in with. */
	async init({ name = 'Test Office', logins = ['ann', 'bob'] } = {}) {
		this.logins = logins;
		this.identity = await this.ok(['init', '--name', name,
			...logins.flatMap((login) => ['--admin', login])],
		{ passphrases: this.administrators });
		return this.identity;
	}

	/*
	 * Start `serve` on loopback.  The addresses of the first start are asked
	 * for again by later ones, so that devices find a restarted office.
	 */
	async start(extra = []) {
		this.service = await this.bench.service('visitbook-central', [
			'serve', ...this.place,
			'--devices', this.devices ?? '127.0.0.1:0',
			'--console', this.console ?? '127.0.0.1:0', ...extra],
		{ env: this.env });
		({ devices: this.devices, console: this.console } = this.service.ready);
	}

	async stop() {
		await this.service.stop();
	}

	/* As a power cut would end it: no process of it has time for anything. */
	async kill() {
		await this.service.kill();
	}

	/* A user who may enrol devices; resolves to the id. */
	async addUser(user, role = 'ADV') {
		const { user: id } = await this.ok(['user', 'add', user, '--role', role],
			{ passphrases: [`${user} signs in at the office 43`] });
		this.users[user] = id;
		return id;
	}

	/* After a restore: both administrators say who may see what. */
	async confirmAccess() {
		return this.ok(['access', 'confirm', '--first', this.logins[0],
			'--second', this.logins[1]], { passphrases: this.administrators });
	}

	/* A one-time code: { code, expires }. */
	async deviceCode(user) {
		return this.ok(['device', 'code', '--user', user]);
	}

	async grant(user, scope) {
		return this.ok(['grant', 'add', '--user', user, '--scope', scope]);
	}

	async endGrant(user, scope) {
		return this.ok(['grant', 'end', '--user', user, '--scope', scope]);
	}
}
