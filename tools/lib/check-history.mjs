// SPDX-License-Identifier: Apache-2.0
// check-history FILE: derive the invariants I2 to I6 and I8 to I11 again from a
// history that tools/simulate --history wrote (tests/sim/facts.h tells what is in
// it).  It shares nothing with the product: links, scopes, who saw what and what
// became of it are worked out here from what was said.  The last line is
// {"schedules", "changes", "checked": {invariant: times}, "violations"}.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Judge } from './history-schedule.mjs';

const SHOWN = 20;
let shown = 0;
const judge = new Judge((text) => {
	if (shown++ < SHOWN)
		console.error(text);
});
for await (const line of createInterface({ input: createReadStream(process.argv[2]) }))
	judge.take(JSON.parse(line));
const result = judge.finish();
console.log(JSON.stringify(result));
process.exit(result.violations === 0 && result.schedules > 0 ? 0 : 1);
