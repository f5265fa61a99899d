// SPDX-License-Identifier: Apache-2.0
// Check a receipt as a stranger would: with the openssl command and the
// office's public key, and with nothing of the project's own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../child.mjs';

const CONTEXT = 'vb/receipt/v1\n';

/*
 * null when the office whose key is `pem` signed exactly what the receipt
 * shows; else a sentence that says what does not add up.  receipt: as in
 * `visitbook note show --json`.
 */
export async function receiptProblem(receipt, pem) {
	const signed = Buffer.from(receipt.signed, 'base64');
	const folder = mkdtempSync(join(tmpdir(), 'vb-receipt-'));
	const file = (name) => join(folder, name);
	try {
		writeFileSync(file('signed'), signed);
		writeFileSync(file('sig'), Buffer.from(receipt.sig, 'base64'));
		writeFileSync(file('office.pem'), pem);
		const { status } = await run(['openssl', 'pkeyutl', '-verify', '-pubin',
			'-inkey', file('office.pem'), '-rawin', '-in', file('signed'),
			'-sigfile', file('sig')], { seconds: 20 });
		if (status !== 0)
			return 'openssl does not find the office\'s signature on the receipt';
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
	const text = signed.toString();
	if (!text.startsWith(CONTEXT))
		return 'what is signed is no receipt';
	const said = JSON.parse(text.slice(CONTEXT.length));
	const wrong = Object.keys(said).filter((name) =>
		String(said[name]) !== String(receipt[name]));
	return wrong.length === 0 ? null :
		`the receipt shows another ${wrong.join(' and ')} than was signed`;
}
