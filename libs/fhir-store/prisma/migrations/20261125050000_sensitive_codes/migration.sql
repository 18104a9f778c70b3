-- A plan's list of sensitive codes, and the labels that it gave to resources (libs/fhir/src/sensitive-codes.ts).
-- Labels with which a resource came are not in `labelled`, so a changed list removes only its own labels.
CREATE TABLE sensitive_codes (
  tenant text COLLATE "C" NOT NULL,
  rules  text NOT NULL,
  -- false until the list was applied to what was stored before it
  applied boolean NOT NULL DEFAULT false,
  CONSTRAINT sensitive_codes_pkey PRIMARY KEY (tenant)
);

ALTER TABLE resource ADD COLUMN labelled text[] COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE resource_history ADD COLUMN labelled text[] COLLATE "C" NOT NULL DEFAULT '{}';

-- What the profiles of a resource require and the resource lacks. There is a row for each profile that was checked.
CREATE TABLE profile_check (
  tenant   text COLLATE "C" NOT NULL,
  member   text COLLATE "C" NOT NULL,
  type     text COLLATE "C" NOT NULL,
  id       text COLLATE "C" NOT NULL,
  profile  text COLLATE "C" NOT NULL,
  -- a JSON array, which never holds a value of the resource
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
  -- An earlier version is as sensitive as the current one.
  EXECUTE format('GRANT UPDATE (body, sensitivity, labelled) ON resource_history TO %I', ingest);
END $$;
