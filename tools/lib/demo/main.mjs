// SPDX-License-Identifier: Apache-2.0
// tools/demo: play a caseload with the real programs, and judge what was seen.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from
	'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endMarked } from '../../../tests/e2e/lib/leftovers.mjs';
import { Bench, findPrograms } from '../../../tests/e2e/lib/programs.mjs';
import { parseArgs } from '../args.mjs';
import { OWN_CASELOAD, readCaseload } from './caseload.mjs';
import { judge } from './judge.mjs';
import { Story } from './story.mjs';
import { Tell } from './tell.mjs';
import { World } from './world.mjs';

const USAGE = `usage: tools/demo [--check] [--caseload DIR]

Builds Visitbook and plays an office and its devices on this machine: notes are
written while the network is cut, and what happens to them is shown.  Then the
office and the devices stay up until Ctrl-C.

--check         attended by nobody: compare everything with the caseload, check
                a receipt with openssl; the last line is {"passed", "failed",
                "steps"}, and the exit status is 0 only if nothing failed
--caseload DIR  play this folder (tests/data/caseload/README.md has its form)
`;
const SECONDS = 1500;
const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

const options = parseArgs(process.argv.slice(2),
	{ caseload: OWN_CASELOAD, bin: join(root, 'build/release') },
	{ usage: USAGE,
		// The last two are for the demonstration's own tests.
		values: { '--caseload': 'caseload', '--bin': 'bin',
			'--observations': 'observations', '--sabotage': 'sabotage' },
		flags: { '--check': 'check', '--keep': 'keep' } });
options.caseload = resolve(options.caseload);
options.bin = resolve(options.bin);
const folder = mkdtempSync(join(tmpdir(), 'vb-demo-'));
const mark = `demo-${process.pid}-${folder.slice(-6)}`;
let bench = null;
let ending = null;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	// child.mjs would end this process at once.
	process.removeAllListeners(signal);
	process.on(signal, () => end(130));
}
setTimeout(() => {
	process.stderr.write(`tools/demo: not done after ${SECONDS} s\n`);
	end(1);
}, options.check ? SECONDS * 1000 : 2 ** 31 - 1).unref();

let status;
try {
	status = await demonstrate();
} catch (error) {
	process.stderr.write(`tools/demo: ${error.stack}\n`);
	if (options.check)
		finish([{ name: 'the demonstration plays to its end', ok: false,
			why: [error.message] }]);
	status = 1;
}
await end(status);

/* The exit status. */
async function demonstrate() {
	const caseload = await readCaseload(options.caseload);
	for (const name of ['logs', 'run', 'data', 'config'])
		mkdirSync(join(folder, name), { mode: 0o700 });
	bench = new Bench({ folder, mark, programs: findPrograms(options.bin) });
	const world = new World(bench, caseload,
		{ isCut: options.sabotage !== 'network' });
	const tell = new Tell();
	const seen = await new Story(world, tell).play();
	if (options.observations)
		writeFileSync(options.observations, JSON.stringify(seen));
	if (options.check) {
		const steps = await judge(caseload, seen);
		await bench.end();
		return finish(steps);
	}
	tell.whatToTry(world, folder);
	await new Promise(() => {});
	return 0;
}

/* Print the steps and the last line; the exit status. */
function finish(steps) {
	for (const { name, ok, why } of steps) {
		console.log(`${ok ? 'ok' : 'NOT OK'}  ${name}`);
		why.slice(0, 10).forEach((text) => console.log(`        ${text}`));
	}
	const failed = steps.filter(({ ok }) => !ok).length;
	const passed = steps.length - failed;
	console.log(JSON.stringify({ passed, failed,
		steps: steps.map(({ name, ok }) => ({ name, ok })) }));
	return failed === 0 && passed > 0 ? 0 : 1;
}

/* End what was started, remove the folder, and exit. */
function end(code) {
	ending ??= (async () => {
		for (const service of [...bench?.services ?? []])
			await service.kill();
		await endMarked(mark);
		if (options.keep)
			process.stderr.write(`tools/demo: kept ${folder}\n`);
		else
			rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
		process.exit(code);
	})();
	return ending;
}

