-- The labels that a member has to release before an app may see a resource. libs/fhir/src/sensitivity.ts determines
-- them.
ALTER TABLE resource ADD COLUMN sensitivity text[] COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE resource_history ADD COLUMN sensitivity text[] COLLATE "C" NOT NULL DEFAULT '{}';

-- Fills the column for stored resources. Row-level security also applies to the owner, and no policy names the owner,
-- so it is lifted here.
ALTER TABLE resource NO FORCE ROW LEVEL SECURITY;
ALTER TABLE resource_history NO FORCE ROW LEVEL SECURITY;
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['resource', 'resource_history'] LOOP
    EXECUTE format($update$
      UPDATE %I AS r SET sensitivity = found.labels
        FROM %I AS s, LATERAL (
          SELECT coalesce(array_agg(DISTINCT label) FILTER (WHERE reason), array_agg(DISTINCT label)) AS labels
            FROM (SELECT coalesce(c ->> 'system', '') || '|' || coalesce(c ->> 'code', '') AS label,
                         c ->> 'system' IS DISTINCT FROM 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality' AS reason
                    FROM json_array_elements(CASE json_typeof(s.body::json #> '{meta,security}')
                           WHEN 'array' THEN s.body::json #> '{meta,security}' END) AS c
                   WHERE c ->> 'system' IS DISTINCT FROM 'http://terminology.hl7.org/CodeSystem/v3-ActReason'
                     AND c ->> 'system' IS DISTINCT FROM 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue') AS l
           WHERE label NOT IN ('http://terminology.hl7.org/CodeSystem/v3-Confidentiality|U',
                               'http://terminology.hl7.org/CodeSystem/v3-Confidentiality|L',
                               'http://terminology.hl7.org/CodeSystem/v3-Confidentiality|M',
                               'http://terminology.hl7.org/CodeSystem/v3-Confidentiality|N')) AS found
       WHERE r.ctid = s.ctid AND s.body LIKE '%%"security"%%' AND found.labels IS NOT NULL
    $update$, name, name);
  END LOOP;
END $$;
ALTER TABLE resource FORCE ROW LEVEL SECURITY;
ALTER TABLE resource_history FORCE ROW LEVEL SECURITY;
