-- SPDX-License-Identifier: Apache-2.0
-- A device's notes.db, seventh version: why a person closed a change, in their
-- words.

ALTER TABLE outcome ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE past_outcome ADD COLUMN words TEXT NOT NULL DEFAULT '';

-- Made anew from the tables when the folder is next opened.
INSERT INTO meta (name, value) VALUES ('told', x'')
	ON CONFLICT (name) DO UPDATE SET value = x'';

-- Views are made anew, too: what was closed is in none of them.
DELETE FROM meta WHERE name = 'views_by';
