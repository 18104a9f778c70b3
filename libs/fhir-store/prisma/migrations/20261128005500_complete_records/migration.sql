-- What a plan states of the records of a type: all since a day are here
-- (docs/adr/0124-add-up-balances-where-a-plan-sends-none.md). Whatever else changes such records withdraws the statement.
CREATE TABLE complete_records (
  tenant text COLLATE "C" NOT NULL,
  type   text COLLATE "C" NOT NULL,
  -- the load that may state it; none: another load has changed records since that one began
  load   uuid,
  -- none: nothing is stated
  since  date,
  -- the time up to which the records are known
  up_to  timestamptz(3),
  CONSTRAINT complete_records_pkey PRIMARY KEY (tenant, type),
  CONSTRAINT complete_records_stated CHECK ((since IS NULL) = (up_to IS NULL))
);

DO $$
DECLARE
  service text := current_database() || '_service';
  ingest  text := current_database() || '_ingest';
BEGIN
  ALTER TABLE complete_records ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  EXECUTE format(
    'CREATE POLICY tenant_read ON complete_records FOR SELECT TO %I
       USING (tenant = current_setting(''app.tenant'')::context)', service);
  EXECUTE format(
    'CREATE POLICY tenant ON complete_records TO %I USING (tenant = current_setting(''app.tenant'')::context)
       WITH CHECK (tenant = current_setting(''app.tenant'')::context)', ingest);
  EXECUTE format('GRANT SELECT ON complete_records TO %I', service);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON complete_records TO %I', ingest);
END $$;
