-- The displays that a plan supplies for codes (libs/fhir-store/src/ingest/displays.ts). An import reads them, and no
-- request does. `version` is empty where the plan names none.
CREATE TABLE code_display (
  tenant  text COLLATE "C" NOT NULL,
  system  text COLLATE "C" NOT NULL,
  code    text COLLATE "C" NOT NULL,
  version text COLLATE "C" NOT NULL,
  display text NOT NULL,
  CONSTRAINT code_display_pkey PRIMARY KEY (tenant, system, code, version)
);

DO $$
DECLARE
  ingest text := current_database() || '_ingest';
BEGIN
  ALTER TABLE code_display ENABLE ROW LEVEL SECURITY;
  ALTER TABLE code_display FORCE ROW LEVEL SECURITY;
  EXECUTE format(
    'CREATE POLICY tenant ON code_display TO %I USING (tenant = current_setting(''app.tenant'')::context)
       WITH CHECK (tenant = current_setting(''app.tenant'')::context)', ingest);
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON code_display TO %I', ingest);
END $$;
