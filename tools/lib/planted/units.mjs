// SPDX-License-Identifier: Apache-2.0
// Measure whether the unit tests pass with a bug planted.  All that could notice
// it are run: those that have a function of the changed source in them, and those
// that start the real programs, which are linked with the bug too.
import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from '../child.mjs';
import { judge } from '../tap.mjs';
import { globals } from './build.mjs';

const PROGRAMS = {
	CLIENT_PROGRAM: 'client/visitbook',
	VISITBOOKD_PROGRAM: 'daemon/sync/visitbookd',
	CENTRAL_PROGRAM: 'daemon/central/visitbook-central',
	MERGE_EVAL_PROGRAM: 'tests/merge-eval',
};

export class Units {
	constructor(build, scratch) {
		this.build = build;
		this.scratch = scratch;
	}

	async start() {
		const { build } = this;
		const listed = await run(['ctest', '--test-dir', build.folder, '--show-only=json-v1']);
		this.tests = JSON.parse(listed.stdout).tests
			.map((t) => ({ name: t.name, program: `tests/${t.name}`,
				cwd: t.properties?.find((p) => p.name === 'WORKING_DIRECTORY')?.value }))
			.filter((t) => /^test_/.test(t.name));
		await build.make([...this.tests.map((t) => t.name),
			'visitbook', 'visitbookd', 'visitbook-central', 'merge-eval']);
		for (const t of this.tests) {
			t.globals = await globals(join(build.folder, t.program));
			await this.moveProgram(t);
		}
		this.programs = await Promise.all(Object.values(PROGRAMS).map(async (program) =>
			({ program, globals: await globals(join(build.folder, program)) })));
	}

	/* A test that starts real programs is compiled anew to start those of the
	 * scratch folder. */
	async moveProgram(test) {
		const [file, entry] = [...this.build.commands].find(([f]) => basename(f) === `${test.name}.c`);
		const names = Object.keys(PROGRAMS).filter((n) => entry.command.includes(`-D${n}=`) &&
			readFileSync(file, 'utf8').includes(n));
		if (names.length === 0)
			return;
		const source = file.slice(this.build.root.length + 1);
		const out = join(this.scratch, 'moved', `${test.name}.o`);
		test.moved = new Map([[entry.command.match(/ -o (\S+)/)[1], out]]);
		test.starts = names.map((n) => PROGRAMS[n]);
		await this.build.compile(source, readFileSync(file, 'utf8'), out, names.flatMap((n) =>
			[`-U${n}`, `-D${n}="${this.place(PROGRAMS[n])}"`]));
	}

	place(program) { return join(this.scratch, 'bin', basename(program)); }

	/* The name of the first unit test that fails with the bug; null: all pass. */
	async measure(object, file) {
		const planted = [...await globals(object)];
		const has = (set) => planted.some((name) => set.has(name));
		const changed = this.programs.filter((p) => has(p.globals)).map((p) => p.program);
		const concerned = this.tests.filter((t) => has(t.globals) ||
			(t.moved && changed.length > 0));
		for (const { program } of this.programs)
			await this.build.link(program, changed.includes(program) ? object : null,
				this.place(program));
		// Those that are about the file are the likeliest to fail, and come first.
		const about = basename(file, '.c').split('_');
		const share = (t) => t.name.split('_').filter((w) => about.includes(w)).length;
		for (const t of concerned.sort((a, b) => share(b) - share(a)))
			if (!await this.passes(t, object))
				return t.name;
		return null;
	}

	async passes(test, object) {
		const program = await this.build.link(test.program, object,
			join(this.scratch, 'unit', test.name), test.moved);
		for (let attempt = 0; attempt < 2; attempt++) {
			const result = await run([program], { cwd: test.cwd, seconds: 300,
				env: { ...process.env, CMOCKA_MESSAGE_OUTPUT: 'TAP' } });
			const { failed } = judge(result);
			if (failed.length === 0) {
				rmSync(program);
				return true;
			}
		}
		rmSync(program);
		return false;
	}
}
