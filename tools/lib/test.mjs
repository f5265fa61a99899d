// SPDX-License-Identifier: Apache-2.0
// tools/test after the set-up: the stages, one after the other, and the count.
import { accessSync, constants, existsSync, readFileSync, readdirSync, statfsSync } from
	'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from './args.mjs';
import { inParallel, run } from './child.mjs';
import { judge } from './tap.mjs';

const USAGE = `usage: tools/test [--quick] [--only NAME] [--fresh-root]

Installs what is missing, builds, and runs every test: the source checks, the
unit tests in a release build and under AddressSanitizer and UBSan, and the
end-to-end scenarios against both builds.

--quick       source checks and the unit tests of the release build
--only NAME   checks, test programs and scenarios whose name holds NAME
--fresh-root  the same in a new Debian 12 root made for it (needs root)
`;
const root = resolve(fileURLToPath(import.meta.url), '../../..');
const jobs = Math.max(2, (availableParallelism ?? (() => cpus().length))());
const options = parseArgs(process.argv.slice(2), { only: '', quick: false },
	{ usage: USAGE, values: { '--only': 'only' },
		flags: { '--quick': 'quick' } });
const total = { passed: 0, failed: 0 };
const began = Date.now();

/* Folders of tests are in memory where there is room: most wait for a disk to
 * sync what is looked at at once. */
const MEMORY = '/dev/shm';
const MEMORY_MIN = 2 * 1024 ** 3;

process.chdir(root);
if (hasRoom(MEMORY))
	process.env.TMPDIR ??= MEMORY;
await runStages();
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

async function runStages() {
	const release = await build('release', []);
	await stage('checks', checks);
	if (release)
		await stage('unit tests, release build', () => unitTests('release'));
	if (options.quick)
		return;
	const dev = await build('dev', fetchedBy('release'));
	if (dev)
		await stage('unit tests, sanitized build', () => unitTests('dev'));
	if (release)
		await stage('end to end, release build', () => endToEnd('release'));
	if (dev)
		await stage('end to end, sanitized build', () => endToEnd('dev'));
	if (release && !options.only)
		await stage('demo', demo);
}

function hasRoom(folder) {
	try {
		accessSync(folder, constants.W_OK);
		const { bavail, bsize } = statfsSync(folder);
		return bavail * bsize >= MEMORY_MIN;
	} catch {
		return false;
	}
}

/* Run one stage and say how long it took and what it counted. */
async function stage(title, work) {
	const before = { ...total };
	const start = Date.now();
	say(`${title} ...`);
	await work();
	say(`${title}: ${total.passed - before.passed} passed, ` +
		`${total.failed - before.failed} not, ${secondsSince(start)}`);
}

/* Progress goes out at once; "==" sets it apart from what tests print. */
function say(text) {
	console.log(`== [${secondsSince(began)}] ${text}`);
}

function secondsSince(start) {
	return `${((Date.now() - start) / 1000).toFixed(0)} s`;
}

/* Count one program's tests; show what it said if any failed. */
function count(name, { passed, failed, skipped = [] }, result) {
	total.passed += passed.length;
	total.failed += failed.length;
	for (const test of skipped)
		console.log(`skipped, counted nowhere: ${name}: ${test}`);
	for (const test of failed)
		console.log(`not ok ${name}: ${test}`);
	if (failed.length > 0)
		console.log(tail(result.stdout + result.stderr, 200));
}

function tail(text, lines) {
	return text.trimEnd().split('\n').slice(-lines)
		.map((line) => `    ${line}`).join('\n');
}

/* The second build takes the SQLCipher source that the first one fetched. */
function fetchedBy(preset) {
	const folder = `build/${preset}/fetched/package/deps/sqlcipher-amalgamation`;
	return existsSync(folder) ?
		[`-DVISITBOOK_SQLCIPHER_SOURCE=${resolve(folder)}`] : [];
}

/* Configure and build one preset; a failure counts as one failed test. */
async function build(preset, settings) {
	const start = Date.now();
	say(`build ${preset} ...`);
	for (const command of [
		['cmake', '--preset', preset, ...settings],
		['cmake', '--build', '--preset', preset, '-j', String(jobs)],
	]) {
		const result = await run(command, { seconds: 1800 });
		if (result.status !== 0) {
			count(`build ${preset}`,
				{ passed: [], failed: [command.join(' ')] }, result);
			return false;
		}
	}
	say(`build ${preset}: ${secondsSince(start)}`);
	return true;
}

/* The source checks, and what shows that the tools themselves can fail. */
async function checks() {
	const only = options.only ? ['--only', options.only] : [];
	for (const command of [
		['tools/lint', ...only],
		['tools/lint', '--self-test', ...only],
		['node', 'tools/lib/selftest.mjs', ...only],
		['tests/e2e/run', '--self-test', ...only],
	]) {
		const result = await run(command, { seconds: 1800 });
		const nothingNamedSo = options.only && result.status === 2;
		if (!nothingNamedSo)
			count(command.join(' '), judge(result), result);
	}
}

/* The environment that the test preset gives its tests. */
function presetEnvironment(preset) {
	const presets = JSON.parse(readFileSync('CMakePresets.json', 'utf8'));
	return presets.testPresets.find(({ name }) => name === preset)
		?.environment ?? {};
}

/* ["NAME=value", ...] as an object. */
function variables(list = []) {
	return Object.fromEntries(list.map((one) => {
		const [name, ...value] = one.split('=');
		return [name, value.join('=')];
	}));
}

/*
 * Every test that CTest knows of.  One with the label "exit-status" is no
 * cmocka program and counts as one test, judged by its exit status.
 */
async function unitTests(preset) {
	const listed = await run(['ctest', '--test-dir', `build/${preset}`,
		'--show-only=json-v1'], { seconds: 60 });
	const property = (test, name) =>
		test.properties?.find((p) => p.name === name)?.value;
	const tests = (listed.status === 0 ? JSON.parse(listed.stdout).tests : [])
		.filter(({ name }) => name.includes(options.only));
	if (tests.length === 0 && !options.only)
		count(preset, { passed: [], failed: ['no unit test was found'] }, listed);
	// The dear ones first, so that none is left over at the end.
	const cost = (test) => property(test, 'COST') ?? 0;
	tests.sort((a, b) => cost(b) - cost(a));
	await inParallel(tests, jobs, async (test) => {
		const name = `${preset} ${test.name}`;
		if (!test.command) {
			count(name, { passed: [], failed: ['was not built'] },
				{ stdout: '', stderr: '' });
			return;
		}
		const result = await run(test.command, {
			cwd: property(test, 'WORKING_DIRECTORY'),
			env: {
				...process.env,
				...presetEnvironment(preset),
				...variables(property(test, 'ENVIRONMENT')),
				CMOCKA_MESSAGE_OUTPUT: 'TAP',
			},
			seconds: property(test, 'TIMEOUT') ?? 300,
		});
		const byStatus = property(test, 'LABELS')?.includes('exit-status');
		const counted = byStatus ? judgeStatus(test.name, result) : judge(result);
		count(name, counted, result);
		console.log(`${name}: ${counted.passed.length} passed, ` +
			`${counted.failed.length} not, ${result.seconds.toFixed(1)} s`);
	});
}

function judgeStatus(name, result) {
	return result.status === 0 ? { passed: [name], failed: [] } :
		{ passed: [], failed: [`${name} ended with ${result.signal ??
			`status ${result.status}`}`] };
}

async function endToEnd(preset) {
	if (!readdirSync('tests/e2e').some((name) => /^\d\d-.*\.mjs$/.test(name))) {
		say('there is no end-to-end scenario yet');
		return;
	}
	const only = options.only ? ['--only', options.only] : [];
	const result = await run(['tests/e2e/run', '--bin', `build/${preset}`,
		'--jobs', String(jobs), ...only], {
		env: { ...process.env, ...presetEnvironment(preset) },
		seconds: 1800,
		onLine: (line) => /^(not )?ok /.test(line) && console.log(line),
	});
	if (!(options.only && result.status === 2))
		count(`end to end (${preset})`, judge(result), result);
}

/* The demo's own check: the last line is {"passed","failed","steps":[...]}. */
async function demo() {
	if (!existsSync('tools/demo')) {
		say('there is no demo yet');
		return;
	}
	const result = await run(['tools/demo', '--check'], { seconds: 900 });
	const counted = { passed: [], failed: [] };
	try {
		const { steps } = JSON.parse(result.stdout.trimEnd().split('\n').pop());
		for (const { name, ok } of steps)
			(ok === true ? counted.passed : counted.failed).push(name);
	} catch {
		counted.failed.push('its last line is not what was agreed');
	}
	if (result.status !== 0 && counted.failed.length === 0)
		counted.failed.push(`ended with status ${result.status}`);
	count('demo', counted, result);
}
