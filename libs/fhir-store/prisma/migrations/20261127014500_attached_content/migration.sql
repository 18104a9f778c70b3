-- Content is visible through each resource of the member with an attachment that points at it. This adds the search
-- values by which it is found, for stored resources, as libs/fhir/src/index-rows.ts writes them for the types in
-- `visibleThrough` (libs/fhir/src/definitions/clinical.ts). The location of a document is one value for all spellings
-- of its address. Row-level security also applies to the owner, and no policy names the owner, so it is lifted here.
ALTER TABLE resource NO FORCE ROW LEVEL SECURITY;
ALTER TABLE search_value NO FORCE ROW LEVEL SECURITY;

INSERT INTO search_value (tenant, member, type, parameter, system, value, id, audience)
SELECT DISTINCT r.tenant, r.member, r.type, ':attached', '', found[1], r.id, r.audience
  FROM resource r,
       regexp_matches(r.body, '"url":"(?:https?://[^/"\\]+/payer/patient-access/v2/' || r.tenant || '/)?'
         || '(Binary/[A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?"', 'g') AS found
 WHERE r.type IN ('DocumentReference', 'DiagnosticReport', 'Media', 'QuestionnaireResponse', 'Communication',
                  'CommunicationRequest', 'BodyStructure', 'Task', 'RequestGroup')
   AND NOT EXISTS (SELECT FROM search_value s WHERE s.tenant = r.tenant AND s.member = r.member AND s.type = r.type
                      AND s.parameter = ':attached' AND s.id = r.id);

UPDATE search_value
   SET value = regexp_replace(value, '^(?:https?://[^/]+/payer/patient-access/v2/' || tenant || '/)?'
                 || '(Binary/[A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?$', '\1')
 WHERE type = 'DocumentReference' AND parameter = 'location';

ALTER TABLE resource FORCE ROW LEVEL SECURITY;
ALTER TABLE search_value FORCE ROW LEVEL SECURITY;
