// SPDX-License-Identifier: Apache-2.0
// What the build knows about compiling: compile_commands.json.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const C_FILES =
	/^(common|client|daemon|schema|tests|tools)\/.*\.[ch]$/;

const database = (tree) => join(tree.build, 'compile_commands.json');

export function hasCommands(tree) {
	return tree.build !== null && existsSync(database(tree));
}

/* The compile command of each source of ours, once:
 * [{ name, file, directory, command }]; none without a build. */
export function compileCommands(tree) {
	if (!hasCommands(tree))
		return [];
	const commands = new Map();
	for (const entry of JSON.parse(readFileSync(database(tree), 'utf8'))) {
		const name = relative(tree.root, entry.file);
		if (C_FILES.test(name) && !commands.has(name) && existsSync(entry.file))
			commands.set(name, { name, ...entry });
	}
	return [...commands.values()];
}

/* Split one command of compile_commands.json into its words. */
export function words(command) {
	const found = [];
	const pattern = /(?:"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)|([^\s"'\\]+))|(\s+)/g;
	let word = null;
	for (const [, quoted, raw, escaped, bare, space] of command.matchAll(pattern)) {
		if (space !== undefined) {
			if (word !== null)
				found.push(word);
			word = null;
			continue;
		}
		word = (word ?? '') +
			(quoted?.replace(/\\(.)/g, '$1') ?? raw ?? escaped ?? bare);
	}
	if (word !== null)
		found.push(word);
	return found;
}
