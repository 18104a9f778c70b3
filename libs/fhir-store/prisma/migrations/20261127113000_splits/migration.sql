-- Records that moved in a split may come back to the first person when it is undone
-- (docs/adr/0093-follow-persons-whose-numbers-change.md).
DO $$
BEGIN
  EXECUTE format('GRANT DELETE ON withdrawn_resource TO %I', current_database() || '_ingest');
END $$;
