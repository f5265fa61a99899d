// SPDX-License-Identifier: Apache-2.0
// The source tree as the checks see it: which files there are, and their text.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/* The tree under root.  `build` is the build folder whose compile commands
 * the compiler's checks use, or null: those checks then say that it is missing. */
export function treeAt(root, build = null) {
	const texts = new Map();
	let names = null;
	return {
		root,
		build,
		/* Paths from root, sorted, whose name matches the pattern. */
		files(pattern = /./) {
			names ??= list(root);
			return names.filter((name) => pattern.test(name));
		},
		text(name) {
			if (!texts.has(name))
				texts.set(name, readFileSync(join(root, name), 'utf8'));
			return texts.get(name);
		},
		/* C source with comments, and the insides of literals, blanked out;
		 * lines keep their numbers. */
		code(name) {
			return withoutComments(this.text(name));
		},
	};
}

/* What git tracks or would track; without git, everything but build output. */
function list(root) {
	let names;
	if (existsSync(join(root, '.git')))
		names = execFileSync('git',
			['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
			{ cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })
			.split('\0').filter(Boolean);
	else
		names = walk(root, '');
	return [...new Set(names)].sort()
		.filter((name) => isFile(join(root, name)));
}

function isFile(path) {
	return existsSync(path) && statSync(path).isFile();
}

function walk(root, folder) {
	const names = [];
	for (const entry of readdirSync(join(root, folder),
		{ withFileTypes: true })) {
		if (folder === '' && ['.git', '.cache', 'build'].includes(entry.name))
			continue;
		const name = folder + entry.name;
		if (entry.isDirectory())
			names.push(...walk(root, `${name}/`));
		else
			names.push(name);
	}
	return names;
}

const LITERAL_OR_COMMENT =
	/\/\*[^]*?\*\/|\/\/[^\n]*|"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'/g;

function withoutComments(text) {
	return text.replace(LITERAL_OR_COMMENT, (found, at) => {
		const line = text.slice(text.lastIndexOf('\n', at) + 1, at);
		if (/^\s*#\s*include\b/.test(line))
			return found;
		const blank = found.replace(/[^\n]/g, ' ');
		return found[0] === '/' ? blank :
			found[0] + blank.slice(2) + found[0];
	});
}

/* Every match of a pattern, as { line, match }. */
export function matches(text, pattern) {
	const found = [];
	text.split('\n').forEach((line, i) => {
		for (const match of line.matchAll(pattern))
			found.push({ line: i + 1, match });
	});
	return found;
}
