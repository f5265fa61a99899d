// SPDX-License-Identifier: Apache-2.0
// tests/e2e/run: find the scenarios, run each in a process and a folder of its
// own, and report in TAP.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from
	'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from '../../../tools/lib/args.mjs';
import { inParallel, run } from '../../../tools/lib/child.mjs';
import { endMarked } from './leftovers.mjs';
import { Office } from './office.mjs';
import { Bench, findPrograms } from './programs.mjs';

const USAGE = `usage: tests/e2e/run [--bin DIR] [--only PATTERN] [--jobs N]
                     [--from DIR] [--keep] [--list] [--self-test]

--bin DIR       where the programs were built (default build/release)
--only PATTERN  scenarios whose file or name holds PATTERN
--jobs N        so many at a time (default 2)
--from DIR      read the scenario files from DIR instead of tests/e2e
--keep          leave the folders of failed scenarios in place
--list          only print the names
--self-test     test this harness with stand-ins for the programs
`;
const here = dirname(fileURLToPath(import.meta.url));
const SECONDS = 120;
const LINGER_S = 2;

const root = resolve(here, '../../..');
const options = parseArgs(process.argv.slice(2),
	{ bin: join(root, 'build/release'), only: '', jobs: 2,
		from: join(root, 'tests/e2e') },
	{ usage: USAGE,
		values: { '--bin': 'bin', '--only': 'only', '--jobs': 'jobs',
			'--from': 'from' },
		flags: { '--keep': 'keep', '--list': 'list',
			'--self-test': 'selfTest' } });
options.bin = resolve(options.bin);
options.from = resolve(options.from);
options.jobs = Math.max(1, Number(options.jobs) || 2);
if (options.selfTest) {
	const { selfTest } = await import('./selftest.mjs');
	process.exit(await selfTest(options.only) ? 0 : 1);
}
const scenarios = (await load(options.from)).filter(({ file, name }) =>
	file.includes(options.only) || name.includes(options.only));
if (scenarios.length === 0) {
	process.stderr.write('tests/e2e/run: no scenario to run\n');
	process.exit(2);
}
if (options.list) {
	scenarios.forEach(({ file, name }) => console.log(`${file}: ${name}`));
	process.exit(0);
}
process.exit(await runAll(scenarios) ? 0 : 1);

/*
 * A scenario file NN-what-should-hold.mjs exports
 *   scenarios = { 'a sentence of what should hold': async (t) => { ... } }
 * and, if they need longer than most, `seconds`; `dear`, if passphrases are to be
 * hashed in them as the product does it (tests/fault/cheap_passphrases.c).
 */
async function load(folder) {
	const files = readdirSync(folder)
		.filter((name) => /^\d\d-.*\.mjs$/.test(name)).sort();
	const lists = await Promise.all(files.map(async (file) => {
		const module = await import(pathToFileURL(join(folder, file)));
		return Object.keys(module.scenarios ?? {}).map((name) => (
			{ file, name, path: join(folder, file),
				seconds: module.seconds ?? SECONDS, dear: module.dear ?? false }));
	}));
	return lists.flat();
}

/* Those that may take longest first, so that none is left over at the end. */
async function runAll(list) {
	let bad = 0;
	let done = 0;
	const folder = mkdtempSync(join(tmpdir(), 'vb-'));
	const cheap = join(options.bin, 'tests/libcheap_passphrases.so');
	const all = { programs: findPrograms(options.bin),
		preload: existsSync(cheap) ? cheap : undefined };
	const sorted = [...list].sort((a, b) => b.seconds - a.seconds);
	all.office = await makeOffice(all, folder);
	console.log(`1..${list.length}`);
	await inParallel(sorted, options.jobs, async (scenario) => {
		const { ok, report, seconds } = await runOne(scenario, all);
		bad += ok ? 0 : 1;
		console.log(`${ok ? 'ok' : 'not ok'} ${++done} - ${scenario.file}: ` +
			`${scenario.name} (${seconds.toFixed(1)} s)`);
		if (report)
			console.log(report.trimEnd().split('\n')
				.map((line) => `# ${line}`).join('\n'));
	});
	rmSync(folder, { recursive: true, force: true });
	return bad === 0;
}

/* A new office, of which each scenario gets a copy; undefined where it cannot
 * be made: then each makes its own, and says what is wrong. */
async function makeOffice(all, folder) {
	mkdirSync(join(folder, 'logs'));
	const bench = new Bench({ ...all, folder, mark: `${process.pid}` });
	return new Office(bench, 'office').keep().catch(() => undefined);
}

/* Run one scenario; whatever it does, its processes and folder are gone
 * afterwards (a failed one's folder stays with --keep). */
async function runOne({ path, name, seconds, dear }, all) {
	// Short, because a socket's path may have 108 bytes at most.
	const folder = mkdtempSync(join(tmpdir(), 'vb-'));
	const mark = `${process.pid}-${folder.slice(-6)}`;
	const task = join(folder, 'task.json');
	writeFileSync(task, JSON.stringify({ ...all, path, name, folder, mark,
		...(dear ? { office: undefined, preload: undefined } : {}) }));
	const result = await run([process.execPath, join(here, 'one.mjs'), task],
		{ seconds, env: { ...process.env, VISITBOOK_E2E_MARK: mark } });
	const left = await endMarked(mark, LINGER_S);
	const ok = result.status === 0 && left.length === 0;
	let report = result.stdout;
	if (!ok) {
		report = [
			result.stdout.trimEnd(),
			result.timedOut ? `it ran into its limit of ${seconds} s` : '',
			...left.map((command) => `left running: ${command}`),
			result.stderr.trimEnd(),
			transcript(folder),
			options.keep ? `its folder: ${folder}` : '',
		].filter(Boolean).join('\n');
	}
	if (ok || !options.keep)
		rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
	return { ok, report, seconds: result.seconds };
}

/* The ends of what the scenario's programs wrote. */
function transcript(folder) {
	const logs = join(folder, 'logs');
	let names;
	try {
		names = readdirSync(logs).sort();
	} catch {
		return '';
	}
	return names.map((name) => {
		const lines = readFileSync(join(logs, name), 'utf8').trimEnd().split('\n');
		return `--- ${name}\n${lines.slice(-60).join('\n')}`;
	}).join('\n');
}
