-- Quantities and numbers, as ranges: `<5` is one, and 5 is the range from 5 to 5.
ALTER TABLE search_value ADD COLUMN number numrange;

-- With the id in it, a search reads the index alone instead of a page of the table for each value that it finds.
DROP INDEX search_value_find;
CREATE INDEX search_value_find ON search_value (tenant, member, type, parameter, value, low) INCLUDE (system, high, id);

-- What was stored before is not found by what is new until it has been indexed again: `npm run reindex`.
