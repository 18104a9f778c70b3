-- An import records its event in the transaction in which it stores. It may add records to the outbox, without a number, and
-- it may not read it.
DO $$
BEGIN
  EXECUTE format('GRANT INSERT (body) ON outbox TO %I', current_database() || '_ingest');
END $$;
