// SPDX-License-Identifier: Apache-2.0
// tools/prove planted: put the bugs of tests/planted into the product, one at a
// time, and see that some check of the product notices each (schema/cli.md).
//
// A bug is caught by a check that fails with it and passes without it; both are
// run.  Nothing of the source is changed in place (build.mjs), the bugs are data
// (bugs.mjs), and what they are tried by is in checks.mjs.
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, wholeNumber } from '../args.mjs';
import { inParallel, run } from '../child.mjs';
import { loadBugs, unbroken } from './bugs.mjs';
import { Build } from './build.mjs';
import { CHECKS, inWork, namedCheck, runPortion } from './checks.mjs';
import { Units } from './units.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const BUGS_MIN = 40;
const USAGE = `usage: tools/prove planted [--from SEED] [--count N] [--jobs J] [--only NAME,...]
                           [--today] [--quick] [--units] [--build FOLDER]
Plants N of the bugs of tests/planted (all), beginning at a place that SEED (0)
gives, and says which check caught each.  --today: SEED is of this day and commit.
--quick: only the first portion of each check.  --units: measure instead whether the unit tests pass with each, as its file says.
`;

const ALL = 'all';
const options = parseArgs(process.argv.slice(2),
	{ from: '0', count: ALL, jobs: '2', only: '', build: 'build/release', quick: false }, {
		usage: USAGE,
		values: { '--from': 'from', '--count': 'count', '--jobs': 'jobs', '--only': 'only',
			'--build': 'build' },
		flags: { '--today': 'today', '--units': 'units', '--quick': 'quick' },
	});
wholeNumber(USAGE, '--from', options.from);
if (options.count !== ALL)
	wholeNumber(USAGE, '--count', options.count, 1);
wholeNumber(USAGE, '--jobs', options.jobs, 1);
const began = Date.now();
const scratch = mkdtempSync(join(tmpdir(), 'visitbook-planted-'));

async function main() {
	const all = loadBugs(join(ROOT, 'tests/planted'));
	const chosen = choose(all, await seed());
	if (chosen.length === 0)
		throw new Error('no bug was planted');
	const build = new Build(ROOT, resolve(ROOT, options.build));
	if (options.units)
		return units(build, chosen);
	await build.make(['simulate-core', 'simulate', 'prove', ...new Set(chosen.flatMap((b) => b.last)
		.map(namedCheck).flatMap((c) => c.programs ?? [c.program]).map((p) => basename(p)))]);
	const results = await inParallel(chosen, Number(options.jobs), async (bug) => {
		const result = await tryBug(build, bug).catch((error) => ({ bug, error: error.message }));
		tell(result);
		return result;
	});
	return sum(all, chosen, results);
}

async function seed() {
	if (!options.today)
		return BigInt(options.from);
	const commit = await run(['git', '-C', ROOT, 'rev-parse', '--short=6', 'HEAD']);
	const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
	return BigInt(day) * 100000000n +
		BigInt(`0x${commit.status === 0 ? commit.stdout.trim().slice(0, 6) : 0}`);
}

/* N neighbours of a ring in an order that has nothing to do with the names, so
 * that each portion is a mixture. */
function choose(all, from) {
	if (options.only)
		return all.filter((b) => options.only.split(',').includes(b.name));
	const key = (b) => createHash('sha256').update(b.name).digest('hex');
	const ring = [...all].sort((a, b) => (key(a) < key(b) ? -1 : 1));
	const n = options.count === ALL ? ring.length : Math.min(Number(options.count), ring.length);
	const start = Number((from * BigInt(n)) % BigInt(ring.length));
	return Array.from({ length: n }, (_, i) => ring[(start + i) % ring.length]);
}

/* ---- one bug ---- */

const without = new Map(); // "program arguments" -> a promise: does it pass without a bug?

function passesWithout(build, check, portion) {
	const key = [check.name, ...portion.args,
		...Object.values(portion.env ?? {})].join(' ');
	if (!without.has(key))
		without.set(key, runPortion(check, portion,
			check.programs ? build.folder : join(build.folder, check.program), place(build)));
	return without.get(key);
}

const place = (build, before = 0) => ({ before, scratch, cwd: join(build.folder, 'tests'),
	judge: join(ROOT, 'tools/lib/check-history.mjs'), scenarios: join(ROOT, 'tests/e2e/run') });

/* The first portion of each check, then the second of each, and so on; what a bug
 * names for itself comes last, and the check that it names as the likeliest comes
 * first. */
function schedule(bug) {
	const rounds = Math.max(...CHECKS.map((c) => c.portions.length));
	const list = [];
	for (let round = 0; round < (options.quick ? 1 : rounds); round++)
		for (const check of CHECKS.filter((c) => c.portions[round]))
			list.push({ check, portion: check.portions[round],
				before: check.portions.slice(0, round).reduce((n, p) => n + p.count, 0) });
	list.push(...bug.last.map(namedCheck).map((check) =>
		({ check, portion: check.portions[0], before: 0 })));
	const isFirst = ({ check }) => check.name === bug.first ||
		(bug.first === 'units' && check.is_unit);
	const first = list.filter(isFirst);
	if (bug.work)
		first.unshift({ ...first[0], portion: inWork(first[0].check, bug.work) });
	return [...first, ...list.filter((x) => !isFirst(x))];
}

async function tryBug(build, bug) {
	const folder = join(scratch, bug.name);
	const result = { bug, changes: 0 };
	try {
		const object = await build.compileBug(bug, folder);
		const programs = new Map();
		for (const { check, portion, before } of schedule(bug)) {
			const { program } = check;
			if (!check.programs && !await build.isIn(program, object, bug.file))
				continue;
			if (!programs.has(program))
				programs.set(program, check.programs
					? await build.linkAll(check.programs, bug, object, join(folder, 'bin'))
					: await build.link(program, [object], join(folder, program.replaceAll('/', '-'))));
			const got = await runPortion(check, portion, programs.get(program),
				place(build, before));
			result.changes += got.changes;
			if (got.ok)
				continue;
			const clean = await passesWithout(build, check, portion);
			if (!clean.ok)
				throw new Error(`${check.name} fails without the bug too: ${clean.why}`);
			return Object.assign(result, { check, after: got.after, why: got.why });
		}
		return result;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function tell({ bug, check, after, why, error }) {
	const found = error ? `FAILED: ${error}` : check
		? `${check.name}, ${after} ${check.unit}: ${why}` : 'NOT CAUGHT';
	console.log(`${bug.name.padEnd(34)} ${bug.breaks.join(' ').padEnd(14)} ${found}`);
}

/* ---- the sum ---- */

function sum(all, chosen, results) {
	const complaints = [];
	const whole = chosen.length === all.length;
	const caught = results.filter((r) => r.check);
	const quiet = all.filter((b) => b.units);
	if (whole && all.length < BUGS_MIN)
		complaints.push(`there are ${all.length} bugs, and have to be ${BUGS_MIN}`);
	if (whole && quiet.length * 2 < all.length)
		complaints.push(`only ${quiet.length} of ${all.length} pass the unit tests`);
	if (whole && unbroken(all).length > 0)
		complaints.push(`no bug breaks ${unbroken(all).join(', ')}`);
	for (const r of caught.filter((x) => x.check.is_unit && x.bug.units))
		complaints.push(`${r.bug.name} is said to pass the unit tests, and ${r.check.name} caught it`);
	complaints.forEach((c) => console.log(c));
	const by = {};
	for (const r of caught)
		by[r.check.name] = (by[r.check.name] ?? 0) + 1;
	const missed = results.filter((r) => !r.check);
	console.log(JSON.stringify({ asked: chosen.length, executed: results.filter((r) => !r.error).length,
		changes: results.reduce((n, r) => n + (r.changes ?? 0), 0),
		violations: missed.length, seeds: missed.map((r) => r.bug.name),
		faults: by, events: { pass_units: chosen.filter((b) => b.units).length },
		trace_sha256: createHash('sha256').update(results.map((r) =>
			`${r.bug.name} ${r.check?.name} ${r.after}\n`).sort().join('')).digest('hex'),
		seconds: Math.round((Date.now() - began) / 1000) }));
	return missed.length === 0 && complaints.length === 0 ? 0 : 1;
}

/* ---- the claim about unit tests ---- */

async function units(build, chosen) {
	const measure = new Units(build, scratch, Number(options.jobs));
	let wrong = 0;
	await measure.start();
	const results = await measure.measure(chosen);
	for (const bug of chosen) {
		const failed = results.get(bug.name);
		const ok = (failed === null) === bug.units;
		wrong += ok ? 0 : 1;
		if (!ok)
			console.log(`${bug.name.padEnd(34)} its file says otherwise`);
	}
	console.log(JSON.stringify({ asked: chosen.length, executed: chosen.length, changes: 0,
		violations: wrong, seeds: [], seconds: Math.round((Date.now() - began) / 1000) }));
	return wrong === 0 ? 0 : 1;
}

let status = 1;
try {
	status = await main();
} catch (error) {
	console.error(`tools/prove planted: ${error.message}`);
} finally {
	rmSync(scratch, { recursive: true, force: true });
}
process.exit(status);
