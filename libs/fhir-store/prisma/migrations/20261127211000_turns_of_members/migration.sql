-- Writers of different members no longer take turns (docs/adr/0118-let-writers-of-different-members-work-at-once.md).
-- So each member has an instant of her own, and its row is the lock of those who write what is hers. The empty member
-- stands for the plan's reference data.
ALTER TABLE last_change RENAME TO last_change_of_tenant;
ALTER TABLE last_change_of_tenant RENAME CONSTRAINT last_change_pkey TO last_change_of_tenant_pkey;
CREATE TABLE last_change (
  tenant text COLLATE "C" NOT NULL,
  member text COLLATE "C" NOT NULL,
  at     timestamptz(3) NOT NULL,
  CONSTRAINT last_change_pkey PRIMARY KEY (tenant, member)
);

-- Row-level security also applies to the owner, and no policy names the owner, so it is lifted here. Cursors that are
-- on their way hold the instant of the tenant, so each member's next instant has to be later than that.
ALTER TABLE resource NO FORCE ROW LEVEL SECURITY;
ALTER TABLE last_change_of_tenant NO FORCE ROW LEVEL SECURITY;
INSERT INTO last_change (tenant, member, at)
SELECT r.tenant, r.member, c.at
  FROM (SELECT DISTINCT tenant, member FROM resource) r JOIN last_change_of_tenant c USING (tenant);
ALTER TABLE resource FORCE ROW LEVEL SECURITY;
DROP TABLE last_change_of_tenant;

DO $$
DECLARE
  service text := current_database() || '_service';
  ingest  text := current_database() || '_ingest';
BEGIN
  ALTER TABLE last_change ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  EXECUTE format(
    'CREATE POLICY member ON last_change FOR SELECT TO %I USING (tenant = current_setting(''app.tenant'')::context
       AND (member = current_setting(''app.member'')::context OR member = ''''))', service);
  EXECUTE format(
    'CREATE POLICY tenant ON last_change TO %I USING (tenant = current_setting(''app.tenant'')::context)
       WITH CHECK (tenant = current_setting(''app.tenant'')::context)', ingest);
  EXECUTE format('GRANT SELECT ON last_change TO %I, %I', service, ingest);
  EXECUTE format('GRANT INSERT, UPDATE, DELETE ON last_change TO %I', ingest);
END $$;
