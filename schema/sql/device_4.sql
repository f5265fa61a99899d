-- SPDX-License-Identifier: Apache-2.0
-- A device's notes.db, fourth version: own changes on records that this user
-- may no longer see are kept for the office alone, in case it is restored from
-- a backup that lacks them.

-- Own.  Changes whose words are erased in the journal, sealed to the office as
-- an envelope is; here until a backup of the office's covers them (meta
-- backed_up, as the office last told).
CREATE TABLE sealed (
	counter INTEGER PRIMARY KEY,
	key_id  BLOB NOT NULL,     -- first 8 bytes of SHA-256 of the sealing key
	bytes   BLOB NOT NULL
) STRICT;
