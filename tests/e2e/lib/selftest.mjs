// SPDX-License-Identifier: Apache-2.0
// Test the harness: with stand-ins for the programs, scenarios that should
// pass do, and each kind of fault is reported as itself.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../../tools/lib/child.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/* Body of a scenario -> what its report must say; null: it must pass. */
const CASES = {
	'an office and a device do what they are told': [`
		const office = await t.office();
		const relay = await t.relay(office.devices);
		await relay.cut();
		await relay.open();
		const mair = await t.device('mair', { office, address: relay.address });
		await mair.startDaemon();
		const made = await mair.make('note', { text: 'It’s “fine”, she said.' });
		if (made.said !== 'It’s “fine”, she said.') throw new Error(made.said);
		const echo = await mair.ok(['echo'], { input: 'words' });
		if (echo.said !== 'words') throw new Error(echo.said);
		const error = await mair.fails(['unlock'], 'locked',
			{ passphrases: ['a wrong one'] });
		if (error.word !== 'auth') throw new Error(error.word);
		await mair.allSent();
		await relay.stop();
		await office.kill();
		await office.start();`, null],
	'a scenario that throws fails': [
		'throw new Error("the words differ");', /the words differ/],
	'a scenario that never ends fails': [
		'setInterval(() => {}, 1000); await new Promise(() => {});',
		/limit of 5 s/],
	'a scenario that ends early fails': [
		'await new Promise(() => {});', /never came to its end/],
	'a wait in vain fails': [
		'await t.until("it rains", () => 0, 0.2);', /in vain until it rains/],
	'a crash of a program fails': [
		'await (await t.device("d")).ok(["crash"]);', /ended by SIGABRT/],
	'a failing command fails': [
		'await (await t.device("d")).ok(["unlock"], { passphrases: ["wrong"] });',
		/"word":"auth"/],
	'a command that should have failed fails': [
		'await (await t.device("d")).fails(["lock"], "locked");', /locked/],
	'a second line of output fails': [
		'await (await t.device("d")).ok(["twice"]);', /prints one line/],
	'a sanitizer report fails': [
		'await (await t.device("d")).ok(["report"]);', /AddressSanitizer/],
	'a process left behind fails and is ended': [
		'await (await t.device("d")).ok(["leave"]);', /left running: sleep 600/],
	'an output held open fails': [
		'await (await t.device("d")).ok(["hold"]);', /holds it open/],
	'a daemon that ignores SIGTERM fails': [`
		const d = await t.device("d");
		await d.startDaemon(["--stubborn"]);
		await d.daemon.stop(0.5);`, /end after SIGTERM/],
	'a daemon that ends badly fails': [
		'await (await t.device("d")).startDaemon(["--bad-end"]);',
		/ends cleanly on SIGTERM/],
	'a killed daemon takes its children along': [`
		const d = await t.device("d");
		await d.startDaemon(["--child"]);
		await d.daemon.kill();`, null],
	'a program that was not built fails': [
		'await t.bench.command("absent", []);', /absent was not built/],
};

/* Run all cases; print TAP; true if the harness told the truth every time. */
export async function selfTest(only) {
	if (!'harness'.includes(only))
		process.exit(2);
	const folder = mkdtempSync(join(tmpdir(), 'vb-self-'));
	try {
		plant(folder);
		const result = await run([process.execPath, join(here, 'main.mjs'),
			'--from', folder, '--bin', join(folder, 'bin'), '--jobs', '4'],
		{ seconds: 120 });
		return report(result.stdout + result.stderr);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

function plant(folder) {
	const scenarios = Object.entries(CASES).map(([name, [body]]) =>
		`${JSON.stringify(name)}: async (t) => {${body}}`);
	writeFileSync(join(folder, '10-harness.mjs'), 'export const seconds = 5;\n' +
		`export const scenarios = {\n${scenarios.join(',\n')}\n};\n`);
	mkdirSync(join(folder, 'bin'));
	for (const name of ['visitbook', 'visitbookd', 'visitbook-central', 'relay']) {
		const path = join(folder, 'bin', name);
		writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' ` +
			`'${join(here, 'standin.mjs')}' ${name} "$@"\n`);
		chmodSync(path, 0o755);
	}
}

function report(output) {
	let bad = 0;
	console.log(`1..${Object.keys(CASES).length}`);
	Object.entries(CASES).forEach(([name, [, complaint]], i) => {
		const blocks = output.split(/^(?=ok |not ok )/m);
		const block = blocks.find((text) => text.includes(`: ${name} (`)) ?? '';
		const truth = complaint === null ? /^ok /.test(block) :
			/^not ok /.test(block) && complaint.test(block);
		bad += truth ? 0 : 1;
		console.log(`${truth ? 'ok' : 'not ok'} ${i + 1} - harness: ${name}`);
		if (!truth)
			console.log((block || output).replace(/^/gm, '# '));
	});
	return bad === 0;
}
