-- Why a grant ended early. Until now only an app could end one (RFC 7009), or a second use of its code.
ALTER TABLE consent ADD COLUMN end_reason text
  CHECK (end_reason IN ('member', 'app', 'plan', 'password', 'reuse'));
UPDATE consent SET end_reason = 'app' WHERE revoked_at IS NOT NULL;
ALTER TABLE consent ADD CONSTRAINT consent_end CHECK ((revoked_at IS NULL) = (end_reason IS NULL));

-- When a grant was last used, to the minute. This is not in the table consent, whose rows change only when they end.
CREATE TABLE grant_use (
  tenant text NOT NULL,
  grant_id text NOT NULL,
  used_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, grant_id)
) WITH (fillfactor = 70);

-- The login of a session or of an open login page. Records of a grant are found by the grant.
ALTER TABLE oidc_record ADD COLUMN sub text;
UPDATE oidc_record SET sub = payload::json ->> 'accountId' WHERE model = 'Session';
CREATE INDEX oidc_record_sub ON oidc_record (tenant, sub) WHERE sub IS NOT NULL;

-- While a plan is suspended, only its clients are found: no token, no session, no grant.
ALTER TABLE tenant ADD COLUMN suspended_at timestamptz;

DO $$
DECLARE
  privilege text;
BEGIN
  FOREACH privilege IN ARRAY ARRAY[
    'UPDATE (end_reason) ON consent',
    'SELECT, INSERT, UPDATE ON grant_use'
  ] LOOP
    EXECUTE format('GRANT %s TO %I', privilege, current_database() || '_service');
  END LOOP;
END $$;
