// SPDX-License-Identifier: Apache-2.0
// tools/prove traced: does tools/prove syscall let everything fail that the real
// programs ask of the system?  They are traced while a note reaches the office,
// and every call must stand in tests/fault/calls.json: as one that fails, with the name
// of what stands before the C library's, or with the reason why it is left alone;
// those that are made sometimes only are a list of their own.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync,
	writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPrograms } from '../../tests/e2e/lib/programs.mjs';
import { parseArgs } from './args.mjs';
import { run } from './child.mjs';

const USAGE = `usage: tools/prove traced

Runs end-to-end scenarios with the real programs under strace and holds the
system calls that they make against tests/fault/calls.json.
`;
/* A note from end to end with its holder, a daemon that hands over while the
 * notes are locked, and the office's console with a process beside the engine. */
const SCENARIOS = ['a note written without a network',
	'a locked daemon hands over', 'receipted while everything is verified'];
const TRACED = ['visitbook', 'visitbookd', 'visitbook-central'];
const SECONDS = 900;
const root = resolve(fileURLToPath(import.meta.url), '../../..');
const build = join(root, 'build/release');

parseArgs(process.argv.slice(2), {}, { usage: USAGE });
const began = Date.now();
const folder = mkdtempSync(join(tmpdir(), 'visitbook-traced-'));
try {
	await make();
	process.exitCode = tell(await trace(), exported());
} catch (error) {
	process.stderr.write(`tools/prove traced: ${error.message}\n`);
	process.exitCode = 1;
} finally {
	rmSync(folder, { recursive: true, force: true });
}

async function make() {
	const made = await run(['cmake', '--build', '--preset', 'release',
		'--target', 'visitbook', 'visitbookd', 'visitbook-central', 'relay',
		'fault_calls'], { cwd: root, seconds: SECONDS });
	if (made.status !== 0)
		throw new Error(`it does not build:\n${made.stdout.slice(-2000)}`);
}

/* The scenarios' programs, each beneath strace; { call: times }. */
async function trace() {
	const bin = join(folder, 'bin');
	const out = join(folder, 'out');
	mkdirSync(bin);
	mkdirSync(out);
	for (const [name, path] of Object.entries(findPrograms(build))) {
		writeFileSync(join(bin, name), '#!/bin/sh\n' +
			(TRACED.includes(name) ? tracer(`${out}/${name}.`) : '') +
			`exec '${path}' "$@"\n`);
		chmodSync(join(bin, name), 0o755);
	}
	let told = '';
	for (const scenario of SCENARIOS) {
		const played = await run([join(root, 'tests/e2e/run'), '--bin', bin,
			'--only', scenario, '--jobs', '1'],
			{ cwd: root, seconds: SECONDS });
		if (played.status !== 0)
			throw new Error(`a scenario failed:\n${played.stdout}`);
		told += played.stdout + played.stderr;
	}
	const met = {};
	for (const name of TRACED) {
		const files = readdirSync(out).filter((file) =>
			file.startsWith(`${name}.`));
		if (files.length === 0)
			throw new Error(`${name} was not traced:\n${told}`);
		for (const file of files)
			count(readFileSync(join(out, file), 'utf8'), met);
	}
	return met;
}

/* strace beside the program, with none of its descriptors, so that nothing
 * waits for the tracer's end. */
function tracer(out) {
	const none = [3, 4, 5, 6, 7, 8, 9].map((fd) => `${fd}>&-`).join(' ');
	return `strace -f -qq -o '${out}'$$ -p $$ </dev/null >/dev/null 2>&1 ` +
		`${none} &\n` +
		"until grep -q '^TracerPid:.*[1-9]' /proc/$$/status; do\n" +
		'\tsleep 0.05\ndone\n';
}

/* What comes after the program took the shell's place. */
function count(text, met) {
	text = text.slice(text.search(/^\d+ +execve\("[^"]*\/visitbook/m));
	for (const [, call] of text.matchAll(/^\d+ +([a-z]\w*)\(/gm))
		met[call] = (met[call] ?? 0) + 1;
}

/* What stands before the C library's in the library that lets calls fail. */
function exported() {
	return new Set(execFileSync('nm', ['-D', '--defined-only',
		join(build, 'tests/libfault_calls.so')], { encoding: 'utf8' })
		.split('\n').map((line) => line.split(' ').pop()));
}

/* The result, as tools/prove tells it; 1 when something does not hold. */
function tell(met, before) {
	const list = JSON.parse(readFileSync(
		join(root, 'tests/fault/calls.json'), 'utf8'));
	const problems = [];
	for (const call of Object.keys(met))
		if (![list.fails, list.left, list.sometimes].some((l) => call in l))
			problems.push(`${call}: it is made, and is in no list`);
	for (const call of [...Object.keys(list.fails), ...Object.keys(list.left)])
		if (!(call in met))
			problems.push(`${call}: it is in a list, and is not made`);
	for (const [call, name] of Object.entries(list.fails))
		if (!before.has(name))
			problems.push(`${call}: nothing named ${name} lets it fail`);
	problems.forEach((problem) => process.stderr.write(`${problem}\n`));
	const executed = Object.keys(met).length;
	console.log(JSON.stringify({ asked: executed, executed, changes: 0,
		violations: problems.length, seeds: [], faults: met, events: {},
		seconds: Math.round((Date.now() - began) / 1000) }));
	return problems.length === 0 && executed > 0 ? 0 : 1;
}
