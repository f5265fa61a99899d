// SPDX-License-Identifier: Apache-2.0
// Stand-ins for the programs, for the harness's own test only: they answer in
// the agreed shapes and misbehave when asked to.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeSync } from 'node:fs';

const [program, ...words] = process.argv.slice(2);
const valueOf = (option) => words[words.indexOf(option) + 1];
const fdsOf = (option) => words.flatMap((word, i) =>
	word === option ? [Number(words[i + 1])] : []);
const print = (object) => console.log(JSON.stringify(object));
const passphrases = fdsOf('--passphrase-fd')
	.map((fd) => readFileSync(fd, 'utf8').trimEnd());

function fail(status, word) {
	print({ error: { word, text: `it is ${word}`, next: 'try again' } });
	process.exit(status);
}

/* Stay until SIGTERM, having told --ready-fd. */
function stay(ready) {
	process.on('SIGTERM', () => words.includes('--stubborn') ||
		process.exit(words.includes('--bad-end') ? 1 : 0));
	setInterval(() => {}, 1000);
	if (words.includes('--child'))
		spawn('sleep', ['600'], { stdio: 'ignore' });
	writeSync(Number(valueOf('--ready-fd')), `${JSON.stringify(ready)}\n`);
}

const commands = {
	init: () => {
		if (passphrases.length !== 2 || passphrases[0] === passphrases[1])
			fail(4, 'invalid');
		mkdirSync(valueOf('--data'));
		print({ office: 'o', root_sha256: 'r' });
	},
	serve: () => stay({ devices: '127.0.0.1:1', console: '127.0.0.1:2' }),
	user: () => print({ user: words[2] }),
	device: () => print({ code: 'C', expires: 'soon' }),
	enrol: () => valueOf('--code') === 'C' && passphrases[0] ?
		print({ device: 'd', user: 'u', root_sha256: 'r' }) : fail(7, 'refused'),
	unlock: () => passphrases[0]?.includes('wrong') ? fail(5, 'auth') :
		print({ locked: false, until: 'later' }),
	lock: () => print({ locked: true }),
	status: () => print({ unsent: 0 }),
	note: () => print({ id: 'n', said: valueOf('--set').startsWith('text=@') ?
		readFileSync(valueOf('--set').slice(6), 'utf8') : valueOf('--set') }),
	echo: () => print({ said: readFileSync(0, 'utf8') }),
	twice: () => {
		print({});
		print({});
	},
	crash: () => process.kill(process.pid, 'SIGABRT'),
	report: () => {
		console.error('==1==ERROR: AddressSanitizer: heap-use-after-free');
		print({});
	},
	leave: () => {
		spawn('sleep', ['600'], { stdio: 'ignore', detached: true }).unref();
		print({});
	},
	hold: () => {
		spawn('sleep', ['600'], { stdio: 'inherit', detached: true }).unref();
		print({});
	},
};

if (program === 'visitbookd')
	stay({ ready: true });
else if (program === 'relay')
	stay({ address: '127.0.0.1:3' });
else
	commands[words[0]]();
if (program === 'relay')
	process.stdin.on('data', (line) => print({ done: `${line}`.trim() }));
