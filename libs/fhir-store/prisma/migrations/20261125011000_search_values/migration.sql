-- Quantities and numbers as ranges. `<5` is a range, and 5 is the range from 5 to 5.
ALTER TABLE search_value ADD COLUMN number numrange;

-- The id is in the index, so a search reads only the index instead of a page of the table for each value.
DROP INDEX search_value_find;
CREATE INDEX search_value_find ON search_value (tenant, member, type, parameter, value, low) INCLUDE (system, high, id);

-- Resources that were stored before are not found by the new parameters until they are indexed again: `npm run
-- reindex`.
