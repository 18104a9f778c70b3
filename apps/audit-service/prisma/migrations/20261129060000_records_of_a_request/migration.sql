-- The records of the request that one record belongs to: the start of an id is a hash of the request's id. A page asks this of
-- each disclosure that it shows, to learn whether its answer broke off (src/interruption.ts).
--
-- It is a function with a plan of its own. Inside a statement, Postgres found these records by their kind, or read every month,
-- because under row-level security a computed bound such as left(id, 13) is no condition of an index; and what Postgres
-- believed that they cost changed the plan of the page around them.
CREATE FUNCTION trail.records_of_request(of_tenant text, of_id text, since timestamptz) RETURNS SETOF trail.audit_event
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 100 ROWS 2 AS $$
DECLARE
  low constant text := left(of_id, 13);
  high constant text := low || '~';
  -- Nothing is stored later than now: the tables of coming months are not looked at.
  last constant timestamptz := now() + interval '1 day';
BEGIN
  RETURN QUERY SELECT * FROM trail.audit_event e
    WHERE e.tenant = of_tenant AND e.id >= low AND e.id < high AND e.stored >= since AND e.stored <= last;
END $$;

CREATE OR REPLACE VIEW trail.resource WITH (security_invoker = true) AS
  SELECT e.tenant, e.member, 'AuditEvent'::text COLLATE "C" AS type, e.id, 0::smallint AS form, 1 AS version,
         '1'::text COLLATE "C" AS version_id, e.stored AS last_updated, e.audience,
         '{}'::text[] COLLATE "C" AS sensitivity, e.recorded, e.outcome, e.terms,
         (SELECT b.id || ' ' || (extract(epoch FROM b.stored) * 1000)::bigint ||
                 coalesce('!' || replace(CASE WHEN b.kind = 'rest' AND b.outcome = '0' THEN
                   (SELECT coalesce(i.reason, 'interrupted')
                      FROM trail.records_of_request(b.tenant, b.id, b.recorded - interval '7 days') i
                     WHERE i.member = b.member AND i.audience IS NOT DISTINCT FROM b.audience
                       AND i.kind = 'attempt' AND i.act = 'interrupt'
                       AND (i.service = 'auth-service/gateway' OR i.service = split_part(b.service, '/', 1) || '/edge')
                     LIMIT 1) END, ' ', '-'), '') || ' ' || b.record
            FROM trail.audit_event b
           WHERE b.tenant = e.tenant AND b.member = e.member AND b.stored = e.stored AND b.id = e.id) AS body
    FROM trail.audit_event e;

DO $$
DECLARE
  service text := current_database() || '_service';
  auditor text := current_database() || '_auditor';
BEGIN
  REVOKE EXECUTE ON FUNCTION trail.records_of_request(text, text, timestamptz) FROM PUBLIC;
  EXECUTE format('GRANT EXECUTE ON FUNCTION trail.records_of_request(text, text, timestamptz) TO %I, %I', service, auditor);
END $$;
