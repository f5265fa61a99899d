-- SPDX-License-Identifier: Apache-2.0
-- The office's store, fourth version: acts that need two people.

-- Made (from the engine's journal: dual.propose, dual.confirm, dual.withdraw).
-- What one person proposed and another confirmed or not.
CREATE TABLE dual (
	id       TEXT PRIMARY KEY,
	act      TEXT NOT NULL,    -- of schema/dual.json
	object   TEXT NOT NULL,    -- what it is about, in the act's own words
	proposer TEXT NOT NULL,    -- user
	reason   TEXT NOT NULL,
	proposed INTEGER NOT NULL,
	expires  INTEGER NOT NULL, -- nobody confirms it from then on
	state    INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),
	                           -- 1 waits, 2 confirmed, 3 withdrawn
	decider  TEXT NOT NULL,    -- who confirmed or withdrew it, or ''
	decided  INTEGER NOT NULL  -- when; 0: not yet
) STRICT;
CREATE INDEX dual_waits ON dual (proposed) WHERE state = 1;
