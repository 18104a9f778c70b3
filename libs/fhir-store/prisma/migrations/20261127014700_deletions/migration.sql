-- What a plan deleted (docs/adr/0080-keep-a-deletion-as-the-last-version.md). The last version of a resource says that there is
-- none any more. It is in a table of its own, so no search can find it.
CREATE TABLE deleted_resource (
  tenant       text COLLATE "C" NOT NULL,
  member       text COLLATE "C" NOT NULL,
  type         text COLLATE "C" NOT NULL,
  id           text COLLATE "C" NOT NULL,
  form         smallint NOT NULL,
  version      integer NOT NULL,
  version_id   text COLLATE "C" NOT NULL,
  last_updated timestamptz(3) NOT NULL,
  audience     text[] COLLATE "C",
  sensitivity  text[] COLLATE "C" NOT NULL,
  labelled     text[] COLLATE "C" NOT NULL,
  -- of the version before. It is never served; forms are worked out from it
  body         text NOT NULL,
  hash         bytea NOT NULL,
  -- when the plan's system deleted it
  deleted      timestamptz(3) NOT NULL,
  CONSTRAINT deleted_resource_pkey PRIMARY KEY (tenant, member, type, id, form)
);
CREATE INDEX deleted_resource_identity ON deleted_resource (id, type, tenant);
CREATE INDEX deleted_resource_conditional ON deleted_resource (tenant, member) WHERE audience IS NOT NULL;
-- Of a deletion after which the resource came back.
ALTER TABLE resource_history ADD COLUMN deleted timestamptz(3);

DO $$
DECLARE
  service text := current_database() || '_service';
  ingest  text := current_database() || '_ingest';
BEGIN
  ALTER TABLE deleted_resource ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  EXECUTE format(
    'CREATE POLICY member ON deleted_resource FOR SELECT TO %I USING (tenant = current_setting(''app.tenant'')::context
       AND (member = current_setting(''app.member'')::context OR member = ''''))', service);
  EXECUTE format(
    'CREATE POLICY tenant ON deleted_resource TO %I USING (tenant = current_setting(''app.tenant'')::context)
       WITH CHECK (tenant = current_setting(''app.tenant'')::context)', ingest);
  EXECUTE format('GRANT SELECT ON deleted_resource TO %I', service);
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON deleted_resource TO %I', ingest);
END $$;
