-- The search values of an Observation's code and category contain its date from now on. Searches often combine them,
-- and then need one look at the index. This adds the date to stored values, as libs/fhir/src/index-rows.ts would
-- write it. An Observation has one date at most. Row-level security also applies to the owner, and no policy names
-- the owner, so it is lifted here.
ALTER TABLE search_value NO FORCE ROW LEVEL SECURITY;
UPDATE search_value t SET low = d.low, high = d.high
  FROM search_value d
 WHERE t.type = 'Observation' AND t.parameter IN ('category', 'code')
   AND d.tenant = t.tenant AND d.member = t.member AND d.type = t.type AND d.parameter = 'date' AND d.id = t.id;
ALTER TABLE search_value FORCE ROW LEVEL SECURITY;
