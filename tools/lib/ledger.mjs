// SPDX-License-Identifier: Apache-2.0
// The ledger of runs, tests/evidence/*.jsonl: what a line of it must say.

/* The ledger of a run is named after the tool and, for tools/prove, its kind:
 * ['prove', 'cut', '--count', '9'] is kept in prove-cut.jsonl. */
export function ledgerOf(command) {
	const words = command.slice(0, command[0] === 'prove' ? 2 : 1);
	if (command[0] === 'simulate' && command.includes('--stores'))
		words.push('stores');
	return `${words.join('-')}.jsonl`;
}

const NUMBERS = ['asked', 'executed', 'changes', 'violations', 'seconds'];

/* What is wrong with an entry, as sentences: none if it may be kept. */
export function entryProblems(entry) {
	const problems = [];
	if (!/^\d{4}-\d\d-\d\d$/.test(entry.date))
		problems.push('it has no date');
	if (!/^[0-9a-f]{40}$/.test(entry.commit))
		problems.push('it names no commit');
	if (!Array.isArray(entry.command) || entry.command.length === 0)
		problems.push('it does not say what ran');
	for (const name of NUMBERS)
		if (!(entry[name] >= 0))
			problems.push(`${name} is no number`);
	if (!(entry.executed > 0))
		problems.push('nothing was executed');
	if (!Array.isArray(entry.seeds))
		problems.push('it has no list of seeds');
	else if (entry.violations > 0 && entry.seeds.length === 0)
		problems.push('it names none of the seeds that failed');
	return problems;
}
