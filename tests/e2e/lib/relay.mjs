// SPDX-License-Identifier: Apache-2.0
// A relay between a device and the office whose network can be cut; what its
// modes do is told in tests/support/relay.h.  Every call resolves when what it
// asks for has taken effect.
import assert from 'node:assert/strict';
import { until } from './until.mjs';

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

	/* Nothing moves any more once so many bytes, or a little more, have gone
	 * to the office from now on.  Resolves to a function that waits for it. */
	async stallUp(bytes) {
		await this.tell(`stall-up ${bytes}`);
		return () => until(`${bytes} bytes more went to the office`,
			async () => (await this.stats()).mode === 'stall', 60);
	}

	/* { mode, connections, open, cuts, bytes_up, bytes_down } */
	stats() {
		return this.tell('stats');
	}

	async stop() {
		await this.service.stop();
	}
}
