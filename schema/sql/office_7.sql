-- SPDX-License-Identifier: Apache-2.0
-- The office's store, seventh version: by which rules a change was applied.

-- Kept.  Every schema, with its guard lists, that an entry of the log was made
-- by, so that verify derives it again by the lists of its day.
CREATE TABLE bundle (
	no     INTEGER PRIMARY KEY,
	sha256 BLOB NOT NULL UNIQUE, -- of the canonical JSON
	body   BLOB NOT NULL
) STRICT;

-- The bundle of a change or an erasure; its hash is covered by the entry's
-- link.  NULL: of another kind, or from before this was written down.
ALTER TABLE log ADD COLUMN bundle INTEGER REFERENCES bundle (no);
