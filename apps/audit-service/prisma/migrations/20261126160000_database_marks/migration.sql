-- The highest mark of each other database that was told here: an older database has a lower one (ADR 60).
CREATE TABLE database_mark (
  database uuid PRIMARY KEY,
  mark     bigint NOT NULL,
  at       timestamptz NOT NULL DEFAULT now()
);

DO $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON database_mark TO %I', current_database() || '_ingest');
END $$;
