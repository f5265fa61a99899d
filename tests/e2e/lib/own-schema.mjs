// SPDX-License-Identifier: Apache-2.0
// A schema as a service might make it for itself: fields, a list of codes and a
// type that no program knows of.
import { schemaCopy } from './rebundle.mjs';

/* Places have a lift now, and keys. */
export function ownSchema(folder) {
	const schema = schemaCopy(folder);
	schema.edit('bundle.json', (json) => {
		json.version += 1;
	});
	schema.add('codes/lift_kind.json', { list: 'lift_kind', version: 1,
		label: 'Kind of lift', items: [
			{ code: 'none', label: 'No lift' },
			{ code: 'lift', label: 'Lift' },
			{ code: 'stairlift', label: 'Stairlift', from: '2026-01-01' }] });
	schema.edit('records/site.json', (json) => {
		json.version += 1;
		json.fields.lift = { kind: 'code', codes: 'lift_kind', policy: 'latest',
			label: 'Lift', help: 'How people get upstairs.' };
		json.fields.floors = { kind: 'number', policy: 'latest', min: 0, max: 99,
			label: 'Floors' };
		json.fields.lift_notes = { kind: 'text', policy: 'text',
			label: 'More about the lift' };
	});
	schema.add('records/key.json', { type: 'key', version: 1, label: 'Key',
		plural: 'Keys', retention: 'CONFIG', scope: [{ rule: 'everyone' }],
		title: ['kept_by'], fields: {
			site: { kind: 'ref', ref: 'site', policy: 'fixed', label: 'Place' },
			kept_by: { kind: 'line', policy: 'latest', label: 'Who keeps it' } } });
	return schema;
}
