-- Writers of different members no longer take turns (docs/adr/0118-let-writers-of-different-members-work-at-once.md).
-- So each member has an instant of her own, and its row is the lock of those who write what is hers. The empty member
-- stands for the plan's reference data.
-- The release before reads and writes last_change, the instant of a tenant, so it stays until the next release. A member
-- without a row has not changed since then.
CREATE TABLE member_change (
  tenant text COLLATE "C" NOT NULL,
  member text COLLATE "C" NOT NULL,
  at     timestamptz(3) NOT NULL,
  CONSTRAINT member_change_pkey PRIMARY KEY (tenant, member)
);

DO $$
DECLARE
  service text := current_database() || '_service';
  ingest  text := current_database() || '_ingest';
BEGIN
  ALTER TABLE member_change ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  EXECUTE format(
    'CREATE POLICY member ON member_change FOR SELECT TO %I USING (tenant = current_setting(''app.tenant'')::context
       AND (member = current_setting(''app.member'')::context OR member = ''''))', service);
  EXECUTE format(
    'CREATE POLICY tenant ON member_change TO %I USING (tenant = current_setting(''app.tenant'')::context)
       WITH CHECK (tenant = current_setting(''app.tenant'')::context)', ingest);
  EXECUTE format('GRANT SELECT ON member_change TO %I, %I', service, ingest);
  EXECUTE format('GRANT INSERT, UPDATE, DELETE ON member_change TO %I', ingest);
END $$;
