-- Plans that have left, whose records are deleted (docs/adr/0103-delete-a-plan-and-keep-its-trail.md). A later import for one of
-- them is refused.
CREATE TABLE deleted_plan (
  tenant  text COLLATE "C" NOT NULL,
  deleted timestamptz(3) NOT NULL DEFAULT now(),
  by      text NOT NULL,
  CONSTRAINT deleted_plan_pkey PRIMARY KEY (tenant)
);

DO $$
DECLARE
  ingest text := current_database() || '_ingest';
BEGIN
  ALTER TABLE deleted_plan ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  EXECUTE format(
    'CREATE POLICY tenant ON deleted_plan TO %I USING (tenant = current_setting(''app.tenant'')::context)
       WITH CHECK (tenant = current_setting(''app.tenant'')::context)', ingest);
  EXECUTE format('GRANT SELECT, INSERT ON deleted_plan TO %I', ingest);
  -- Deleting a plan deletes these, too.
  EXECUTE format('GRANT DELETE ON withdrawn_resource, sensitive_codes TO %I', ingest);
END $$;
