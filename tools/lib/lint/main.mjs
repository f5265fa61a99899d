// SPDX-License-Identifier: Apache-2.0
// tools/lint: run the checks of this folder and report in TAP.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from '../args.mjs';
import { checks as headers } from './headers.mjs';
import { checks as includes } from './includes.mjs';
import { checks as programs } from './programs.mjs';
import { selfTest } from './selftest.mjs';
import { checks as text } from './text.mjs';
import { treeAt } from './tree.mjs';

const USAGE = `usage: tools/lint [--self-test] [--build DIR] [--only NAME] [--deep]

Checks the sources.  --build DIR: take compile commands from DIR (default
build/release).  --only NAME: checks whose name holds NAME.  --self-test: plant
a fault for each check in a small tree and see that the check finds it.  --deep:
let clang's analyzer look at as many states as it would by itself (minutes more).
`;
const PROBLEMS_SHOWN = 40;

const root = resolve(fileURLToPath(import.meta.url), '../../../..');
const options = parseArgs(process.argv.slice(2),
	{ only: '', build: resolve(root, 'build/release') },
	{ usage: USAGE, values: { '--build': 'build', '--only': 'only' },
		flags: { '--self-test': 'selfTest', '--deep': 'deep' } });
options.build = resolve(options.build);
const checks = [...includes, ...headers, ...text, ...programs]
	.filter(({ name }) => name.includes(options.only));
if (checks.length === 0) {
	process.stderr.write(`tools/lint: no check is named ${options.only}\n`);
	process.exit(2);
}
process.exitCode = await report(options.selfTest ?
	selfTest(root, checks) : lint(checks)) ? 0 : 1;

/* One test for each check: { name, problems, warnings }, lazily. */
function lint(wanted) {
	const tree = treeAt(root, existsSync(options.build) ? options.build : null);
	tree.deep = options.deep;
	return wanted.map((check) => async () => ({
		name: `${check.name}: ${check.title}`,
		problems: await check.run(tree),
		warnings: await check.warn?.(tree) ?? [],
	}));
}

/* Run the tests, print TAP, and tell whether all passed. */
async function report(tests) {
	let bad = 0;
	console.log(`1..${tests.length}`);
	for (const [i, test] of tests.entries()) {
		const { name, problems, warnings = [] } = await test();
		bad += problems.length > 0 ? 1 : 0;
		console.log(`${problems.length > 0 ? 'not ok' : 'ok'} ${i + 1} - ${name}`);
		for (const line of problems.slice(0, PROBLEMS_SHOWN))
			console.log(`# ${line}`);
		if (problems.length > PROBLEMS_SHOWN)
			console.log(`# and ${problems.length - PROBLEMS_SHOWN} more`);
		for (const line of warnings)
			console.log(`# (warning only) ${line}`);
	}
	return bad === 0;
}
