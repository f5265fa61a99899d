-- SPDX-License-Identifier: Apache-2.0
-- A device's notes.db, ninth version: what names a record is found without
-- reading everything, and when a page about a record was read.

-- Made.  Which record names which others: the refs and sets of refs of each
-- view, but those to colleagues.
CREATE TABLE named (
	target TEXT NOT NULL,
	type   TEXT NOT NULL,      -- of the record that names it
	field  TEXT NOT NULL,
	record TEXT NOT NULL,
	PRIMARY KEY (target, type, field, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX named_record ON named (record, field, target);

-- Own.  When this user read a page about a record, and how far the office had
-- been heard then; and the same of the last day before that on which they did.
CREATE TABLE page_read (
	page         TEXT NOT NULL,
	record       TEXT NOT NULL,
	at           INTEGER NOT NULL, -- this device's clock
	v_epoch      INTEGER NOT NULL,
	v_seq        INTEGER NOT NULL,
	before_at    INTEGER NOT NULL, -- 0: never
	before_epoch INTEGER NOT NULL,
	before_seq   INTEGER NOT NULL,
	PRIMARY KEY (page, record)
) STRICT, WITHOUT ROWID;

-- Views are made anew, and what they name with them.
DELETE FROM meta WHERE name = 'views_by';
