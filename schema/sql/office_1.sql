-- SPDX-License-Identifier: Apache-2.0
-- The office's store, first version.
--
-- Ids are UUID texts, hashes and keys are blobs, times are Unix milliseconds
-- of the office's clock, seq is a number of the log.  "Kept" tables are the
-- truth; "made" tables can be made again from the kept ones and the log.  A
-- body is JSON, or, where that is smaller, one zstd frame of it (RFC 8878)
-- with the dictionary in schema/dictionary that the frame names.

-- Kept.  Named values: ids, keys, certificates, epoch (engine/meta_names.h).
CREATE TABLE meta (
	name  TEXT PRIMARY KEY,
	value BLOB NOT NULL
) STRICT;

-- Kept.  People who work here; shown to devices as records of type "user".
CREATE TABLE user (
	id        TEXT PRIMARY KEY,
	name      TEXT NOT NULL,
	role      TEXT NOT NULL,
	is_active INTEGER NOT NULL CHECK (is_active IN (0, 1))
) STRICT;

-- Kept.  One-time enrolment codes; the secret itself is not here.
CREATE TABLE enrol_code (
	id             TEXT PRIMARY KEY,  -- four Crockford characters
	user           TEXT NOT NULL REFERENCES user (id),
	key            BLOB NOT NULL,     -- HKDF of the secret
	label          TEXT NOT NULL,
	needs_approval INTEGER NOT NULL CHECK (needs_approval IN (0, 1)),
	expires        INTEGER NOT NULL,
	tries          INTEGER NOT NULL,  -- wrong MACs; five end the code
	is_used        INTEGER NOT NULL CHECK (is_used IN (0, 1)),
	request        BLOB,              -- SHA-256 of the request that used it
	answer         BLOB               -- what that request was answered
) STRICT;

-- Kept.  Devices, and the engine itself (state 4).
CREATE TABLE device (
	id             TEXT PRIMARY KEY,
	user           TEXT NOT NULL,
	label          TEXT NOT NULL,
	state          INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
	sign_pub       BLOB NOT NULL,
	tls_sha256     BLOB NOT NULL,     -- of its full-rights certificate
	courier_sha256 BLOB NOT NULL,     -- of its courier certificate
	enrolled_at    INTEGER NOT NULL,
	last_seen      INTEGER NOT NULL,
	not_after      INTEGER NOT NULL,  -- of its certificates
	counter        INTEGER NOT NULL,  -- journal received up to here
	link           BLOB NOT NULL,     -- its link there
	intake         INTEGER NOT NULL,  -- last intake number given
	outcome_no     INTEGER NOT NULL   -- last outcome number given
) STRICT;
CREATE INDEX device_tls ON device (tls_sha256);
CREATE INDEX device_courier ON device (courier_sha256);

-- Kept.  Who may see which scope, from log number `since` to before `until`
-- (NULL: still).  "all" and "user:<id>" need no grant.
CREATE TABLE scope_grant (
	id    TEXT PRIMARY KEY,
	user  TEXT NOT NULL,
	scope TEXT NOT NULL,
	since INTEGER NOT NULL,
	until INTEGER
) STRICT;
CREATE INDEX scope_grant_user ON scope_grant (user, scope);
CREATE INDEX scope_grant_since ON scope_grant (user, since);
CREATE INDEX scope_grant_until ON scope_grant (user, until);
CREATE INDEX grant_since ON scope_grant (since);
CREATE INDEX grant_until ON scope_grant (until);

-- Kept.  Every change received, whole, before and apart from applying it.
CREATE TABLE change (
	device   TEXT NOT NULL,
	counter  INTEGER NOT NULL,
	link     BLOB NOT NULL,
	intake   INTEGER NOT NULL,
	epoch    INTEGER NOT NULL,
	record   TEXT NOT NULL,
	state    INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
	tries    INTEGER NOT NULL,  -- begun after a crash and not ended
	v_epoch  INTEGER NOT NULL,  -- version of its outcome, 0: none
	v_seq    INTEGER NOT NULL,
	reason   TEXT NOT NULL,     -- why held or closed, else ''
	body     BLOB NOT NULL,     -- full form, canonical JSON
	sig      BLOB,              -- the device's signature of its journal up to
	                            -- here; NULL where a later one covers it
	arrived  INTEGER NOT NULL,  -- order of receiving, over all devices
	PRIMARY KEY (device, counter)
) STRICT;
CREATE INDEX change_received ON change (arrived) WHERE state = 1;
CREATE INDEX change_held ON change (record, arrived) WHERE state = 3;
CREATE INDEX change_record ON change (record, device, counter);

-- Kept.  Receipts given, one for all batches of a request.
CREATE TABLE receipt (
	device  TEXT NOT NULL,
	counter INTEGER NOT NULL,   -- held up to here
	intake  INTEGER NOT NULL,
	epoch   INTEGER NOT NULL,
	signed  BLOB NOT NULL,      -- the exact bytes
	sig     BLOB NOT NULL,
	PRIMARY KEY (device, counter, epoch)
) STRICT;

-- Kept.  Outcomes, numbered per device; a held change has a later one.
CREATE TABLE outcome (
	device  TEXT NOT NULL,
	no      INTEGER NOT NULL,
	counter INTEGER NOT NULL,
	kind    INTEGER NOT NULL,   -- enum outcome_kind
	v_epoch INTEGER NOT NULL,
	v_seq   INTEGER NOT NULL,
	reason  TEXT NOT NULL,
	path    TEXT NOT NULL,
	PRIMARY KEY (device, no)
) STRICT;
CREATE INDEX outcome_counter ON outcome (device, counter);

-- Kept.  The log: hash-linked, without gaps, in commit order.
CREATE TABLE log (
	seq           INTEGER PRIMARY KEY,
	epoch         INTEGER NOT NULL,
	kind          TEXT NOT NULL,
	device        TEXT NOT NULL,   -- whose journal the entry is of
	counter       INTEGER NOT NULL,
	change_link   BLOB NOT NULL,
	record        TEXT NOT NULL,   -- or the zero id
	outcome       BLOB NOT NULL,   -- SHA-256 of the outcome
	state         BLOB NOT NULL,   -- the record's digest after it, or zeros
	merge_version INTEGER NOT NULL,
	time          INTEGER NOT NULL,
	link          BLOB NOT NULL
) STRICT;
CREATE INDEX log_record ON log (record, seq);

-- Made (from changes and log).  Records as they are now.
CREATE TABLE record (
	id      TEXT PRIMARY KEY,
	type    TEXT NOT NULL,
	v_epoch INTEGER NOT NULL,
	v_seq   INTEGER NOT NULL,   -- its version: last entry that concerned it
	created INTEGER NOT NULL,   -- seq of its first entry
	body    BLOB NOT NULL,      -- canonical JSON (core/record.h)
	digest  BLOB NOT NULL       -- record_digest
) STRICT;
CREATE INDEX record_seq ON record (v_seq);
CREATE INDEX record_type ON record (type, id);

-- Made.  Which scopes a record is in, from `since` to before `until`.
CREATE TABLE record_scope (
	record TEXT NOT NULL,
	scope  TEXT NOT NULL,
	since  INTEGER NOT NULL,
	until  INTEGER,             -- NULL: still
	PRIMARY KEY (record, scope, since)
) STRICT;
CREATE INDEX record_scope_scope ON record_scope (scope, record);
CREATE INDEX record_scope_since ON record_scope (since);
CREATE INDEX record_scope_until ON record_scope (until);

-- Made.  References between records, for scope rules that look backwards.
CREATE TABLE record_ref (
	target TEXT NOT NULL,
	type   TEXT NOT NULL,       -- of the record that refers
	field  TEXT NOT NULL,
	record TEXT NOT NULL,
	PRIMARY KEY (target, type, field, record)
) STRICT;
CREATE INDEX record_ref_record ON record_ref (record);

-- Made.  What a path became where that is not what the change said (a merge
-- made it): with the changes themselves, enough to find any `was` that was
-- left out on the wire.
CREATE TABLE merged_value (
	record TEXT NOT NULL,
	path   TEXT NOT NULL,
	seq    INTEGER NOT NULL,
	value  BLOB,                -- canonical JSON; NULL: absent
	PRIMARY KEY (record, path, seq)
) STRICT;

-- Made.  Sum of the digests of each scope's records (core/digest.h).
CREATE TABLE scope_digest (
	scope TEXT PRIMARY KEY,
	sum   BLOB NOT NULL
) STRICT;
