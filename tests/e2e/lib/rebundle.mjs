// SPDX-License-Identifier: Apache-2.0
// The programs as they were built, with another bundle of record types: only
// the bundle's own file is compiled anew.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../../tools/lib/child.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const BUNDLED = ['visitbook', 'visitbookd', 'visitbook-central'];

/* A copy of the schema folder; resolves to { folder, edit }, where
 * edit('records/site.json', (json) => ...) changes one of its files. */
export function schemaCopy(folder) {
	const copy = join(folder, 'schema');
	cpSync(join(root, 'schema'), copy, { recursive: true });
	return {
		folder: copy,
		edit(name, change) {
			const file = join(copy, name);
			const json = JSON.parse(readFileSync(file, 'utf8'));
			change(json);
			writeFileSync(file, JSON.stringify(json));
		},
		add(name, json) {
			writeFileSync(join(copy, name), JSON.stringify(json));
		},
	};
}

/* What `schema-bundle` says to the folder: { status, stderr }. */
export function bundle(bench, schema) {
	return run([join(buildOf(bench), 'schema/schema-bundle'), schema.folder,
		join(bench.folder, 'bundle.c'), join(bench.folder, 'bundle.json')]);
}

/* { name: path } of the programs with the bundle that was made last; the others
 * are as they were. */
export async function relink(bench) {
	const build = buildOf(bench);
	const object = join(bench.folder, 'bundle.o');
	await must(['cc', '-std=c17', '-fPIE', '-I', root, '-c',
		join(bench.folder, 'bundle.c'), '-o', object]);
	const programs = { ...bench.programs };
	for (const name of BUNDLED) {
		const target = programs[name].slice(build.length + 1);
		const { stdout } = await must(['ninja', '-C', build, '-t', 'commands',
			target]);
		const link = stdout.trim().split('\n').at(-1)
			.replace(`-o ${target} `, `-o ${join(bench.folder, name)} `)
			.replaceAll('schema/libschema_bundle.a', object);
		assert.ok(link.includes(object), link);
		await must(['sh', '-c', link], build);
		programs[name] = join(bench.folder, name);
	}
	return programs;
}

async function must(command, cwd) {
	const result = await run(command, { cwd });
	assert.equal(result.status, 0, `${basename(command[0])}: ${result.stderr}`);
	return result;
}

/* The build folder: client/visitbook stands in it. */
function buildOf(bench) {
	return dirname(dirname(bench.programs.visitbook));
}
