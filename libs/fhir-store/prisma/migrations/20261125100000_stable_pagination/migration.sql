-- When a tenant's resources changed last. Those who write take turns, and each takes a later instant than the one before
-- under its own lock: whoever sees this row sees all changes up to it, and every change to come is later.
CREATE TABLE last_change (
  tenant text COLLATE "C" NOT NULL,
  at     timestamptz(3) NOT NULL,
  CONSTRAINT last_change_pkey PRIMARY KEY (tenant)
);
-- Later pages of a search show what its first page found, at its place (docs/adr/0041-stable-pagination-from-the-instant-of-the-first-page.md): until
-- when a version was current, and what it was sorted by. No search looks for what was replaced before.
ALTER TABLE resource_history
  ADD COLUMN replaced timestamptz(3) NOT NULL DEFAULT '-infinity',
  ADD COLUMN sort_keys jsonb NOT NULL DEFAULT '{}';
CREATE INDEX resource_history_replaced ON resource_history (tenant, member, type, replaced);

-- The owner is bound by the policies, which name no policy for it.
ALTER TABLE resource NO FORCE ROW LEVEL SECURITY;
INSERT INTO last_change SELECT tenant, max(last_updated) FROM resource GROUP BY tenant;
ALTER TABLE resource FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
  service text := current_database() || '_service';
  ingest  text := current_database() || '_ingest';
  name    text;
BEGIN
  ALTER TABLE last_change ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  FOREACH name IN ARRAY ARRAY[service, ingest] LOOP
    EXECUTE format(
      'CREATE POLICY %I ON last_change TO %I USING (tenant = current_setting(''app.tenant'')::context)
         WITH CHECK (tenant = current_setting(''app.tenant'')::context)', name, name);
  END LOOP;
  EXECUTE format('GRANT SELECT ON last_change TO %I, %I', service, ingest);
  EXECUTE format('GRANT INSERT, UPDATE ON last_change TO %I', ingest);
END $$;
