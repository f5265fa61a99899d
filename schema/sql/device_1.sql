-- SPDX-License-Identifier: Apache-2.0
-- A device's notes.db, first version; encrypted.
--
-- Ids are UUID texts, hashes and keys are blobs, times are Unix milliseconds,
-- counter numbers this device's own changes, (v_epoch, v_seq) is a version.
-- "Own" tables are the truth that only this device has; "told" tables are
-- what the office last said; "made" tables can be made again from these.

-- Own.  Named values: identity, keys, certificates, cursor, clock offset,
-- schema bundle; envelope_key opens this device's envelopes on this device.
CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value BLOB NOT NULL
) STRICT;

-- Own.  The journal: every change saved here, for ever (words may be erased,
-- links stay).
CREATE TABLE journal (
	counter INTEGER PRIMARY KEY,
	record  TEXT NOT NULL,
	link    BLOB NOT NULL,    -- SHA-256(link before || signed form)
	sig     BLOB NOT NULL,    -- Ed25519 over context, office, device, link
	body    BLOB NOT NULL,    -- full form, canonical JSON
	erased  INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1)),
	                          -- 1: body is the signed form, words are gone
	saved_at INTEGER NOT NULL -- this device's clock
) STRICT;
CREATE INDEX journal_record ON journal (record, counter);

-- Told.  Verified receipts; the highest counter of the newest epoch is how
-- far the office holds the journal.
CREATE TABLE receipt (
	counter INTEGER NOT NULL,
	epoch   INTEGER NOT NULL,
	intake  INTEGER NOT NULL,
	signed  BLOB NOT NULL,    -- the exact bytes
	sig     BLOB NOT NULL,
	PRIMARY KEY (counter, epoch)
) STRICT;

-- Told.  What became of each change; the one with the highest no counts.
CREATE TABLE outcome (
	no      INTEGER PRIMARY KEY,
	counter INTEGER NOT NULL,
	kind    INTEGER NOT NULL, -- enum outcome_kind
	v_epoch INTEGER NOT NULL,
	v_seq   INTEGER NOT NULL,
	reason  TEXT NOT NULL,
	path    TEXT NOT NULL
) STRICT;
CREATE INDEX outcome_counter ON outcome (counter, no);

-- Told.  Records as the office has them.
CREATE TABLE confirmed (
	record   TEXT PRIMARY KEY,
	type     TEXT NOT NULL,
	v_epoch  INTEGER NOT NULL,
	v_seq    INTEGER NOT NULL,
	own      INTEGER NOT NULL, -- last own counter contained in it
	own_held TEXT NOT NULL,    -- JSON array of own counters below it held
	body     BLOB NOT NULL,    -- canonical JSON (core/record.h)
	digest   BLOB NOT NULL     -- record_digest, checked when body is read
) STRICT;

-- Told.  Records that this user may no longer see: no view is made of own
-- changes on them, and the words of those are erased once receipted.
CREATE TABLE dropped (
	record TEXT PRIMARY KEY
) STRICT;

-- Told.  Which of this user's scopes a confirmed record is in.
CREATE TABLE confirmed_scope (
	record TEXT NOT NULL,
	scope  TEXT NOT NULL,
	PRIMARY KEY (record, scope)
) STRICT, WITHOUT ROWID;
CREATE INDEX confirmed_scope_scope ON confirmed_scope (scope, record);

-- Told (names) and made (sums).  The scopes that this user holds, and the sum
-- of the digests of each one's confirmed records.
CREATE TABLE scope_digest (
	scope TEXT PRIMARY KEY,
	sum   BLOB NOT NULL
) STRICT;

-- Told.  Page entries of a pull that has not ended; shown together.
CREATE TABLE staged (
	place INTEGER PRIMARY KEY,
	entry BLOB NOT NULL        -- page entry, canonical JSON
) STRICT;

-- Made.  Records as the user sees them: confirmed with own work on top.
CREATE TABLE view (
	record    TEXT PRIMARY KEY,
	type      TEXT NOT NULL,
	v_epoch   INTEGER NOT NULL,
	v_seq     INTEGER NOT NULL,
	counter   INTEGER NOT NULL, -- last own change on it, 0: none
	title     TEXT NOT NULL,    -- one line for people
	content   TEXT NOT NULL,    -- value of the type's state field, or ''
	conflicts INTEGER NOT NULL, -- open ones
	body      BLOB NOT NULL     -- canonical JSON (core/record.h)
) STRICT;
CREATE INDEX view_type ON view (type, record);
CREATE INDEX view_conflicts ON view (conflicts) WHERE conflicts > 0;

-- Own.  Autosaved text that nobody has saved yet; never synced.
CREATE TABLE draft (
	key        TEXT PRIMARY KEY,
	body       BLOB NOT NULL,
	changed_at INTEGER NOT NULL
) STRICT;

-- Made.  Search: what each visible record says, folded for searching, and the
-- records whose entry is out of date (indexed after the commit, not in it).
CREATE VIRTUAL TABLE search USING fts5 (
	words, record UNINDEXED, type UNINDEXED,
	tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TABLE search_row (
	record TEXT PRIMARY KEY,
	at     INTEGER NOT NULL    -- rowid in search
) STRICT;
CREATE TABLE dirty (
	record TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
