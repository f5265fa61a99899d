#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// Checks a caseload folder against README.md beside this file and against the
// record types and code lists in schema/. One line per problem on standard
// output; exit status 0 when there is none, 1 when there is any, 2 for usage.
//
//   node check.mjs [DIR] [--schema DIR] [--min-notes N] [--min-people N] [--canonical]

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const USAGE = 'usage: check.mjs [DIR] [--schema DIR] [--min-notes N] [--min-people N] [--canonical]';
const WORDS_MIN = 60;
const WORDS_MAX = 350;
const KEY = /^[a-z][a-z0-9_-]*$/;
const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
const LINE_BYTES = 1024;
const TEXT_BYTES = 100 * 1024;
const EXPECTED = ['merged', 'conflict', 'rank', 'latest', 'addendum', 'received'];
// What the programs set by themselves: the folder must not.
const SET_BY_PROGRAM = {
  note: ['visit', 'case', 'author', 'content', 'signed_by', 'signed_at', 'addenda'],
  visit: ['content'],
};

const problems = [];
const problem = (where, text) => problems.push(`${where}: ${text}`);
const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v);

function usage(text) {
  process.stderr.write(`${text}\n${USAGE}\n`);
  process.exit(2);
}

function arguments_(argv) {
  const o = { dir: null, schema: path.join(HERE, '../../../schema'), minNotes: 1, minPeople: 1, canonical: false };
  const number = (s) => (/^\d+$/.test(s ?? '') ? Number(s) : usage(`not a number: ${s}`));
  for (let i = 0; i < argv.length; i++) {
    const a = argv[i];
    if (a === '--schema') o.schema = argv[++i] ?? usage('--schema needs a folder');
    else if (a === '--min-notes') o.minNotes = number(argv[++i]);
    else if (a === '--min-people') o.minPeople = number(argv[++i]);
    else if (a === '--canonical') o.canonical = true;
    else if (a.startsWith('-') || o.dir !== null) usage(`not understood: ${a}`);
    else o.dir = a;
  }
  o.dir ??= HERE;
  return o;
}

function loadSchema(dir) {
  const each = (sub, take) => Object.fromEntries(fs.readdirSync(path.join(dir, sub))
    .filter((f) => f.endsWith('.json'))
    .map((f) => take(JSON.parse(fs.readFileSync(path.join(dir, sub, f), 'utf8')))));
  try {
    return {
      records: each('records', (r) => [r.type, r]),
      codes: each('codes', (c) => [c.list, new Set(c.items.map((i) => i.code))]),
    };
  } catch (e) {
    return usage(`no usable schema in ${dir}: ${e.message}`);
  }
}

// ---------------------------------------------------------------- reading

function readJson(opt, file, needed, empty) {
  const full = path.join(opt.dir, file);
  if (!fs.existsSync(full)) {
    if (needed) problem(file, 'is missing');
    return empty;
  }
  const text = fs.readFileSync(full, 'utf8');
  try {
    const value = JSON.parse(text);
    if (opt.canonical && JSON.stringify(value, null, 2) + '\n' !== text) {
      problem(file, 'is not in the canonical form (two spaces, one final newline)');
    }
    if (Array.isArray(value) !== Array.isArray(empty)) {
      problem(file, `must hold ${Array.isArray(empty) ? 'a list' : 'an object'}`);
      return empty;
    }
    return value;
  } catch (e) {
    problem(file, `is not JSON: ${e.message}`);
    return empty;
  }
}

function readNotes(opt) {
  const dir = path.join(opt.dir, 'notes');
  const files = fs.existsSync(dir)
    ? fs.readdirSync(dir).filter((f) => f.endsWith('.json')).sort().map((f) => `notes/${f}`)
    : ['notes.json'];
  return files.flatMap((file) => readJson(opt, file, true, []).map((entry) => ({ file, entry })));
}

function readCaseload(opt) {
  const list = (type, file, needed) => readJson(opt, file, needed, [])
    .map((entry) => ({ type, file, entry }));
  return {
    office: readJson(opt, 'office.json', true, {}),
    records: [
      ...list('site', 'sites.json', true), ...list('person', 'people.json', true),
      ...list('case', 'cases.json', true), ...list('issue', 'issues.json', false),
      ...list('visit', 'visits.json', true),
      ...readNotes(opt).map((n) => ({ type: 'note', ...n })),
    ],
    clashes: readJson(opt, 'clashes.json', false, []),
  };
}

// One name space for every key, so that "@key" means one thing everywhere.
function indexKeys(load) {
  const types = new Map();
  const put = (where, key, type) => {
    if (typeof key !== 'string' || !KEY.test(key)) problem(where, `key ${JSON.stringify(key)} is not a plain word`);
    else if (types.has(key)) problem(where, `key "${key}" is used twice`);
    else types.set(key, type);
  };
  if (!Array.isArray(load.office.users)) problem('office.json', 'users must be a list');
  for (const u of load.office.users ?? []) put('office.json', u?.key, 'user');
  for (const r of load.records) {
    if (isObject(r.entry)) put(r.file, r.entry.key, r.type);
    else problem(r.file, 'holds something that is not an object');
  }
  load.records = load.records.filter((r) => isObject(r.entry));
  return types;
}

// ---------------------------------------------------------------- values

function realDate(s) {
  const m = DATE.exec(s);
  if (!m) return false;
  const d = new Date(Date.UTC(+m[1], +m[2] - 1, +m[3]));
  return d.getUTCMonth() === +m[2] - 1 && d.getUTCDate() === +m[3];
}

function checkRef(ctx, where, type, v) {
  if (typeof v !== 'string' || !v.startsWith('@')) return problem(where, 'must be a reference, "@key"');
  const found = ctx.types.get(v.slice(1));
  if (found === undefined) return problem(where, `nothing has the key "${v.slice(1)}"`);
  if (found !== type) return problem(where, `${v} is a ${found}, not a ${type}`);
  return undefined;
}

function checkCode(ctx, where, list, v) {
  const codes = ctx.schema.codes[list];
  if (!codes) problem(where, `the schema has no code list "${list}"`);
  else if (!codes.has(v)) problem(where, `no code ${JSON.stringify(v)} in ${list}`);
}

function checkList(where, v, each) {
  if (!Array.isArray(v) || v.length === 0) return problem(where, 'must be a list with something in it');
  if (new Set(v).size !== v.length) problem(where, 'names something twice');
  return v.forEach((x) => each(x));
}

const CHECKS = {
  line: (ctx, w, f, v) => checkString(w, v, f.max ?? LINE_BYTES, false),
  text: (ctx, w, f, v) => checkString(w, v, f.max ?? TEXT_BYTES, true),
  number: (ctx, w, f, v) => {
    if (!Number.isSafeInteger(v)) problem(w, 'must be a whole number');
    else if (v < (f.min ?? v) || v > (f.max ?? v)) problem(w, `${v} is outside ${f.min} to ${f.max}`);
  },
  yes_no: (ctx, w, f, v) => { if (typeof v !== 'boolean') problem(w, 'must be true or false'); },
  date: (ctx, w, f, v) => { if (!realDate(v)) problem(w, 'must be a date, YYYY-MM-DD'); },
  time: (ctx, w, f, v) => { if (!TIME.test(v) || !realDate(v.slice(0, 10))) problem(w, 'must be a time, YYYY-MM-DDTHH:MM:SS.mmmZ'); },
  code: (ctx, w, f, v) => checkCode(ctx, w, f.codes, v),
  codes: (ctx, w, f, v) => {
    checkList(w, v, (x) => checkCode(ctx, w, f.codes, x));
    if (Array.isArray(v) && v.some((x, i) => i > 0 && v[i - 1] > x)) problem(w, 'must be sorted');
  },
  ref: (ctx, w, f, v) => checkRef(ctx, w, f.ref, v),
  refs: (ctx, w, f, v) => checkList(w, v, (x) => checkRef(ctx, w, f.ref, x)),
  group: (ctx, w, f, v) => checkFields(ctx, w, f.members, v),
  rows: (ctx, w, f, v) => {
    if (!isObject(v)) return problem(w, 'must be an object of rows');
    for (const [row, columns] of Object.entries(v)) {
      if (!KEY.test(row)) problem(`${w}/${row}`, 'the name of a row must be a plain word');
      checkFields(ctx, `${w}/${row}`, f.columns, columns);
    }
    return undefined;
  },
};

function checkString(where, v, max, lines) {
  if (typeof v !== 'string' || v === '') return problem(where, 'must be text and not empty');
  if (Buffer.byteLength(v) > max) problem(where, `is longer than ${max} bytes`);
  if (!lines && /[\r\n]/.test(v)) problem(where, 'must be one line');
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(v)) problem(where, 'holds a control character');
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(v)) problem(where, 'is not valid Unicode');
  return undefined;
}

function checkValue(ctx, where, field, v) {
  const check = CHECKS[field.kind];
  if (!check) problem(where, `this checker does not know the kind "${field.kind}"`);
  else check(ctx, where, field, v);
}

function checkFields(ctx, where, fields, doc) {
  if (!isObject(doc)) return problem(where, 'must be an object');
  if (Object.keys(doc).length === 0) problem(where, 'is empty');
  for (const [name, v] of Object.entries(doc)) {
    if (fields[name]) checkValue(ctx, `${where}/${name}`, fields[name], v);
    else problem(`${where}/${name}`, 'the schema has no such field');
  }
  return undefined;
}

// ---------------------------------------------------------------- paths

// The field that a path names: {field, policy} or null. A path names a plain
// field, a group as a whole, one column of a row, or one member of a set.
function resolvePath(schema, type, p) {
  const [name, second, third, more] = p.split('/');
  const field = schema.records[type]?.fields[name];
  if (!field || more !== undefined) return null;
  if (field.kind === 'rows') {
    const column = field.columns[third];
    return second && KEY.test(second) && column ? { field: column, policy: column.policy } : null;
  }
  if (field.kind === 'codes') {
    return second && third === undefined ? { field: { kind: 'yes_no' }, policy: 'set', member: [field.codes, second] } : null;
  }
  return second === undefined ? { field, policy: field.policy } : null;
}

function checkSet(ctx, where, type, set) {
  if (!isObject(set)) return problem(where, 'set must be an object of paths');
  for (const [p, v] of Object.entries(set)) {
    const at = resolvePath(ctx.schema, type, p);
    if (!at) { problem(where, `no such path in a ${type}: ${p}`); continue; }
    if ((SET_BY_PROGRAM[type] ?? []).includes(p.split('/')[0])) problem(where, `${p} is set by the program`);
    if (at.member) checkCode(ctx, `${where} ${p}`, ...at.member);
    checkValue(ctx, `${where} ${p}`, at.field, v);
  }
  return undefined;
}

function checkRemove(ctx, where, type, remove, doc) {
  checkList(where, remove, (p) => {
    const [name, row, more] = String(p).split('/');
    const field = ctx.schema.records[type].fields[name];
    if (field?.kind !== 'rows' || !row || more !== undefined) problem(where, `only a row can be removed: ${p}`);
    else if (!doc?.[name]?.[row]) problem(where, `there is no row ${p}`);
  });
}

function apply(doc, set, remove) {
  const next = structuredClone(doc);
  for (const [p, v] of Object.entries(set ?? {})) {
    const [name, second, third] = p.split('/');
    if (third !== undefined) ((next[name] ??= {})[second] ??= {})[third] = v;
    else if (second === undefined) next[name] = v;
    else next[name] = [...(next[name] ?? []).filter((m) => m !== second), ...(v ? [second] : [])].sort();
  }
  for (const p of remove ?? []) {
    const [name, row] = String(p).split('/');
    if (next[name]) delete next[name][row];
  }
  return next;
}

// ---------------------------------------------------------------- records

function checkOffice(ctx, office) {
  checkString('office.json name', office.name, 200, false);
  for (const u of office.users ?? []) {
    checkString(`office.json ${u.key} name`, u.name, 200, false);
    checkCode(ctx, `office.json ${u.key} role`, 'role', u.role);
  }
  const users = office.users ?? [];
  if (users.filter((u) => ctx.isOffice(u.key)).length < 2) problem('office.json', 'needs two office administrators (role RES, OFF or MGR)');
  if (users.filter((u) => !ctx.isOffice(u.key)).length < 2) problem('office.json', 'needs at least two advocates');
}

function checkCase(ctx, where, entry) {
  const grants = Array.isArray(entry.grants) ? entry.grants : [];
  if (grants.length === 0) problem(where, 'grants must name at least one user');
  for (const g of grants) checkRef(ctx, `${where} grants`, 'user', `@${g}`);
  for (const g of entry.ended ?? []) if (!grants.includes(g)) problem(where, `ended names ${g}, who has no grant`);
  const rows = Object.values(entry.doc?.assignments ?? {});
  for (const g of rows.length > 0 ? grants : []) {
    const own = rows.filter((r) => r.advocate === `@${g}`);
    if (own.length === 0) problem(where, `${g} has a grant and no row in assignments`);
    else if ((entry.ended ?? []).includes(g) !== own.every((r) => r.to)) problem(where, `${g} must be in ended exactly if the row in assignments has a to`);
  }
}

function granted(ctx, caseKey, user) {
  return ctx.entry(caseKey)?.grants?.includes(user);
}

function checkBy(ctx, where, by, caseKeys) {
  if (ctx.types.get(by) !== 'user') return problem(where, `by: there is no user "${by}"`);
  for (const c of caseKeys) if (!granted(ctx, c, by)) problem(where, `${by} has no grant on ${c}`);
  return undefined;
}

function checkVisit(ctx, where, entry) {
  checkValue(ctx, `${where} device_time`, { kind: 'time' }, entry.device_time);
  const cases = (entry.doc?.cases ?? []).map((c) => String(c).slice(1));
  checkBy(ctx, where, entry.by, cases);
  const { start, end } = entry.doc?.actual ?? {};
  if (start && end && end <= start) problem(where, 'ends before it starts');
}

function wordsOf(doc) {
  const texts = [doc.summary, ...Object.values(doc.statements ?? {}).map((s) => s.text)];
  return texts.filter((t) => typeof t === 'string').join(' ').trim().split(/\s+/).length;
}

function checkWords(where, doc) {
  const n = wordsOf(doc);
  if (n < WORDS_MIN || n > WORDS_MAX) problem(where, `${n} words in summary and statements, not ${WORDS_MIN} to ${WORDS_MAX}`);
}

function checkSignable(ctx, where, type, doc) {
  for (const [name, f] of Object.entries(ctx.schema.records[type].fields)) {
    const byProgram = (SET_BY_PROGRAM[type] ?? []).includes(name);
    const missing = doc[name] === undefined && (!f.instead || doc[f.instead] === undefined);
    if (f.required_to_sign && !byProgram && missing) problem(where, `cannot be signed without ${name}`);
  }
}

function checkNote(ctx, where, entry) {
  for (const [k, type] of [['visit', 'visit'], ['case', 'case']]) checkRef(ctx, `${where} ${k}`, type, `@${entry[k]}`);
  checkBy(ctx, where, entry.by, ctx.types.get(entry.case) === 'case' ? [entry.case] : []);
  const visit = ctx.entry(entry.visit);
  if (visit && !(visit.doc?.cases ?? []).includes(`@${entry.case}`)) problem(where, `visit ${entry.visit} is not for case ${entry.case}`);
  if (typeof entry.sign !== 'boolean') problem(where, 'sign must be true or false');
  let doc = isObject(entry.doc) ? entry.doc : {};
  checkWords(where, doc);
  (entry.edits ?? []).forEach((edit, i) => {
    const at = `${where} edit ${i + 1}`;
    checkString(`${at} why`, edit.why, 1000, false);
    checkSet(ctx, at, 'note', edit.set ?? {});
    if (edit.remove) checkRemove(ctx, at, 'note', edit.remove, doc);
    doc = apply(doc, edit.set, edit.remove);
    checkWords(at, doc);
  });
  if (!entry.sign) return;
  checkSignable(ctx, where, 'note', doc);
  if (visit?.doc) checkSignable(ctx, `visits.json ${entry.visit}`, 'visit', visit.doc);
}

function checkRecords(ctx, load) {
  for (const { type, file, entry } of load.records) {
    const where = `${file} ${entry.key}`;
    const record = ctx.schema.records[type];
    if (!record) { problem(where, `the schema has no record type "${type}"`); continue; }
    checkFields(ctx, `${where} doc`, record.fields, entry.doc);
    for (const name of SET_BY_PROGRAM[type] ?? []) {
      if (entry.doc?.[name] !== undefined) problem(where, `doc/${name} is set by the program`);
    }
    if (type === 'case') checkCase(ctx, where, entry);
    if (type === 'visit') checkVisit(ctx, where, entry);
    if (type === 'issue') checkBy(ctx, where, entry.by, [String(entry.doc?.case).slice(1)]);
    if (type === 'note') checkNote(ctx, where, entry);
  }
}

// ---------------------------------------------------------------- clashes

function finalDoc(ctx, key) {
  const entry = ctx.entry(key);
  return (entry?.edits ?? []).reduce((d, e) => apply(d, e.set, e.remove), entry?.doc ?? {});
}

// The keys of the cases through which a record can be seen; every case for a site.
function casesOf(ctx, type, key) {
  const entry = ctx.entry(key);
  const plain = (ref) => String(ref).slice(1);
  if (type === 'case') return [key];
  if (type === 'note') return [entry.case];
  if (type === 'issue') return [plain(entry.doc?.case)];
  if (type === 'visit') return (entry.doc?.cases ?? []).map(plain);
  const of = (c) => type === 'site' || c.doc?.person === `@${key}`;
  return ctx.cases.filter(of).map((c) => c.key);
}

function checkSide(ctx, where, clash, side) {
  if (!isObject(side)) return problem(where, 'must be an object with by and set');
  const key = side.record ?? clash.record;
  const type = ctx.types.get(key);
  if (ctx.types.get(side.by) !== 'user') problem(where, `by: there is no user "${side.by}"`);
  if (type === undefined || type === 'user') return problem(where, `there is no record "${key}"`);
  checkSet(ctx, where, type, side.set ?? {});
  if (side.remove) checkRemove(ctx, where, type, side.remove, finalDoc(ctx, key));
  if (!side.sign && !side.remove && Object.keys(side.set ?? {}).length === 0) problem(where, 'changes nothing');
  if (!ctx.isOffice(side.by) && !casesOf(ctx, type, key).some((c) => granted(ctx, c, side.by))) {
    problem(where, `${side.by} has no grant on a case of ${key}`);
  }
  if (type === 'visit' && ctx.notes.some((n) => n.visit === key && n.sign)) {
    problem(where, `${key} is locked: it has a signed note`);
  }
  if (side.sign && type === 'note') checkSignable(ctx, where, type, apply(finalDoc(ctx, key), side.set, side.remove));
  if (side.sign && type !== 'note') problem(where, 'only a note is signed');
  const entry = ctx.entry(key);
  if (type === 'note' && entry.by !== side.by) problem(where, `${key} is a draft of ${entry.by}; nobody else sees it`);
  if (type === 'note' && entry.sign) problem(where, `${key} is signed and locked`);
  return undefined;
}

// Which policies can give which outcome; `remove` can turn any of them into a conflict.
const POLICIES = { conflict: ['ask', 'text'], rank: ['rank'], latest: ['latest'] };

function sharedPaths(clash) {
  const b = Object.keys(clash.b?.set ?? {});
  return Object.keys(clash.a?.set ?? {}).filter((p) => b.includes(p));
}

function checkExpected(ctx, where, clash) {
  const shared = sharedPaths(clash);
  const wanted = POLICIES[clash.expect];
  const removal = clash.a?.remove || clash.b?.remove;
  if (wanted && !removal) {
    const type = ctx.types.get(clash.record);
    if (shared.length === 0) problem(where, `expects ${clash.expect}, but both sides set no path in common`);
    for (const p of shared) {
      const policy = resolvePath(ctx.schema, type, p)?.policy;
      if (!wanted.includes(policy)) problem(where, `expects ${clash.expect}, but ${p} has the policy ${policy}`);
    }
  }
  if (clash.expect === 'merged' && !isObject(clash.merged)) problem(where, 'expects merged and does not say merged');
  for (const p of clash.review ?? []) if (clash.merged?.[p] === undefined) problem(where, `review names ${p}, which merged does not`);
  if (['rank', 'latest'].includes(clash.expect) && !isObject(clash.winner)) problem(where, `expects ${clash.expect} and does not say winner`);
  if (clash.expect === 'addendum' && !clash.a?.sign && !clash.b?.sign) problem(where, 'expects an addendum, but neither side signs');
}

function checkDecision(ctx, where, d) {
  if (ctx.types.get(d.by) !== 'user') problem(where, `decide: there is no user "${d.by}"`);
  checkString(`${where} decide reason`, d.reason, 1000, true);
  const ways = [['current', 'side'].includes(d.take), d.value !== undefined].filter(Boolean);
  if (ways.length !== 1) problem(where, 'decide needs either take (current or side) or value');
}

function checkClashes(ctx, clashes) {
  const names = new Set();
  clashes.forEach((clash, i) => {
    const where = `clashes.json ${clash?.name ?? i + 1}`;
    if (!isObject(clash)) return problem(where, 'must be an object');
    checkString(`${where} name`, clash.name, 200, false);
    if (names.has(clash.name)) problem(where, 'the name is used twice');
    names.add(clash.name);
    if (!EXPECTED.includes(clash.expect)) problem(where, `expect must be one of ${EXPECTED.join(', ')}`);
    checkSide(ctx, `${where} a`, clash, clash.a);
    checkSide(ctx, `${where} b`, clash, clash.b);
    checkExpected(ctx, where, clash);
    for (const k of ['merged', 'winner']) {
      if (clash[k]) checkSet(ctx, `${where} ${k}`, ctx.types.get(clash.record), clash[k]);
    }
    if (clash.decide) checkDecision(ctx, where, clash.decide);
    if (clash.decide && clash.expect !== 'conflict') problem(where, 'only a conflict is decided');
    return undefined;
  });
}

// ---------------------------------------------------------------- main

function main() {
  const opt = arguments_(process.argv.slice(2));
  const schema = loadSchema(opt.schema);
  const load = readCaseload(opt);
  const types = indexKeys(load);
  const entries = new Map(load.records.map((r) => [r.entry.key, r.entry]));
  const roles = new Map((load.office.users ?? []).map((u) => [u.key, u.role]));
  const ctx = {
    schema, types,
    entry: (key) => entries.get(key),
    cases: load.records.filter((r) => r.type === 'case').map((r) => r.entry),
    notes: load.records.filter((r) => r.type === 'note').map((r) => r.entry),
    isOffice: (user) => ['RES', 'OFF', 'MGR'].includes(roles.get(user)),
  };
  checkOffice(ctx, load.office);
  checkRecords(ctx, load);
  checkClashes(ctx, load.clashes);
  const count = (type) => load.records.filter((r) => r.type === type).length;
  if (count('note') < opt.minNotes) problem('notes', `${count('note')} notes, not at least ${opt.minNotes}`);
  if (count('person') < opt.minPeople) problem('people.json', `${count('person')} people, not at least ${opt.minPeople}`);
  for (const p of problems) process.stdout.write(`${p}\n`);
  if (problems.length > 0) process.exitCode = 1;
  else process.stdout.write(`in order: ${count('person')} people, ${count('case')} cases, ${count('visit')} visits, ${count('note')} notes, ${load.clashes.length} clashes\n`);
}

main();
