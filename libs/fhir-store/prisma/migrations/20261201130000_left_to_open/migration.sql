-- Whose resources may be withheld more than they have to be: a writer has stored what is hidden from now on, and not yet
-- what is opened (docs/adr/0051-store-a-form-of-a-resource-for-each-audience.md). The row goes with the second step. Where
-- the writer was stopped between the two, the next import takes it. The empty member stands for the plan's reference data.
CREATE TABLE left_to_open (
  tenant text COLLATE "C" NOT NULL,
  member text COLLATE "C" NOT NULL,
  CONSTRAINT left_to_open_pkey PRIMARY KEY (tenant, member)
);

DO $$
DECLARE
  ingest text := current_database() || '_ingest';
BEGIN
  ALTER TABLE left_to_open ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  EXECUTE format(
    'CREATE POLICY tenant ON left_to_open TO %I USING (tenant = current_setting(''app.tenant'')::context)
       WITH CHECK (tenant = current_setting(''app.tenant'')::context)', ingest);
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON left_to_open TO %I', ingest);
END $$;
