-- Where the records of a plan are, when they are or were not in the service's first database
-- (docs/adr/0112-let-each-database-say-where-a-plan-is.md). Each database has rows of its own. They are about the database itself,
-- so the column is not called tenant: what copies or deletes the rows of a tenant leaves them alone.
CREATE TABLE plan_database (
  plan     text COLLATE "C" NOT NULL,
  -- the name of the database that has the plan's records; none: this one
  moved_to text,
  -- is the plan being moved from here, so that nothing may be written?
  paused   boolean NOT NULL DEFAULT false,
  CONSTRAINT plan_database_pkey PRIMARY KEY (plan)
);

DO $$
DECLARE
  service text := current_database() || '_service';
  ingest  text := current_database() || '_ingest';
BEGIN
  ALTER TABLE plan_database ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  -- These rows say nothing about a member, and a service reads those of all plans.
  EXECUTE format('CREATE POLICY everybody ON plan_database FOR SELECT TO %I USING (true)', service);
  -- What a plan publishes goes with it: northwind~formulary is northwind's.
  EXECUTE format(
    'CREATE POLICY plan ON plan_database TO %I
       USING (plan = split_part(current_setting(''app.tenant'')::context, ''~'', 1))
       WITH CHECK (plan = split_part(current_setting(''app.tenant'')::context, ''~'', 1))', ingest);
  EXECUTE format('GRANT SELECT ON plan_database TO %I', service);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE ON plan_database TO %I', ingest);
  -- A move copies a plan's last instant and deletes it where the plan was.
  EXECUTE format('GRANT DELETE ON last_change TO %I', ingest);
END $$;
