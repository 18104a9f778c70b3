-- The content of a document is visible only if a document points at it. This adds the search values of
-- DocumentReference.location for stored documents, as libs/fhir/src/index-rows.ts would write them. Row-level
-- security also applies to the owner, and no policy names the owner, so it is lifted here.
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
