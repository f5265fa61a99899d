// SPDX-License-Identifier: Apache-2.0
// A relay between a device and the office whose network can be cut.

export class Relay {
	constructor(bench, target) {
		this.bench = bench;
		this.target = target;
	}

	async start() {
		this.service = await this.bench.service('relay', ['--to', this.target]);
		this.address = this.service.ready.address;
	}

	/* Drop every connection and take no new one. */
	cut() {
		this.service.tell('cut');
	}

	open() {
		this.service.tell('open');
	}

	/* Any other line that the relay understands, such as "limit-down 100". */
	tell(line) {
		this.service.tell(line);
	}

	async stop() {
		this.service.tell('quit');
		await this.service.gone;
	}
}
