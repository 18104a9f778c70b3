-- Accounts of app developers (ADR 79). They have nothing in common with the logins of members.
CREATE TABLE developer (
  tenant text NOT NULL REFERENCES tenant (id),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  -- in lower case; a row exists only for an address that is confirmed
  email text NOT NULL,
  password_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX developer_email ON developer (tenant, email);

-- id: SHA-256 of the value of the cookie, base64url
CREATE TABLE developer_session (
  tenant text NOT NULL,
  id text NOT NULL,
  developer uuid NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX developer_session_developer ON developer_session (tenant, developer);
CREATE INDEX developer_session_expiry ON developer_session (expires_at);

-- whose client it is; NULL for one that was not registered on the pages for developers
ALTER TABLE client ADD COLUMN developer uuid;
CREATE INDEX client_developer ON client (tenant, developer);
ALTER TABLE client DROP CONSTRAINT client_registered_by_check;
ALTER TABLE client ADD CONSTRAINT client_registered_by_check
  CHECK (registered_by IN ('anybody', 'token', 'statement', 'developer', 'plan'));

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON developer, developer_session TO %I', current_database() || '_service');
END $$;
