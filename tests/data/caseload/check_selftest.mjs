#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// Shows that check.mjs finds what it is there to find: copies this caseload,
// breaks one thing, and expects exit status 1 and one line that names it.
//
//   node check_selftest.mjs        last line: N found, N missed

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const SCHEMA = path.join(HERE, '../../../schema');
const entry = (list, key) => list.find((e) => e.key === key);
const clash = (list, expect) => list.find((c) => c.expect === expect);

// [file, what breaks it, what the checker must say]
const FAULTS = [
  ['office.json', (o) => { o.users = o.users.filter((u) => u.key !== 'geraint'); }, 'two office administrators'],
  ['office.json', (o) => { o.users[2].role = 'QUEEN'; }, 'no code "QUEEN" in role'],
  ['office.json', (o) => { o.users[1].key = o.users[0].key; }, 'is used twice'],
  ['sites.json', (l) => { l[0].doc.colour = 'red'; }, 'no such field'],
  ['sites.json', (l) => { l[0].doc.name = 'two\nlines'; }, 'must be one line'],
  ['people.json', (l) => { entry(l, 'betty').doc.date_of_birth = '1948-02-30'; }, 'must be a date'],
  ['people.json', (l) => { entry(l, 'betty').doc.client_group.push('brave'); }, 'no code "brave"'],
  ['people.json', (l) => { entry(l, 'betty').doc.client_group.reverse(); }, 'must be sorted'],
  ['people.json', (l) => { entry(l, 'hong').doc.dob_estimated = 'yes'; }, 'true or false'],
  ['people.json', (l) => { entry(l, 'miriam').doc.location.site = '@betty'; }, 'not a site'],
  ['people.json', (l) => { entry(l, 'miriam').doc.what_matters = ''; }, 'not empty'],
  ['cases.json', (l) => { entry(l, 'miriam-rpr').doc.person = '@nobody'; }, 'nothing has the key'],
  ['cases.json', (l) => { entry(l, 'miriam-rpr').grants.push('maggie'); }, 'no row in assignments'],
  ['cases.json', (l) => { entry(l, 'miriam-rpr').grants = ['nia']; }, 'tomasz has no grant'],
  ['cases.json', (l) => { delete entry(l, 'owain-careact').ended; }, 'must be in ended'],
  ['visits.json', (l) => { entry(l, 'miriam-0416').device_time = 'yesterday'; }, 'must be a time'],
  ['visits.json', (l) => { entry(l, 'miriam-0416').doc.miles = 2.5; }, 'whole number'],
  ['visits.json', (l) => { entry(l, 'miriam-0416').doc.miles = 9000; }, 'is outside'],
  ['visits.json', (l) => { delete entry(l, 'miriam-0416').doc.result; }, 'cannot be signed without result'],
  ['visits.json', (l) => { const a = entry(l, 'miriam-0416').doc.actual; a.end = a.start; }, 'ends before it starts'],
  ['notes/01-betty.json', (l) => { l[0].doc.summary = 'Seen.'; l[0].doc.statements = {}; }, 'words in summary'],
  ['notes/01-betty.json', (l) => { l[0].doc.statements.bags.kind = 'GUESSED'; }, 'no code "GUESSED"'],
  ['notes/01-betty.json', (l) => { delete l[0].doc.safeguarding; }, 'cannot be signed without safeguarding'],
  ['notes/01-betty.json', (l) => { l[0].case = 'miriam-rpr'; }, 'is not for case'],
  ['notes/01-betty.json', (l) => { l[0].edits[0].set = { 'statements/bags/colour': 'red' }; }, 'no such path'],
  ['notes/01-betty.json', (l) => { l[0].edits[0].remove = ['statements/none']; }, 'there is no row'],
  ['notes/01-betty.json', (l) => { l[0].doc.author = '@maggie'; }, 'is set by the program'],
  ['notes/01-betty.json', (l) => { delete l[0].sign; }, 'sign must be'],
  ['clashes.json', (l) => { clash(l, 'rank').expect = 'luck'; }, 'expect must be one of'],
  ['clashes.json', (l) => { delete clash(l, 'merged').merged; }, 'does not say merged'],
  ['clashes.json', (l) => { clash(l, 'conflict').expect = 'rank'; }, 'has the policy ask'],
  ['clashes.json', (l) => { clash(l, 'conflict').b.set = { council_ref: 'A1' }; }, 'no path in common'],
  ['clashes.json', (l) => { clash(l, 'addendum').b.by = 'nia'; }, 'nobody else sees it'],
  ['clashes.json', (l) => { clash(l, 'addendum').a.sign = false; clash(l, 'addendum').a.set = { summary: 'x' }; }, 'neither side signs'],
  ['clashes.json', (l) => { clash(l, 'conflict').b.by = 'maggie'; }, 'has no grant on a case of'],
  ['clashes.json', (l) => { clash(l, 'conflict').decide.take = 'theirs'; }, 'decide needs either'],
];

function run(dir, ...more) {
  const r = spawnSync(process.execPath, [path.join(HERE, 'check.mjs'), dir, '--schema', SCHEMA, ...more], { encoding: 'utf8' });
  return { status: r.status, out: r.stdout + r.stderr };
}

// Runs the checker on a copy that `spoil` has been let loose on.
function onCopy(spoil, ...more) {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'caseload-'));
  try {
    fs.cpSync(HERE, dir, { recursive: true });
    spoil(dir);
    return run(dir, ...more);
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

function spoilFile(file, change) {
  return (dir) => {
    const full = path.join(dir, file);
    const value = JSON.parse(fs.readFileSync(full, 'utf8'));
    change(value);
    fs.writeFileSync(full, JSON.stringify(value, null, 2) + '\n');
  };
}

const results = FAULTS.map(([file, change, said]) => [`${file}: ${said}`, onCopy(spoilFile(file, change)), said]);
results.push(['a file that is missing', onCopy((d) => fs.rmSync(path.join(d, 'people.json'))), 'is missing']);
results.push(['a file that is not JSON', onCopy((d) => fs.writeFileSync(path.join(d, 'sites.json'), '[')), 'is not JSON']);
results.push(['another form of the same JSON', onCopy((d) => fs.appendFileSync(path.join(d, 'sites.json'), ' '), '--canonical'), 'canonical form']);
results.push(['too few notes', run(HERE, '--min-notes', '5000'), 'not at least 5000']);

let missed = 0;
for (const [name, { status, out }, said] of results) {
  if (status === 1 && out.includes(said)) continue;
  missed++;
  process.stdout.write(`missed: ${name} (exit ${status})\n${out.split('\n').slice(0, 3).join('\n')}\n`);
}
const whole = run(HERE);
if (whole.status !== 0) {
  missed++;
  process.stdout.write(`the caseload itself is refused:\n${whole.out}`);
}
process.stdout.write(`${results.length - missed} found, ${missed} missed\n`);
process.exitCode = missed > 0 ? 1 : 0;
