-- A plan's list of sensitive codes, and which labels it gave to what (libs/fhir/src/sensitive-codes.ts). Labels that a
-- resource came with are not in `labelled`, so that a changed list takes away only its own.
CREATE TABLE sensitive_codes (
  tenant text COLLATE "C" NOT NULL,
  rules  text NOT NULL,
  -- what was stored before it has been gone through
  applied boolean NOT NULL DEFAULT false,
  CONSTRAINT sensitive_codes_pkey PRIMARY KEY (tenant)
);

ALTER TABLE resource ADD COLUMN labelled text[] COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE resource_history ADD COLUMN labelled text[] COLLATE "C" NOT NULL DEFAULT '{}';

-- What a resource's profiles ask and it has not; a row for each profile that was checked.
CREATE TABLE profile_check (
  tenant   text COLLATE "C" NOT NULL,
  member   text COLLATE "C" NOT NULL,
  type     text COLLATE "C" NOT NULL,
  id       text COLLATE "C" NOT NULL,
  profile  text COLLATE "C" NOT NULL,
  -- a JSON array; never holds a value of the resource
  findings text NOT NULL,
  CONSTRAINT profile_check_pkey PRIMARY KEY (tenant, member, type, id, profile)
);

DO $$
DECLARE
  ingest text := current_database() || '_ingest';
  name   text;
BEGIN
  FOREACH name IN ARRAY ARRAY['sensitive_codes', 'profile_check'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY tenant ON %I TO %I USING (tenant = current_setting(''app.tenant'')::context)
         WITH CHECK (tenant = current_setting(''app.tenant'')::context)', name, ingest);
  END LOOP;
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON sensitive_codes TO %I', ingest);
  EXECUTE format('GRANT SELECT, INSERT, DELETE ON profile_check TO %I', ingest);
  -- An old version is as sensitive as the current one.
  EXECUTE format('GRANT UPDATE (body, sensitivity, labelled) ON resource_history TO %I', ingest);
END $$;
