-- If a resource refers to one that not everybody may see, it has a form with the reference and a form without it
-- (docs/adr/0051-store-a-form-of-a-resource-for-each-audience.md). Each row names its audience: `+label` has to be
-- released, and `-label` must not be. NULL is everybody. Form 0 is the whole resource.
CREATE FUNCTION admits(audience text[], released text[]) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN NOT EXISTS (
    SELECT FROM unnest(audience) AS term
     WHERE (substr(term, 2) = ANY (released)) <> (left(term, 1) = '+'));

ALTER TABLE resource
  ADD COLUMN form smallint NOT NULL DEFAULT 0,
  ADD COLUMN audience text[] COLLATE "C",
  ADD COLUMN version_id text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE resource_history
  ADD COLUMN form smallint NOT NULL DEFAULT 0,
  ADD COLUMN audience text[] COLLATE "C",
  ADD COLUMN version_id text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE search_value ADD COLUMN audience text[] COLLATE "C";

-- Stored resources keep the version ids in their bodies. Row-level security also applies to the owner, and no policy
-- names the owner, so it is lifted here.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['resource', 'resource_history', 'search_value'] LOOP
    EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['resource', 'resource_history'] LOOP
    EXECUTE format($update$
      UPDATE %I SET version_id = version::text,
             audience = CASE WHEN sensitivity <> '{}' THEN ARRAY(SELECT '+' || l FROM unnest(sensitivity) AS l ORDER BY 1) END
    $update$, name);
  END LOOP;
  UPDATE search_value s SET audience = r.audience FROM resource r
   WHERE r.audience IS NOT NULL AND r.tenant = s.tenant AND r.member = s.member AND r.type = s.type AND r.id = s.id;
  FOREACH name IN ARRAY ARRAY['resource', 'resource_history', 'search_value'] LOOP
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
  END LOOP;
END $$;
ALTER TABLE resource ALTER COLUMN version_id DROP DEFAULT;
ALTER TABLE resource_history ALTER COLUMN version_id DROP DEFAULT;

ALTER TABLE resource DROP CONSTRAINT resource_pkey;
ALTER TABLE resource ADD CONSTRAINT resource_pkey PRIMARY KEY (tenant, member, type, id, form);
DROP INDEX resource_identity;
CREATE UNIQUE INDEX resource_identity ON resource (id, type, tenant, form);
ALTER TABLE resource_history DROP CONSTRAINT resource_history_pkey;
ALTER TABLE resource_history ADD CONSTRAINT resource_history_pkey PRIMARY KEY (tenant, member, type, id, version, form);
DROP INDEX resource_history_replaced;
CREATE INDEX resource_history_replaced ON resource_history (tenant, member, type, replaced) INCLUDE (last_updated, id, audience);
DROP INDEX search_value_find;
CREATE INDEX search_value_find ON search_value (tenant, member, type, parameter, value, low)
  INCLUDE (system, high, id, audience);
-- The resources that not everybody sees, and those that refer to them, are worked out again when one of them changes.
DROP INDEX resource_labelled;
CREATE INDEX resource_conditional ON resource (tenant, member) WHERE audience IS NOT NULL;

-- The resources of a member that not everybody sees, of every service. Each database has the same rows, so each
-- service knows which references to leave out. `alternatives` is a JSON array of arrays of labels; each inner array
-- opens the resource.
CREATE TABLE conditional_resource (
  tenant       text COLLATE "C" NOT NULL,
  member       text COLLATE "C" NOT NULL,
  type         text COLLATE "C" NOT NULL,
  id           text COLLATE "C" NOT NULL,
  alternatives text NOT NULL,
  CONSTRAINT conditional_resource_pkey PRIMARY KEY (tenant, member, type, id)
);
-- Targets that were not stored yet when a resource came that belongs to their member. If a target turns out to be
-- another member's, the resource that refers to it is removed.
CREATE TABLE awaited_target (
  tenant      text COLLATE "C" NOT NULL,
  type        text COLLATE "C" NOT NULL,
  id          text COLLATE "C" NOT NULL,
  by_member   text COLLATE "C" NOT NULL,
  by_type     text COLLATE "C" NOT NULL,
  by_id       text COLLATE "C" NOT NULL,
  CONSTRAINT awaited_target_pkey PRIMARY KEY (tenant, type, id, by_type, by_id)
);
CREATE INDEX awaited_target_by ON awaited_target (tenant, by_type, by_id);

INSERT INTO conditional_resource (tenant, member, type, id, alternatives)
SELECT tenant, member, type, id, to_json(ARRAY[sensitivity])::text FROM resource WHERE sensitivity <> '{}';

DO $$
DECLARE
  ingest text := current_database() || '_ingest';
  name   text;
BEGIN
  FOREACH name IN ARRAY ARRAY['conditional_resource', 'awaited_target'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format(
      'CREATE POLICY tenant ON %I TO %I USING (tenant = current_setting(''app.tenant'')::context)
         WITH CHECK (tenant = current_setting(''app.tenant'')::context)', name, ingest);
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON %I TO %I', name, ingest);
  END LOOP;
  EXECUTE format('REVOKE UPDATE ON resource_history FROM %I', ingest);
  EXECUTE format('REVOKE UPDATE (body, sensitivity, labelled) ON resource_history FROM %I', ingest);
  EXECUTE format('GRANT DELETE ON resource_history TO %I', ingest);
END $$;
