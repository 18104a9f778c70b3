-- A resource that belongs to a member through its target can be found by the target from now on, and is withheld
-- together with it. This adds the search values of stored resources, as libs/fhir/src/index-rows.ts would write them.
-- Row-level security also applies to the owner, and no policy names the owner, so it is lifted here.
ALTER TABLE resource NO FORCE ROW LEVEL SECURITY;
ALTER TABLE search_value NO FORCE ROW LEVEL SECURITY;
INSERT INTO search_value (tenant, member, type, parameter, system, value, id)
SELECT r.tenant, r.member, r.type, about.parameter, '', left(regexp_replace(found.reference, '/_history/[^/]+$', ''), 512), r.id
  FROM (VALUES ('PaymentNotice', 'request'), ('DeviceMetric', 'source'), ('Slot', 'schedule')) AS about (type, parameter)
  JOIN resource r ON r.type = about.type,
       LATERAL (SELECT r.body::json -> about.parameter ->> 'reference') AS found (reference)
 WHERE found.reference IS NOT NULL
   AND NOT EXISTS (SELECT FROM search_value s WHERE s.tenant = r.tenant AND s.member = r.member AND s.type = r.type
                      AND s.parameter = about.parameter AND s.id = r.id);
ALTER TABLE resource FORCE ROW LEVEL SECURITY;
ALTER TABLE search_value FORCE ROW LEVEL SECURITY;
