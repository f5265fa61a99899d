// SPDX-License-Identifier: Apache-2.0
// What the demonstration prints for the person who watches it.
import { dirname } from 'node:path';
import { clashing } from './caseload.mjs';

const COLUMNS = 76;

export class Tell {
	constructor(out = process.stdout) {
		this.out = out;
		this.acts = 0;
	}

	act(title) {
		this.out.write(`\n${++this.acts}. ${title}\n\n`);
	}

	line(text) {
		this.out.write(`   ${text}\n`);
	}

	/* What became of a clash, by what the office shows. */
	clash(clash, shown, id) {
		const record = shown.office ?? Object.values(shown)[0];
		this.line(`${clash.name}:`);
		if (!record)
			return this.line('     received');
		const paths = clashing(clash);
		const open = (record.conflicts ?? []).filter(({ path }) =>
			paths.includes(path));
		if (open.length === 0)
			return this.line('     put together by itself');
		for (const { path, sides } of open) {
			this.line(`     kept beside each other, ${path}:`);
			for (const value of [valueAt(record.doc, path),
				...sides.map((side) => side.value)])
				this.line(`       - ${short(value)}`);
		}
		return this.line(`     on ${Object.keys(shown).join(', ')} (${id})`);
	}

	/* Commands that work against this very run. */
	whatToTry({ bench, office, devices, ids, caseload }, folder) {
		const bin = (name) => bench.programs[name];
		const env = `XDG_RUNTIME_DIR=${bench.environment.XDG_RUNTIME_DIR}`;
		const [device] = devices;
		const note = caseload.offline[0] ?? caseload.of('note')[0];
		const field = `${env} ${bin('visitbook')} --home ${device.home}`;
		const central = `${bin('visitbook-central')} --data ${office.data}`;
		this.act('Everything stays up until Ctrl-C.  Try:');
		for (const command of [
			`${field} status`,
			`${field} note list`,
			`${field} note show ${ids[note.key]}`,
			`${field} search 'chapel'`,
			`${field} conflict list`,
			`${field} verify`,
			`${field} lock    # the passphrase is: ${device.passphrase}`,
			`${central} device list`,
			`${central} conflict list`,
			`${central} verify`,
			`curl -sk https://${office.console}/healthz`,
		])
			this.line(command);
		this.line('');
		this.line(`The programs are in ${dirname(bin('visitbook'))}, their data ` +
			`and logs in ${folder};`);
		this.line('all of that folder is removed at the end.');
	}
}

function valueAt(doc, path) {
	return path.split('/').reduce((value, part) => value?.[part], doc);
}

function short(value) {
	const text = value === undefined || value === null ? '(removed)' :
		typeof value === 'string' ? value : JSON.stringify(value);
	return text.length > COLUMNS ? `${text.slice(0, COLUMNS - 3)}...` : text;
}
