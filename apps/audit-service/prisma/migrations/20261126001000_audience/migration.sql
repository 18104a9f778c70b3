-- The engine asks of each row for whom it is (libs/fhir-store, migration 20261126000000_forms). An event is for everybody
-- who may ask for it, and has one version.
DROP VIEW trail.resource_history, trail.resource;
CREATE VIEW trail.resource WITH (security_invoker = true) AS
  SELECT e.tenant, e.member, 'AuditEvent'::text COLLATE "C" AS type, e.id, 0::smallint AS form, 1 AS version, '1'::text COLLATE "C" AS version_id, e.stored AS last_updated,
         NULL::text[] COLLATE "C" AS audience,
         '{}'::text[] COLLATE "C" AS sensitivity, e.recorded, e.outcome, e.terms,
         (SELECT b.body FROM trail.audit_event b
           WHERE b.tenant = e.tenant AND b.member = e.member AND b.stored = e.stored AND b.id = e.id) AS body
    FROM trail.audit_event e;
CREATE VIEW trail.resource_history WITH (security_invoker = true) AS
  SELECT r.tenant, r.member, r.type, r.id, r.version, r.version_id, r.last_updated, r.audience, r.sensitivity, r.body FROM trail.resource r
   WHERE false;
CREATE OR REPLACE VIEW trail.search_value WITH (security_invoker = true) AS
  SELECT e.tenant, e.member, 'AuditEvent'::text COLLATE "C" AS type, v.parameter, v.system, v.value, v.low, v.high,
         NULL::numrange AS number, e.id, NULL::text[] COLLATE "C" AS audience
    FROM trail.audit_event e, LATERAL (
      SELECT 'date' AS parameter, '' AS system, '' AS value, e.recorded AS low,
             e.recorded + interval '1 millisecond' AS high
      UNION ALL SELECT 'action', '', e.action, NULL, NULL
      UNION ALL SELECT 'outcome', '', e.outcome, NULL, NULL
      UNION ALL SELECT 'policy', '', e.policy, NULL, NULL
      UNION ALL SELECT '_profile', '', e.profile, NULL, NULL
      UNION ALL SELECT 'source:identifier', '', e.service, NULL, NULL
      UNION ALL SELECT c.parameter, left(c.code, length(c.code) - position('|' in reverse(c.code))),
                       right(c.code, position('|' in reverse(c.code)) - 1), NULL, NULL
        FROM (SELECT 'type' AS parameter, e.type AS code
              UNION ALL SELECT 'subtype', unnest(e.subtype)) c
      UNION ALL SELECT 'agent', left(i.text, position('|' in i.text) - 1), substr(i.text, position('|' in i.text) + 1),
                       NULL, NULL
        FROM unnest(e.agent) AS i (text)
      UNION ALL SELECT 'entity', '', r.reference, NULL, NULL FROM unnest(e.entity) AS r (reference)
      UNION ALL SELECT 'entity:identifier', left(i.text, position('|' in i.text) - 1),
                       substr(i.text, position('|' in i.text) + 1), NULL, NULL
        FROM unnest(e.entity_identifier) AS i (text)
    ) v
   WHERE v.value IS NOT NULL;
DO $$
BEGIN
  EXECUTE format('GRANT SELECT ON trail.resource, trail.resource_history TO %I, %I',
                 current_database() || '_service', current_database() || '_auditor');
END $$;
