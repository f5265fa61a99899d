// SPDX-License-Identifier: Apache-2.0
// Checks that other programs do: clang-format, clang-tidy, mandoc.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inParallel, run } from '../child.mjs';
import { C_FILES, compileCommands, hasCommands, words } from './compile.mjs';

const TIDY = 'clang-tidy-14';
/* Most of clang-tidy's time is the analyzer's.  It looks at this many states of a
 * function, a third of what it would by itself; with --deep at all of those.  Its
 * shallow mode errs: it does not see that a failed assertion ends a test. */
const ANALYZER_BUDGET = 'max-nodes=75000';
const OURS = resolve(fileURLToPath(import.meta.url), '../../../..');

async function formatProblems(tree) {
	const problems = await inParallel(tree.files(C_FILES), tree.jobs ?? 2,
		async (name) => {
			const result = await run(['clang-format-14', '--style=file',
				'--dry-run', '-Werror', name], { cwd: tree.root, seconds: 60 });
			return result.status === 0 ? [] :
				[`${name}: run clang-format-14 -i ${name}`];
		});
	return problems.flat();
}

async function manualProblems(tree) {
	const names = tree.files(/^(client|daemon|tools|schema)\/.*\.[1-8]$/);
	const problems = await inParallel(names, 2, async (name) => {
		const result = await run(['mandoc', '-Tlint', '-Wwarning', name],
			{ cwd: tree.root, seconds: 60 });
		return result.status === 0 ? [] :
			[`${name}: mandoc complains`,
				...result.stdout.split('\n').filter(Boolean).slice(0, 5)];
	});
	return problems.flat();
}

/* The caseload's own checker, on the tree's caseload. */
async function caseloadProblems(tree) {
	const folder = 'tests/data/caseload';
	if (tree.files(/^tests\/data\/caseload\//).length === 0)
		return [];
	const result = await run([process.execPath, join(OURS, folder, 'check.mjs'),
		join(tree.root, folder), '--schema', join(OURS, 'schema'), '--canonical'],
	{ seconds: 120 });
	const said = (result.stdout + result.stderr).split('\n').filter(Boolean);
	return result.status === 0 ? [] :
		[`${folder}/: its checker ended with status ${result.status}`,
			...said.map((line) => `${folder}/${line}`)];
}

/* The tree's compile commands, written to the cache folder for clang-tidy,
 * which would read a source again for each command that the build has for it,
 * and whose va_list check errs from the second time on. */
function commandsOnce(tree, cache) {
	const commands = compileCommands(tree);
	writeFileSync(join(cache, 'compile_commands.json'),
		JSON.stringify(commands.map(({ file, directory, command }) =>
			({ file, directory, command }))));
	return commands;
}

/* What clang-tidy is told beside the compile command of a source. */
function tidyArguments(tree) {
	return ['-Wno-unknown-warning-option', ...(tree.deep ? [] :
		['-Xclang', '-analyzer-config', '-Xclang', ANALYZER_BUDGET])]
		.map((word) => `--extra-arg=${word}`);
}

/*
 * clang-tidy's word on one source.  It depends on nothing but the source, the
 * headers that the compiler names as read, the command and the configuration;
 * their hash is the name under which the word is kept in the build folder.
 */
async function tidyOne(tree, context, { name, directory, command }) {
	const argv = words(command);
	const at = argv.indexOf('-o');
	if (at >= 0)
		argv.splice(at, 2);
	const listed = await run([...argv.filter((word) => word !== '-c'), '-M'],
		{ cwd: directory, seconds: 60 });
	if (listed.status !== 0)
		return { name, status: 1, said: `${name}: does not compile\n` };
	const told = tidyArguments(tree);
	const hash = createHash('sha256');
	hash.update(context.settings).update(command).update(told.join());
	for (const header of listed.stdout.replace(/^[^:]*:/, '')
		.split(/[\s\\]+/).filter(Boolean))
		hash.update(context.fileHash(join(directory, header), header));
	const kept = join(context.cache, hash.digest('hex'));
	if (existsSync(kept))
		return { name, ...JSON.parse(readFileSync(kept, 'utf8')) };
	const result = await run([TIDY, '--quiet', '-p', context.cache, ...told,
		join(tree.root, name)], { cwd: tree.root, seconds: 300 });
	const word = { status: result.status ?? 1, said: result.stdout };
	if (!result.timedOut && result.status !== 127)
		writeFileSync(kept, JSON.stringify(word));
	else
		word.said += result.timedOut ? `${name}: clang-tidy took too long\n` :
			result.stderr;
	return { name, ...word };
}

/* All words of clang-tidy on the tree, computed once for problems and
 * warnings. */
async function tidy(tree) {
	if (tree.tidied)
		return tree.tidied;
	if (!hasCommands(tree))
		return (tree.tidied = [{ name: 'build', status: 1,
			said: 'no compile_commands.json: configure a build first\n' }]);
	const version = await run([TIDY, '--version'], { seconds: 60 });
	const hashes = new Map();
	const context = {
		cache: join(tree.build, 'lint-cache'),
		settings: version.stdout +
			readFileSync(join(tree.root, '.clang-tidy'), 'utf8'),
		fileHash(path, header) {
			const file = header.startsWith('/') ? header : path;
			if (!hashes.has(file))
				hashes.set(file, createHash('sha256')
					.update(readFileSync(file)).digest());
			return hashes.get(file);
		},
	};
	mkdirSync(context.cache, { recursive: true });
	return (tree.tidied = await inParallel(
		commandsOnce(tree, context.cache), tree.jobs ?? 2,
		(command) => tidyOne(tree, context, command)));
}

const lines = (said, pattern) =>
	said.split('\n').filter((line) => pattern.test(line));

async function tidyProblems(tree) {
	return (await tidy(tree)).filter(({ status }) => status !== 0)
		.flatMap(({ name, said }) => [`${name}: clang-tidy refuses it`,
			...lines(said, /error:|no compile|does not compile|too long/)
				.map((line) => line.replaceAll(`${tree.root}/`, ''))]);
}

async function tidyWarnings(tree) {
	const said = (await tidy(tree)).flatMap((word) =>
		lines(word.said, /warning:/));
	return [...new Set(said)].map((line) =>
		line.replaceAll(`${tree.root}/`, ''));
}

export const checks = [
	{
		name: 'clang-format',
		title: 'clang-format 14 would change nothing',
		run: formatProblems,
		plants: [['common/base/a.c', 'int  f( void ) ;\n']],
	},
	{
		name: 'clang-tidy',
		title: 'clang-tidy 14 finds no error',
		run: tidyProblems,
		warn: tidyWarnings,
		plants: [
			['common/base/a.c',
				'#include <stdlib.h>\nint f(const char *s);\n' +
				'int f(const char *s) { return atoi(s); }\n'],
			['common/base/a.c', 'int f(void) { return missing; }\n'],
		],
	},
	{
		name: 'caseload',
		title: 'the caseload is what its page says a caseload is',
		run: caseloadProblems,
		plants: [['tests/data/caseload/office.json', '{}\n']],
	},
	{
		name: 'manuals',
		title: 'mandoc finds nothing to complain about in the manuals',
		run: manualProblems,
		plants: [['client/a.1', '.\\" SPDX-License-Identifier: Apache-2.0\n.Sh X\n']],
	},
];
