-- When a tenant's resources changed last. Writers take turns under a lock, and each takes a later instant than the
-- one before. So whoever reads this row sees all changes up to its instant, and every later change has a later
-- instant.
CREATE TABLE last_change (
  tenant text COLLATE "C" NOT NULL,
  at     timestamptz(3) NOT NULL,
  CONSTRAINT last_change_pkey PRIMARY KEY (tenant)
);
-- Later pages of a search show what its first page found, at the same place
-- (docs/adr/0041-stable-pagination-from-the-instant-of-the-first-page.md). They need the time until which a version
-- was current, and its sort keys. No running search needs versions that were replaced before.
ALTER TABLE resource_history
  ADD COLUMN replaced timestamptz(3) NOT NULL DEFAULT '-infinity',
  ADD COLUMN sort_keys jsonb NOT NULL DEFAULT '{}';
CREATE INDEX resource_history_replaced ON resource_history (tenant, member, type, replaced);

-- Row-level security also applies to the owner, and no policy names the owner, so it is lifted here.
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
