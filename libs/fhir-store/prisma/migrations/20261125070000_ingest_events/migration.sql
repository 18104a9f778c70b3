-- An import leaves its event in the transaction in which it stores: it may add to the outbox, and read nothing of it but
-- what says whether the event is there already.
DO $$
BEGIN
  EXECUTE format('GRANT INSERT, SELECT (request_id, service) ON outbox TO %I', current_database() || '_ingest');
END $$;
