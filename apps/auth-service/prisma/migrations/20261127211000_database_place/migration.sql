-- Where the database was when its mark was counted up last: another place is another state of it, until somebody vouches for
-- it (ADR 116). Null: nobody has looked yet.
ALTER TABLE database_state ADD COLUMN place text;

DO $$
BEGIN
  EXECUTE format('GRANT UPDATE (place) ON database_state TO %I', current_database() || '_service');
END $$;
