-- SPDX-License-Identifier: Apache-2.0
-- The office's store, fifth version: what a backup holds of each journal.

-- The journal is in a backup up to here, which the device is told: 0, none is
-- known.
ALTER TABLE device ADD COLUMN backed_up INTEGER NOT NULL DEFAULT 0;
-- The counter when a backup was last begun: what backed_up becomes when that
-- copy is whole.
ALTER TABLE device ADD COLUMN backing_up INTEGER NOT NULL DEFAULT 0;
