-- SPDX-License-Identifier: Apache-2.0
-- A device's notes.db, third version: what the office told before it was
-- restored is told apart from what it told since.

-- The office's epoch when the record was told; 0: not known.
ALTER TABLE confirmed ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
