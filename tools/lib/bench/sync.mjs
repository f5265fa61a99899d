// SPDX-License-Identifier: Apache-2.0
// The real programs: a device with many notes syncs with its office through a
// relay that counts every byte of TCP, and what each process needs of memory.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync }
	from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Device } from '../../../tests/e2e/lib/device.mjs';
import { descendants, endMarked } from '../../../tests/e2e/lib/leftovers.mjs';
import { Office } from '../../../tests/e2e/lib/office.mjs';
import { Bench, findPrograms } from '../../../tests/e2e/lib/programs.mjs';
import { Relay } from '../../../tests/e2e/lib/relay.mjs';
import { until } from '../../../tests/e2e/lib/until.mjs';
import { run } from '../child.mjs';

const EDITS = 20;
const LIMIT_QUIET_BYTES = 1000;
const LIMIT_EDITS_BYTES = 3000;
const LIMIT_RESIDENT_MB = 20;
const SYNC_SECONDS = 300;

/* A line of /proc/PID/status in MB. */
function memoryMb(pid, line) {
	const text = readFileSync(`/proc/${pid}/status`, 'utf8');
	return Number(text.match(new RegExp(`^${line}:\\s+(\\d+)`, 'm'))[1]) / 1024;
}

/* Processor time of a process and all that it started, in ms. */
function cpuMs(pid) {
	return [pid, ...descendants(pid)].reduce((sum, each) => {
		const tasks = `/proc/${each}/task`;
		return readdirSync(tasks).reduce((ns, task) => ns + Number(
			readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]),
		sum);
	}, 0) / 1e6;
}

class Scene {
	constructor(bin, notes) {
		this.bin = bin;
		this.notes = notes;
		this.figures = [];
		this.mark = randomUUID();
		this.folder = mkdtempSync(join(tmpdir(), 'vb-bench-'));
		for (const name of ['logs', 'run', 'data', 'config'])
			mkdirSync(join(this.folder, name), { mode: 0o700 });
		this.bench = new Bench({ programs: findPrograms(bin),
			folder: this.folder, mark: this.mark });
	}

	add(name, unit, ours, limit = null) {
		this.figures.push({ name, unit, ours, limit });
	}

	/* An office, a relay, and two devices of one person. */
	async start() {
		this.office = new Office(this.bench, 'office');
		await this.office.init();
		await this.office.start();
		await this.office.addUser('nia');
		this.forgetPeaks();
		this.relay = new Relay(this.bench, this.office.devices);
		await this.relay.start();
		this.device = new Device(this.bench, 'laptop');
		this.other = new Device(this.bench, 'tablet');
		await this.device.enrol(this.office, 'nia', this.relay.address);
		await this.other.enrol(this.office, 'nia');
		await this.device.unlock();
		await this.other.unlock();
	}

	/* Making a user takes Argon2id's memory once; count from here on. */
	forgetPeaks() {
		for (const pid of descendants(this.office.service.pid))
			writeFileSync(`/proc/${pid}/clear_refs`, '5');
	}

	async end() {
		for (const device of [this.device, this.other])
			if (device?.identity)
				await device.lock().catch(() => {});
		await this.bench.end();
		await endMarked(this.mark, 3);
	}

	async write(device, ...words) {
		const result = await run(
			[join(this.bin, 'tests/bench/write_notes'), device.home, ...words],
			{ env: this.bench.environment, seconds: SYNC_SECONDS });
		assert.equal(result.status, 0, result.stdout + result.stderr);
	}

	/* One sync of the device, and what the relay and the office counted. */
	async sync(device) {
		const before = await this.relay.stats();
		const cpu = cpuMs(this.office.service.pid);
		const began = performance.now();
		const report = await device.sync(SYNC_SECONDS);
		const ms = performance.now() - began;
		assert.equal(report.outcome, 'done', JSON.stringify(report));
		const after = await this.relay.stats();
		return { ...report, ms,
			officeCpuMs: cpuMs(this.office.service.pid) - cpu,
			tcpUp: after.bytes_up - before.bytes_up,
			tcpDown: after.bytes_down - before.bytes_down };
	}

	syncFigures(what, report, limit) {
		this.add(`${what}, round trips`, 'requests', report.round_trips, 1);
		this.add(`${what}, up`, 'bytes of HTTP', report.bytes_up, limit);
		this.add(`${what}, down`, 'bytes of HTTP', report.bytes_down, limit);
		this.add(`${what}, up, with TLS and a new connection`, 'bytes of TCP',
			report.tcpUp);
		this.add(`${what}, down, with TLS and a new connection`, 'bytes of TCP',
			report.tcpDown);
		this.add(`${what}, time of the command`, 'ms', report.ms);
		this.add(`${what}, processor time at the office`, 'ms',
			report.officeCpuMs);
	}

	/* All notes go up, and come down on the other device. */
	async load() {
		await this.write(this.device, 'new', String(this.notes));
		const up = await this.sync(this.device);
		assert.equal((await this.device.status()).unsent, 0);
		const down = await this.sync(this.other);
		const n = this.notes;
		this.add('first push, a note', 'bytes of HTTP up', up.bytes_up / n, 430);
		this.add('first push', 'notes/s', n / up.ms * 1000);
		this.add('first push, processor time at the office', 's per 10,000',
			up.officeCpuMs / n * 10);
		this.add('first pull, a note', 'bytes of HTTP down',
			down.bytes_down / n, 430);
		this.add('first pull', 'notes/s', n / down.ms * 1000);
	}

	async quiet() {
		await this.sync(this.device);
		this.syncFigures('quiet sync', await this.sync(this.device),
			LIMIT_QUIET_BYTES);
	}

	/* Each device put a sentence into 20 notes of its own. */
	async edits() {
		await this.write(this.other, 'edit', '0', String(EDITS));
		await this.sync(this.other);
		await this.write(this.device, 'edit', String(EDITS), String(EDITS));
		const report = await this.sync(this.device);
		assert.equal(report.sent, EDITS);
		this.syncFigures(`${EDITS} edits each way`, report, LIMIT_EDITS_BYTES);
	}

	/* In the steady state, minutes after the last passphrase. */
	async memory() {
		await this.device.lock();
		await until('the agent has gone',
			() => !agentOf(this.mark, this.device.home));
		await this.device.startDaemon();
		await this.device.unlock();
		await this.device.sync();
		this.add('daemon, resident', 'MB',
			memoryMb(this.device.daemon.pid, 'VmRSS'), LIMIT_RESIDENT_MB);
		this.add('daemon, peak', 'MB',
			memoryMb(this.device.daemon.pid, 'VmHWM'));
		await this.agentMemory();
		const office = [this.office.service.pid,
			...descendants(this.office.service.pid)];
		this.add('office, all its processes resident', 'MB',
			office.reduce((sum, pid) => sum + memoryMb(pid, 'VmRSS'), 0));
		this.add('office, peak of its largest process', 'MB',
			Math.max(...office.map((pid) => memoryMb(pid, 'VmHWM'))), 48);
	}

	/* The client as it stays: the agent that holds the other device's key. */
	async agentMemory() {
		const pid = await until('the agent is there', () => agentOf(this.mark,
			this.other.home));
		this.add('client that holds the key, resident', 'MB',
			memoryMb(pid, 'VmRSS'), LIMIT_RESIDENT_MB);
	}
}

/* The agent process of a data folder, by the run's own mark. */
function agentOf(mark, home) {
	return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
		.map(Number).find((pid) => {
			try {
				const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
					.split('\0');
				return readFileSync(`/proc/${pid}/environ`, 'utf8')
					.includes(`VISITBOOK_E2E_MARK=${mark}`) &&
					words.includes('agent') && words.includes(home);
			} catch {
				// It ended meanwhile, or it is not ours to look into.
				return false;
			}
		});
}

export async function syncs({ bin, quick }) {
	const scene = new Scene(bin, quick ? 500 : 10000);
	try {
		await scene.start();
		await scene.load();
		await scene.quiet();
		await scene.edits();
		await scene.memory();
	} finally {
		await scene.end();
		rmSync(scene.folder, { recursive: true, force: true, maxRetries: 5 });
	}
	return scene.figures;
}
