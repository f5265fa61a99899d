// SPDX-License-Identifier: Apache-2.0
// tools/evidence: run a proof and keep what came of it, good or bad.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from
	'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refuse } from './args.mjs';
import { run } from './child.mjs';
import { entryProblems, ledgerOf } from './ledger.mjs';

const USAGE = `usage: tools/evidence [simulate | prove KIND] [argument ...]

Runs tools/simulate or tools/prove with the arguments and appends the result,
with the date and the commit, to its ledger in tests/evidence.  The sources must
be those of the commit.  Without an argument: adds up every ledger.
`;
const DAY_S = 24 * 3600;

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const folder = join(root, 'tests/evidence');
const command = process.argv.slice(2);
if (command.length === 0)
	addUp();
else if (command[0] === 'simulate' || (command[0] === 'prove' && command[1]))
	process.exitCode = await keep();
else if (command[0] === '--help')
	process.stdout.write(USAGE);
else
	refuse(USAGE, `"${command.join(' ')}" is no proof; --help tells which there are`);

async function keep() {
	const changed = git('status', '--porcelain', '--', '.',
		':!tests/evidence');
	if (changed !== '')
		return fail(`these files are not those of a commit:\n${changed}`);
	const commit = git('rev-parse', 'HEAD');
	const date = new Date().toISOString().slice(0, 10);
	const result = await run([join(root, 'tools', command[0]),
		...command.slice(1)], {
		seconds: DAY_S,
		onLine: (line) => console.log(line),
	});
	process.stderr.write(result.stderr);
	const said = lastLine(result.stdout);
	if (said === null)
		return fail('its last line is no result; nothing is kept');
	delete said.trace_sha256;
	const entry = { date, commit, command, status: result.status, ...said };
	const problems = entryProblems(entry);
	if (problems.length > 0)
		return fail(`nothing is kept: ${problems.join('; ')}`);
	mkdirSync(folder, { recursive: true });
	appendFileSync(join(folder, ledgerOf(command)),
		`${JSON.stringify(entry)}\n`);
	return result.status ?? 1;
}

function git(...words) {
	return execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim();
}

function lastLine(text) {
	try {
		const said = JSON.parse(text.trim().split('\n').pop());
		return typeof said === 'object' ? said : null;
	} catch {
		return null;
	}
}

function fail(why) {
	process.stderr.write(`tools/evidence: ${why}\n`);
	return 1;
}

/* One line a ledger: runs, what they executed, and what they found. */
function addUp() {
	const names = existsSync(folder) ?
		readdirSync(folder).filter((name) => name.endsWith('.jsonl')) : [];
	for (const name of names.sort()) {
		const entries = readFileSync(join(folder, name), 'utf8').split('\n')
			.filter(Boolean).map((line) => JSON.parse(line));
		const sum = (key) => entries.reduce((all, e) => all + e[key], 0);
		console.log(`${name.slice(0, -6).padEnd(24)} ${entries.length} runs, ` +
			`${sum('executed')} executed, ${sum('changes')} changes, ` +
			`${sum('violations')} violations`);
	}
}
