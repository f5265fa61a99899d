// SPDX-License-Identifier: Apache-2.0
// arguments.mjs SIMULATE-CORE SIMULATE PROVE SEQUENCES: what the tools cannot do
// ends with 2 and one sentence, before anything is run; --help ends with 0.
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const [core, stores, prove, sequences] = process.argv.slice(2);
const planted = [join(root, 'tools/prove'), 'planted'];
/* A program, and what comes before the arguments. */
const counting = [[core], [stores], [prove, 'crash-device'], [prove, 'crash-central'],
	[prove, 'memory'], [prove, 'syscall'], [prove, 'cut'], [prove, 'kill'],
	[sequences, 'sequences'], planted];
const WRONG = [['--count', '-1'], ['--count', '5x'], ['--count', ''], ['--count'], ['--count', '1e3'],
	['--count', '99999999999999999999'], ['--from', '-3'], ['--from', 'a'], ['--jobs', '0'],
	['--jobs', '-1'], ['--bogus'], ['more']];
/* Nothing at all is no run; where a kind knows every place there is, 0 asks for
 * all of them. */
const knowsAll = (words) => ['memory', 'cut'].includes(words[1]);

let n = 0, bad = 0;
function expect(words, status, lines) {
	const r = spawnSync(words[0], words.slice(1), { encoding: 'utf8', timeout: 60000 });
	const said = r.stderr.split('\n').length - 1;
	const ok = r.status === status && (lines === null || (said === lines && r.stdout === ''));
	bad += ok ? 0 : 1;
	console.log(`${ok ? 'ok' : 'not ok'} ${++n} - ${words.join(' ').replaceAll(`${root}/`, '')}`);
	if (!ok)
		console.log(`# status ${r.status}, ${said} lines: ${r.stderr}`);
}

for (const words of counting) {
	for (const wrong of WRONG)
		expect([...words, ...wrong], 2, 1);
	if (!knowsAll(words))
		expect([...words, '--count', '0'], 2, 1);
	expect([...words, '--help'], 0, null);
}
for (const words of [[prove], [prove, 'fuzz'], [core, '--replay'], [join(root, 'tools/evidence'), 'more'],
	[join(root, 'tools/bench'), '--bogus'], [join(root, 'tools/prove'), 'traced', 'more'],
	[join(root, 'tools/simulate'), '--count', '0']])
	expect(words, 2, 1);
console.log(`1..${n}`);
process.exitCode = bad === 0 ? 0 : 1;
