-- SPDX-License-Identifier: Apache-2.0
-- The office's store, sixth version: words that were erased for good.

-- Kept.  What was erased (core/erasure.h).  The words are gone from changes,
-- records and merged values; from here verify goes on.
CREATE TABLE erasure (
	seq    INTEGER PRIMARY KEY, -- of its entry in the log
	epoch  INTEGER NOT NULL,
	record TEXT NOT NULL,
	signed BLOB NOT NULL,       -- the exact bytes
	sig    BLOB NOT NULL,       -- the office's, as of receipts
	body   BLOB                 -- the record as it was left; NULL where a
	                            -- later erasure has it, or there was none
) STRICT;
CREATE INDEX erasure_record ON erasure (record, seq);
