// SPDX-License-Identifier: Apache-2.0
// A small office with one place, one person and one case, and advocates who
// all work on the case: where most scenarios begin.
import assert from 'node:assert/strict';
import { receiptProblem } from '../../../tools/lib/demo/receipt.mjs';

/*
 * Resolves to { office, site, person, case, devices..., visit }, each advocate's
 * device under their name, behind a relay of its own (device.relay).
 */
export async function desk(t, names = ['mair'], { daemon = false } = {}) {
	const office = await t.office();
	const here = { office };
	for (const name of names)
		await office.addUser(name);
	here.site = (await office.make('site', { name: 'Quillet House' })).id;
	here.person = (await office.make('person', {
		preferred_name: 'Mrs Adler', location: { site: here.site, room: '12' },
		safe_to_contact: 'agreed_ways', client_group: ['dementia'],
		how_i_communicate: 'She shows with her hands. She likes pictures.',
		'worker_risks/stairs/risk': 'The stairs are steep.',
	})).id;
	here.case = (await office.make('case', { person: here.person,
		model: 'professional', legal_basis: 'RPR_PAID', status: 'open',
		opened_on: '2026-03-02', ...assigned(office, names) })).id;
	for (const name of names)
		here[name] = await joined(t, office, name, { daemon });
	here.visit = (await here[names[0]].make('visit', {
		[`cases/${here.case}`]: true, site: here.site, method: 'visit',
		result: 'seen_alone', direct_minutes: 60,
		actual: { start: '2026-11-20T10:00:00.000Z',
			end: '2026-11-20T11:00:00.000Z' },
	})).id;
	await everyone(names.map((name) => here[name]));
	return here;
}

export function assigned(office, names) {
	return Object.fromEntries(names.flatMap((name, i) => [
		[`assignments/${name}/advocate`, office.users[name]],
		[`assignments/${name}/role`, i === 0 ? 'lead' : 'cover'],
		[`assignments/${name}/from`, '2026-03-02']]));
}

/* A device of a user, behind a relay of its own, with everything pulled. */
export async function joined(t, office, name, { user = name, daemon } = {}) {
	const relay = await t.relay(office.devices);
	const device = await t.device(name);
	device.relay = relay;
	await device.enrol(office, user, relay.address);
	if (daemon)
		await device.startDaemon();
	await device.unlock();
	await device.sync();
	return device;
}

/* Sync each of the devices in turn, and again, so that what the last one sent
 * is with the first. */
export async function everyone(devices) {
	for (const device of [...devices, ...devices])
		await device.sync();
}

/* The office and the devices add up, each for itself. */
export async function allVerify(office, ...devices) {
	for (const one of [office, ...devices]) {
		const { ok, first_bad: bad } = await one.verify();
		assert.ok(ok, `${one.name ?? 'the office'}: ${bad}`);
	}
}

/* A note that lacks nothing that a signature requires. */
export function fullNote(here, more = {}) {
	return { visit: here.visit, case: here.case, mode: 'instructed',
		seen_in_private: true, summary: 'She is well. She wants to go home.',
		'statements/home/kind': 'SAID_EXACT',
		'statements/home/text': 'I would like my own front door.',
		activities: ['listened'], safeguarding: 'no_concern',
		consent_change: 'none', told_person: true, copy_offered: true, ...more };
}

/* What is wrong with a receipt, by openssl and the office's key, or null. */
export async function checkReceipt(office, receipt) {
	const { receipt_pem: key } = await office.ok(['keys', 'show']);
	return receiptProblem(receipt, key);
}
