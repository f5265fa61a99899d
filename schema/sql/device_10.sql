-- SPDX-License-Identifier: Apache-2.0
-- A device's notes.db, tenth version: files beside records.

-- Own.  The file of a record, as far as this device has it or asks for it.
-- Written in one transaction with the record that names it.
CREATE TABLE content (
	record      TEXT PRIMARY KEY,
	sha256      TEXT NOT NULL,    -- hex, as the record has it
	size        INTEGER NOT NULL, -- bytes of the whole file
	with_office INTEGER NOT NULL, -- the office's epoch in which it last
	                              -- said that it has all of it; 0: not yet
	is_wanted   INTEGER NOT NULL  -- to be fetched from the office
) STRICT, WITHOUT ROWID;
CREATE INDEX content_sha256 ON content (sha256);

-- Its bytes, once for each file however many records name it, without gaps
-- from 0 on.  It is whole, and shown, when they are as many as its size; what
-- is fetched is compared with its hash in the transaction that completes it.
CREATE TABLE content_piece (
	sha256 TEXT NOT NULL,
	at     INTEGER NOT NULL,
	bytes  BLOB NOT NULL,
	PRIMARY KEY (sha256, at)
) STRICT, WITHOUT ROWID;
