-- An import records its event in the transaction in which it stores. It may add to the outbox, and it may read only
-- the columns that show whether the event is there already.
DO $$
BEGIN
  EXECUTE format('GRANT INSERT, SELECT (request_id, service) ON outbox TO %I', current_database() || '_ingest');
END $$;
