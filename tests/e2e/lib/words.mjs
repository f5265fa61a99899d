// SPDX-License-Identifier: Apache-2.0
// What a command tells a person, not a script.
import assert from 'node:assert/strict';

/* Standard output of a command that must succeed, without --json. */
export async function toldBy(tool, words, options = {}) {
	const { status, stdout } = await tool.bench.command(tool.program,
		[...words, ...tool.place],
		{ ...options, env: { ...tool.env, ...options.env } });
	assert.equal(status, 0, `${words.join(' ')}: ${stdout}`);
	return stdout;
}
