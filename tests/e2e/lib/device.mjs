// SPDX-License-Identifier: Apache-2.0
// A device: visitbook and, when started, visitbookd, with a home folder.
import { join } from 'node:path';
import { Tool } from './tool.mjs';
import { until } from './until.mjs';

export class Device extends Tool {
	constructor(bench, name) {
		const home = join(bench.folder, name);
		super(bench, 'visitbook', ['--home', home]);
		this.name = name;
		this.home = home;
		this.passphrase = `${name} keeps notes on this device 44`;
	}

	/* Enrol with a code of the office, at `address` (a relay's, or its own). */
	async enrol(office, user, address = office.devices) {
		const { code } = await office.deviceCode(user);
		this.identity = await this.ok(
			['enrol', '--office', address, '--code', code],
			{ passphrases: [this.passphrase] });
		return this.identity;
	}

	async unlock(passphrase = this.passphrase) {
		return this.ok(['unlock'], { passphrases: [passphrase] });
	}

	async lock() {
		return this.ok(['lock']);
	}

	async startDaemon(extra = []) {
		this.daemon = await this.bench.service('visitbookd',
			[...this.place, ...extra]);
	}

	async stopDaemon() {
		await this.daemon.stop();
	}

	async note(id) {
		return this.ok(['note', 'show', id]);
	}

	async status() {
		return this.ok(['status']);
	}

	/* Sync now; whatever the outcome, resolves to what sync reports. */
	async sync(seconds = 30) {
		const { json } = await this.run(
			['sync', '--wait', '--timeout', String(seconds)],
			{ seconds: seconds + 30 });
		return json;
	}

	/* Wait until nothing that was written here is still to be sent. */
	async allSent(seconds = 30) {
		return until(`${this.name} has sent everything`,
			async () => (await this.status()).unsent === 0, seconds);
	}
}
