// SPDX-License-Identifier: Apache-2.0
// What holds for the text of every file.
import { basename } from 'node:path';
import { entryProblems } from '../ledger.mjs';
import { plant, readBug } from '../planted/bugs.mjs';
import { matches } from './tree.mjs';

const SOURCE = /\.(c|h|mjs|js|css|sql|sh|cmake|[1-8])$|(^|\/)CMakeLists\.txt$/;
const TEXT = /(^|\/)(\.[a-z-]+|[A-Za-z]+)$|\.(c|h|mjs|js|css|html|sql|sh|cmake|json|jsonl|md|txt|service|conf|[1-8])$/;

/* Words that promise work instead of doing it; written so that this file
 * does not hold them. */
const UNFINISHED = /\b(TO[D]O|FIX[M]E|X[X]X|HAC[K])\b/g;

/* Package registries by name, and places that exist on one machine only. */
const HOST = /\b(registry\.[a-z]+|[a-z-]+\.debian|npmjs|nodesource|pypi|crates|githubusercontent)\.(org|com|net|io)\b/g;
const MACHINE_PATH = /(^|[^\w.$}/-])\/(work|farm|root|home\/[a-z][\w-]*|Users)\/[\w.-]/g;

/* A path from the root, no pattern (NAME, *, <id>) in it. */
const NAMED_PATH = /(^|[\s"'(])((?:common|client|daemon|schema|tests|tools)\/[a-z0-9_./-]*)(?=$|[\s"'),:;])/g;

const C_LINES_MAX = 800;
const C_LINES_LOOK = 500;

function isScript(tree, name) {
	return !/\.\w+$/.test(basename(name)) && tree.text(name).startsWith('#!');
}

function spdxProblems(tree) {
	const sources = [
		...tree.files(SOURCE),
		...tree.files().filter((name) => isScript(tree, name)),
	];
	return sources.filter((name) => {
		const lines = tree.text(name).split('\n');
		const first = lines[0].startsWith('#!') ? lines[1] : lines[0];
		return !/SPDX-License-Identifier: Apache-2\.0/.test(first ?? '');
	}).map((name) => `${name}: its first line names no licence (SPDX)`);
}

function linesWith(pattern, complaint) {
	return (tree) => tree.files(TEXT).flatMap((name) =>
		matches(tree.text(name), pattern).map(({ line, match }) =>
			`${name}:${line}: ${match[0].trim()} ${complaint}`));
}

function lineCount(tree, name) {
	return tree.text(name).split('\n').length - 1;
}

function sizeProblems(tree) {
	return tree.files(/\.(c|mjs|js)$/)
		.filter((name) => lineCount(tree, name) > C_LINES_MAX)
		.map((name) => `${name}: ${lineCount(tree, name)} lines; ` +
			`beyond ${C_LINES_MAX} there are two subjects in it`);
}

function sizeWarnings(tree) {
	return tree.files(/\.c$/).filter((name) => {
		const n = lineCount(tree, name);
		return n > C_LINES_LOOK && n <= C_LINES_MAX;
	}).map((name) => `${name}: ${lineCount(tree, name)} lines; look for a cut`);
}

/* What the pages for readers name must be there: every word in code type that
 * begins with a folder of ours, from the page's own folder or from the root. */
function namedPathProblems(tree) {
	const names = tree.files();
	const exists = (path) => names.some((name) => name === path ||
		name.startsWith(path.endsWith('/') ? path : `${path}/`));
	return names.filter((name) => /(^|\/)README\.md$/.test(name))
		.flatMap((page) => matches(codeOf(tree.text(page)), NAMED_PATH)
			.map(({ line, match }) => ({ line, path: match[2].replace(/\.$/, '') }))
			.filter(({ path }) => !exists(path))
			.map(({ line, path }) => `${page}:${line}: there is no ${path}`));
}

/* Markdown with all but its code blanked out; lines keep their numbers. */
function codeOf(text) {
	let fenced = false;
	return text.split('\n').map((line) => {
		if (/^\s*```/.test(line)) {
			fenced = !fenced;
			return '';
		}
		if (fenced || /^ {4}/.test(line))
			return line;
		return [...line.matchAll(/`([^`]*)`/g)].map(([, code]) => code).join(' ');
	}).join('\n');
}

/* Files in a folder named "refused", and those named bad_..., are there to be
 * refused. */
function jsonProblems(tree) {
	const names = tree.files(/^((schema|tests)\/.*\.jsonl?|CMakePresets\.json)$/)
		.filter((name) => !/\/(refused\/|bad_)/.test(name));
	return names.flatMap((name) => {
		const texts = name.endsWith('l') ?
			tree.text(name).split('\n').filter(Boolean) : [tree.text(name)];
		return texts.flatMap((text, i) => {
			try {
				JSON.parse(text);
				return [];
			} catch (error) {
				const where = texts.length > 1 ? `${name}:${i + 1}` : name;
				return [`${where}: ${error.message}`];
			}
		});
	});
}

/* The ledger of runs is honest: no entry that says nothing. */
function ledgerProblems(tree) {
	return tree.files(/^tests\/evidence\/.*\.jsonl$/).flatMap((name) =>
		tree.text(name).split('\n').filter(Boolean).flatMap((line, i) =>
			entryProblems(JSON.parse(line))
				.map((why) => `${name}:${i + 1}: ${why}`)));
}

/* Every bug to be planted fits the source as it is now. */
function plantedProblems(tree) {
	return tree.files(/^tests\/planted\/.*\.json$/).flatMap((name) => {
		try {
			const bug = readBug(basename(name), tree.text(name));
			plant(bug, tree.text(bug.file));
			return [];
		} catch (e) {
			return [`${name}: ${e.message}`];
		}
	});
}

export const checks = [
	{
		name: 'licence-line',
		title: 'every source begins with its SPDX line',
		run: spdxProblems,
		plants: [
			['common/base/a.c', 'int f(void);\n'],
			['tools/thing', '#!/bin/sh\nexit 0\n'],
			['client/a.1', '.Dd today\n'],
		],
	},
	{
		name: 'unfinished-words',
		title: 'nothing is marked as unfinished',
		run: linesWith(UNFINISHED, 'promises work: do it, or leave it out'),
		plants: [
			['common/base/a.c', `/* ${'TO'}${'DO'}: later */\n`],
			['tests/e2e/a.mjs', `// ${'FIX'}${'ME'}\n`],
			['tools/thing', `#!/bin/sh\n# ${'XX'}${'X'}\n`],
		],
	},
	{
		name: 'hosts',
		title: 'no file names a package registry',
		run: linesWith(HOST, 'is a host name: take it from the configuration'),
		plants: [
			['tools/fetch.sh', `curl https://${'registry.npm'}${'js'}.org/x\n`],
			['package.json', `{"r":"https://${'deb.deb'}${'ian'}.org/d"}\n`],
		],
	},
	{
		name: 'machine-paths',
		title: 'no file names a path of one machine',
		run: linesWith(MACHINE_PATH, 'exists on one machine only'),
		plants: [
			['common/base/a.c', `const char *p = "/${'work'}/main/x";\n`],
			['tools/thing', `#!/bin/sh\ncd /${'home'}/mair/src\n`],
		],
	},
	{
		name: 'file-size',
		title: `no source is longer than ${C_LINES_MAX} lines`,
		run: sizeProblems,
		warn: sizeWarnings,
		plants: [['common/base/a.c', 'int a;\n'.repeat(C_LINES_MAX + 1)]],
	},
	{
		name: 'named-paths',
		title: 'every file that a README names is there',
		run: namedPathProblems,
		plants: [
			['README.md', 'See `common/base/absent.h`.\n'],
			['schema/README.md', '    node tests/data/absent.mjs [DIR]\n'],
			['README.md', '```sh\ntools/absent --now # do it\n```\n'],
		],
	},
	{
		name: 'json',
		title: 'every JSON file of schema and tests parses',
		run: jsonProblems,
		plants: [
			['schema/records/a.json', '{"a":1,}\n'],
			['tests/data/a.jsonl', '{"a":1}\n{"a":\n'],
		],
	},
	{
		name: 'ledger',
		title: 'every run in the ledger executed something, at a commit',
		run: ledgerProblems,
		plants: [
			['tests/evidence/a.jsonl', `${JSON.stringify({ date: '2026-11-22',
				commit: 'a'.repeat(40), command: ['simulate'], asked: 1,
				executed: 0, changes: 0, violations: 0, seeds: [],
				seconds: 1 })}\n`],
			['tests/evidence/b.jsonl', '{}\n'],
		],
	},
	{
		name: 'planted',
		title: 'every planted bug fits its source once',
		run: plantedProblems,
		plants: [
			['tests/planted/a.json', `${JSON.stringify({ sentence: 'A bug.',
				breaks: ['P1'], file: 'nowhere.c', units: true,
				find: 'this', replace: 'that' })}\n`],
			['tests/planted/b.json', '{}\n'],
		],
	},
];
