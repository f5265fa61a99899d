// SPDX-License-Identifier: Apache-2.0
// A relay between a device and the office whose network can be cut; what its
// modes do is told in tests/support/relay.h.  Every call resolves when what it
// asks for has taken effect.
import assert from 'node:assert/strict';

export class Relay {
	constructor(bench, target) {
		this.bench = bench;
		this.target = target;
	}

	async start() {
		this.service = await this.bench.service('relay', ['--to', this.target]);
		this.address = this.service.ready.address;
	}

	async tell(command) {
		const answer = await this.service.ask(command);
		assert.equal(answer.error, undefined);
		return answer;
	}

	open() {
		return this.tell('open');
	}

	cut() {
		return this.tell('cut');
	}

	blackhole() {
		return this.tell('blackhole');
	}

	stall() {
		return this.tell('stall');
	}

	portal() {
		return this.tell('portal');
	}

	/* The next connection ends after so many bytes to the device. */
	limitDown(bytes) {
		return this.tell(`limit-down ${bytes}`);
	}

	limitUp(bytes) {
		return this.tell(`limit-up ${bytes}`);
	}

	/* { mode, connections, open, cuts, bytes_up, bytes_down } */
	stats() {
		return this.tell('stats');
	}

	async stop() {
		await this.service.stop();
	}
}
