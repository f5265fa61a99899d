// SPDX-License-Identifier: Apache-2.0
// tools/bench: run what measures, and report the figures.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from '../args.mjs';
import { run } from '../child.mjs';
import { binaries } from './binaries.mjs';
import { simulated } from './simulate.mjs';
import { syncs } from './sync.mjs';

const USAGE = `usage: tools/bench [--json] [--peers] [--quick] [--only NAME] [--bin DIR]

Measures the programs, each figure beside a limit: the bare work that it
cannot do without, done in turns with it in the same run, or what it is meant
to stay below.  Only the ratios mean something on another machine.  It is no
test: its exit status says whether everything could be measured.

--json        the last line is {"figures":[{"name","unit","ours","limit","peer",
              "ratio"}]}; ratio is ours to limit, peer is null: none was run
--peers       other systems beside ours: none is measured yet, and it is said
--quick       a tenth of the work
--only NAME   parts whose name holds NAME
--bin DIR     a finished build, instead of building build/release
`;
const PART_SECONDS = 1800;
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/* The parts in order: name, and what gives an array of figures. */
const parts = [
	['device', (o) => measured(o, 'measure_device', o.quick ? 1000 : 10000)],
	['page', (o) => measured(o, 'measure_page', o.quick ? 1000 : 5000)],
	['merge', (o) => measured(o, 'measure_merge', o.quick ? 500 : 5000)],
	['ingest', (o) => measured(o, 'measure_ingest', o.quick ? 5 : 50)],
	['duplicates', (o) => measured(o, 'measure_duplicates', o.quick ? 500 : 5000)],
	['import', (o) => measured(o, 'measure_import', o.quick ? 1000 : 10000)],
	['waiting', (o) => measured(o, 'measure_waiting', o.quick ? 6 : 60)],
	['everything', (o) => measured(o, 'measure_everything',
		o.quick ? 1000 : 10000)],
	['verify', (o) => measured(o, 'measure_verify', o.quick ? 1000 : 10000)],
	['sync', syncs],
	['simulate', simulated],
	['binaries', binaries],
];

/* Progress and complaints go to standard error: the last line of standard
 * output is for programs. */
function say(text) {
	process.stderr.write(`${text}\n`);
}

async function build() {
	const configure = existsSync(join(root, 'build/release/CMakeCache.txt')) ?
		[] : [['cmake', '--preset', 'release']];
	for (const command of [...configure,
		['cmake', '--build', '--preset', 'release', '-j2']]) {
		const result = await run(command, { cwd: root, seconds: PART_SECONDS });
		if (result.status !== 0)
			throw new Error(`${command.join(' ')}:\n${result.stdout}` +
				result.stderr);
	}
	return join(root, 'build/release');
}

/* Run a measuring program, which prints one figure a line. */
async function measured(options, program, count) {
	const path = join(options.bin, 'tests/bench', program);
	const result = await run([path, String(count)], { seconds: PART_SECONDS });
	if (result.status !== 0)
		throw new Error(`${program} ${count} ended with ` +
			`${result.signal ?? `status ${result.status}`}:\n` +
			result.stdout + result.stderr);
	return result.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
}

function complete({ name, unit, ours, limit }) {
	return { name, unit, ours, limit, peer: null,
		ratio: limit ? Number((ours / limit).toPrecision(4)) : null };
}

function show(figures) {
	const width = Math.max(...figures.map(({ name }) => name.length));
	const number = (n) => n === null ? '-' : String(Number(n.toPrecision(4)));
	for (const { name, unit, ours, limit, ratio } of figures)
		console.log(`${name.padEnd(width)}  ${number(ours).padStart(9)}` +
			`${number(limit).padStart(10)}${number(ratio).padStart(9)}  ${unit}`);
}

const options = parseArgs(process.argv.slice(2),
	{ json: false, quick: false, only: '', bin: null },
	{ usage: USAGE, values: { '--only': 'only', '--bin': 'bin' },
		flags: { '--json': 'json', '--quick': 'quick', '--peers': 'peers' } });
if (options.peers)
	say('no other system is measured yet: peer is null');
const chosen = parts.filter(([name]) => name.includes(options.only));
if (chosen.length === 0) {
	say(`no part is named ${options.only}: ${parts.map(([name]) => name)
		.join(', ')}`);
	process.exit(2);
}
const figures = [];
let failed = false;
try {
	options.bin = resolve(options.bin ?? await build());
} catch (error) {
	say(error.message);
	process.exit(1);
}
for (const [name, work] of chosen) {
	const began = Date.now();
	try {
		figures.push(...(await work(options)).map(complete));
	} catch (error) {
		failed = true;
		say(`${name}: ${error.message}`);
	}
	say(`${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
}
if (options.json)
	console.log(JSON.stringify({ figures }));
else if (figures.length > 0)
	show(figures);
process.exit(failed ? 1 : 0);
