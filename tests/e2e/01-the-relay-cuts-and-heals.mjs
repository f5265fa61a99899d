// SPDX-License-Identifier: Apache-2.0
// What later scenarios do to the network is done by the relay: so it first.
import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';

/* A server that sends back what it gets, in capitals. */
async function shouter() {
	const server = createServer((socket) => {
		socket.on('error', () => {});
		socket.on('data', (bytes) => socket.write(`${bytes}`.toUpperCase()));
		socket.on('end', () => socket.end());
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return { server, address: `127.0.0.1:${server.address().port}` };
}

/* Send words and resolve to all that came back before the connection ended. */
function say(address, words) {
	const [host, port] = address.split(':');
	return new Promise((resolve, reject) => {
		let heard = '';
		const socket = connect({ host, port: Number(port) });
		socket.on('error', reject);
		socket.on('data', (bytes) => {
			heard += bytes;
			if (heard.length === words.length)
				socket.end();
		});
		socket.on('close', (hadError) => hadError || resolve(heard));
		socket.write(words);
	});
}

async function withRelay(t, work) {
	const { server, address } = await shouter();
	try {
		await work(await t.relay(address));
	} finally {
		server.close();
	}
}

export const scenarios = {
	'what is said arrives, and the relay counts it': (t) =>
		withRelay(t, async (relay) => {
			assert.equal(await say(relay.address, 'hello'), 'HELLO');
			const stats = await relay.stats();
			assert.equal(stats.bytes_up, 5);
			assert.equal(stats.bytes_down, 5);
		}),

	'a cut network refuses, and heals at the same address': (t) =>
		withRelay(t, async (relay) => {
			await relay.cut();
			await assert.rejects(say(relay.address, 'hello'),
				{ code: 'ECONNREFUSED' });
			await relay.open();
			assert.equal(await say(relay.address, 'again'), 'AGAIN');
		}),

	'an answer can be cut after any byte': (t) =>
		withRelay(t, async (relay) => {
			for (const bytes of [0, 1, 4]) {
				await relay.limitDown(bytes);
				assert.equal(await say(relay.address, 'hello'),
					'HELLO'.slice(0, bytes));
			}
			assert.equal(await say(relay.address, 'whole'), 'WHOLE');
		}),
};
