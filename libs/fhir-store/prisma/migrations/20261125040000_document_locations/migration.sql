-- The content of a document is seen where a document points at it, so those that are stored already have to be found by
-- what they point at: the values that libs/fhir/src/index-rows.ts would write of DocumentReference.location. The owner
-- is bound by the policies, which name no policy for it.
ALTER TABLE resource NO FORCE ROW LEVEL SECURITY;
ALTER TABLE search_value NO FORCE ROW LEVEL SECURITY;
INSERT INTO search_value (tenant, member, type, parameter, system, value, id)
SELECT DISTINCT r.tenant, r.member, r.type, 'location', left(coalesce(substring(url FROM '^[^|]*\|(.*)$'), ''), 200),
       left(substring(url FROM '^[^|]*'), 512), r.id
  FROM resource r, json_array_elements(r.body::json -> 'content') AS c, LATERAL (SELECT c #>> '{attachment,url}' AS url) AS u
 WHERE r.type = 'DocumentReference' AND url IS NOT NULL
   AND NOT EXISTS (SELECT FROM search_value s WHERE s.tenant = r.tenant AND s.member = r.member AND s.type = r.type
                      AND s.parameter = 'location' AND s.id = r.id);
ALTER TABLE resource FORCE ROW LEVEL SECURITY;
ALTER TABLE search_value FORCE ROW LEVEL SECURITY;
