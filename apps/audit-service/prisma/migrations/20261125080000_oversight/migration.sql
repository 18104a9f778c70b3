-- Questions about everybody of a tenant: all of it from the newest on, and what was refused.
CREATE INDEX audit_event_of_tenant ON trail.audit_event (tenant, stored, id);
CREATE INDEX audit_event_refused ON trail.audit_event (tenant, stored, id) WHERE outcome <> '0';

-- What the engine reads, with what was acted upon and who recorded it.
CREATE OR REPLACE VIEW trail.search_value WITH (security_invoker = true) AS
  SELECT e.tenant, e.member, 'AuditEvent'::text COLLATE "C" AS type, v.parameter, v.system, v.value, v.low, v.high,
         NULL::numrange AS number, e.id
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
