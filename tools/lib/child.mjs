// SPDX-License-Identifier: Apache-2.0
// Run one program to its end, within a time limit, and keep what it said.
import { spawn } from 'node:child_process';

const OUTPUT_MAX = 64 * 1024 * 1024;

/*
 * Run command (an array) and resolve, never reject, to
 *   { status, signal, timedOut, stdout, stderr, seconds }
 * status is null when a signal ended it, and 127 when it could not be started
 * (stderr then says why).  It gets a process group of its own, which is killed
 * as a whole when `seconds` have passed, and when this process is ended.
 * `onLine` is called with each line of standard output as it comes.
 */
export function run(command, { cwd, env, input, seconds = 600, onLine } = {}) {
	return new Promise((resolve) => {
		const began = Date.now();
		const out = { stdout: [], stderr: [] };
		let kept = 0;
		let timedOut = false;
		let partial = '';
		const child = spawn(command[0], command.slice(1), {
			cwd,
			env: env ?? process.env,
			detached: true,
			stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
		});
		const end = (status, signal) => {
			clearTimeout(timer);
			running.delete(child);
			resolve({
				status,
				signal,
				timedOut,
				stdout: Buffer.concat(out.stdout).toString(),
				stderr: Buffer.concat(out.stderr).toString(),
				seconds: (Date.now() - began) / 1000,
			});
		};
		const keep = (list, bytes) => {
			kept += bytes.length;
			if (kept <= OUTPUT_MAX)
				list.push(bytes);
		};
		const timer = setTimeout(() => {
			timedOut = true;
			killGroup(child);
		}, seconds * 1000);
		running.add(child);
		child.on('error', (error) => {
			out.stderr.push(Buffer.from(`${command[0]}: ${error.message}\n`));
			end(127, null);
		});
		child.on('close', end);
		child.stdout.on('data', (bytes) => {
			keep(out.stdout, bytes);
			if (!onLine)
				return;
			const lines = (partial + bytes).split('\n');
			partial = lines.pop();
			lines.forEach(onLine);
		});
		child.stderr.on('data', (bytes) => keep(out.stderr, bytes));
		if (input !== undefined) {
			// A program may end without reading all of it.
			child.stdin.on('error', () => {});
			child.stdin.end(input);
		}
	});
}

/* Call work(item) for every item, `jobs` at a time; results in item order. */
export async function inParallel(items, jobs, work) {
	const results = new Array(items.length);
	let next = 0;
	const worker = async () => {
		while (next < items.length) {
			const i = next++;
			results[i] = await work(items[i]);
		}
	};
	await Promise.all(Array.from({ length: jobs }, worker));
	return results;
}

const running = new Set();

function killGroup(child) {
	try {
		process.kill(-child.pid, 'SIGKILL');
	} catch {
		// It has just ended by itself.
	}
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.on(signal, () => {
		running.forEach(killGroup);
		process.exit(130);
	});
