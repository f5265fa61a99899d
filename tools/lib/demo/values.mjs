// SPDX-License-Identifier: Apache-2.0
// Values with keys ("@betty") and with ids, and how two documents differ.
import { isDeepStrictEqual } from 'node:util';

/* The same value with each "@key" replaced by its id. */
export function withIds(value, ids) {
	if (typeof value === 'string' && value.startsWith('@') &&
		ids[value.slice(1)])
		return ids[value.slice(1)];
	if (Array.isArray(value))
		return value.map((one) => withIds(one, ids));
	if (value !== null && typeof value === 'object')
		return Object.fromEntries(Object.entries(value).map(([name, one]) =>
			[name, withIds(one, ids)]));
	return value;
}

/* The same for a path, whose set member may be a key. */
export function pathWithIds(path, ids) {
	return path.split('/').map((part) => withIds(part, ids)).join('/');
}

export function mapWithIds(values, ids) {
	return new Map([...values].map(([path, value]) =>
		[pathWithIds(path, ids), withIds(value, ids)]));
}

/*
 * How a document differs from what is expected of it, as sentences; none when
 * it does not.  `leaves` takes it apart; passOver(path) is true for what is
 * not compared.
 */
export function differences(expected, actual, passOver = () => false) {
	const said = [];
	for (const [path, value] of expected)
		if (!passOver(path) && !isDeepStrictEqual(actual.get(path), value))
			said.push(`${path} is ${show(actual.get(path))}, not ${show(value)}`);
	for (const path of actual.keys())
		if (!expected.has(path) && !passOver(path))
			said.push(`${path} is ${show(actual.get(path))}, and nobody wrote that`);
	return said;
}

function show(value) {
	if (value === undefined)
		return 'absent';
	const text = JSON.stringify(value);
	return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
