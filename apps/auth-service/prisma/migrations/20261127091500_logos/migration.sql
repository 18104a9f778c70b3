-- Logos of apps, as developers sent them and we wrote them again (ADR 77). A row never changes.
CREATE TABLE logo (
  tenant text NOT NULL REFERENCES tenant (id),
  -- SHA-256 of the bytes, hex
  digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
  -- who sent it; it stays when the account goes, because members have seen it
  developer uuid NOT NULL,
  type text NOT NULL CHECK (type IN ('image/png', 'image/jpeg')),
  bytes bytea NOT NULL CHECK (octet_length(bytes) BETWEEN 1 AND 200000),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant, digest, developer)
);
CREATE INDEX logo_developer ON logo (tenant, developer);
-- a logo is served while an app has it
CREATE INDEX client_logo ON client (tenant, (metadata->>'logo')) WHERE metadata ? 'logo';

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT ON logo TO %I', current_database() || '_service');
END $$;
