// SPDX-License-Identifier: Apache-2.0
// Measure whether the unit tests pass with bugs planted.  All that could notice
// one are run: those that have a function of the changed source in them, and those
// that start the real programs, which are linked with the bug too.  A test whose
// program does not change cannot change its answer.
//
// First each bug that is said to be noticed is tried alone, by the tests that are
// about its file, which find most.  What is left is planted together, as many as fit beside each other: where
// a test passes with all it is taken to pass with each; where it fails, those that
// it fails with are looked for by halves.  Quick tests come before slow ones.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { inParallel, run } from '../child.mjs';
import { judge } from '../tap.mjs';
import { plant } from './bugs.mjs';
import { globals } from './build.mjs';

const PROGRAMS = {
	CLIENT_PROGRAM: 'client/visitbook',
	VISITBOOKD_PROGRAM: 'daemon/sync/visitbookd',
	CENTRAL_PROGRAM: 'daemon/central/visitbook-central',
	MERGE_EVAL_PROGRAM: 'tests/merge-eval',
};

/* What a program starts that stands beside it. */
const BESIDE = { 'client/visitbook': ['daemon/sync/visitbookd'] };

/* A test that failed may leave a program behind that holds its output open. */
const SECONDS_MAX = 300;

export class Units {
	constructor(build, scratch, jobs = 1) {
		this.build = build;
		this.scratch = scratch;
		this.jobs = jobs;
		this.count = 0;
		this.compiled = new Map(); // names of bugs -> their object
		this.linked = new Map(); // what the real programs were last linked with
	}

	async start() {
		const { build } = this;
		const listed = await run(['ctest', '--test-dir', build.folder, '--show-only=json-v1']);
		this.tests = JSON.parse(listed.stdout).tests
			.map((t) => ({ name: t.name, program: `tests/${t.name}`,
				cwd: t.properties?.find((p) => p.name === 'WORKING_DIRECTORY')?.value }))
			.filter((t) => /^test_/.test(t.name));
		const seconds = this.costs();
		this.tests.sort((a, b) => (seconds.get(a.name) ?? 1) - (seconds.get(b.name) ?? 1));
		await build.make([...this.tests.map((t) => t.name),
			'visitbook', 'visitbookd', 'visitbook-central', 'merge-eval']);
		for (const t of this.tests) {
			t.globals = await globals(join(build.folder, t.program));
			await this.moveProgram(t);
		}
		this.programs = await Promise.all(Object.values(PROGRAMS).map(async (program) =>
			({ program, globals: await globals(join(build.folder, program)) })));
	}

	/* How long each test took when CTest last ran it, by its own notes. */
	costs() {
		const notes = join(this.build.folder, 'Testing/Temporary/CTestCostData.txt');
		const lines = existsSync(notes) ? readFileSync(notes, 'utf8').split('\n') : [];
		return new Map(lines.map((l) => l.split(' ')).filter((l) => l.length === 3)
			.map(([name, , cost]) => [name, Number(cost)]));
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
		test.starts = names.flatMap((n) => [PROGRAMS[n], ...BESIDE[PROGRAMS[n]] ?? []]);
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

	/* A map from each bug's name to the first unit test that fails with it, or null
	 * where all pass. */
	async measure(bugs) {
		const failed = new Map(bugs.map((b) => [b.name, null]));
		const planted = [];
		for (const b of bugs) {
			const object = await this.build.compileBug(b, join(this.scratch, b.name));
			planted.push({ ...b, object, globals: [...await globals(object)] });
		}
		await inParallel(planted.filter((b) => !b.units), this.jobs, (b) => this.tryAbout(b, failed));
		for (const round of this.rounds(planted.filter((b) => failed.get(b.name) === null))) {
			await this.tryRound(round, failed);
			for (const b of round.filter((x) => failed.get(x.name) === null))
				console.log(`${b.name.padEnd(34)} every unit test passes`);
		}
		return failed;
	}

	source(file) { return readFileSync(join(this.build.root, file), 'utf8'); }

	/* A source with bugs in it; null where one has no place beside the others. */
	together(bugs) {
		try {
			return bugs.reduce((text, b) => plant(b, text), this.source(bugs[0].file));
		} catch {
			return null;
		}
	}

	/* Groups of bugs that fit beside each other. */
	rounds(bugs) {
		const list = [];
		for (const b of bugs) {
			const round = list.find((r) =>
				this.together([...r.filter((o) => o.file === b.file), b]) !== null);
			if (round)
				round.push(b);
			else
				list.push([b]);
		}
		return list;
	}

	/* The object files of bugs, one for each source: [{ object, globals }]. */
	async objects(bugs) {
		const files = new Map();
		for (const b of bugs)
			files.set(b.file, [...files.get(b.file) ?? [], b]);
		return Promise.all([...files.values()].map((those) => this.objectOf(those)));
	}

	async objectOf(bugs) {
		if (bugs.length === 1)
			return bugs[0];
		const key = bugs.map((b) => b.name).join(' ');
		if (!this.compiled.has(key))
			this.compiled.set(key, this.build.compile(bugs[0].file, this.together(bugs),
				join(this.scratch, `several-${this.compiled.size}`, 'planted.o'))
				.then((object) => ({ object, globals: bugs[0].globals })));
		return this.compiled.get(key);
	}

	/* Alone, by the tests about its file that start no program: those whose names
	 * have most words in common first. */
	async tryAbout(b, failed) {
		const about = basename(b.file, '.c').split('_');
		const common = (t) => t.name.split('_').filter((w) => about.includes(w)).length;
		for (const t of this.tests.filter((x) => !x.starts && this.concerns(x, b) && common(x) > 0)
			.sort((x, y) => common(y) - common(x)))
			if (await this.tryAlone(t, b, failed))
				return;
	}

	/* True if the test fails with this bug, which is told. */
	async tryAlone(test, b, failed) {
		const why = await this.failure(test, [b]);
		if (why === null)
			return false;
		if (await this.failure(test, []) !== null) {
			console.log(`${b.name.padEnd(34)} ${test.name} fails without it too, and tells nothing: ${why}`);
			return false;
		}
		failed.set(b.name, test.name);
		console.log(`${b.name.padEnd(34)} ${test.name}: ${why}`);
		return true;
	}

	/* Together; tests that start the real programs one after the other, because
	 * those are linked for them. */
	async tryRound(round, failed) {
		const those = (t) => round.filter((b) => failed.get(b.name) === null && this.concerns(t, b));
		const concerned = this.tests.filter((t) => those(t).length > 0);
		const suspects = [];
		const together = async (t) => {
			if (await this.failure(t, those(t)) !== null)
				suspects.push(t);
		};
		await inParallel(concerned.filter((t) => !t.starts), this.jobs, together);
		for (const t of concerned.filter((x) => x.starts))
			await together(t);
		for (const t of suspects)
			await this.tryHalves(t, those(t), failed);
	}

	/* Which of these a test fails with. */
	async tryHalves(test, bugs, failed) {
		if (bugs.length === 1)
			await this.tryAlone(test, bugs[0], failed);
		if (bugs.length < 2 || await this.failure(test, bugs) === null)
			return;
		const before = bugs.filter((b) => failed.get(b.name) !== null).length;
		const half = Math.ceil(bugs.length / 2);
		await this.tryHalves(test, bugs.slice(0, half), failed);
		await this.tryHalves(test, bugs.slice(half), failed);
		/* Only together: that is nobody's doing alone, and all are told. */
		if (bugs.filter((b) => failed.get(b.name) !== null).length === before)
			console.log(`${test.name} failed with ${bugs.map((b) => b.name).join(', ')} together only`);
	}

	/* The case that fails with these bugs planted, twice running; null if none. */
	async failure(test, bugs) {
		const planted = await this.objects(bugs);
		for (const { program, globals: names } of this.programs) {
			const objects = planted.filter((b) => Units.isIn(b, names)).map((b) => b.object);
			const as = objects.join(' ');

			if (!test.starts?.includes(program) || this.linked.get(program) === as)
				continue;
			await this.build.link(program, objects, this.place(program));
			this.linked.set(program, as);
		}
		const out = await this.build.link(test.program,
			planted.filter((b) => Units.isIn(b, test.globals)).map((b) => b.object),
			join(this.scratch, 'unit', `${test.name}-${++this.count}`), test.moved);
		let first = null;
		for (let attempt = 0; attempt < 2; attempt++) {
			const result = await run([out], { cwd: test.cwd, seconds: SECONDS_MAX,
				env: { ...process.env, CMOCKA_MESSAGE_OUTPUT: 'TAP' } });
			[first = null] = judge(result).failed;
			if (first === null)
				break;
		}
		rmSync(out);
		return first;
	}
}
