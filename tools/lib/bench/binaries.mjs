// SPDX-License-Identifier: Apache-2.0
// How large the programs are, without what only a debugger reads.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrograms } from '../../../tests/e2e/lib/programs.mjs';
import { run } from '../child.mjs';

const LIMIT_MB = 3;

async function strippedMb(path, folder) {
	const copy = join(folder, 'stripped');
	const result = await run(['strip', '-o', copy, path], { seconds: 60 });
	if (result.status !== 0)
		throw new Error(`strip ${path}: ${result.stderr}`);
	return statSync(copy).size / 1e6;
}

export async function binaries({ bin }) {
	const folder = mkdtempSync(join(tmpdir(), 'vb-bench-'));
	const figures = [];
	try {
		for (const [name, path] of Object.entries(findPrograms(bin)).sort())
			if (name.startsWith('visitbook'))
				figures.push({ name: `size of ${name}`, unit: 'MB',
					ours: await strippedMb(path, folder), limit: LIMIT_MB });
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
	return figures;
}
