-- What auth-service gives, as userinfo, may break off as an answer with records may: src/interruption.ts says the same.
CREATE OR REPLACE VIEW trail.resource WITH (security_invoker = true) AS
  SELECT e.tenant, e.member, 'AuditEvent'::text COLLATE "C" AS type, e.id, 0::smallint AS form, 1 AS version,
         '1'::text COLLATE "C" AS version_id, e.stored AS last_updated, e.audience,
         '{}'::text[] COLLATE "C" AS sensitivity, e.recorded, e.outcome, e.terms,
         (SELECT b.id || ' ' || (extract(epoch FROM b.stored) * 1000)::bigint ||
                 coalesce('!' || replace(CASE WHEN b.kind IN ('rest', 'account') AND b.outcome = '0' THEN
                   (SELECT coalesce(i.reason, 'interrupted')
                      FROM trail.records_of_request(b.tenant, b.id, b.recorded - interval '7 days') i
                     WHERE i.member = b.member AND i.audience IS NOT DISTINCT FROM b.audience
                       AND i.kind = 'attempt' AND i.act = 'interrupt'
                       AND (i.service = 'auth-service/gateway' OR i.service = split_part(b.service, '/', 1) || '/edge')
                     LIMIT 1) END, ' ', '-'), '') || ' ' || b.record
            FROM trail.audit_event b
           WHERE b.tenant = e.tenant AND b.member = e.member AND b.stored = e.stored AND b.id = e.id) AS body
    FROM trail.audit_event e;
