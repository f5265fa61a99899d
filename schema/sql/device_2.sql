-- SPDX-License-Identifier: Apache-2.0
-- A device's notes.db, second version: what a folder was before it was
-- enrolled again, because the office had found it to be a copy.
--
-- Each enrolment is a life of the folder, numbered 1, 2, 3 ...; meta "life"
-- is the present one, whose rows are in journal, receipt and outcome.

-- Own.  Lives that are over.
CREATE TABLE past (
	life     INTEGER PRIMARY KEY,
	device   TEXT NOT NULL,
	sign_pub BLOB NOT NULL,
	fork     INTEGER NOT NULL -- the office holds the journal up to here;
	                          -- what is above was cut again in the next life
) STRICT;

-- Own.  Their journals, whole.
CREATE TABLE past_journal (
	life     INTEGER NOT NULL REFERENCES past (life),
	counter  INTEGER NOT NULL,
	record   TEXT NOT NULL,
	link     BLOB NOT NULL,
	sig      BLOB NOT NULL,
	body     BLOB NOT NULL,
	erased   INTEGER NOT NULL CHECK (erased IN (0, 1)),
	saved_at INTEGER NOT NULL,
	PRIMARY KEY (life, counter)
) STRICT;
CREATE INDEX past_journal_record ON past_journal (record, life, counter);

-- Told.  Their receipts.
CREATE TABLE past_receipt (
	life    INTEGER NOT NULL REFERENCES past (life),
	counter INTEGER NOT NULL,
	epoch   INTEGER NOT NULL,
	intake  INTEGER NOT NULL,
	signed  BLOB NOT NULL,
	sig     BLOB NOT NULL,
	PRIMARY KEY (life, counter, epoch)
) STRICT;

-- Told.  Their outcomes.
CREATE TABLE past_outcome (
	life    INTEGER NOT NULL REFERENCES past (life),
	no      INTEGER NOT NULL,
	counter INTEGER NOT NULL,
	kind    INTEGER NOT NULL,
	v_epoch INTEGER NOT NULL,
	v_seq   INTEGER NOT NULL,
	reason  TEXT NOT NULL,
	path    TEXT NOT NULL,
	PRIMARY KEY (life, no)
) STRICT;

-- The life in which a record was told: own and own_held count in its journal.
ALTER TABLE confirmed ADD COLUMN life INTEGER NOT NULL DEFAULT 1;
