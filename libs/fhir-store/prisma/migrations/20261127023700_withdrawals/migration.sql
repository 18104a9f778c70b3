-- Records that stood under the wrong person (docs/adr/0081-take-a-record-from-the-wrong-person-whole.md). Nothing is kept of them but
-- that they must not come back. No service reads this.
CREATE TABLE withdrawn_resource (
  tenant    text COLLATE "C" NOT NULL,
  member    text COLLATE "C" NOT NULL,
  type      text COLLATE "C" NOT NULL,
  id        text COLLATE "C" NOT NULL,
  withdrawn timestamptz(3) NOT NULL,
  by        text NOT NULL,
  reason    text NOT NULL,
  CONSTRAINT withdrawn_resource_pkey PRIMARY KEY (tenant, type, id, member)
);

DO $$
DECLARE
  ingest text := current_database() || '_ingest';
BEGIN
  ALTER TABLE withdrawn_resource ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  EXECUTE format(
    'CREATE POLICY tenant ON withdrawn_resource TO %I USING (tenant = current_setting(''app.tenant'')::context)
       WITH CHECK (tenant = current_setting(''app.tenant'')::context)', ingest);
  EXECUTE format('GRANT SELECT, INSERT ON withdrawn_resource TO %I', ingest);
END $$;
