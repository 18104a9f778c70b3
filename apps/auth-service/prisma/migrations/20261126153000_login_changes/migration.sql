-- What was changed about a login: its member reads it on the page of the login's security.
CREATE TABLE login_change (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  tenant text NOT NULL,
  sub uuid NOT NULL,
  change text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, sub) REFERENCES account (tenant, sub) ON DELETE CASCADE
);
CREATE INDEX login_change_latest ON login_change (tenant, sub, at);
CREATE INDEX login_change_expiry ON login_change (expires_at);

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON login_change TO %I', current_database() || '_service');
END $$;
