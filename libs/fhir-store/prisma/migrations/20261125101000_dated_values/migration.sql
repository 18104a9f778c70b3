-- What an Observation is, and of which category, says from now on also when it was: both are asked for together, and one
-- look at the index answers that. What is stored already is told here, as libs/fhir/src/index-rows.ts would write it: an
-- Observation has one date at most. The owner is bound by the policies, which name no policy for it.
ALTER TABLE search_value NO FORCE ROW LEVEL SECURITY;
UPDATE search_value t SET low = d.low, high = d.high
  FROM search_value d
 WHERE t.type = 'Observation' AND t.parameter IN ('category', 'code')
   AND d.tenant = t.tenant AND d.member = t.member AND d.type = t.type AND d.parameter = 'date' AND d.id = t.id;
ALTER TABLE search_value FORCE ROW LEVEL SECURITY;
