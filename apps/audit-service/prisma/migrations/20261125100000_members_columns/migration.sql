-- What a member searches her trail by, beside what the engine reads: it is compared row by row, from the newest on, until
-- a page is full. Looked up as search values, her whole trail was read once for each month.
CREATE OR REPLACE VIEW trail.resource WITH (security_invoker = true) AS
  SELECT e.tenant, e.member, 'AuditEvent'::text COLLATE "C" AS type, e.id, 1 AS version, e.stored AS last_updated,
         '{}'::text[] COLLATE "C" AS sensitivity, e.body, e.hash,
         e.recorded, e.action, e.outcome, e.service, e.policy, e.profile, e.type AS event_type, e.subtype, e.agent,
         e.entity, e.entity_identifier
    FROM trail.audit_event e;

-- When it happened and how it ended are in the index, too: what does not match is passed over without its row. Events
-- wait in the outboxes while this is made.
CREATE INDEX audit_event_of_member_2 ON trail.audit_event (tenant, member, stored, id, recorded, outcome);
DROP INDEX trail.audit_event_of_member;
ALTER INDEX trail.audit_event_of_member_2 RENAME TO audit_event_of_member;
