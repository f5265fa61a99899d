// SPDX-License-Identifier: Apache-2.0
// Test what tools/test counts by: a test run must not be able to lie to it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './child.mjs';
import { words } from './lint/compile.mjs';
import { judge } from './tap.mjs';

const PROGRAM = `
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
static void good(void **s) { (void)s; }
static void wrong(void **s) { (void)s; assert_int_equal(1, 2); }
static void skips(void **s) { (void)s; skip(); }
static void dies(void **s) { (void)s; abort(); }
static void leaves(void **s) { (void)s; _exit(0); }
static void hangs(void **s) { (void)s; for (;;) pause(); }
static int refuses(void **s) { (void)s; return -1; }
int main(int argc, char **argv) {
	const struct CMUnitTest all_good[] = {
		cmocka_unit_test(good), cmocka_unit_test(good) };
	const struct CMUnitTest mixed[] = { cmocka_unit_test(good),
		cmocka_unit_test(wrong), cmocka_unit_test(skips) };
	const struct CMUnitTest crash[] = { cmocka_unit_test(good),
		cmocka_unit_test(dies), cmocka_unit_test(good) };
	const struct CMUnitTest early[] = { cmocka_unit_test(good),
		cmocka_unit_test(leaves), cmocka_unit_test(good) };
	const struct CMUnitTest hang[] = { cmocka_unit_test(hangs) };
	if (argc < 2) return 0;
	switch (argv[1][0]) {
	case 'g': cmocka_run_group_tests(all_good, 0, 0);
		return cmocka_run_group_tests(all_good, 0, 0);
	case 'm': return cmocka_run_group_tests(mixed, 0, 0);
	case 'c': return cmocka_run_group_tests(crash, 0, 0);
	case 'e': return cmocka_run_group_tests(early, 0, 0);
	case 'h': return cmocka_run_group_tests(hang, 0, 0);
	case 's': return cmocka_run_group_tests(all_good, refuses, 0);
	case 'b': cmocka_run_group_tests(all_good, 0, 0); return 3;
	}
	return 0;
}
`;

/* Argument of the program -> how many tests must count as passed, failed. */
const EXPECTED = [
	['good', 4, 0, 'two groups of good tests'],
	['mixed', 1, 1, 'a wrong test, and a skipped one, which has not passed'],
	['crash', 1, 2, 'a crash, and the test after it'],
	['early exit', 1, 2, 'an exit with status 0 in the middle'],
	['hang', 0, 2, 'a test that does not end'],
	['setup', 0, 3, 'a group whose preparation fails'],
	['bad end', 2, 1, 'a bad exit status after good tests'],
	['', 0, 1, 'a program that says nothing'],
];

const only = process.argv[2] === '--only' ? process.argv[3] : '';
if (!'counting'.includes(only))
	process.exit(2);
const folder = mkdtempSync(join(tmpdir(), 'visitbook-count-'));
let bad = 0;
try {
	const source = join(folder, 'program.c');
	const program = join(folder, 'program');
	writeFileSync(source, PROGRAM);
	const built = await run(['cc', '-o', program, source, '-lcmocka']);
	console.log(`1..${EXPECTED.length + 2}`);
	let n = 0;
	for (const [argument, passed, failed, title] of EXPECTED) {
		const result = await run([program, ...(argument ? [argument] : [])], {
			env: { ...process.env, CMOCKA_MESSAGE_OUTPUT: 'TAP' },
			seconds: 2,
		});
		const got = judge(result);
		const skipped = argument === 'mixed' ? 1 : 0;
		report(++n, `counting: ${title}`, got.passed.length === passed &&
			got.failed.length === failed && got.skipped.length === skipped,
		JSON.stringify(got) + built.stderr);
	}
	const absent = judge(await run([join(folder, 'absent')]));
	report(++n, 'counting: a program that is not there',
		absent.passed.length === 0 && absent.failed.length === 1,
		JSON.stringify(absent));
	const split = words('cc  -DA=\\"b\\ c\\" "-I/x y" \'q"\'d');
	report(++n, 'counting: a compile command splits as a shell splits it',
		JSON.stringify(split) ===
			JSON.stringify(['cc', '-DA="b c"', '-I/x y', 'q"d']),
		JSON.stringify(split));
} finally {
	rmSync(folder, { recursive: true, force: true });
}
process.exitCode = bad === 0 ? 0 : 1;

function report(n, name, ok, detail) {
	bad += ok ? 0 : 1;
	console.log(`${ok ? 'ok' : 'not ok'} ${n} - ${name}`);
	if (!ok)
		console.log(`# ${detail}`);
}
