-- After a restore nothing that ended lives on (ADR 60).

-- Nothing that was issued at this instant or before it is good: tokens, codes, sessions, grants.
ALTER TABLE tenant ADD COLUMN not_before timestamptz;
ALTER TABLE oidc_record ADD COLUMN issued_at timestamptz NOT NULL DEFAULT now();

ALTER TABLE consent DROP CONSTRAINT consent_end_reason_check;
ALTER TABLE consent ADD CONSTRAINT consent_end_reason_check CHECK (end_reason IN
  ('member', 'app', 'plan', 'password', 'reuse', 'relation', 'of-age', 'not-before', 'restore'));

-- The records that are good now. Whoever looks for a token, session, code or grant looks here, so nobody can forget that a
-- record expires, that a plan is suspended, or that everything from before an instant has ended.
CREATE VIEW valid_record WITH (security_invoker = true) AS
  SELECT tenant, model, id, payload, grant_id, uid, sub, expires_at, consumed_at, issued_at
    FROM oidc_record r
   WHERE expires_at > now()
     AND issued_at > (SELECT coalesce(t.not_before, '-infinity') FROM tenant t
                       WHERE t.id = r.tenant AND t.suspended_at IS NULL);

-- How far this database is. The mark is counted up every second and told to audit-service: a lower one than audit-service
-- has stored is an older database. `marked_at` is the instant up to which this database knows everything. One row.
CREATE TABLE database_state (
  id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  mark      bigint NOT NULL DEFAULT 0,
  marked_at timestamptz NOT NULL DEFAULT now(),
  single    boolean NOT NULL DEFAULT true UNIQUE CHECK (single)
);
INSERT INTO database_state DEFAULT VALUES;

DO $$
DECLARE
  privilege text;
BEGIN
  FOREACH privilege IN ARRAY ARRAY[
    'SELECT, UPDATE ON valid_record',
    'SELECT, UPDATE (mark, marked_at) ON database_state'
  ] LOOP
    EXECUTE format('GRANT %s TO %I', privilege, current_database() || '_service');
  END LOOP;
END $$;
