// SPDX-License-Identifier: Apache-2.0
// Measure whether the unit tests pass with bugs planted.  All that could notice
// one are run: those that have a function of the changed source in them, and those
// that start the real programs, which are linked with the bug too.  A test whose
// program does not change cannot change its answer.
//
// First each bug alone is tried by the tests that are about its file, which find
// most.  What is left is planted together, never two bugs of one source: where a
// test passes with all it has passed with each; where it fails, it is asked again
// with each alone.
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

/* A test that failed may leave a program behind that holds its output open. */
const SECONDS_MAX = 100;

export class Units {
	constructor(build, scratch) {
		this.build = build;
		this.scratch = scratch;
		this.linked = new Map(); // what the real programs were last linked with
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

	/* Is something of the object in what has these names? */
	static isIn(planted, names) { return planted.globals.some((n) => names.has(n)); }

	concerns(test, planted) {
		return Units.isIn(planted, test.globals) || (test.moved !== undefined &&
			this.programs.some((p) => test.starts.includes(p.program) && Units.isIn(planted, p.globals)));
	}

	/* What is to be planted: [{ name, object, file }] becomes a map from the name
	 * to the first unit test that fails with it, or null where all pass. */
	async measure(bugs) {
		const failed = new Map();
		const planted = await Promise.all(bugs.map(async (b) =>
			({ ...b, globals: [...await globals(b.object)] })));
		for (const b of planted)
			failed.set(b.name, await this.firstAbout(b));
		const open = () => planted.filter((b) => failed.get(b.name) === null);
		for (const round of rounds(open())) {
			for (const t of this.tests)
				await this.tryTogether(t, round, failed);
			for (const b of round.filter((x) => failed.get(x.name) === null))
				console.log(`${b.name.padEnd(34)} every unit test passes`);
		}
		return failed;
	}

	/* The first of the tests about the bug's file that fails with it alone. */
	async firstAbout(b) {
		const about = basename(b.file, '.c').split('_');
		for (const t of this.tests.filter((x) => this.concerns(x, b) &&
			x.name.split('_').some((w) => about.includes(w))))
			if (!await this.passes(t, [b])) {
				console.log(`${b.name.padEnd(34)} ${t.name} fails`);
				return t.name;
			}
		return null;
	}

	async tryTogether(test, round, failed) {
		const those = round.filter((b) => failed.get(b.name) === null && this.concerns(test, b));
		if (those.length === 0 || await this.passes(test, those))
			return;
		let found = false;
		for (const b of those)
			if (!await this.passes(test, [b])) {
				failed.set(b.name, test.name);
				console.log(`${b.name.padEnd(34)} ${test.name} fails`);
				found = true;
			}
		/* Only together: that is nobody's doing alone, and all are told. */
		if (!found)
			console.log(`${test.name} fails with ${those.map((b) => b.name).join(', ')} together only`);
	}

	async passes(test, bugs) {
		for (const { program, globals: names } of this.programs) {
			const objects = bugs.filter((b) => Units.isIn(b, names)).map((b) => b.object);
			const as = objects.join(' ');

			if (!test.starts?.includes(program) || this.linked.get(program) === as)
				continue;
			await this.build.link(program, objects, this.place(program));
			this.linked.set(program, as);
		}
		const out = await this.build.link(test.program,
			bugs.filter((b) => Units.isIn(b, test.globals)).map((b) => b.object),
			join(this.scratch, 'unit', test.name), test.moved);
		for (let attempt = 0; attempt < 2; attempt++) {
			const result = await run([out], { cwd: test.cwd, seconds: SECONDS_MAX,
				env: { ...process.env, CMOCKA_MESSAGE_OUTPUT: 'TAP' } });
			if (judge(result).failed.length === 0) {
				rmSync(out);
				return true;
			}
		}
		rmSync(out);
		return false;
	}
}

/* Groups without two bugs of one source. */
function rounds(bugs) {
	const list = [];
	for (const b of bugs) {
		const round = list.find((r) => r.every((o) => o.file !== b.file));
		if (round)
			round.push(b);
		else
			list.push([b]);
	}
	return list;
}
