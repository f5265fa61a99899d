// SPDX-License-Identifier: Apache-2.0
// What really goes over the wire between a device and the office: a relay that
// keeps every byte, of both directions.
import { createConnection, createServer } from 'node:net';

export class Recorder {
	constructor(target) {
		this.target = target;
		this.heard = { up: [], down: [] };
		this.sockets = new Set();
	}

	async start() {
		const [host, port] = this.target.split(':');
		this.server = createServer((device) => {
			const office = createConnection({ host, port: Number(port) });
			this.carry(device, office, this.heard.up);
			this.carry(office, device, this.heard.down);
		});
		await new Promise((resolve) => {
			this.server.listen(0, '127.0.0.1', resolve);
		});
		this.address = `127.0.0.1:${this.server.address().port}`;
		return this;
	}

	carry(from, to, kept) {
		this.sockets.add(from);
		from.on('data', (bytes) => {
			kept.push(bytes);
			to.write(bytes);
		});
		from.on('end', () => to.end());
		from.on('error', () => to.destroy());
		from.on('close', () => this.sockets.delete(from));
	}

	/* All bytes so far: { up, down }. */
	bytes() {
		return { up: Buffer.concat(this.heard.up),
			down: Buffer.concat(this.heard.down) };
	}

	async stop() {
		for (const socket of this.sockets)
			socket.destroy();
		await new Promise((resolve) => {
			this.server.close(resolve);
		});
	}
}

/* The ways in which words may stand in bytes without being hidden. */
function forms(words) {
	const bytes = Buffer.from(words);
	return [bytes, Buffer.from(words, 'utf16le'),
		Buffer.from(bytes.toString('hex')),
		Buffer.from(bytes.toString('hex').toUpperCase()),
		// Base64, wherever in a group of three bytes the words begin.
		...[0, 1, 2].map((before) => Buffer.from(Buffer.concat([
			Buffer.alloc(before), bytes]).toString('base64')
			.slice(before === 0 ? 0 : 4, -4)))];
}

/* Which of the words can be read in the bytes. */
export function readable(bytes, words) {
	return words.filter((one) => forms(one).some((form) =>
		bytes.includes(form)));
}
