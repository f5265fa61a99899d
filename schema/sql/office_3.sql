-- SPDX-License-Identifier: Apache-2.0
-- The office's store, third version: commands to devices.

-- Kept.  What a device was told to do (core/device_command.h).  That it was
-- told, by whom and why, is an audit entry too.
CREATE TABLE command (
	device  TEXT NOT NULL,
	no      INTEGER NOT NULL,   -- numbers rise, epoch by epoch
	word    TEXT NOT NULL,      -- "lock", "wipe"
	issued  INTEGER NOT NULL,
	expires INTEGER NOT NULL,   -- void from then on
	done    INTEGER NOT NULL,   -- when the device said so; 0: not yet
	PRIMARY KEY (device, no)
) STRICT;
