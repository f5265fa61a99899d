-- SPDX-License-Identifier: Apache-2.0
-- A device's notes.db, eighth version: what its user wrote on another device,
-- and a person at the office closed.

-- Told.  One row a record; all of it goes with the office's epoch, and is told
-- again in the new one as far as that office knows of it.
CREATE TABLE closing (
	record  TEXT PRIMARY KEY,
	type    TEXT NOT NULL,   -- of a record that the office has nothing of,
	                         -- or ''
	changes TEXT NOT NULL    -- JSON array (core/closing.h), oldest first
) STRICT;

-- Made anew from the tables when the folder is next opened.
INSERT INTO meta (name, value) VALUES ('told', x'')
	ON CONFLICT (name) DO UPDATE SET value = x'';
