-- SPDX-License-Identifier: Apache-2.0
-- A device's notes.db, fifth version: words that were erased for good.

-- Told.  Erasures of records that this device may hold words of
-- (core/erasure.h); the words are gone from the journals.
CREATE TABLE erasure (
	epoch  INTEGER NOT NULL,
	seq    INTEGER NOT NULL,
	record TEXT NOT NULL,
	signed BLOB NOT NULL,    -- the exact bytes
	sig    BLOB NOT NULL,    -- the office's, as of receipts
	PRIMARY KEY (epoch, seq)
) STRICT;
CREATE INDEX erasure_record ON erasure (record, epoch, seq);
