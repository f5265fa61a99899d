// SPDX-License-Identifier: Apache-2.0
// Compile the changed copy of one source and link programs with it.  Nothing of
// the tree or of the build is touched: the copy is compiled with the command of
// the real one, and stands before the archives of a program's link, where an
// object takes the place of the archive's member that has the same names.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { run } from '../child.mjs';
import { words } from '../lint/compile.mjs';
import { plant } from './bugs.mjs';

const MINUTES = 60;

/* The names that an object file or a program gives to others. */
export const globals = async (file) => new Set((await run(['nm', '--defined-only', file])).stdout
	.split('\n').map((l) => l.split(' ')).filter(([, kind]) => 'TDBR'.includes(kind ?? '?'))
	.map(([, , name]) => name));

export class Build {
	constructor(root, folder) {
		this.root = root;
		this.folder = folder;
		this.commands = new Map(
			JSON.parse(readFileSync(join(folder, 'compile_commands.json'), 'utf8'))
				.map((c) => [c.file, c]));
		this.links = new Map();
		this.names = new Map();
	}

	/* Bring programs of the tests up to date. */
	async make(targets) {
		const made = await run(['cmake', '--build', this.folder, '--target', ...targets],
			{ seconds: 30 * MINUTES });
		if (made.status !== 0)
			throw new Error(`the build fails:\n${(made.stdout + made.stderr).slice(-2000)}`);
	}

	/* Is this source, which became `object`, in the program?  Its library is
	 * linked, and something of it was taken from there. */
	async isIn(program, object, file) {
		const { command } = this.commands.get(join(this.root, file)) ?? { command: '' };
		const library = /CMakeFiles\/([^/ ]+)\.dir/.exec(command)?.[1];
		if (!(await this.linkOf(program)).some((w) => w.endsWith(`/lib${library}.a`)))
			return false;
		if (!this.names.has(program))
			this.names.set(program, await globals(join(this.folder, program)));
		return [...await globals(object)].some((name) => this.names.get(program).has(name));
	}

	/* The words of the command that links a program ("tests/prove"). */
	async linkOf(program) {
		if (!this.links.has(program)) {
			const told = await run(['ninja', '-C', this.folder, '-t', 'commands', program],
				{ seconds: MINUTES });
			const last = told.stdout.trimEnd().split('\n').at(-1);
			this.links.set(program, words(last.replace(/^: && /, '').replace(/ && :$/, '')));
		}
		return this.links.get(program);
	}

	/* Compile a copy of a source of ours ("common/core/merge.c") to `out`. */
	async compile(file, text, out, more = []) {
		const real = join(this.root, file);
		const entry = this.commands.get(real);
		const copy = join(dirname(out), basename(file));
		if (!entry)
			throw new Error(`${file}: the build does not compile it`);
		mkdirSync(dirname(out), { recursive: true });
		writeFileSync(copy, text);
		const command = words(entry.command);
		command[command.lastIndexOf('-o') + 1] = out;
		command[command.lastIndexOf(real)] = copy;
		const made = await run([...command, '-iquote', dirname(real),
			'-Wno-error', ...more], { cwd: this.folder, seconds: 5 * MINUTES });
		if (made.status !== 0)
			throw new Error(`${file}: the copy does not compile:\n${made.stderr.slice(0, 2000)}`);
		return out;
	}

	/* A folder's worth of one bug: its object file. */
	async compileBug(bug, folder) {
		const source = readFileSync(join(this.root, bug.file), 'utf8');
		return this.compile(bug.file, plant(bug, source), join(folder, 'planted.o'));
	}

	/* The programs with a bug's object in a folder of their own, where it is in them,
	 * and as they are where it is not. */
	async linkAll(programs, bug, object, folder) {
		for (const program of programs) {
			const out = join(folder, basename(program));
			if (await this.isIn(program, object, bug.file)) {
				await this.link(program, [object], out);
				continue;
			}
			mkdirSync(folder, { recursive: true });
			copyFileSync(join(this.folder, program), out);
		}
		return folder;
	}

	/* Link a program with objects before its archives (and other objects in the
	 * place of its own: a map) to `out`. */
	async link(program, objects, out, instead = new Map()) {
		const command = (await this.linkOf(program)).map((w) => instead.get(w) ?? w);
		command[command.lastIndexOf('-o') + 1] = out;
		command.splice(command.findIndex((w) => w.endsWith('.a')), 0, ...objects);
		mkdirSync(dirname(out), { recursive: true });
		const made = await run(command, { cwd: this.folder, seconds: 5 * MINUTES });
		if (made.status !== 0)
			throw new Error(`${program}: it does not link:\n${made.stderr.slice(0, 2000)}`);
		return out;
	}
}
