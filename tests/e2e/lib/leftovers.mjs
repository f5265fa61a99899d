// SPDX-License-Identifier: Apache-2.0
// Find and end what a scenario left running, and nothing else: every process
// that a scenario starts carries the scenario's own mark in its environment.
import { readFileSync, readdirSync } from 'node:fs';
import { until } from './until.mjs';

/* End all processes with the mark that do not end by themselves within some
 * seconds (an agent stays for a moment after a lock); their command lines are
 * returned. */
export async function endMarked(mark, seconds = 0) {
	await until('they end', () => marked(mark).length === 0, seconds)
		.catch(() => {});
	const left = marked(mark);
	for (const { pid } of left)
		endNow(pid);
	await until('marked processes end', () => marked(mark).length === 0, 10);
	return left.map(({ command }) => command);
}

function marked(mark) {
	const wanted = `VISITBOOK_E2E_MARK=${mark}`;
	return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
		.flatMap((pid) => {
			try {
				const dir = `/proc/${pid}`;
				const environment = readFileSync(`${dir}/environ`, 'utf8');
				if (!environment.split('\0').includes(wanted))
					return [];
				const command = readFileSync(`${dir}/cmdline`, 'utf8')
					.replaceAll('\0', ' ').trim();
				return command ? [{ pid: Number(pid), command }] : [];
			} catch {
				// It ended meanwhile, or it is not ours to look into.
				return [];
			}
		});
}

/* The processes that a process started, and those that they started. */
export function descendants(pid) {
	const children = new Map();
	for (const name of readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
		let stat;
		try {
			stat = readFileSync(`/proc/${name}/stat`, 'utf8');
		} catch {
			continue;
		}
		// The name, in brackets, may hold anything; the parent is the second
		// word after it.
		const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
		children.set(parent, [...children.get(parent) ?? [], Number(name)]);
	}
	const below = (p) => (children.get(p) ?? [])
		.flatMap((child) => [child, ...below(child)]);
	return below(pid);
}

export function endNow(pid) {
	try {
		process.kill(pid, 'SIGKILL');
	} catch {
		// It ended meanwhile.
	}
}
