-- SPDX-License-Identifier: Apache-2.0
-- The office's store, ninth version: files beside records.

-- Received.  A file that is here whole: stored once, however often it was sent
-- and however many records name it.  The engine's journal has an entry for each
-- ("file.receive"), and one when it goes ("file.erase").
CREATE TABLE content (
	sha256 BLOB PRIMARY KEY,
	size   INTEGER NOT NULL,
	upload TEXT NOT NULL       -- the device whose pieces they are
) STRICT, WITHOUT ROWID;

-- Received.  The bytes, without gaps from 0 on.  Each device's are apart until
-- all of them are there and were compared with the hash, so that no device can
-- spoil what another sends.
CREATE TABLE content_piece (
	sha256 BLOB NOT NULL,
	upload TEXT NOT NULL,
	at     INTEGER NOT NULL,
	bytes  BLOB NOT NULL,
	PRIMARY KEY (sha256, upload, at)
) STRICT, WITHOUT ROWID;
