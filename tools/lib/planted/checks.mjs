// SPDX-License-Identifier: Apache-2.0
// The checks that planted bugs are to be caught by, cheapest first, each in
// portions that grow: most bugs are caught by the first.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../child.mjs';

/* A program that does not end with a bug is caught by that: the first portions
 * take seconds, or minutes where others work on the same machine. */
const SECONDS_FIRST = 300;
const SECONDS_MAX = 900;

const seeds = (...ranges) => ranges.map(([from, count]) => ({
	count, args: ['--from', String(from), '--count', String(count), '--jobs', '1'] }));
const places = (kind, ...ranges) => ranges.map(([from, count]) => ({
	count, args: [kind, '--from', String(from), '--count', String(count), '--jobs', '1'] }));

/* Each: name, the program that it runs (or several, which scenarios start), portions
 * of work ("schedules" or "points"), for those that go by pieces of work how many of
 * these are tried inOnePiece, and for some a program that judges what the first has
 * written. */
export const CHECKS = [
	{ name: 'simulate', program: 'tests/coresim/simulate-core', unit: 'schedules',
		more: ['--no-shrink'], portions: seeds([1, 299], [300, 40000]) },
	{ name: 'check-history', program: 'tests/coresim/simulate-core', unit: 'schedules',
		more: ['--no-shrink'], history: true, portions: seeds([1, 140], [210, 400]) },
	{ name: 'simulate --stores', program: 'tests/sim/simulate', unit: 'schedules',
		more: ['--no-shrink'], portions: seeds([1, 12], [13, 60], [73, 180]) },
	{ name: 'check-history --stores', program: 'tests/sim/simulate', unit: 'schedules',
		more: ['--no-shrink'], history: true, portions: seeds([1, 20], [21, 100]) },
	{ name: 'crash-device', program: 'tests/prove', unit: 'points',
		portions: places('crash-device', [1, 300], [1, 4000]) },
	{ name: 'crash-central', program: 'tests/prove', unit: 'points',
		portions: places('crash-central', [1, 150], [1, 1500]) },
	{ name: 'syscall', program: 'tests/prove', unit: 'points',
		portions: places('syscall', [1, 600]), inOnePiece: 600 },
	{ name: 'memory', program: 'tests/prove', unit: 'points',
		portions: places('memory', [1, 600], [601, 5000]), inOnePiece: 4000 },
	{ name: 'cut', program: 'tests/prove', unit: 'points',
		portions: places('cut', [1, 600]) },
];

/* A portion of a check in one piece of work alone: all its places, or most. */
export const inWork = (check, work) => ({ ...places(check.name, [1, check.inOnePiece])[0],
	env: { PROVE_ONLY: work } });

/* What a bug names as the last resort: a unit test ("test_holder"), or scenarios
 * from end to end whose name holds some words. */
export const namedCheck = (name) => (/^test_/.test(name)
	? { name, program: `tests/${name}`, unit: 'tests', is_unit: true,
		portions: [{ count: 1, args: [] }] }
	: { name: 'end to end', programs: ['client/visitbook', 'daemon/sync/visitbookd',
		'daemon/central/visitbook-central', 'tests/relay'], program: 'bin', unit: 'scenarios',
	portions: [{ count: 1, args: ['--only', name, '--jobs', '1'] }] });

/* The JSON object of a tool's last line; {} if there is none. */
function lastLine(stdout) {
	try {
		return JSON.parse(stdout.trimEnd().split('\n').at(-1));
	} catch {
		return {};
	}
}

/* What a failing run says of what is wrong, in one line. */
function reason(result) {
	if (result.timedOut)
		return 'it does not end';
	const scenario = /^not ok \d+ - (.*)$/m.exec(result.stdout);
	if (scenario)
		return scenario[1];
	const said = result.stderr.split('\n').filter((l) => l.trim() !== '');
	return (said.find((l) => /\bI\d+\b|seed \d+:|never occurred|rror/.test(l)) ?? said[0] ??
		result.signal ?? `status ${result.status}`).trim().slice(0, 160);
}

/*
 * Run one portion of a check with a program: { ok, after, changes, why }; after:
 * how many schedules or points until the first that failed, as far as is told.
 */
export async function runPortion(check, portion, program, { judge, scenarios, cwd, scratch, before }) {
	const history = join(scratch, `history-${Math.random().toString(36).slice(2)}.jsonl`);
	const args = [...portion.args, ...(check.more ?? []),
		...(check.history ? ['--history', history] : [])];
	let result = await run([...(check.programs ? [scenarios, '--bin', program] : [program]), ...args], { cwd,
		seconds: portion === check.portions[0] && !check.programs ? SECONDS_FIRST : SECONDS_MAX,
		env: { ...process.env, ...portion.env, ...(check.is_unit ? { CMOCKA_MESSAGE_OUTPUT: 'STDOUT' } : {}) } });
	const told = lastLine(result.stdout);
	if (check.history) {
		if (result.status === 0)
			result = await run([process.execPath, judge, history], { seconds: SECONDS_MAX });
		rmSync(history, { force: true });
	}
	const first = check.unit === 'schedules' && told.seeds?.length > 0
		? told.seeds[0] - Number(portion.args[1]) + 1 : portion.count;
	return { ok: result.status === 0, after: before + first, changes: told.changes ?? 0,
		executed: told.executed ?? 0, why: result.status === 0 ? '' : reason(result) };
}
