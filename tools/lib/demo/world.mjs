// SPDX-License-Identifier: Apache-2.0
// The office and the devices of a caseload, and how its records are entered:
// with the commands that a person would type.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inParallel } from '../child.mjs';
import { Device } from '../../../tests/e2e/lib/device.mjs';
import { Office } from '../../../tests/e2e/lib/office.mjs';
import { Relay } from '../../../tests/e2e/lib/relay.mjs';
import { pathWithIds, withIds } from './values.mjs';

const JOBS = 3;

export class World {
	/* isCut: false leaves the network as it is when it should be cut, to show
	 * that the checks notice. */
	constructor(bench, caseload, { isCut = true } = {}) {
		this.bench = bench;
		this.caseload = caseload;
		this.isCut = isCut;
		this.ids = {};
		this.devices = [];
		this.texts = join(bench.folder, 'texts');
		this.nextText = 0;
		mkdirSync(this.texts);
	}

	async openOffice() {
		this.office = new Office(this.bench, 'office');
		const { users } = this.caseload;
		const isFirst = users.filter((user) => user.isOffice).slice(0, 2);
		await this.office.init({ name: this.caseload.name,
			logins: isFirst.map(({ name }) => name) });
		await this.office.start();
		const { users: known } = await this.office.ok(['user', 'list']);
		for (const user of users)
			this.ids[user.key] = isFirst.includes(user) ?
				known.find(({ name }) => name === user.name).user :
				await this.office.addUser(user.name, user.role);
	}

	/* One device of each advocate, and a second one where a clash needs it,
	 * each behind a relay of its own and with its daemon running. */
	async openDevices() {
		const { advocates, withSecond } = this.caseload;
		const wanted = advocates.flatMap(({ key }) => withSecond.has(key) ?
			[[key, key], [`${key}-2`, key]] : [[key, key]]);
		for (const [name, user] of wanted)
			this.devices.push(await this.openDevice(name, user));
	}

	async openDevice(name, user) {
		const device = new Device(this.bench, name);
		device.user = user;
		device.relay = new Relay(this.bench, this.office.devices);
		await device.relay.start();
		await device.enrol(this.office, this.ids[user], device.relay.address);
		await device.startDaemon();
		await device.unlock();
		return device;
	}

	/* The device on which a user usually writes, or their second one. */
	deviceOf(user, isSecond = false) {
		return this.devices.find(({ name }) =>
			name === (isSecond ? `${user}-2` : user));
	}

	/* Where one side of a clash is written; null is the office. */
	placeOf({ a, b }, side) {
		const { by } = side === 'a' ? a : b;
		if (this.caseload.user(by).isOffice)
			return null;
		return this.deviceOf(by, side === 'b' && a.by === b.by);
	}

	/* --set words: what is not a number or yes or no goes through a file. */
	words(values) {
		return [...values].flatMap(([path, value]) => {
			const name = pathWithIds(path, this.ids);
			if (typeof value === 'number' || typeof value === 'boolean')
				return ['--set', `${name}=${value}`];
			return ['--set', `${name}=@${this.textFile(value)}`];
		});
	}

	textFile(value) {
		const file = join(this.texts, String(this.nextText++));
		const text = withIds(value, this.ids);
		writeFileSync(file, typeof text === 'string' ? text :
			JSON.stringify(text));
		return file;
	}

	/* Which program runs a command for a user: a device, or the office. */
	at(device, user) {
		return device ? (words) => device.ok(words) :
			(words) => this.office.ok([...words, '--as', this.ids[user]]);
	}

	/* Enter one record's first version. */
	async enter(record, device, values, user = record.by) {
		const { id } = await this.at(device, user)(
			[record.type, 'new', ...this.words(values)]);
		this.ids[record.key] = id;
	}

	/* One save of { set, remove, sign } on a record. */
	async save(key, { set = {}, remove = [], sign }, device, user) {
		const { type } = this.caseload.byKey.get(key);
		const run = this.at(device, user);
		const words = [...this.words(Object.entries(set)),
			...remove.flatMap((path) => ['--set', `${path}=`])];
		if (words.length > 0)
			await run([type, 'edit', this.ids[key], ...words]);
		if (sign)
			await run([type, 'sign', this.ids[key]]);
	}

	/* What the office enters, by its first administrator. */
	async enterOffice() {
		const { key: user } = this.caseload.users.find((one) => one.isOffice);
		for (const type of ['site', 'person', 'case'])
			for (const record of this.caseload.of(type))
				await this.enter(record, null,
					this.caseload.opened(record), user);
		for (const { key, grants, doc } of this.caseload.of('case'))
			if (!doc.assignments)
				for (const grantee of grants)
					await this.office.grant(this.ids[grantee], this.ids[key]);
	}

	/* What the advocates enter, all but the notes given; each writes in the
	 * order of the files, several at a time. */
	async enterField(except) {
		const mine = this.caseload.records.filter((record) => record.by &&
			!except.includes(record));
		for (const type of ['issue', 'visit', 'note'])
			await inParallel(this.caseload.advocates, JOBS, async ({ key }) => {
				for (const record of mine)
					if (record.by === key && record.type === type)
						await this.write(record);
			});
	}

	/* A record of an advocate, with its later saves and its signature. */
	async write(record) {
		const device = this.deviceOf(record.by);
		await this.enter(record, device,
			this.caseload.leaves(record.type, record.doc));
		for (const edit of record.edits)
			await this.save(record.key, edit, device);
		if (record.sign)
			await this.save(record.key, { sign: true }, device);
	}

	async endGrants() {
		const { key: user } = this.caseload.users.find((one) => one.isOffice);
		for (const record of this.caseload.of('case'))
			for (const grantee of record.ended ?? [])
				await this.save(record.key, { set: Object.fromEntries(
					this.caseload.endOf(record, grantee)) }, null, user);
	}

	async cut(devices = this.devices) {
		for (const { relay } of this.isCut ? devices : [])
			await relay.cut();
	}

	/* Sync until everything that is on its way has arrived everywhere: what
	 * one device sends in a first round, the others get in a second. */
	async syncAll() {
		for (let round = 0; round < 2; round++)
			await inParallel(this.devices, JOBS, (device) => device.sync());
	}

	/* Every record that a device shows, as Map id -> record. */
	async exported(device) {
		const file = join(this.bench.folder, `${device.name}.jsonl`);
		await device.ok(['export', '--to', file]);
		const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
			.map((line) => JSON.parse(line));
		rmSync(file);
		return Object.fromEntries(lines.filter(({ line }) => line === 'record')
			.map(({ record }) => [record.id, record]));
	}

	/* Every record of the caseload at the office, in the same form. */
	async atOffice() {
		const entered = this.caseload.records.filter(({ key }) => this.ids[key]);
		const shown = await inParallel(entered, JOBS, async ({ key, type }) => {
			const { json } = await this.office.run([type, 'show',
				this.ids[key]]);
			return [this.ids[key], json.error ? null : json];
		});
		const records = Object.fromEntries(shown.filter(([, one]) => one));
		for (const record of Object.values(records))
			record.conflicts = [];
		const { conflicts } = await this.office.ok(['conflict', 'list']);
		for (const { id, record } of conflicts)
			records[record]?.conflicts.push(
				await this.office.ok(['conflict', 'show', id]));
		return records;
	}
}
