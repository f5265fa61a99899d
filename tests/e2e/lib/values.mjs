// SPDX-License-Identifier: Apache-2.0
// Values for a record of any type, out of what `TYPE fields` tells: a new type
// or field of the schema is tried by being there.

const SETS_ITSELF = /^(content|author|signed_by|signed_at|addenda|error_because)$/;

/* The types of records, as the program's help lists them. */
export async function types(tool) {
	const { help } = await tool.ok(['--help']);
	return [...help.matchAll(/^ {2}(\w+) \.\.\. /gm)].map(([, type]) => type);
}

/*
 * { path: value } for every field that a device may set of a new record, as
 * --set takes them.  refs: { type: id } of records to refer to; a field that
 * refers to another type stays empty.
 */
export function valuesFor(fields, refs) {
	const columns = fields.filter(({ path }) => path.includes('/'));
	const heads = fields.filter(({ path }) => !path.includes('/'));
	return Object.fromEntries(heads
		.filter(({ path, policy }) => policy !== 'office' &&
			!SETS_ITSELF.test(path))
		.flatMap((field) => below(field, columns, refs)));
}

function below(field, columns, refs) {
	const { path, kind } = field;
	const own = columns.filter(({ path: column }) =>
		column.startsWith(`${path}/`));
	if (kind === 'rows')
		return own.filter(({ kind: column, policy }) => column !== 'group' &&
			policy !== 'office')
			.filter(({ path: column }) => column.split('/').length === 3)
			.flatMap((column) => one({ ...column,
				path: column.path.replace('/+/', '/first/') }, refs));
	if (kind === 'group')
		return own.flatMap((member) => one(member, refs));
	return one(field, refs);
}

/* [[path, value]], or [] where there is nothing to refer to. */
function one({ path, kind, codes, ref, min, max }, refs) {
	const code = Object.keys(codes ?? {})[0];
	switch (kind) {
	case 'line':
	case 'text':
		return [[path, 'Some words.'.slice(0, max)]];
	case 'date':
		return [[path, '2026-11-20']];
	case 'time':
		return [[path, '2026-11-20T10:00:00.000Z']];
	case 'number':
		return [[path, Math.max(min, 1)]];
	case 'yes_no':
		return [[path, true]];
	case 'code':
		return [[path, code]];
	case 'codes':
		return [[`${path}/${code}`, true]];
	case 'ref':
		return refs[ref] ? [[path, refs[ref]]] : [];
	case 'refs':
		return refs[ref] ? [[`${path}/${refs[ref]}`, true]] : [];
	default:
		throw new Error(`${path} is of a new kind, ${kind}`);
	}
}

/* A field that anybody may change later, and another value of it; undefined if
 * there is none. */
export function changeOf(fields) {
	const field = fields.find(({ path, kind, policy }) => !path.includes('/') &&
		!SETS_ITSELF.test(path) && /^(line|text|date|number)$/.test(kind) &&
		/^(latest|ask|text)$/.test(policy));
	const value = { line: 'Other words.', text: 'Other words.', date: '2026-11-22',
		number: field?.max }[field?.kind];
	return field && { path: field.path, value };
}
