// SPDX-License-Identifier: Apache-2.0
// Test the checks: each must pass a small sound tree and fail each planted
// fault, naming the file.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from
	'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { treeAt } from './tree.mjs';

const SPDX = '/* SPDX-License-Identifier: Apache-2.0 */\n';
const SOUND = {
	'common/base/sound.h': `${SPDX}#ifndef BASE_SOUND_H
#define BASE_SOUND_H

int sound(int x);

#endif
`,
	'common/base/sound.c': `${SPDX}#include "common/base/sound.h"

int
sound(int x)
{
	return x + 1;
}
`,
	'common/core/deep.c': `${SPDX}#include <jansson.h>

#include "common/base/sound.h"
/* A word about open() and SSL_CTX harms nobody in a comment. */
`,
	'schema/sound.json': '{"a": 1}\n',
	'client/sound.1': `.\\" SPDX-License-Identifier: Apache-2.0
.Dd November 21, 2026
.Dt SOUND 1
.Os
.Sh NAME
.Nm sound
.Nd a manual to be found sound
.Sh DESCRIPTION
.Nm
does nothing.
`,
};

/* The tests of the checks, in the form that report() of main.mjs runs. */
export function selfTest(root, checks) {
	return checks.map((check) => async () => {
		const problems = (await withTree(root, [], check.run))
			.map((line) => `found in a sound tree: ${line}`);
		for (const plant of check.plants) {
			const found = await withTree(root, plant, check.run);
			if (!found.some((line) => line.includes(plant[0])))
				problems.push(`not found: ${JSON.stringify(plant).slice(0, 200)}`);
		}
		return {
			name: `${check.name} finds what is planted (${check.plants.length})`,
			problems,
		};
	});
}

async function withTree(root, plant, work) {
	const folder = mkdtempSync(join(tmpdir(), 'visitbook-lint-'));
	try {
		const files = { ...SOUND };
		if (plant.length > 0)
			files[plant[0]] = plant[1];
		for (const [name, text] of Object.entries(files)) {
			mkdirSync(dirname(join(folder, name)), { recursive: true });
			writeFileSync(join(folder, name), text);
		}
		for (const name of ['.clang-format', '.clang-tidy'])
			copyFileSync(join(root, name), join(folder, name));
		const build = join(folder, 'build');
		mkdirSync(build);
		writeFileSync(join(build, 'compile_commands.json'),
			JSON.stringify(Object.keys(files).filter((n) => n.endsWith('.c'))
				.map((name) => ({
					directory: build,
					file: join(folder, name),
					command: `cc -std=c17 -I${folder} -c ${join(folder, name)}`,
				}))));
		return await work(treeAt(folder, build));
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}
