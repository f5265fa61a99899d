// SPDX-License-Identifier: Apache-2.0
// What holds for every header of ours.
import { basename, dirname } from 'node:path';
import { inParallel, run } from '../child.mjs';
import { compileCommands, words } from './compile.mjs';
import { matches } from './tree.mjs';

const HEADERS = /^(common|client|daemon|schema|tests)\/.*\.h$/;

/* Types of outside libraries.  A jansson value is the one that may appear
 * (json_t), because it is the form that a document has in memory. */
const OUTSIDE_TYPE = new RegExp('\\b(' + [
	'sqlite3\\w*|SSL_CTX|SSL|SSL_SESSION|X509\\w*|BIO|EVP_\\w+|BIGNUM',
	'CURL\\w*|curl_\\w+|event_base|evhttp\\w*|evbuffer\\w*|bufferevent\\w*',
	'ZSTD_\\w+|argon2_\\w+|sd_bus\\w*|PGconn|PGresult|TSS2_\\w+|QRcode',
].join('|') + ')\\b', 'g');

/* FOLDER_NAME_H, where the folder is the header's own or the one above it
 * (which tells daemon/central/store/ from common/store/). */
function guardsOf(name) {
	const folder = dirname(name);
	return [folder, dirname(folder)].map((path) =>
		`${basename(path)}_${basename(name)}`.toUpperCase()
			.replace(/[^A-Z0-9]/g, '_'));
}

function guardProblems(tree) {
	const owner = new Map();
	return tree.files(HEADERS).flatMap((name) => {
		const guards = guardsOf(name);
		const code = tree.code(name);
		const [, opened] =
			/^\s*#ifndef (\w+)\n#define \1\n/.exec(code) ?? [];
		if (!guards.includes(opened) || !/#endif\s*$/.test(code))
			return [`${name}: its guard is not ${guards[0]}`];
		if (owner.has(opened))
			return [`${name}: shares the guard of ${owner.get(opened)}`];
		owner.set(opened, name);
		return [];
	});
}

/* A header that the files of one module in common/sys share (x_int.h) may
 * show the library that the module is about; see the check private-headers. */
function typeProblems(tree) {
	return tree.files(HEADERS).filter((name) =>
		!/^(tests\/|common\/sys\/\w+_int\.h$)/.test(name))
		.flatMap((name) => matches(tree.code(name), OUTSIDE_TYPE)
			.map(({ line, match }) =>
				`${name}:${line}: ${match[0]} belongs behind a type of ours`));
}

/* The include folders that a header's neighbours are compiled with, or those
 * of any source when it has none. */
function includeFlags(commands, name) {
	const neighbour = commands.find((command) =>
		dirname(command.name) === dirname(name)) ?? commands[0];
	const all = neighbour ? words(neighbour.command) : [];
	return all.flatMap((word, i) => word === '-isystem' ?
		[word, all[i + 1]] : word.startsWith('-I') ? [word] : []);
}

async function aloneProblems(tree) {
	const commands = compileCommands(tree);
	const flags = ['-fsyntax-only', '-x', 'c', '-std=c17', '-Wall', '-Wextra',
		'-Wpedantic', '-Werror', '-D_GNU_SOURCE', `-I${tree.root}`];
	const problems = await inParallel(tree.files(HEADERS), tree.jobs ?? 2,
		async (name) => {
			const result = await run(
				['cc', ...flags, ...includeFlags(commands, name), '-'],
				{ input: `#include "${name}"\nextern int alone;\n`, seconds: 60 });
			return result.status === 0 ? [] :
				[`${name}: does not compile alone`,
					...result.stderr.split('\n').slice(0, 3)];
		});
	return problems.flat();
}

/* What a header declares to others: names of functions, and of data. */
function exportsOf(code) {
	let flat = code.replace(/^\s*#.*(\\\n.*)*/gm, '');
	let before;
	do { /* bodies, from the innermost out */
		before = flat;
		flat = flat.replace(/\{[^{}]*\}/g, '');
	} while (flat !== before);
	return flat.split(';').filter((one) => !/^\s*(typedef|static)\b/.test(one))
		.map((one) => /\b(\w+)\s*\((?!\s*\*)/.exec(one.replace(
			/__attribute__\s*\(\(.*?\)\)|ERR_CHECKED/gs, ''))?.[1] ??
			/^\s*extern\b.*?(\w+)(\[[^\]]*\])*\s*$/s.exec(one)?.[1])
		.filter(Boolean);
}

/* A name that only its own file and headers know is not for others: static, or
 * gone.  What only tests use is for them. */
function exportProblems(tree) {
	const users = new Map();
	for (const name of tree.files(/\.[ch]$/))
		for (const word of new Set(tree.code(name).match(/\b[a-z_]\w+\b/g)))
			users.set(word, [...users.get(word) ?? [], name]);
	const isDefined = (word, name) => new RegExp(`^${word}\\(`, 'm')
		.test(tree.code(name));
	return tree.files(/^(common|client|daemon)\/.*\.h$/).flatMap((name) =>
		exportsOf(tree.code(name)).filter((word) =>
			!(users.get(word) ?? []).some((user) =>
				user.endsWith('.c') && !isDefined(word, user)))
			.map((word) => `${name}: ${word} is used by no other file`));
}

export const checks = [
	{
		name: 'exports-used',
		title: 'what a header declares is used by another file',
		run: exportProblems,
		plants: [
			['common/base/a.h', 'int alone(void);\n'],
			['common/base/a.h', 'enum err_code alone(\n    int x) ERR_CHECKED;\n'],
			['daemon/central/a.h', 'struct b { int c; };\nstruct b *alone(void);\n'],
		],
	},
	{
		name: 'header-guards',
		title: 'every header has a guard named FOLDER_NAME_H of its own',
		run: guardProblems,
		plants: [
			['common/base/a.h', '/* no guard */\n'],
			['common/base/a.h', '#ifndef A_H\n#define A_H\n#endif\n'],
			['common/sys/sound.h',
				'#ifndef BASE_SOUND_H\n#define BASE_SOUND_H\n#endif\n'],
			['common/base/base/sound.h',
				'#ifndef BASE_SOUND_H\n#define BASE_SOUND_H\n#endif\n'],
		],
	},
	{
		name: 'outside-types',
		title: 'no outside type appears in a header',
		run: typeProblems,
		plants: [
			['common/sys/a.h', 'struct a { struct sqlite3 *db; };\n'],
			['common/sys/a.h', 'void f(SSL_CTX *ctx);\n'],
			['daemon/central/a.h', 'int f(struct event_base *b);\n'],
		],
	},
	{
		name: 'headers-alone',
		title: 'every header compiles alone',
		run: aloneProblems,
		plants: [
			['common/base/a.h',
				'#ifndef BASE_A_H\n#define BASE_A_H\nuint8_t f(void);\n#endif\n'],
		],
	},
];
