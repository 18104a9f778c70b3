-- That an answer broke off is believed from the service that gave it, and from the gateway, for which auth-service records:
-- whoever takes over another service must not be able to say it (ADR 62). src/interruption.ts says the same for auditors.
CREATE OR REPLACE VIEW trail.resource WITH (security_invoker = true) AS
  SELECT e.tenant, e.member, 'AuditEvent'::text COLLATE "C" AS type, e.id, 0::smallint AS form, 1 AS version,
         '1'::text COLLATE "C" AS version_id, e.stored AS last_updated, e.audience,
         '{}'::text[] COLLATE "C" AS sensitivity, e.recorded, e.outcome, e.terms,
         (SELECT b.id || ' ' || (extract(epoch FROM b.stored) * 1000)::bigint ||
                 coalesce('!' || replace(CASE WHEN b.kind = 'rest' AND b.outcome = '0' THEN
                   (SELECT coalesce(i.reason, 'interrupted') FROM trail.audit_event i
                     WHERE i.tenant = b.tenant AND i.id >= left(b.id, 13) AND i.id < left(b.id, 13) || '~'
                       AND i.stored >= b.stored - interval '7 days' AND i.stored <= now() + interval '1 day'
                       AND i.member = b.member AND i.audience IS NOT DISTINCT FROM b.audience
                       AND i.kind = 'attempt' AND i.act = 'interrupt'
                       AND (i.service = 'auth-service/gateway' OR i.service = split_part(b.service, '/', 1) || '/edge')
                     LIMIT 1) END, ' ', '-'), '') || ' ' || b.record
            FROM trail.audit_event b
           WHERE b.tenant = e.tenant AND b.member = e.member AND b.stored = e.stored AND b.id = e.id) AS body
    FROM trail.audit_event e;
