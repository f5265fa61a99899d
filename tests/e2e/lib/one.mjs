// SPDX-License-Identifier: Apache-2.0
// Run one scenario, described by the task file named as the argument, and end
// all that it started.  Exit status 0 if what should hold did.
import { mkdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Device } from './device.mjs';
import { Office } from './office.mjs';
import { Bench } from './programs.mjs';
import { Relay } from './relay.mjs';
import { until } from './until.mjs';

/*
 * What a scenario gets.  office() makes and starts an office; device() makes
 * a device, enrolled as a new user of the office if one is given; relay()
 * starts a relay to an address.
 */
class Stage {
	constructor(bench) {
		this.bench = bench;
		this.folder = bench.folder;
		this.until = until;
		this.devices = [];
	}

	async office(name = 'office') {
		const office = new Office(this.bench, name);
		await office.open();
		await office.start();
		return office;
	}

	async device(name, { office, role, address, user = name } = {}) {
		const device = new Device(this.bench, name);
		this.devices.push(device);
		if (office) {
			if (user === name)
				await office.addUser(user, role);
			await device.enrol(office, user, address);
			await device.unlock();
		}
		return device;
	}

	async relay(target) {
		const relay = new Relay(this.bench, target);
		await relay.start();
		return relay;
	}

	/* A line for whoever runs the tests, also of a scenario that succeeds. */
	tell(text) {
		process.stdout.write(`${text}\n`);
	}

	/* A line for the transcript of a failed scenario. */
	say(text) {
		this.bench.log(`# ${text}`);
	}
}

const task = JSON.parse(readFileSync(process.argv[2], 'utf8'));
for (const name of ['logs', 'run', 'data', 'config'])
	mkdirSync(join(task.folder, name), { mode: 0o700 });
const bench = new Bench(task);
const stage = new Stage(bench);
const problems = [];
// Node ends a process that waits for nothing any more: that is no success.
let finished = false;
process.once('exit', () => {
	if (finished)
		return;
	process.exitCode = 1;
	writeSync(2, 'the scenario never came to its end\n');
});
try {
	const { scenarios } = await import(pathToFileURL(task.path));
	await scenarios[task.name](stage);
} catch (error) {
	problems.push(error.stack);
}
try {
	// An agent that holds a key outlives its command; locking ends it.
	for (const device of stage.devices.filter(({ identity }) => identity))
		await device.lock();
	await bench.end();
} catch (error) {
	problems.push(`afterwards: ${error.stack}`);
}
finished = true;
if (problems.length > 0)
	process.stderr.write(`${problems.join('\n')}\n`);
process.exit(problems.length > 0 ? 1 : 0);
