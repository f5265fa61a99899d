-- SPDX-License-Identifier: Apache-2.0
-- A device's notes.db, sixth version: the device signs for what the office
-- told (common/store/store_told_int.h), which has no signature of its own.

-- Made anew from the tables when the folder is next opened.
INSERT INTO meta (name, value) VALUES ('told', x'')
	ON CONFLICT (name) DO UPDATE SET value = x'';
