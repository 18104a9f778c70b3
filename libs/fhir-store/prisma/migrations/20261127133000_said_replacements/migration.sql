-- What the plan's files say of two Patients who are one person (docs/adr/0093-follow-persons-whose-numbers-change.md). It moves
-- nothing: a person of the plan begins the merge. No service reads this table.
CREATE TABLE said_replacement (
  tenant   text COLLATE "C" NOT NULL,
  -- the Patient whose link says so
  patient  text COLLATE "C" NOT NULL,
  -- who is replaced, and by whom; one of them is the Patient itself
  member   text COLLATE "C" NOT NULL,
  survivor text COLLATE "C" NOT NULL,
  CONSTRAINT said_replacement_pkey PRIMARY KEY (tenant, patient, member, survivor)
);

DO $$
DECLARE
  ingest text := current_database() || '_ingest';
BEGIN
  ALTER TABLE said_replacement ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  EXECUTE format(
    'CREATE POLICY tenant ON said_replacement TO %I USING (tenant = current_setting(''app.tenant'')::context)
       WITH CHECK (tenant = current_setting(''app.tenant'')::context)', ingest);
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON said_replacement TO %I', ingest);
END $$;
