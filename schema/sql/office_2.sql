-- SPDX-License-Identifier: Apache-2.0
-- The office's store, second version: conflicts are found without reading
-- records.

-- Made (from record).  Every conflict of every record, so that one is found by
-- its id and those that wait by what they are of; it is all in the record.
CREATE TABLE conflict (
	id        TEXT PRIMARY KEY,
	record    TEXT NOT NULL,
	is_open   INTEGER NOT NULL CHECK (is_open IN (0, 1)),
	opened_at INTEGER NOT NULL   -- Unix milliseconds
) STRICT;
CREATE INDEX conflict_open ON conflict (record) WHERE is_open = 1;
