// SPDX-License-Identifier: Apache-2.0
// A command line program with --json: what an office and a device have in
// common.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/* Exit statuses, by the names that the tests use. */
export const STATUS = {
	done: 0, failed: 1, usage: 2, notFound: 3, invalid: 4, locked: 5,
	offline: 6, refused: 7, needsAnswer: 8, mismatch: 9, newer: 10,
};

export class Tool {
	/* `place` is the pair of words that names the data folder. */
	constructor(bench, program, place) {
		this.bench = bench;
		this.program = program;
		this.place = place;
		/* More of an environment, for this tool's commands alone. */
		this.env = {};
	}

	/*
	 * Run `program WORDS --json` and resolve to { status, json, stderr }.
	 * Standard output must hold one JSON object and a newline, nothing else.
	 */
	async run(words, options = {}) {
		const result = await this.bench.command(this.program,
			[...words, ...this.place, '--json'],
			{ ...options, env: { ...this.env, ...options.env } });
		const lines = result.stdout.split('\n');
		assert.ok(lines.length === 2 && lines[1] === '',
			`${words.join(' ')} prints one line with --json, not: ` +
			JSON.stringify(result.stdout));
		const json = JSON.parse(lines[0]);
		assert.ok(json !== null && typeof json === 'object' &&
			!Array.isArray(json), 'the line is one JSON object');
		return { status: result.status, json, stderr: result.stderr };
	}

	/* The same, when it must succeed; resolves to the JSON object. */
	async ok(words, options) {
		const { status, json } = await this.run(words, options);
		assert.equal(status, STATUS.done,
			`${words.join(' ')}: ${JSON.stringify(json)}`);
		return json;
	}

	/* What a person reads; it must succeed. */
	async words(words, options = {}) {
		const result = await this.bench.command(this.program,
			[...words, ...this.place],
			{ ...options, env: { ...this.env, ...options.env } });
		assert.equal(result.status, STATUS.done, result.stderr);
		return result.stdout;
	}

	/* The same, when it must fail with the status given (a name of STATUS);
	 * resolves to { word, text, next }. */
	async fails(words, expected, options) {
		const { status, json } = await this.run(words, options);
		assert.equal(status, STATUS[expected],
			`${words.join(' ')}: ${JSON.stringify(json)}`);
		assert.deepEqual(Object.keys(json), ['error']);
		for (const member of ['word', 'text', 'next'])
			assert.equal(typeof json.error[member], 'string');
		return json.error;
	}

	/* One new record of a type: person, case, site, visit or note.  Resolves
	 * to { id, counter, changed }. */
	async make(type, values) {
		return this.ok([type, 'new', ...this.sets(values)]);
	}

	async edit(type, id, values) {
		return this.ok([type, 'edit', id, ...this.sets(values)]);
	}

	async show(type, id) {
		return this.ok([type, 'show', id]);
	}

	/* Whatever it finds. */
	async verify() {
		const { json } = await this.run(['verify'], { seconds: 120 });
		assert.equal(json.error, undefined, JSON.stringify(json));
		return json;
	}

	/* Open conflicts that a person decides, as `conflict show` tells each. */
	async conflicts() {
		const { conflicts } = await this.ok(['conflict', 'list']);
		const open = conflicts.filter(({ state, kind }) => state === 'open' &&
			kind === 'ask');
		const shown = [];
		for (const { id } of open)
			shown.push(await this.ok(['conflict', 'show', id]));
		return shown;
	}

	/*
	 * The --set words for an object { path: value }; null removes, an
	 * array is a set.  Texts and objects go through files, since texts never travel in arguments; numbers,
	 * booleans, codes and ids go directly.
	 */
	sets(values) {
		return Object.entries(values).flatMap(([path, value], i) => {
			if (Array.isArray(value))
				return ['--set', `${path}=${value.join(',')}`];
			const isShort = value === null || typeof value === 'number' ||
				typeof value === 'boolean' || /^[\w.:+-]*$/.test(value);
			if (isShort)
				return ['--set', `${path}=${value ?? ''}`];
			const file = join(this.bench.folder, `text-${process.hrtime
				.bigint()}-${i}`);
			writeFileSync(file, typeof value === 'string' ? value :
				JSON.stringify(value));
			return ['--set', `${path}=@${file}`];
		});
	}
}
