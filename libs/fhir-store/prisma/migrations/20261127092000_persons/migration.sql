-- Persons whose records were merged into another person's (docs/adr/0093-follow-persons-whose-numbers-change.md). No service
-- reads these tables.
CREATE TABLE replaced_person (
  tenant   text COLLATE "C" NOT NULL,
  member   text COLLATE "C" NOT NULL,
  -- whose the records are now
  survivor text COLLATE "C" NOT NULL,
  -- the id of the change at auth-service
  change   text COLLATE "C" NOT NULL,
  -- the person's own Patient as it was before; none where it is not stored in this database
  patient  text,
  CONSTRAINT replaced_person_pkey PRIMARY KEY (tenant, member)
);
CREATE INDEX replaced_person_survivor ON replaced_person (tenant, survivor);
-- What a change has filed under another person, so that it can be undone.
CREATE TABLE moved_record (
  tenant text COLLATE "C" NOT NULL,
  change text COLLATE "C" NOT NULL,
  type   text COLLATE "C" NOT NULL,
  id     text COLLATE "C" NOT NULL,
  CONSTRAINT moved_record_pkey PRIMARY KEY (tenant, change, type, id)
);

DO $$
DECLARE
  ingest text := current_database() || '_ingest';
  name   text;
BEGIN
  FOREACH name IN ARRAY ARRAY['replaced_person', 'moved_record'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY tenant ON %I TO %I USING (tenant = current_setting(''app.tenant'')::context)
         WITH CHECK (tenant = current_setting(''app.tenant'')::context)', name, ingest);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I TO %I', name, ingest);
  END LOOP;
  EXECUTE format('GRANT UPDATE (survivor) ON replaced_person TO %I', ingest);
  EXECUTE format('GRANT UPDATE (member) ON resource, resource_history, deleted_resource, search_value, profile_check,
                  conditional_resource TO %I', ingest);
  EXECUTE format('GRANT UPDATE (by_member) ON awaited_target TO %I', ingest);
END $$;
