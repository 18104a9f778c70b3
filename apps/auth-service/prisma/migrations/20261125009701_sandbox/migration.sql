-- The faults that apps have set for their own grants on preview tenants, for a limited time: see
-- src/domain/sandbox/sandbox-faults.ts.
CREATE TABLE sandbox_switch (
  tenant text NOT NULL REFERENCES tenant (id),
  grant_id text NOT NULL,
  switch text NOT NULL CHECK (switch IN ('throttle', 'slow', 'rotate-keys')),
  amount int,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant, grant_id, switch)
);
CREATE INDEX sandbox_switch_expiry ON sandbox_switch (expires_at);

DO $$
BEGIN
  EXECUTE format(
    'GRANT SELECT, INSERT, UPDATE, DELETE ON sandbox_switch TO %I',
    current_database() || '_service'
  );
END $$;
