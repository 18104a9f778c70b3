-- The processes that live, by which limits that each of them counts by itself are divided (ADR 104).
CREATE TABLE live_replica (
  service text NOT NULL,
  -- UUID of the process
  id uuid NOT NULL,
  -- unless it is seen again
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (service, id)
);
CREATE INDEX live_replica_expires ON live_replica (expires_at);

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON live_replica TO %I', current_database() || '_service');
END $$;
