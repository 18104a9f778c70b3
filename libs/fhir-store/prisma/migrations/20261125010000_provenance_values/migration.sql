-- A Provenance can be searched for from now on. This adds the search values of stored ones, as
-- libs/fhir/src/index-rows.ts would write them for libs/fhir/src/definitions/clinical.ts. Row-level security also
-- applies to the owner, and no policy names the owner, so it is lifted here.
ALTER TABLE resource NO FORCE ROW LEVEL SECURITY;
ALTER TABLE search_value NO FORCE ROW LEVEL SECURITY;
INSERT INTO search_value (tenant, member, type, parameter, system, value, low, high, id)
SELECT DISTINCT r.tenant, r.member, r.type, found.parameter, '', left(found.value, 512), found.low, found.high, r.id
  FROM resource r, LATERAL (SELECT r.body::json AS content) AS c, LATERAL (
    SELECT 'target' AS parameter, regexp_replace(t ->> 'reference', '^([A-Z][A-Za-z]+/[^/]+)/_history/[^/]+$', '\1') AS value,
           NULL::timestamptz AS low, NULL::timestamptz AS high
      FROM json_array_elements(content -> 'target') AS t
    UNION ALL
    SELECT 'agent', regexp_replace(a #>> '{who,reference}', '^([A-Z][A-Za-z]+/[^/]+)/_history/[^/]+$', '\1'), NULL, NULL
      FROM json_array_elements(content -> 'agent') AS a
    UNION ALL
    -- The span of an instant: one second, or one millisecond if it has fractions.
    SELECT 'recorded', '', date_trunc('milliseconds', i), date_trunc('milliseconds', i) + d
      FROM (SELECT (content ->> 'recorded')::timestamptz,
                   CASE WHEN content ->> 'recorded' LIKE '%.%' THEN interval '1 millisecond' ELSE interval '1 second' END
             WHERE content ->> 'recorded' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$') AS instant (i, d)
  ) AS found
 WHERE r.type = 'Provenance' AND found.value IS NOT NULL
   AND NOT EXISTS (SELECT FROM search_value s WHERE s.tenant = r.tenant AND s.member = r.member AND s.type = r.type
                      AND s.parameter = found.parameter AND s.id = r.id);
ALTER TABLE resource FORCE ROW LEVEL SECURITY;
ALTER TABLE search_value FORCE ROW LEVEL SECURITY;
