// SPDX-License-Identifier: Apache-2.0
// Start the real programs, talk to them, and end them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { accessSync, appendFileSync, constants, createWriteStream, readdirSync } from
	'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { descendants, endNow } from './leftovers.mjs';

const NAMES = ['visitbook', 'visitbookd', 'visitbook-central', 'relay'];
const SANITIZER = /ERROR: (Address|Leak|Thread|Memory)Sanitizer|runtime error:/;
const DEPTH_MAX = 4;
const LINGER_S = 3;

/* { name: path } of the programs built below a folder. */
export function findPrograms(folder, depth = 0, found = {}) {
	const entries = readdirSync(folder, { withFileTypes: true });
	for (const entry of entries) {
		const path = join(folder, entry.name);
		if (entry.isFile() && NAMES.includes(entry.name) && isExecutable(path))
			found[entry.name] ??= path;
		else if (entry.isDirectory() && depth < DEPTH_MAX &&
			!/^(CMakeFiles|fetched|\..*)$/.test(entry.name))
			findPrograms(path, depth + 1, found);
	}
	return found;
}

function isExecutable(path) {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/*
 * What the programs of one scenario share: where they are, the environment
 * that they get (with a library to preload, if one is named), and the transcript.
 * Nothing of the tester's own environment reaches them but the search path and the
 * sanitizers' options.
 */
export class Bench {
	constructor({ programs, folder, mark, office, preload }) {
		this.programs = programs;
		this.folder = folder;
		this.office = office;
		this.services = new Set();
		this.environment = {
			PATH: process.env.PATH,
			LANG: 'C.UTF-8',
			TZ: 'Europe/London',
			HOME: folder,
			TMPDIR: folder,
			XDG_RUNTIME_DIR: join(folder, 'run'),
			XDG_DATA_HOME: join(folder, 'data'),
			XDG_CONFIG_HOME: join(folder, 'config'),
			VISITBOOK_E2E_MARK: mark,
		};
		for (const name of ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS'])
			if (process.env[name])
				this.environment[name] = process.env[name];
		if (preload) {
			// A sanitized program would refuse what comes before its runtime.
			this.environment.LD_PRELOAD = preload;
			this.environment.ASAN_OPTIONS = [this.environment.ASAN_OPTIONS,
				'verify_asan_link_order=0'].filter(Boolean).join(':');
		}
	}

	/* That of a program which is given more, or something else to preload. */
	environmentWith(more) {
		const preload = [this.environment.LD_PRELOAD, more.LD_PRELOAD]
			.filter(Boolean).join(' ');
		return { ...this.environment, ...more,
			...(preload ? { LD_PRELOAD: preload } : {}) };
	}

	/* The folder of an office that was made before, once; else undefined. */
	takeOffice() {
		const { office } = this;
		this.office = undefined;
		return office;
	}

	log(text) {
		appendFileSync(join(this.folder, 'logs', 'transcript'),
			text.endsWith('\n') ? text : `${text}\n`);
	}

	path(name) {
		assert.ok(this.programs[name], `${name} was not built`);
		return this.programs[name];
	}

	/*
	 * Run a command to its end and resolve to { status, stdout, stderr }.
	 * input goes to standard input; each of passphrases, a line of its own,
	 * into a pipe that --passphrase-fd names.  It may take `seconds`; a signal
	 * that ends it, or a sanitizer's report, is an error of the test.
	 */
	async command(name, args,
		{ input = '', passphrases = [], seconds = 60, env = {} } = {}) {
		const all = [...args, ...passphrases.flatMap((_, i) =>
			['--passphrase-fd', String(i + 3)])];
		this.log(`$ ${name} ${all.join(' ')}`);
		const child = spawn(this.path(name), all, {
			cwd: this.folder,
			env: this.environmentWith(env),
			stdio: ['pipe', 'pipe', 'pipe', ...passphrases.map(() => 'pipe')],
		});
		[input, null, null, ...passphrases.map((words) => `${words}\n`)]
			.forEach((text, fd) => text !== null && give(child.stdio[fd], text));
		const said = Promise.all([collect(child.stdout), collect(child.stderr)]);
		const end = await ended(child, seconds);
		const [stdout, stderr] = await Promise.race([said,
			late(LINGER_S, `the output of ${name} ${args.join(' ')} to end: ` +
				'something that it started holds it open')]);
		this.log(`${stdout}${stderr}(${end.signal ?? `status ${end.status}`})`);
		assert.ok(!end.late, `${name} ${args.join(' ')} took over ${seconds} s`);
		assert.equal(end.signal, null, `${name} ${args.join(' ')} was ended by ` +
			`${end.signal}`);
		assert.doesNotMatch(stderr, SANITIZER);
		return { status: end.status, stdout, stderr };
	}

	/*
	 * Start a program that stays and tells on --ready-fd that it is up.
	 * Resolves to a Service; `.ready` is what it wrote there.
	 */
	async service(name, args, { seconds = 30, env = {} } = {}) {
		const service = new Service(this, name, args, env);
		this.services.add(service);
		try {
			await service.up(seconds);
		} catch (error) {
			await service.kill();
			throw error;
		}
		return service;
	}

	/* End everything that still runs; in what order does not matter. */
	async end() {
		const problems = [];
		for (const service of this.services)
			await service.stop().catch((error) => problems.push(error.message));
		assert.equal(problems.length, 0, problems.join('\n'));
	}
}

let nextLog = 1;

class Service {
	constructor(bench, name, args, env) {
		this.bench = bench;
		this.name = name;
		const all = [...args, '--ready-fd', '3'];
		bench.log(`& ${name} ${all.join(' ')}`);
		this.child = spawn(bench.path(name), all, {
			cwd: bench.folder,
			env: bench.environmentWith(env),
			stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
		});
		this.errors = '';
		const log = createWriteStream(join(bench.folder, 'logs',
			`${String(nextLog++).padStart(2, '0')}-${name}`));
		this.child.stderr.on('data', (bytes) => {
			this.errors += bytes;
			log.write(bytes);
		});
		this.answers = createInterface({ input: this.child.stdout })
			[Symbol.asyncIterator]();
		this.child.stdin.on('error', () => {});
		this.gone = new Promise((resolve) => {
			const end = (status, signal) => {
				log.end();
				bench.services.delete(this);
				resolve({ status, signal });
			};
			this.child.on('error', (error) => {
				this.errors += error.message;
				end(127, null);
			});
			this.child.on('close', end);
		});
	}

	get pid() {
		return this.child.pid;
	}

	/* Write one line to its standard input; resolves to the JSON value that
	 * it answers with on standard output. */
	async ask(line, seconds = 10) {
		this.bench.log(`> ${this.name}: ${line}`);
		this.child.stdin.write(`${line}\n`);
		const { value, done } = await Promise.race([this.answers.next(),
			late(seconds, `${this.name} to answer "${line}"`)]);
		assert.ok(!done, `${this.name} ended without an answer to "${line}"`);
		this.bench.log(`< ${this.name}: ${value}`);
		return JSON.parse(value);
	}

	async up(seconds) {
		const lines = createInterface({ input: this.child.stdio[3] });
		const first = new Promise((resolve) => lines.once('line', resolve));
		const line = await Promise.race([first,
			this.gone.then(({ status, signal }) => {
				throw new Error(`${this.name} ended (${signal ??
					`status ${status}`}) before it was ready:\n${this.errors}`);
			}),
			late(seconds, `${this.name} to be ready`)]);
		this.ready = JSON.parse(line);
		this.bench.log(`< ${this.name}: ${line}`);
	}

	/* Ask it to end (SIGTERM) and see that it does, with status 0. */
	async stop(seconds = 20) {
		this.child.kill('SIGTERM');
		try {
			const end = await Promise.race([this.gone,
				late(seconds, `${this.name} to end after SIGTERM`)]);
			assert.doesNotMatch(this.errors, SANITIZER);
			assert.ok(end.status === 0, `${this.name} ends cleanly on SIGTERM, ` +
				`not with ${end.signal ?? `status ${end.status}`}`);
		} finally {
			await this.kill();
		}
	}

	/* End it, and every process that it started, as a power cut would. */
	async kill() {
		for (const pid of [...descendants(this.pid), this.pid])
			endNow(pid);
		await this.gone;
	}
}

function give(pipe, text) {
	// A program may end, or close the pipe, without reading all of it.
	pipe.on('error', () => {});
	pipe.end(text);
}

async function collect(stream) {
	const parts = [];
	for await (const part of stream)
		parts.push(part);
	return Buffer.concat(parts).toString();
}

function ended(child, seconds) {
	return new Promise((resolve) => {
		let tooLate = false;
		const timer = setTimeout(() => {
			tooLate = true;
			child.kill('SIGKILL');
		}, seconds * 1000);
		child.on('error', (error) => {
			clearTimeout(timer);
			resolve({ status: 127, signal: null, late: false, error });
		});
		child.on('exit', (status, signal) => {
			clearTimeout(timer);
			resolve({ status, signal, late: tooLate });
		});
	});
}

function late(seconds, what) {
	return new Promise((_, reject) => {
		setTimeout(() => reject(new Error(`waited ${seconds} s for ${what}`)),
			seconds * 1000).unref();
	});
}
