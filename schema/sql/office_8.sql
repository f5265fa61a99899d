-- SPDX-License-Identifier: Apache-2.0
-- The office's store, eighth version: what was closed is found without reading
-- what is not, to be told to its author's other devices.

CREATE INDEX change_closed ON change (record, arrived) WHERE state = 4;
CREATE INDEX change_closed_at ON change (v_seq) WHERE state = 4;
