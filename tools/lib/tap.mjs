// SPDX-License-Identifier: Apache-2.0
// Read what a unit test program printed as TAP, trusting nothing in it.

/*
 * Judge one run of a cmocka program (CMOCKA_MESSAGE_OUTPUT=TAP).  `result` is
 * what child.mjs's run() gave.  Returns { passed, failed, skipped }, each a list
 * of names.
 *
 * A program prints a plan "1..N" for each group, then a line for each test.
 * What the plan promised and no line reported has failed; a skipped test has
 * neither passed nor failed; a program that prints no plan, or ends badly though every line said
 * ok, adds one failure of its own.
 */
export function judge(result) {
	const passed = [];
	const failed = [];
	const skipped = [];
	let planned = 0;
	let seen = new Set();
	let plans = 0;
	const closeGroup = () => {
		for (let n = 1; n <= planned; n++)
			if (!seen.has(n))
				failed.push(`test ${n} of ${planned} never reported`);
		seen = new Set();
		planned = 0;
	};
	for (const line of result.stdout.split('\n')) {
		const plan = /^1\.\.(\d+)$/.exec(line);
		if (plan) {
			closeGroup();
			planned = Number(plan[1]);
			plans += planned > 0 ? 1 : 0;
			continue;
		}
		const test = /^(not )?ok (\d+)(?: -)? ?(.*)$/.exec(line);
		if (!test)
			continue;
		const n = Number(test[2]);
		if (n < 1 || n > planned || seen.has(n)) {
			failed.push(`a line outside the plan: ${line}`);
			continue;
		}
		seen.add(n);
		const skip = /# *skip *(.*)/i.exec(test[3]);
		if (skip)
			skipped.push(skip[1]);
		else if (test[1])
			failed.push(test[3]);
		else
			passed.push(test[3]);
	}
	closeGroup();
	if (result.timedOut)
		failed.push('ran into its time limit');
	else if (plans === 0)
		failed.push(`reported no test (${ending(result)})`);
	else if (result.status !== 0 && failed.length === 0)
		failed.push(`ended badly (${ending(result)})`);
	return { passed, failed, skipped };
}

function ending(result) {
	return result.signal ? `signal ${result.signal}` : `status ${result.status}`;
}
